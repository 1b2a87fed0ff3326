/** Handshakes under way of those who came: timed, and bounded altogether and for each source, since each costs us more than the one who asks for it. */
import type { Clock } from '@jackfield/base';
import { sourceOf } from './addresses.ts';

export interface HalfOpenLimits {
  readonly handshakeTimeoutMs: number;
  readonly maxHandshakes: number;
  readonly maxHandshakesPerHost: number;
}

/** Younger ones are not given up for another: with many honest ones at once nobody would get through. */
const PATIENCE_MS = 1000;

interface Handshake {
  readonly source: string;
  readonly since: number;
  readonly giveUp: () => void;
  timer: Disposable | undefined;
}

export class HalfOpen {
  readonly #clock: Clock;
  readonly #limits: HalfOpenLimits;
  /** Oldest first, as in those of one source. */
  readonly #all = new Set<Handshake>();
  readonly #bySource = new Map<string, Set<Handshake>>();

  constructor(clock: Clock, limits: HalfOpenLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#all.size;
  }

  /**
   * Another begins. Where there are enough, the oldest is given up for it; undefined: that is too young, and this one may not begin.
   *
   * @param giveUp - called once, unless what is given back was disposed before.
   */
  begin(host: string, giveUp: () => void): Disposable | undefined {
    const source = sourceOf(host);
    const there = this.#bySource.get(source);
    if (there !== undefined && there.size >= this.#limits.maxHandshakesPerHost && !this.#makeRoom(there)) return undefined;
    if (this.#all.size >= this.#limits.maxHandshakes && !this.#makeRoom(this.#all)) return undefined;
    const handshake: Handshake = { source, since: this.#clock.now(), giveUp, timer: undefined };
    handshake.timer = this.#clock.after(this.#limits.handshakeTimeoutMs, () => this.#drop(handshake));
    this.#all.add(handshake);
    const ofSource = this.#bySource.get(source);
    if (ofSource === undefined) this.#bySource.set(source, new Set([handshake]));
    else ofSource.add(handshake);
    return { [Symbol.dispose]: () => this.#over(handshake) };
  }

  /** All are given up. */
  close(): void {
    for (const handshake of this.#all) this.#drop(handshake);
  }

  #makeRoom(among: ReadonlySet<Handshake>): boolean {
    for (const oldest of among) {
      if (this.#clock.now() - oldest.since < PATIENCE_MS) return false;
      this.#drop(oldest);
      return true;
    }
    return false;
  }

  #drop(handshake: Handshake): void {
    this.#over(handshake);
    handshake.giveUp();
  }

  #over(handshake: Handshake): void {
    handshake.timer?.[Symbol.dispose]();
    this.#all.delete(handshake);
    const ofSource = this.#bySource.get(handshake.source);
    if (ofSource?.delete(handshake) === true && ofSource.size === 0) this.#bySource.delete(handshake.source);
  }
}
