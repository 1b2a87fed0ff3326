/** A clock that stands until it is turned. Between two due tasks it lets the event loop settle, so that promises keep their order. */
import type { Clock } from '../clock.ts';
import { TimerQueue } from '../timer-queue.ts';

/** For `clock` of whatever takes one, in tests: nothing happens until `advance`. */
export class ManualClock implements Clock {
  readonly #queue = new TimerQueue();
  #now: number;

  /** @param start - ms since the Unix epoch; fixed by default, so that two runs print the same. */
  constructor(start = Date.UTC(2026, 0, 1)) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** As `now`: work costs no time here. */
  elapsed(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): Disposable {
    return this.#queue.add(this.#now, ms, task);
  }

  /** Tasks that wait. */
  get pending(): number {
    return this.#queue.size;
  }

  /** Turns the clock by `ms`, running what falls due on the way at its own time, each followed by all promises it settles. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = this.#queue.nextDue();
      if (due === undefined || due > end) break;
      this.#now = Math.max(this.#now, due);
      this.#queue.takeDue(this.#now)?.();
      await settle();
    }
    this.#now = Math.max(this.#now, end); // another may have turned it further meanwhile
  }

  /**
   * Turns until `promise` has settled, and no further; what it gives. It is not given up when time is over.
   *
   * @throws (rejects) what it rejects with, or that `withinMs` passed.
   */
  async until<T>(promise: PromiseLike<T>, withinMs: number): Promise<T> {
    let settled = false;
    const done = (): void => void (settled = true);
    promise.then(done, done);
    const end = this.#now + withinMs;
    await settle();
    while (!settled) {
      const due = this.#queue.nextDue();
      if (due === undefined || due > end) {
        await this.advance(end - this.#now);
        if (!settled) throw new Error(`not within ${withinMs} ms`);
      } else await this.advance(due - this.#now);
    }
    return promise;
  }

  /** Turns until nothing waits, at most `limitMs`. @returns ms turned. */
  async runAll(limitMs = 24 * 3600 * 1000): Promise<number> {
    const start = this.#now;
    await settle();
    for (;;) {
      const due = this.#queue.nextDue();
      if (due === undefined || due > start + limitMs) return this.#now - start;
      await this.advance(due - this.#now);
    }
  }
}

/** Lets every promise that can settle without time passing do so, however long the chain: the loop comes to its next phase only when none is left. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
