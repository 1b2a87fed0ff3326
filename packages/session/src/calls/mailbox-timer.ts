/** A timer of one session: it posts its task into the mailbox once, unless it was disposed or the session is over. */
import type { Clock } from '@jackfield/base';
import { Link } from './chain.ts';
import type { Mailbox, Task } from './mailbox.ts';

export interface Posting {
  readonly mailbox: { post(task: Task): void };
}

/** A mailbox for what waits for nothing. */
export class Urgent implements Posting {
  readonly #mailbox: Mailbox;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  get mailbox(): this {
    return this;
  }

  post(task: Task): void {
    this.#mailbox.interrupt(task);
  }
}

export class MailboxTimer extends Link implements Disposable {
  #task: Task | undefined;
  readonly #host: Posting;
  #waiting: Disposable | undefined;

  constructor(clock: Clock, ms: number, task: Task, host: Posting) {
    super();
    this.#task = task;
    this.#host = host;
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
    if (task !== undefined) this.#host.mailbox.post(task);
  }
}
