/**
 * What all parts of one session share: its supplements, mailbox, media, dialogs, timers and promises, the two ways out for messages
 * (`respond`, `prepare`), and the end, which happens once and in order (DESIGN §5). Knows no method's meaning.
 */
import { SipError, type Clock, type Random } from '@jackfield/base';
import {
  HeaderList,
  type Body,
  type IncomingRequest,
  type IncomingResponse,
  type Method,
  type Origin,
  type Reply,
  type Retry,
  type ServerTransaction,
  type SipCore,
  type SipRequest,
  type Spoken,
  type TimerBase,
} from '@jackfield/sip';
import type { MediaChange } from '../contract/media.ts';
import type { Reliability } from '../contract/reliability.ts';
import type { ResponseInit, Session, SessionEnd, SessionState } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import type { OwnedCookies } from '../cookies.ts';
import { hookFailed, watchedDestroy } from '../plugins/hooks.ts';
import type { SdpHandlerSet } from '../plugins/sdp-handler-registry.ts';
import type { Steps } from '../plugins/steps.ts';
import type { SupplementSet } from '../plugins/supplement-registry.ts';
import { CallDebts } from './call-debts.ts';
import type { CallHome, CallInit } from './call-home.ts';
import { optionsFor, type CallOptions } from './call-options.ts';
import type { InitialInvite, Refreshing } from './call-parts.ts';
import { Deferrals } from './deferrals.ts';
import type { Deferred } from './deferred.ts';
import { RequestDraft } from './draft.ts';
import { decide, heard, prepare, respond, type Decided, type MessageHost } from './hooked-messages.ts';
import { show } from './heard-response.ts';
import { LateDecisions, type LateDecision } from './late-decisions.ts';
import { Mailbox, type Task } from './mailbox.ts';
import { Media, type MediaHost } from './media.ts';
import { tellBegin, tellChange, tellEnd } from './news.ts';
import { OpenEnds } from './open-ends.ts';
import { ofSubscription } from './other-usages.ts';
import { endedError, neverEstablished, withCause } from './session-end.ts';
import { Urgent } from './session-timer.ts';
import { begin, type Verb } from './verb.ts';

/**
 * Where a call stands among those of its service; emptied when it leaves. V8 chains the tables that a Set or Map outgrew, and the entries in them
 * live until the next full collection: what comes and goes by the thousand must not hang on them with all that it holds.
 */
export interface CallPlace {
  call: Call | undefined;
}

export class Call extends CallDebts implements MediaHost, MessageHost {
  readonly place: CallPlace = { call: this };
  readonly core: SipCore;
  readonly clock: Clock;
  readonly random: Random;
  readonly direction: 'incoming' | 'outgoing';
  readonly options: CallOptions;
  reliable: Reliability;
  readonly cookies: OwnedCookies;
  readonly supplements: SupplementSet;
  /** What they and the rest of the stack could do when it began: they are its to the end, and so is this. */
  readonly spoken: Spoken;
  readonly handlers: SdpHandlerSet;
  readonly mailbox: Mailbox;
  readonly media: Media;
  question = 0;
  /** Those whose `sessionBegin` failed. */
  excluded: Set<Supplement> | undefined;
  session!: Session; // set by the session that is built around this call, before anything runs
  initial: InitialInvite | undefined;
  invite: SipRequest | RequestDraft;
  /** `end()` was called. */
  endAsked = false;
  byeSent = false;
  refreshing: Refreshing | undefined;
  #state: SessionState = 'starting';
  readonly #ends: OpenEnds;
  #begun = false;
  #end: SessionEnd | undefined;
  #late: LateDecisions | undefined;
  #deferrals: Deferrals | undefined;

  constructor(home: CallHome, init: CallInit) {
    super(home, init.endpoint, init.view);
    this.core = home.core;
    this.clock = home.core.clock;
    this.random = home.core.random;
    this.direction = init.direction;
    this.options = optionsFor(init.endpoint, home.options);
    this.reliable = init.endpoint.reliable ?? this.options.reliable;
    this.cookies = init.cookies;
    this.supplements = home.supplements;
    this.spoken = home.core.capabilities();
    this.handlers = home.handlers;
    this.invite = init.invite ?? new RequestDraft('INVITE', new HeaderList(), undefined, 'application', true, 1);
    this.media = new Media(this);
    this.#ends = new OpenEnds(this.clock, this);
    this.mailbox = new Mailbox(this.options.mailboxLimit, this);
  }

  get state(): SessionState {
    return this.#state;
  }

  set state(state: SessionState) {
    const before = this.#state;
    if (state === before) return;
    this.#state = state;
    this.home.moved(this, before);
  }

  get timers(): TimerBase {
    return this.core.transactions.timers;
  }

  get over(): SessionEnd | undefined {
    return this.#end;
  }

  get signal(): AbortSignal {
    return this.#ends.signal;
  }

  report(error: SipError): void {
    this.home.report(error, this.session);
  }

  /** A mistake of our own: the call ends, the process goes on. */
  fault(error: unknown): void {
    const named = error instanceof SipError ? error : hookFailed('@jackfield/session', 'session', error);
    this.report(named);
    this.finish({ by: 'core', status: 500, error: named });
  }

  /** `sessionBegin` of every supplement; who fails takes no further part. */
  begin(): void {
    this.#begun = true;
    tellBegin(this, (failed) => (this.excluded ??= new Set()).add(failed));
  }

