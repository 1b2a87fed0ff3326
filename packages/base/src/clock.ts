/** Time as an argument. The system clock keeps one Node timer for all that wait, however many; a virtual clock lives in `./testing`. */
import { performance } from 'node:perf_hooks'; // the global is looked up anew each time
import { TimerQueue } from './timer-queue.ts';

/** The only source of time. */
export interface Clock {
  /** ms since the Unix epoch. */
  now(): number;
  /** Once, `ms` from now, unless disposed; never inside this call. */
  after(ms: number, task: () => void): Disposable;
  /** ms since some moment, with fractions, never back: for how long something took. `now` stands in for it where it is missing. */
  elapsed?(): number;
  /** ms by which waits of seconds may end late, so that many end in one go: a process that is woken pays more for it than for the task. Missing: 0. */
  readonly slackMs?: number;
}

const SLACK_MS = 32;

class SystemClock implements Clock {
  readonly slackMs = SLACK_MS;
  // when all that waited was disposed, the timer must not keep the process
  readonly #queue = new TimerQueue(() => this.#timer?.unref());
  readonly #origin = Date.now() - performance.now();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;
  #running = false;

  now(): number {
    return Math.floor(this.#origin + performance.now());
  }

  elapsed(): number {
    return performance.now();
  }

  after(ms: number, task: () => void): Disposable {
    const entry = this.#queue.add(this.now(), ms, task);
    if (!this.#running) {
      if (entry.due < this.#armedFor) this.#arm(entry.due);
      else if (this.#queue.size === 1) this.#timer?.ref();
    }
    return entry;
  }

  #arm(due: number): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#armedFor = due;
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.max(due - this.now(), 0), 0x7fffffff));
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedFor = Infinity;
    this.#running = true; // a task that arms does not touch the Node timer: it is set once, below
    try {
      this.#queue.runDue(this.now());
    } finally {
      this.#running = false;
      const next = this.#queue.nextDue();
      if (next !== undefined) this.#arm(next);
    }
  }
}

/**
 * Wall time as read at start, moved on by the monotonic clock: a step of the system's clock moves no timer.
 * A task that throws surfaces as an uncaught exception, as from `setTimeout`; the tasks after it still run.
 */
export function systemClock(): Clock {
  return new SystemClock();
}
