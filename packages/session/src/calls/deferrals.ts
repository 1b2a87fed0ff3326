/** Who holds back the end of a call, for how long at most, and what waits for that end. Made with the first of a call. */
import type { Clock } from '@jackfield/base';
import type { Task } from './mailbox.ts';
import type { Posting } from './mailbox-timer.ts';

export class Deferrals {
  /** The end has come, and waits. */
  #waiting = false;
  #count = 0;
  #guard: Disposable | undefined;
  #kept: Task[] | undefined;
  readonly #release: () => void;
  readonly #host: Posting;

  /** @param release - called once, when the end waits and nothing holds it any more */
  constructor(host: Posting, release: () => void) {
    this.#host = host;
    this.#release = release;
  }

  add(): Disposable {
    let open = true;
    this.#count += 1;
    return {
      [Symbol.dispose]: () => {
        if (!open) return;
        open = false;
        this.#count -= 1;
        if (this.#count === 0 && this.#waiting) this.#host.mailbox.post(() => this.#released());
      },
    };
  }

  /** Whether the end waits; before it has come, whether it would. @param over - it has */
  holds(over: boolean): boolean {
    return over ? this.#waiting : this.#count > 0;
  }

  /** Until the end has come, and waits. */
  keep(task: Task): void {
    (this.#kept ??= []).push(task);
  }

  /** What was kept. */
  take(): readonly Task[] {
    const kept = this.#kept ?? [];
    this.#kept = undefined;
    return kept;
  }

  /** The end has come. @returns whether it has to wait; then at most `ms` */
  hold(clock: Clock, ms: number): boolean {
    if (this.#count === 0) return false;
    this.#waiting = true;
    this.#guard = clock.after(ms, () => this.#go());
    return true;
  }

  /** In its turn: who let go of it in a hook has that round, and the answer it decides on, before the end. */
  #released(): void {
    if (this.#count === 0 && this.#waiting) this.#go();
  }

  #go(): void {
    this.#waiting = false;
    this.#guard?.[Symbol.dispose]();
    this.#release();
  }
}
