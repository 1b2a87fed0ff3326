/**
 * What all parts of one session share: its supplements, mailbox, media, dialogs, timers and promises, the two ways out for messages
 * (`respond`, `prepare`), and the end, which happens once and in order (docs/promises.md). What a method means is others' matter,
 * but for what outlives a call: its subscriptions, and the answers and the ACK that it owes.
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
import { CallEnd, type EndHost } from './call-end.ts';
import { CallPlace, type Abilities, type CallHome, type CallInit } from './call-home.ts';
import { optionsFor, type CallOptions } from './call-options.ts';
import type { InitialInvite, PlacedInvite, ReceivedInvite } from './call-parts.ts';
import { RequestDraft } from './draft.ts';
import { decide, heard, prepare, respond, type Decided, type MessageHost } from './hooked-messages.ts';
import { show } from './heard-response.ts';
import { LateDecisions, type LateDecision } from './late-decisions.ts';
import { Mailbox, type Task } from './mailbox.ts';
import { Media, type MediaHost } from './media.ts';
import { tellBegin, tellChange, tellEnd } from './news.ts';
import { withCause } from './session-end.ts';
import { Urgent } from './mailbox-timer.ts';
import { begin, type Verb } from './verb.ts';

export class Call extends CallDebts implements MediaHost, MessageHost, EndHost {
  readonly place = new CallPlace(this);
  readonly core: SipCore;
  readonly direction: 'incoming' | 'outgoing';
  readonly options: CallOptions;
  reliable: Reliability;
  readonly cookies: OwnedCookies;
  readonly mailbox: Mailbox;
  readonly media: Media;
  readonly end: CallEnd;
  question = 0;
  /** Those whose `sessionBegin` failed. */
  excluded: Set<Supplement> | undefined;
  session!: Session; // set by the session that is built around this call, before anything runs
  /** One of the two is there, set with the session. */
  placed: PlacedInvite | undefined;
  received: ReceivedInvite | undefined;
  invite: SipRequest | RequestDraft;
  #state: SessionState = 'starting';
  #begun = false;
  #late: LateDecisions | undefined;
  readonly #abilities: Abilities;

  constructor(home: CallHome, init: CallInit) {
    super(home, init.endpoint, init.view);
    this.core = home.core;
    this.direction = init.direction;
    this.options = optionsFor(init.endpoint, home.options);
    this.reliable = init.endpoint.reliable ?? this.options.reliable;
    this.cookies = init.cookies;
    this.#abilities = home.abilities;
    this.invite = init.invite ?? new RequestDraft('INVITE', new HeaderList(), undefined, 'application', true, 1);
    this.media = new Media(this);
    this.end = new CallEnd(this);
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

  get clock(): Clock {
    return this.core.clock;
  }

  get random(): Random {
    return this.core.random;
  }

  get timers(): TimerBase {
    return this.core.transactions.timers;
  }

  get supplements(): SupplementSet {
    return this.#abilities.supplements;
  }

  get handlers(): SdpHandlerSet {
    return this.#abilities.handlers;
  }

  get spoken(): Spoken {
    return this.#abilities.spoken;
  }

  get over(): SessionEnd | undefined {
    return this.end.over;
  }

  get isEstablished(): boolean {
    return this.end.wasEstablished;
  }

  report(error: SipError): void {
    this.home.report(error, this.session);
  }

  get initial(): InitialInvite {
    return (this.placed ?? this.received)!;
  }

  /** A mistake of our own: the call ends, for the peer too, and the process goes on. */
  fault(error: unknown): void {
    const named = error instanceof SipError ? error : hookFailed('@jackfield/session', 'session', error);
    this.report(named);
    const why = { status: 500, error: named };
    const { initial, mailbox } = this;
    if (this.end.byeSent) return this.finish({ by: 'core', ...why });
    mailbox.interrupt(() => {
      mailbox.giveUp();
      initial.giveUp(why);
    });
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
    if (this.over !== undefined && !this.end.carries(request.method)) throw this.end.error();
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

  /** A request that leaves whatever hooks do: one of the core's, or anybody's BYE or CANCEL. */
  prepare(method: Method, headers = new HeaderList(), body?: Body, origin: Origin = 'core'): RequestDraft {
    const draft = new RequestDraft(method, headers, body, origin, false, 1);
    prepare(this, draft);
    return draft;
  }

  /** One that was asked for. @throws SESSION_HOOK_FAILED, of a hook, unless it is the core that asks */
  prepareAsked(method: Method, headers: HeaderList, body: Body | undefined, origin: Origin, attempt = 1, initial = false): RequestDraft {
    const draft = new RequestDraft(method, headers, body, origin, initial, attempt);
    const error = prepare(this, draft);
    if (error !== undefined && origin !== 'core') throw error;
    return draft;
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
    return this.end.timer(ms, task);
  }

  /** The same, without waiting for the round under way. */
  alarm(ms: number, task: Task): Disposable {
    return this.end.timer(ms, task, new Urgent(this.mailbox));
  }

  verb<T>(name: string, task: Verb<T>, method?: Method): Promise<T> {
    return begin(this, name, task, method);
  }

  establish(): void {
    if (this.over !== undefined) return;
    if (!this.isEstablished) this.home.established();
    if (this.state !== 'ending') this.state = 'established';
    this.end.establish();
    if (!(this.invite instanceof RequestDraft)) this.invite.rest();
    this.media.rest();
  }

  /** The call is over on the wire. What hangs on it ends now, or with the last deferral. */
  finish(over: SessionEnd): void {
    const { end } = this;
    if (end.over !== undefined) return;
    this.payAck();
    end.over = withCause(over);
    this.state = 'ending';
    this.refreshing.stop();
    this.answerPending();
    this.#late = undefined;
    end.stopTimers();
    if (!(this.invite instanceof RequestDraft)) this.invite.abort();
    if (!end.waits(this.options.deferEndMs ?? 64 * this.timers.t1)) return this.close();
    this.media.stop();
    end.goOn();
  }

  /** The rest of {@link finish}. */
  close(): void {
    const { end } = this;
    const over = end.over!;
    this.answerPending(); // what came while the end was deferred
    end.abort();
    if (this.#begun) tellEnd(this, over);
    this.media.stop();
    this.cookies.close(watchedDestroy(this));
    for (const dialog of this.dialogs) dialog.terminate();
    this.home.forget(this);
    this.mailbox.close();
    this.state = 'ended';
    this.refreshing.over();
    end.close();
  }
}
