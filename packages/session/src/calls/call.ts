/**
 * What all parts of one session share: its supplements, mailbox, media, dialogs, timers and promises, the two ways out for messages
 * (`respond`, `prepare`), and the end, which happens once and in order (DESIGN §5). Knows no method's meaning.
 */
import { SipError, type Clock, type Random } from '@jackfield/base';
import {
  HeaderList,
  type Body,
  type Dialog,
  type DialogView,
  type DigestClient,
  type IncomingRequest,
  type IncomingResponse,
  type Method,
  type Origin,
  type Reply,
  type Retry,
  type ServerTransaction,
  type SipCore,
  type SipRequest,
  type TimerBase,
} from '@jackfield/sip';
import type { MediaChange } from '../contract/media.ts';
import type { Reliability } from '../contract/reliability.ts';
import type { Endpoint, ResponseInit, Session, SessionEnd, SessionState } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import type { OwnedCookies } from '../cookies.ts';
import type { Gate } from '../endpoints/gate.ts';
import { hookFailed, notifyAll } from '../plugins/hooks.ts';
import type { SdpHandlerSet } from '../plugins/sdp-handler-registry.ts';
import { isThenable, type Steps } from '../plugins/steps.ts';
import type { SupplementSet } from '../plugins/supplement-registry.ts';
import type { CallOptions, InitialInvite, LateDecision, OpenOffer, Refreshing } from './call-parts.ts';
import type { Deferred } from './deferred.ts';
import { RequestDraft } from './draft.ts';
import { decide, heard, prepare, replyRange, respond, type Decided, type MessageHost } from './hooked-messages.ts';
import { Mailbox, type Task } from './mailbox.ts';
import { Media, type MediaHost } from './media.ts';
import { OpenEnds } from './open-ends.ts';

/** What a session asks of the service it lives in. */
export interface CallHome {
  readonly core: SipCore;
  readonly supplements: SupplementSet;
  readonly handlers: SdpHandlerSet;
  readonly options: CallOptions;
  readonly gate: Gate;
  /** Errors of plug-ins and drivers; never thrown on. */
  report(error: SipError, session: Session | undefined): void;
  /** The driver, from now on on its own. Undefined: there is none. */
  readonly driver: ((session: Session, invite: IncomingRequest) => unknown) | undefined;
  forget(call: Call): void;
  /** For those who watch: its state is another than `before`. */
  moved(call: Call, before: SessionState): void;
  /** For those who watch: an exchange was applied. */
  agreed(session: Session, change: MediaChange): void;
}

export interface CallInit {
  readonly direction: 'incoming' | 'outgoing';
  readonly endpoint: Endpoint;
  readonly cookies: OwnedCookies;
  readonly view: DialogView;
  readonly invite: SipRequest | undefined;
}

/**
 * Where a call stands among those of its service; emptied when it leaves. V8 chains the tables that a Set or Map outgrew, and the entries in them
 * live until the next full collection: what comes and goes by the thousand must not hang on them with all that it holds.
 */
export interface CallPlace {
  call: Call | undefined;
}

export class Call implements MediaHost, MessageHost {
  readonly place: CallPlace = { call: this };
  readonly home: CallHome;
  readonly core: SipCore;
  readonly clock: Clock;
  readonly random: Random;
  readonly direction: 'incoming' | 'outgoing';
  readonly endpoint: Endpoint;
  readonly options: CallOptions;
  reliable: Reliability;
  readonly cookies: OwnedCookies;
  readonly supplements: SupplementSet;
  readonly handlers: SdpHandlerSet;
  readonly mailbox: Mailbox;
  readonly media: Media;
  question: object | undefined;
  session!: Session; // set by the session that is built around this call, before anything runs
  initial: InitialInvite | undefined;
  invite: SipRequest | RequestDraft;
  /** The selected dialog; before there is one, its Call-ID and our tag. */
  view: DialogView;
  dialog: Dialog | undefined;
  /** The address that the peer reaches us at: c= of our descriptions. */
  localAddress = '';
  /** Requests of the peer that wait for their final response. */
  readonly pending = new Set<ServerTransaction>();
  /** `end()` was called. */
  endAsked = false;
  byeSent = false;
  refreshing: Refreshing | undefined;
  openOffer: OpenOffer | undefined;
  /** Highest CSeq in a dialog of ours that was dropped: its fork may answer after all, and has heard our PRACKs. */
  droppedSequence = 0;
  /** ACKs the 2xx to an INVITE of ours that is in and not acknowledged yet. */
  owedAck: (() => void) | undefined;
  #state: SessionState = 'starting';
  readonly #ends: OpenEnds;
  readonly #parked = new Map<IncomingRequest, LateDecision>();
  #dialogs: Dialog[] = [];
  #excluded: Set<Supplement> | undefined;
  #begun = false;
  #end: SessionEnd | undefined;
  #closed = false;
  #deferrals = 0;
  #deferralGuard: Disposable | undefined;

