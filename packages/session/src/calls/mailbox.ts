/** One session, one thing at a time: what comes in waits for the round of hooks under way. What cannot wait (CANCEL, BYE, the end) sets that round aside, and may give it up. */
import type { Steps } from '../plugins/steps.ts';

/** Runs to its end, or gives a round to go on with. */
export type Task = () => Steps<void> | undefined | void;

type Resume = () => IteratorResult<PromiseLike<unknown>, void>;

class Round {
  readonly steps: Steps<void>;
  /** How it goes on, when what it waits for came while it was set aside. */
  resume: Resume | undefined;

  constructor(steps: Steps<void>) {
    this.steps = steps;
  }
}

export class Mailbox {
  /** True while a task's code is on the stack: a verb called now was called by a hook, and begins when the round is over. */
  running = false;
  #held: Round | undefined;
  /** Rounds that something urgent overtook, the first below. */
  #aside: Round[] = [];
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

  get full(): boolean {
    return this.#waiting.length >= this.#limit;
  }

  /** Runs it now if nothing is under way, else in its turn. After `close` it is dropped. */
  post(task: Task): void {
    if (this.#closed) return;
    this.#waiting.push(task);
    this.#drain();
  }

  /** Runs before the round under way goes on and before all that waits; from inside a hook: when that hook has returned. */
  interrupt(task: Task): void {
    if (this.#closed) return;
    this.#urgent.push(task);
    this.#drain();
  }

  /** From an urgent task: what it overtook does not go on, and its late answers are dropped. */
  giveUp(): void {
    for (let round = this.#aside.pop(); round !== undefined; round = this.#aside.pop()) this.#drop(round);
  }

  /** Gives up what is under way and drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#urgent = [];
    this.#drain();
  }

  #drain(): void {
    if (this.running) return;
    for (;;) {
      const held = this.#held;
      if (held !== undefined) {
        if (this.#urgent.length === 0 && !this.#closed) return;
        this.#held = undefined;
        this.#aside.push(held);
      }
      if (this.#closed) return this.giveUp();
      const task = this.#urgent.shift() ?? (this.#aside.length > 0 ? undefined : this.#waiting.shift());
      if (task !== undefined) this.#step(() => this.#begin(task));
      else if (!this.#goOn()) return;
    }
  }

  #begin(task: Task): void {
    const steps = task();
    if (steps !== undefined) this.#advance(new Round(steps), () => steps.next());
  }

  /** The round that was set aside last. @returns false when there is none */
  #goOn(): boolean {
    const round = this.#aside.pop();
    if (round === undefined) return false;
    this.#held = round;
    const { resume } = round;
    round.resume = undefined;
    if (resume !== undefined) this.#step(() => this.#advance(round, resume));
    return true;
  }

  /** Goes on with a round until it waits or ends. */
  #advance(round: Round, resume: Resume): void {
    this.#held = round; // so that what it calls sees it held
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
    const go = (next: Resume): void => {
      if (this.#held === round) {
        this.#step(() => this.#advance(round, next));
        this.#drain();
      } else if (this.#aside.includes(round)) round.resume = next; // else given up: the late answer is dropped
    };
    result.value.then(
      (value) => go(() => round.steps.next(value)),
      (error: unknown) => go(() => round.steps.throw(error)),
    );
  }

  #drop({ steps }: Round): void {
    const { running } = this;
    this.#step(() => void steps.return());
    this.running = running;
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
