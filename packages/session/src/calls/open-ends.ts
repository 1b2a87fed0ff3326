/** What a session has promised and has to let go of at its end: verbs under way, `established`, `ended`, its signal, its timers. Each is made when first asked for. */
import type { Clock, SipError } from '@jackfield/base';
import type { SessionEnd } from '../contract/session.ts';
import { Chain } from './chain.ts';
import { Deferred } from './deferred.ts';
import type { Task } from './mailbox.ts';
import { SessionTimer, type Posting } from './session-timer.ts';

interface Closed {
  readonly end: SessionEnd;
  readonly whyNotEstablished: () => SipError;
}

export class OpenEnds {
  readonly #clock: Clock;
  readonly #host: Posting;
  readonly #timers = new Chain();
  readonly #open = new Chain();
  #listeners: ((end: SessionEnd) => void)[] | undefined;
  #controller: AbortController | undefined;
  /** Makes its error when somebody looks: most calls end unwatched, and a stack trace costs more than the rest of the end. */
  #aborted: (() => SipError) | undefined;
  #established: Deferred<void> | undefined;
  #ended: Deferred<SessionEnd> | undefined;
  #closed: Closed | undefined;
  wasEstablished = false;

  constructor(clock: Clock, host: Posting) {
    this.#clock = clock;
    this.#host = host;
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
  timer(ms: number, task: Task, host = this.#host): Disposable {
    const timer = new SessionTimer(this.#clock, ms, task, host);
    if (this.#aborted === undefined) this.#timers.add(timer);
    else timer.drop();
    return timer;
  }

  stopTimers(): void {
    this.#timers.dropAll(undefined);
  }

  /** A promise that settles with the session at the latest. */
  open<T>(guard: (() => SipError | undefined) | undefined): Deferred<T> {
    const done = new Deferred<T>(guard);
    if (this.#closed !== undefined) return done;
    this.#open.add(done);
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
    if (this.#open.first !== undefined) this.#open.dropAll(error());
    this.#ended?.resolve(end);
  }
}