  constructor(home: CallHome, init: CallInit) {
    this.home = home;
    this.core = home.core;
    this.clock = home.core.clock;
    this.random = home.core.random;
    this.direction = init.direction;
    this.endpoint = init.endpoint;
    this.options = optionsFor(init.endpoint, home.options);
    this.reliable = init.endpoint.reliable ?? this.options.reliable;
    this.cookies = init.cookies;
    this.supplements = home.supplements;
    this.handlers = home.handlers;
    this.view = init.view;
    this.invite = init.invite ?? new RequestDraft('INVITE', new HeaderList(), undefined, 'application', true, 1);
    this.media = new Media(this);
    this.#ends = new OpenEnds(this.clock, (task) => this.mailbox.post(task));
    this.mailbox = new Mailbox(this.options.mailboxLimit, (error) => this.fault(error));
  }

  get id(): string {
    return `${this.view.callId};${this.view.localTag}`;
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

  get excluded(): ReadonlySet<Supplement> | undefined {
    return this.#excluded;
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
    notifyAll(
      this,
      this.supplements.having('sessionBegin'),
      'sessionBegin',
      (supplement) => supplement.sessionBegin!(this.session),
      (failed) => (this.#excluded ??= new Set()).add(failed),
    );
  }

  use(dialog: Dialog): void {
    if (this.#dialogs.includes(dialog)) return;
    this.#dialogs.push(dialog);
    this.equip(dialog);
  }

  /** A dialog with this peer: our credentials, and the way to it. */
  equip(dialog: Dialog): void {
    this.home.gate.equip(dialog, this.endpoint);
  }

  /** Who we are to this peer. */
  get digest(): DigestClient | undefined {
    return this.home.gate.digestOf(this.endpoint);
  }

  select(dialog: Dialog): void {
    this.use(dialog);
    this.dialog = dialog;
    this.view = dialog;
  }

  drop(dialog: Dialog): void {
    this.#dialogs = this.#dialogs.filter((other) => other !== dialog);
    this.droppedSequence = Math.max(this.droppedSequence, dialog.localSequence);
    dialog.terminate();
  }

  get dialogs(): readonly Dialog[] {
    return this.#dialogs;
  }

  /** See {@link decide}. Who has to prove even inside the call who it is does so before. */
  decide(request: SipRequest): Steps<Decided> {
    return this.endpoint.authenticateInDialog === true && !request.initial ? this.#decideProven(request) : decide(this, request);
  }

  *#decideProven(request: SipRequest): Steps<Decided> {
    const { method } = request;
    const refusal = method === 'ACK' || method === 'CANCEL' ? undefined : yield* this.home.gate.inside(this, this.endpoint, request);
    return refusal ?? (yield* decide(this, request));
  }

  /** A request whose answer a supplement will give by `sendResponse`; 504 when its time is over. */
  park(request: SipRequest, ms: number, decide: LateDecision): void {
    this.#parked.set(request, decide);
    this.timer(ms, () => this.#unpark(request)?.(504, {}, 'core'));
  }

  /** @throws SESSION_ALREADY_ANSWERED, SESSION_REPLY_RANGE, SESSION_ENDED */
  decideLate(request: IncomingRequest, status: number, init: ResponseInit): void {
    if (this.#end !== undefined) throw this.endedError();
    const final = Number.isInteger(status) && status >= 200 && status <= 699;
    if (!final || (request.method === 'INVITE' && status < 300)) throw replyRange(status);
    const decide = this.#unpark(request);
    if (decide === undefined)
      throw new SipError('SESSION_ALREADY_ANSWERED', `this ${request.method} is answered already, or was never left to a plug-in`, {
        status,
      });
    this.mailbox.post(() => decide(status, init, 'application'));
  }

  #unpark(request: IncomingRequest): LateDecision | undefined {
    const decide = this.#parked.get(request);
    this.#parked.delete(request);
    return decide;
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
    notifyAll(this, this.supplements.having('mediaChanged'), 'mediaChanged', (supplement) =>
      supplement.mediaChanged!(this.session, change),
    );
  }

  tell(listener: ((response: IncomingResponse) => void) | undefined, response: IncomingResponse): void {
    if (listener === undefined) return;
    const failed = (cause: unknown): void => this.report(hookFailed('application', 'onResponse', cause));
    try {
      const given: unknown = listener(response);
      if (isThenable(given)) given.then(undefined, failed);
    } catch (cause) {
      failed(cause);
    }
  }

  /** Once, in the mailbox, gone at the end. */
  timer(ms: number, task: Task): Disposable {
    return this.#ends.timer(ms, task);
  }

  /** Called as the last of the end. */
  atEnd(tell: (end: SessionEnd) => void): void {
    this.#ends.atEnd(tell);
  }

  /** A verb: begins in its turn, settles once, and at the latest with the session. */
  verb<T>(name: string, task: (done: Deferred<T>) => Steps<void> | undefined | void): Promise<T> {
    const question = this.mailbox.running ? this.question : undefined;
    const guard =
      question === undefined
        ? undefined
        : (): SipError | undefined =>
            this.question === question && !this.mailbox.running
              ? new SipError('SESSION_HOOK_AWAITS_SELF', `${name} begins when this hook is over: a hook cannot await it`, { verb: name })
              : undefined;
    const done = this.#ends.open<T>(guard);
    if (this.#end === undefined) {
      this.mailbox.post(() => {
        if (this.#end === undefined) return settleBy(done, task);
        done.reject(this.endedError());
        return undefined;
      });
    } else done.reject(this.endedError());
    return done.promise;
  }

  endedError(): SipError<'SESSION_ENDED'> {
    const cause = this.#end?.error;
    return new SipError(
      'SESSION_ENDED',
      `the session has ended${this.#end?.status === undefined ? '' : ` (${this.#end.status})`}`,
      { state: this.state },
      { cause },
    );
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
    if (this.state !== 'ending') this.state = 'established';
    this.#ends.establish();
  }

  deferEnd(): Disposable {
    let open = !this.#closed;
    if (open) this.#deferrals += 1;
    return {
      [Symbol.dispose]: () => {
        if (!open) return;
        open = false;
        this.#deferrals -= 1;
        if (this.#deferrals === 0 && this.#end !== undefined) this.#close();
      },
    };
  }

  /** A 2xx that is in is acknowledged, whatever becomes of the call (RFC 3261 §13.2.2.4). */
  payAck(): void {
    const owed = this.owedAck;
    this.owedAck = undefined;
    this.openOffer?.drop();
    owed?.();
  }

  /** What the peer waits for when the call ends. */
  answerPending(): void {
    for (const transaction of this.pending) {
      const { method } = transaction.request;
      this.respond(transaction, method === 'CANCEL' || method === 'BYE' ? 200 : 487);
    }
  }

  /** The call is over on the wire. What hangs on it ends now, or with the last deferral. */
  finish(end: SessionEnd): void {
    if (this.#end !== undefined) return;
    this.payAck();
    this.#end = end;
    this.state = 'ending';
    this.refreshing?.stop();
    this.answerPending();
    this.#parked.clear();
    this.#ends.stopTimers();
    if (!(this.invite instanceof RequestDraft)) this.invite.abort();
    if (this.#deferrals === 0) this.#close();
    else {
      this.media.stop();
      this.#deferralGuard = this.clock.after(64 * this.timers.t1, () => this.#close());
    }
  }

  #close(): void {
    if (this.#closed) return;
    this.answerPending(); // what came while the end was deferred
    this.#closed = true;
    this.#deferralGuard?.[Symbol.dispose]();
    const end = this.#end!;
    this.#ends.abort(() => this.endedError());
    if (this.#begun) {
      const list = this.supplements.having('sessionEnd').toReversed();
      notifyAll(this, list, 'sessionEnd', (supplement) => supplement.sessionEnd!(this.session, end));
    }
    this.media.stop();
    this.cookies.close();
    for (const dialog of this.#dialogs) dialog.terminate();
    this.home.forget(this);
    this.mailbox.close();
    this.state = 'ended';
    this.#ends.close(
      end,
      () => this.endedError(),
      () => this.#whyNotEstablished(),
    );
  }

  #whyNotEstablished(): SipError {
    const { status, reason, error } = this.#end!;
    if (error instanceof SipError && error.code !== 'SESSION_ENDED') return error;
    if (status === undefined || status < 300) return this.endedError();
    return new SipError('SESSION_REFUSED', `the call was refused: ${status} ${reason ?? ''}`.trimEnd(), { status, reason: reason ?? '' });
  }
}

function optionsFor({ timers }: Endpoint, options: CallOptions): CallOptions {
  if (timers === undefined) return options;
  const { ringMs = options.ringMs, reinviteMs = options.reinviteMs, answerOfferMs = options.answerOfferMs } = timers;
  return { ...options, ringMs, reinviteMs, answerOfferMs };
}

function* settleBy<T>(done: Deferred<T>, task: (done: Deferred<T>) => Steps<void> | undefined | void): Steps<void> {
  try {
    const steps = task(done);
    if (steps !== undefined) yield* steps;
  } catch (error) {
    done.reject(error);
  }
}
