/** One session, one thing at a time: what comes in waits for the round of hooks under way. What cannot wait (CANCEL, BYE, the end) gives that round up. */
import type { Steps } from '../plugins/steps.ts';

/** Runs to its end, or gives a round to go on with. */
export type Task = () => Steps<void> | undefined | void;

export class Mailbox {
  /** True while a task's code is on the stack: a verb called now was called by a hook, and begins when the round is over. */
  running = false;
  #held: Steps<void> | undefined;
  #waiting: Task[] = [];
  #urgent: Task[] = [];
  #closed = false;
  readonly #limit: number;
  readonly #fault: (error: unknown) => void;

  /** @param fault - hears what a task threw: the task's own mistake, since tasks catch what plug-ins do. */
  constructor(limit: number, fault: (error: unknown) => void) {
    this.#limit = limit;
    this.#fault = fault;
  }

  /** True while a round waits for a plug-in. */
  get held(): boolean {
    return this.#held !== undefined;
  }

  get full(): boolean {
    return this.#waiting.length >= this.#limit;
  }

  /** Runs it now if nothing is under way, else in its turn. After `close` it is dropped. */
  post(task: Task): void {
    if (this.#closed) return;
    this.#waiting.push(task);
    this.#drain();
  }

  /** Gives up the round under way and runs before all that waits; from inside a hook: when that hook has returned. */
  interrupt(task: Task): void {
    if (this.#closed) return;
    this.#urgent.push(task);
    this.#drain();
  }

  /** Gives up what is under way and drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#urgent = [];
    if (!this.running) this.#giveUp();
  }

  #drain(): void {
    if (this.running) return;
    for (;;) {
      if (this.#held !== undefined) {
        if (this.#urgent.length === 0 && !this.#closed) return;
        this.#giveUp();
      }
      const task = this.#urgent.shift() ?? this.#waiting.shift();
      if (task === undefined) return;
      this.#step(() => {
        const steps = task();
        if (steps !== undefined) this.#advance(steps, () => steps.next());
      });
    }
  }

  /** Goes on with a round until it waits or ends. */
  #advance(steps: Steps<void>, resume: () => IteratorResult<PromiseLike<unknown>, void>): void {
    this.#held = steps; // so that what it calls sees it held, and `#giveUp` finds it
    let result: IteratorResult<PromiseLike<unknown>, void>;
    try {
      result = resume();
    } catch (error) {
      this.#held = undefined;
      throw error;
    }
    if (result.done === true) {
      this.#held = undefined;
      return;
    }
    const go = (next: () => IteratorResult<PromiseLike<unknown>, void>): void => {
      if (this.#held !== steps) return; // given up meanwhile: the late answer is dropped
      this.#step(() => this.#advance(steps, next));
      this.#drain();
    };
    result.value.then(
      (value) => go(() => steps.next(value)),
      (error: unknown) => go(() => steps.throw(error)),
    );
  }

  #giveUp(): void {
    const steps = this.#held;
    this.#held = undefined;
    if (steps !== undefined) this.#step(() => void steps.return());
  }

  #step(run: () => void): void {
    this.running = true;
    try {
      run();
    } catch (error) {
      this.#fault(error);
    } finally {
      this.running = false;
    }
  }
}
