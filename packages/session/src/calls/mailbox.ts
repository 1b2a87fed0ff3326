/** One session, one thing at a time: what comes in waits for the round of hooks under way. What cannot wait (CANCEL, BYE, the end) sets that round aside, and may give it up. */
import { begin, type Steps } from '../plugins/steps.ts';

export interface MailboxHost {
  /** Hears what a task threw: the task's own mistake, since tasks catch what plug-ins do. */
  fault(error: unknown): void;
}

/** Runs to its end, or gives a round to go on with. */
export type Task = () => Steps<void> | undefined | void;

/** One that waits for something. */
class Round {
  readonly steps: Steps<void>;
  /** What it waits for came while it was set aside. */
  came: 'no' | 'value' | 'error' = 'no';
  with: unknown = undefined;

  constructor(steps: Steps<void>) {
    this.steps = steps;
  }
}

const NONE: readonly never[] = [];

/** Takes it out. Mostly it is the only one, and `shift` is not compiled. */
const first = (tasks: Task[]): Task | undefined => (tasks.length === 1 ? tasks.pop() : tasks.shift());

export class Mailbox {
  /** True while a task's code is on the stack: a verb called now was called by a hook, and begins when the round is over. */
  running = false;
  #held: Round | undefined;
  /** Rounds that something urgent overtook, the first below. */
  #aside: Round[] | undefined;
  #waiting: Task[] | undefined;
  #urgent: Task[] | undefined;
  #closed = false;
  readonly #limit: number;
  readonly #host: MailboxHost;

  constructor(limit: number, host: MailboxHost) {
    this.#limit = limit;
    this.#host = host;
  }

  get full(): boolean {
    return (this.#waiting ?? NONE).length >= this.#limit;
  }

  /** Runs it now if nothing is under way, else in its turn. After `close` it is dropped. */
  post(task: Task): void {
    if (this.#closed) return;
    if (this.running || this.#held !== undefined || this.#aside !== undefined || this.#waiting !== undefined) {
      (this.#waiting ??= []).push(task);
    } else this.#begin(task);
    this.#drain();
  }

  /** Runs before the round under way goes on and before all that waits; from inside a hook: when that hook has returned. */
  interrupt(task: Task): void {
    if (this.#closed) return;
    (this.#urgent ??= []).push(task);
    this.#drain();
  }

  /** From an urgent task: what it overtook does not go on, and its late answers are dropped. */
  giveUp(): void {
    for (let round = this.#aside?.pop(); round !== undefined; round = this.#aside?.pop()) this.#drop(round);
  }

  /** Gives up what is under way and drops what waits. */
  close(): void {
    this.#closed = true;
    this.#waiting = this.#urgent = undefined;
    this.#drain();
  }

  #drain(): void {
    if (this.running) return;
    for (;;) {
      const held = this.#held;
      if (held !== undefined) {
        if (this.#urgent === undefined && !this.#closed) return;
        this.#held = undefined;
        (this.#aside ??= []).push(held);
      }
      if (this.#closed) return this.giveUp();
      const task = this.#next();
      if (task !== undefined) this.#begin(task);
      else if (!this.#goOn()) return;
    }
  }

  /** What comes next; an empty queue is let go of. */
  #next(): Task | undefined {
    const urgent = this.#urgent;
    if (urgent !== undefined) {
      const task = first(urgent);
      if (urgent.length === 0) this.#urgent = undefined;
      return task;
    }
    if (this.#aside !== undefined) {
      if (this.#aside.length > 0) return undefined;
      this.#aside = undefined;
    }
    const task = this.#waiting && first(this.#waiting);
    if (this.#waiting?.length === 0) this.#waiting = undefined;
    return task;
  }

  #begin(task: Task): void {
    this.running = true;
    try {
      const steps = task();
      if (steps !== undefined) {
        const result = begin(steps);
        if (result.done !== true) this.#hold(new Round(steps), result.value);
      }
    } catch (error) {
      this.#host.fault(error);
    } finally {
      this.running = false;
    }
  }

  /** The round that was set aside last. @returns false when there is none */
  #goOn(): boolean {
    const round = this.#aside?.pop();
    if (round === undefined) return false;
    if (round.came === 'no') this.#held = round;
    else this.#resume(round);
    return true;
  }

  /** What the round waited for has come. */
  #resume(round: Round): void {
    const { steps, came, with: value } = round;
    round.came = 'no';
    round.with = undefined;
    this.running = true;
    try {
      const result = came === 'error' ? steps.throw(value) : steps.next(value);
      if (result.done !== true) this.#hold(round, result.value);
    } catch (error) {
      this.#host.fault(error);
    } finally {
      this.running = false;
    }
  }

  #hold(round: Round, awaited: PromiseLike<unknown>): void {
    this.#held = round;
    const came = (how: 'value' | 'error', value: unknown): void => {
      if (this.#held !== round && this.#aside?.includes(round) !== true) return; // given up: the late answer is dropped
      round.came = how;
      round.with = value;
      if (this.#held !== round) return;
      this.#held = undefined;
      this.#resume(round);
      this.#drain();
    };
    awaited.then(
      (value) => came('value', value),
      (error: unknown) => came('error', error),
    );
  }

  #drop({ steps }: Round): void {
    const { running } = this;
    this.running = true;
    try {
      steps.return();
    } catch (error) {
      this.#host.fault(error);
    } finally {
      this.running = running;
    }
  }
}