  decide(request: SipRequest): Steps<Decided> {
    return decide(this, request);
  }

  /** A request whose answer a supplement will give by `sendResponse`; 504 when its time is over. */
  park(request: SipRequest, ms: number, decide: LateDecision): void {
    (this.#late ??= new LateDecisions(this)).await(request, ms, decide);
  }

  /** @throws SESSION_ALREADY_ANSWERED, SESSION_REPLY_RANGE, SESSION_ENDED */
  decideLate(request: IncomingRequest, status: number, init: ResponseInit): void {
    if (this.#end !== undefined && !this.carries(request.method)) throw this.endedError();
    (this.#late ??= new LateDecisions(this)).give(request, status, init);
  }

  /** See {@link respond}. */
  respond(
    transaction: ServerTransaction,
    status: number,
    init: ResponseInit | Reply = {},
    origin: Origin = 'core',
    body?: Body,
    sequence?: number,
  ): SipError | undefined {
    return respond(this, transaction, status, init, origin, body, sequence);
  }

  /** See {@link prepare}. */
  prepare(
    method: Method,
    headers: HeaderList,
    body: Body | undefined,
    origin: Origin,
    attempt = 1,
    initial = false,
  ): RequestDraft | SipError {
    return prepare(this, new RequestDraft(method, headers, body, origin, initial, attempt));
  }

  /** See {@link heard}. */
  heard(response: IncomingResponse): Retry | undefined {
    return heard(this, response);
  }

  changed(change: MediaChange | undefined): void {
    if (change === undefined) return;
    this.home.agreed(this.session, change);
    tellChange(this, change);
    if (this.isEstablished) this.media.rest();
  }

  tell(listener: ((response: IncomingResponse) => void) | undefined, response: IncomingResponse): void {
    if (listener === undefined) return;
    show(listener, response, (cause) => this.report(hookFailed('application', 'onResponse', cause)));
  }

  /** Once, in the mailbox, gone at the end. */
  timer(ms: number, task: Task): Disposable {
    return this.#ends.timer(ms, task);
  }

  /** The same, without waiting for the round under way. */
  alarm(ms: number, task: Task): Disposable {
    return this.#ends.timer(ms, task, new Urgent(this.mailbox));
  }

  /** Called as the last of the end. */
  atEnd(tell: (end: SessionEnd) => void): void {
    this.#ends.atEnd(tell);
  }

  /** A promise that the end rejects, unless it settled before. */
  open<T>(guard: (() => SipError | undefined) | undefined): Deferred<T> {
    return this.#ends.open(guard);
  }

  verb<T>(name: string, task: Verb<T>, method?: Method): Promise<T> {
    return begin(this, name, task, method);
  }

  endedError(): SipError<'SESSION_ENDED'> {
    return endedError(this.#end, this.#state);
  }

  get established(): Promise<void> {
    return this.#ends.established;
  }

  get ended(): Promise<SessionEnd> {
    return this.#ends.ended;
  }

  get isEstablished(): boolean {
    return this.#ends.wasEstablished;
  }

  establish(): void {
    if (this.#end !== undefined) return;
    if (!this.isEstablished) this.home.established();
    if (this.state !== 'ending') this.state = 'established';
    this.#ends.establish();
    if (!(this.invite instanceof RequestDraft)) this.invite.rest();
    this.media.rest();
  }

  /** Whether requests with this method go on in its dialog: all while it is up; while its end is deferred, those of subscriptions, which it does not end (RFC 5057 §5.5). */
  carries(method: Method): boolean {
    const over = this.#end !== undefined;
    if (!over && !this.byeSent) return true;
    return this.#deferrals?.holds(over) === true && ofSubscription(method);
  }

  /** One of ours that goes on waits until our BYE is answered: with its higher CSeq it could arrive first, and make that one a 500 (RFC 3261 §12.2.2). */
  keeps(method: Method, task: Task): boolean {
    if (!this.byeSent || this.#end !== undefined || !this.carries(method)) return false;
    this.#deferrals!.keep(task);
    return true;
  }

  deferEnd(): Disposable {
    return (this.#deferrals ??= new Deferrals(() => this.#close())).add();
  }

  /** The call is over on the wire. What hangs on it ends now, or with the last deferral. */
  finish(end: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.payAck();
    this.#end = withCause(end);
    this.state = 'ending';
    this.refreshing?.stop();
    this.answerPending();
    this.#late = undefined;
    this.#ends.stopTimers();
    if (!(this.invite instanceof RequestDraft)) this.invite.abort();
    const deferrals = this.#deferrals;
    if (deferrals?.hold(this.clock, this.options.deferEndMs ?? 64 * this.timers.t1) !== true) return this.#close();
    this.media.stop();
    for (const task of deferrals.take()) this.mailbox.post(task);
  }

  #close(): void {
    this.answerPending(); // what came while the end was deferred
    const end = this.#end!;
    this.#ends.abort(() => this.endedError());
    if (this.#begun) tellEnd(this, end);
    this.media.stop();
    this.cookies.close(watchedDestroy(this));
    for (const dialog of this.dialogs) dialog.terminate();
    this.home.forget(this);
    this.mailbox.close();
    this.state = 'ended';
    this.refreshing?.over(end);
    this.#ends.close(
      end,
      () => this.endedError(),
      () => neverEstablished(end, this.#state),
    );
  }
}
