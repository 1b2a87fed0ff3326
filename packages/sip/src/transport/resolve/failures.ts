/** Targets that failed lately: they are tried last, until it is forgotten. */
import type { Clock } from '@jackfield/base';
import type { Target } from '../transport.ts';
import type { LocateLimits } from './options.ts';

export const keyOf = ({ kind, host, port }: Target): string => `${kind} ${host} ${port}`;

export class Failures {
  readonly #clock: Clock;
  readonly #limits: LocateLimits;
  /** Until when, in the order of marking. */
  readonly #until = new Map<string, number>();

  constructor(clock: Clock, limits: LocateLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** @param ms - how long it counts; at most `maxFailedMs`, and `failedMs` for what is no positive number. */
  mark(target: Target, ms = 0): void {
    const { failedMs, maxFailedMs, maxFailed } = this.#limits;
    const key = keyOf(target);
    this.#until.delete(key); // so that it goes to the end
    this.#until.set(key, this.#clock.now() + (ms > 0 ? Math.min(ms, maxFailedMs) : failedMs));
    for (const oldest of this.#until.keys()) {
      if (this.#until.size <= maxFailed) break;
      this.#until.delete(oldest);
    }
  }

  has(key: string): boolean {
    if (this.#until.size === 0) return false;
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (until > this.#clock.now()) return true;
    this.#until.delete(key);
    return false;
  }
}
