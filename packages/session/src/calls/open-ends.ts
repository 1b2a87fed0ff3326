/** What a session has promised and has to let go of at its end: verbs under way, `established`, `ended`, its signal, its timers. Each is made when first asked for. */
import type { Clock, SipError } from '@jackfield/base';
import type { SessionEnd } from '../contract/session.ts';
import { Deferred } from './deferred.ts';
import type { Task } from './mailbox.ts';

interface Closed {
  readonly end: SessionEnd;
  readonly whyNotEstablished: () => SipError;
}

export class OpenEnds {
  readonly #clock: Clock;
  readonly #post: (task: Task) => void;
  #timers: Set<Disposable> | undefined;
  #open: Set<{ reject(error: unknown): void }> | undefined;
  #listeners: ((end: SessionEnd) => void)[] | undefined;
  #controller: AbortController | undefined;
  /** Makes its error when somebody looks: most calls end unwatched, and a stack trace costs more than the rest of the end. */
  #aborted: (() => SipError) | undefined;
  #established: Deferred<void> | undefined;
  #ended: Deferred<SessionEnd> | undefined;
  #closed: Closed | undefined;
  wasEstablished = false;

  constructor(clock: Clock, post: (task: Task) => void) {
    this.#clock = clock;
    this.#post = post;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted());
    }
    return this.#controller.signal;
  }

  get established(): Promise<void> {
    if (this.#established === undefined) {
      this.#established = new Deferred();
      if (this.wasEstablished) this.#established.resolve();
      else if (this.#closed !== undefined) this.#established.reject(this.#closed.whyNotEstablished());
    }
    return this.#established.promise;
  }

  get ended(): Promise<SessionEnd> {
    if (this.#ended === undefined) {
      this.#ended = new Deferred();
      if (this.#closed !== undefined) this.#ended.resolve(this.#closed.end);
    }
    return this.#ended.promise;
  }

  establish(): void {
    this.wasEstablished = true;
    this.#established?.resolve();
  }

  /** Posts the task once, unless disposed or stopped before. */
  timer(ms: number, task: Task): Disposable {
    const timers = (this.#timers ??= new Set());
    const waiting = this.#clock.after(ms, () => {
      timers.delete(handle);
      this.#post(task);
    });
    const handle: Disposable = {
      [Symbol.dispose]: () => {
        timers.delete(handle);
        waiting[Symbol.dispose]();
      },
    };
    timers.add(handle);
    if (this.#aborted !== undefined) handle[Symbol.dispose]();
    return handle;
  }

  stopTimers(): void {
    for (const timer of this.#timers ?? []) timer[Symbol.dispose]();
  }

  /** A promise that settles with the session at the latest. */
  open<T>(guard: (() => SipError | undefined) | undefined): Deferred<T> {
    const done = new Deferred<T>(guard);
    if (this.#closed !== undefined) return done;
    this.#open ??= new Set();
    this.#open.add(done);
    done.owner = this.#open;
    return done;
  }

  /** The last of the end. */
  atEnd(tell: (end: SessionEnd) => void): void {
    (this.#listeners ??= []).push(tell);
  }

  /** The first of the end. */
  abort(error: () => SipError): void {
    this.#aborted = error;
    this.#controller?.abort(error());
  }

  close(end: SessionEnd, error: () => SipError, whyNotEstablished: () => SipError): void {
    this.#closed = { end, whyNotEstablished };
    this.stopTimers();
    if (!this.wasEstablished) this.#established?.reject(whyNotEstablished());
    for (const tell of this.#listeners ?? []) tell(end);
    if (this.#open !== undefined && this.#open.size > 0) {
      const ended = error();
      for (const done of this.#open) done.reject(ended);
    }
    this.#ended?.resolve(end);
  }
}
