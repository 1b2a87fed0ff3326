/** A timer of one session: it posts its task into the mailbox once, unless it was disposed or the session is over. */
import type { Clock } from '@jackfield/base';
import { Link } from './chain.ts';
import type { Task } from './mailbox.ts';

export class SessionTimer extends Link implements Disposable {
  #task: Task | undefined;
  readonly #post: (task: Task) => void;
  #waiting: Disposable | undefined;

  constructor(clock: Clock, ms: number, task: Task, post: (task: Task) => void) {
    super();
    this.#task = task;
    this.#post = post;
    this.#waiting = clock.after(ms, () => this.#over());
  }

  [Symbol.dispose](): void {
    this.leave();
    this.drop();
  }

  override drop(): void {
    this.#task = undefined;
    this.#waiting?.[Symbol.dispose]();
    this.#waiting = undefined;
  }

  #over(): void {
    const task = this.#task;
    this.leave();
    this.#task = this.#waiting = undefined;
    if (task !== undefined) this.#post(task);
  }
}
