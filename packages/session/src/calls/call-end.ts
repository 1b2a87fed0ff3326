/**
 * The end of a call: who asks for it and who holds it back, what goes on meanwhile, and what the session has promised and has to let go of then:
 * verbs under way, `established`, `ended`, its signal, its timers. Each is made when first asked for. `Call.finish` has the order of it all.
 */
import type { Clock, SipError } from '@jackfield/base';
import type { Method } from '@jackfield/sip';
import type { SessionEnd, SessionState } from '../contract/session.ts';
import { Chain, type Link } from './chain.ts';
import { Deferrals } from './deferrals.ts';
import { Deferred } from './deferred.ts';
import type { Task } from './mailbox.ts';
import { MailboxTimer, type Posting } from './mailbox-timer.ts';
import { ofSubscription } from './other-usages.ts';
import { endedError, neverEstablished } from './session-end.ts';

/** The call. */
export interface EndHost extends Posting {
  readonly clock: Clock;
  readonly state: SessionState;
  readonly placed: { readonly givenUpFor: unknown } | undefined;
  /** Ends what hangs on it: nothing holds the end back any more. */
  close(): void;
}

export class CallEnd {
  /** With what, once the call is over on the wire. */
  over: SessionEnd | undefined;
  /** `end()` was called. */
  asked = false;
  byeSent = false;
  /** Another call of ours goes on with its Call-ID, tag and CSeq (RFC 3578 §3). */
  continued = false;
  wasEstablished = false;
  readonly #host: EndHost;
  readonly #timers = new Chain();
  readonly #open = new Chain();
  #listeners: ((end: SessionEnd) => void)[] | undefined;
  #controller: AbortController | undefined;
  #established: Deferred<void> | undefined;
  #ended: Deferred<SessionEnd> | undefined;
  #deferrals: Deferrals | undefined;
  #stage: 'none' | 'first' | 'last' = 'none';

  constructor(host: EndHost) {
    this.#host = host;
  }

  /** Its error is made when somebody looks: most calls end unwatched, and a stack trace costs more than the rest of the end. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#stage !== 'none') this.#controller.abort(this.error());
    }
    return this.#controller.signal;
  }

  get established(): Promise<void> {
    if (this.#established === undefined) {
      this.#established = new Deferred();
      if (this.wasEstablished) this.#established.resolve();
      else if (this.#stage === 'last') this.#established.reject(this.#neverEstablished());
    }
    return this.#established.promise;
  }

  get ended(): Promise<SessionEnd> {
    if (this.#ended === undefined) {
      this.#ended = new Deferred();
      if (this.#stage === 'last') this.#ended.resolve(this.over!);
    }
    return this.#ended.promise;
  }

  /** Our BYE is out, or the call is over. */
  get begun(): boolean {
    return this.byeSent || this.over !== undefined;
  }

  /** Our BYE is not answered: a request of ours, with its higher CSeq, could arrive first, and make that one a 500 (RFC 3261 §12.2.2). */
  get awaitsBye(): boolean {
    return this.byeSent && this.over === undefined;
  }

  error(): SipError<'SESSION_ENDED'> {
    return endedError(this.over, this.#host.state);
  }

  establish(): void {
    this.wasEstablished = true;
    this.#established?.resolve();
  }

  /** Posts the task once, unless disposed or stopped before. */
  timer(ms: number, task: Task, host: Posting = this.#host): Disposable {
    const timer = new MailboxTimer(this.#host.clock, ms, task, host);
    if (this.#stage === 'none') this.#timers.add(timer);
    else timer.drop();
    return timer;
  }

  stopTimers(): void {
    this.#timers.dropAll(undefined);
  }

  /** A promise that the end drops, unless it settled before. */
  open(done: Link): void {
    if (this.#stage !== 'last') this.#open.add(done);
  }

  /** Called as the last of the end. */
  atEnd(tell: (end: SessionEnd) => void): void {
    (this.#listeners ??= []).push(tell);
  }

  /** Whether requests with this method go on in its dialog: all while it is up; while its end is deferred, those of subscriptions, which it does not end (RFC 5057 §5.5). */
  carries(method: Method): boolean {
    return !this.begun || (this.#deferrals?.holds(this.over !== undefined) === true && ofSubscription(method));
  }

  /** One of ours that goes on waits until our BYE is answered. */
  keeps(method: Method, task: Task): boolean {
    if (!this.awaitsBye || !this.carries(method)) return false;
    this.#deferrals!.keep(task);
    return true;
  }

  defer(): Disposable {
    return (this.#deferrals ??= new Deferrals(this.#host, () => this.#host.close())).add();
  }

  /** The call is over. @returns whether what hangs on it waits; then at most `ms` */
  waits(ms: number): boolean {
    return this.#deferrals?.hold(this.#host.clock, ms) === true;
  }

  /** With what was kept until our BYE was answered: the end waits. */
  goOn(): void {
    for (const task of this.#deferrals!.take()) this.#host.mailbox.post(task);
  }

  /** The first of the end. */
  abort(): void {
    this.#stage = 'first';
    this.#controller?.abort(this.error());
  }

  /** The last of it. */
  close(): void {
    const end = this.over!;
    this.#stage = 'last';
    this.stopTimers();
    if (!this.wasEstablished) this.#established?.reject(this.#neverEstablished());
    for (const tell of this.#listeners ?? []) tell(end);
    if (this.#open.first !== undefined) this.#open.dropAll(this.error());
    this.#ended?.resolve(end);
  }

  #neverEstablished(): SipError {
    const { state, placed } = this.#host;
    return neverEstablished(this.over!, state, { endAsked: this.asked, placed });
  }
}
