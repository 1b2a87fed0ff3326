/** The session that plug-ins and applications hold: verbs into the mailbox, and views of what the parts of the call know. */
import { isPromise, SipError } from '@jackfield/base';
import {
  HeaderList,
  type Dialog,
  type DialogView,
  type IncomingRequest,
  type IncomingResponse,
  type Method,
  type OutgoingRequest,
  type ServerTransaction,
  type Uri,
} from '@jackfield/sip';
import type { MediaInit, StreamView } from '../contract/media.ts';
import type {
  Channel,
  Endpoint,
  InviteOptions,
  RefreshOutcome,
  ReinviteOptions,
  RequestOptions,
  ResponseInit,
  Session,
  SessionEnd,
  SessionState,
} from '../contract/session.ts';
import type { CookieJar } from '../cookies.ts';
import { hookFailed } from '../plugins/hooks.ts';
import { onAbort } from './abort-listener.ts';
import { Call } from './call.ts';
import type { CallHome, CallInit } from './call-home.ts';
import type { Deferred } from './deferred.ts';
import { addHeaders } from './draft.ts';
import { goesOnWithout } from './fork-dialogs.ts';
import { checkGiven, fitToEnd, type GivenToEnd } from './given.ts';
import { endsCall, giveUp, hangUp } from './hang-up.ts';
import { IncomingInvite } from './incoming-invite.ts';
import { IncomingRequests } from './incoming-requests.ts';
import { OutgoingInvite } from './outgoing-invite.ts';
import { RefreshQueue } from './refresh-queue.ts';
import { RequestRun } from './request-run.ts';

export class InviteSession implements Session {
  readonly #call: Call;
  readonly #requests: IncomingRequests;
  readonly #refreshes: RefreshQueue;
  #incoming: IncomingInvite | undefined;
  channel: Channel | undefined;

  private constructor(home: CallHome, init: CallInit) {
    const call = new Call(home, init);
    this.#call = call;
    call.session = this;
    this.#requests = new IncomingRequests(call);
    this.#refreshes = new RefreshQueue(call, this.#requests);
    call.refreshing = this.#refreshes;
  }

  /** The session of an INVITE that was admitted: its dialog is made, `sessionBegin` and the first round run. @param waitedMs - since it came */
  static incoming(
    home: CallHome,
    transaction: ServerTransaction,
    localTag: string,
    endpoint: Endpoint,
    cookies: CallInit['cookies'],
    waitedMs: number,
  ): Call {
    const { request } = transaction;
    const view = { callId: request.callId, localTag, remoteTag: request.from.tag, remoteAllow: NONE, remoteSupported: NONE };
    const session = new InviteSession(home, { direction: 'incoming', endpoint, cookies, view, invite: request });
    const call = session.#call;
    const dialog = home.core.dialogs.fromRequest(transaction, localTag, session.#requests);
    call.select(dialog);
    call.reachedBy(transaction.flow);
    const invite = new IncomingInvite(call, dialog, transaction, true, waitedMs);
    session.#incoming = invite;
    session.#requests.invite = invite;
    call.received = invite;
    return call;
  }

  /** A call of ours, not begun yet. @param sequence - the CSeq before its first */
  static outgoing(
    home: CallHome,
    target: Uri,
    options: InviteOptions,
    headers: HeaderList,
    sequence: number,
    init: Omit<CallInit, 'direction' | 'invite'>,
  ): Call {
    const session = new InviteSession(home, { ...init, direction: 'outgoing', invite: undefined });
    const call = session.#call;
    call.placed = new OutgoingInvite(call, target, options, headers, sequence, session.#requests);
    return call;
  }

  /** What lies behind a session of ours. */
  static callOf(session: Session): Call | undefined {
    return session instanceof InviteSession ? session.#call : undefined;
  }

  get id(): string {
    return this.#call.id;
  }
  get direction(): 'incoming' | 'outgoing' {
    return this.#call.direction;
  }
  get state(): SessionState {
    return this.#call.state;
  }
  get endpoint(): Endpoint {
    return this.#call.endpoint;
  }
  get dialog(): DialogView {
    return this.#call.view;
  }
  get cookies(): CookieJar {
    return this.#call.cookies;
  }
  get invite(): IncomingRequest | OutgoingRequest {
    return this.#call.invite;
  }
  get streams(): readonly StreamView[] {
    return this.#call.media.streams;
  }
  get signal(): AbortSignal {
    return this.#call.end.signal;
  }
  get established(): Promise<void> {
    return this.#call.end.established;
  }
  get ended(): Promise<SessionEnd> {
    return this.#call.end.ended;
  }

  stream<K extends string>(kind: K): StreamView<K> | undefined {
    const found = this.#call.media.streams.find((view) => view.kind === kind);
    return found as StreamView<K> | undefined; // sound: the handler of a kind declared the type of its streams
  }

  progress(status = 180, init: ResponseInit & { readonly reliable?: boolean | undefined } = {}): Promise<void> {
    return this.#call.verb('progress', (done) => {
      checkGiven(init);
      return this.#uas('progress').progress(status, init, done);
    });
  }

  accept(init: ResponseInit = {}): Promise<void> {
    return this.#call.verb('accept', (done) => {
      checkGiven(init);
      return this.#uas('accept').accept(init, done);
    });
  }

  reject(status: number, init: ResponseInit = {}): Promise<void> {
    return this.#call.verb('reject', (done) => {
      checkGiven(init);
      this.#call.end.atEnd(() => done.resolve());
      this.#uas('reject').reject(status, init);
    });
  }

  answerOffer(init: { readonly media: MediaInit }): Promise<void> {
    return this.#call.verb(
      'answerOffer',
      function* (this: InviteSession, done: { resolve(): void }) {
        const offer = this.#call.openOffer;
        if (offer === undefined)
          throw new SipError('SESSION_STATE', 'no late offer waits for an answer', { verb: 'answerOffer', state: this.state });
        checkGiven(init);
        yield* offer.answer(init.media);
        done.resolve();
      }.bind(this),
    );
  }

  sendResponse(request: IncomingRequest, status: number, init: ResponseInit = {}): void {
    checkGiven(init);
    this.#call.decideLate(request, status, init);
  }

  sendReinvite(options: ReinviteOptions = {}): Promise<RefreshOutcome> {
    return this.#call.verb('sendReinvite', (done) => {
      checkGiven(options);
      this.#refreshes.add(options, done);
    });
  }

  sendRequest(method: Method, init: RequestOptions = {}): Promise<IncomingResponse> {
    const call = this.#call;
    const send = (done: Deferred<IncomingResponse>): void => {
      if (init.signal?.aborted === true) throw init.signal.reason;
      if (OWN_VERBS.has(method))
        throw new SipError('SESSION_STATE', `${method} has a verb of its own`, { verb: 'sendRequest', state: call.state });
      checkGiven(init);
      const dialog = this.#dialogOf(method, init.dialog);
      const headers = new HeaderList();
      addHeaders(headers, init.headers);
      const draft = call.prepareAsked(method, headers, init.body, 'application');
      onAbort(init.signal, done, () => done.reject(init.signal!.reason));
      const run = new RequestRun(call, dialog, draft, {
        final: (response) => {
          done.resolve(response);
          const { status, reason } = response;
          if (endsCall(status, method) && !goesOnWithout(call, dialog)) giveUp(call, { status, reason });
        },
      });
      run.send();
    };
    return call.verb('sendRequest', send, method);
  }

  end(init: ResponseInit & { readonly status?: number | undefined } = {}): Promise<SessionEnd> {
    const call = this.#call;
    if (!call.end.asked && call.over === undefined) {
      call.end.asked = true;
      const fit = readToEnd(init, (error) => call.report(error));
      call.mailbox.interrupt(() => {
        if (call.end.begun) return;
        call.mailbox.giveUp();
        if (call.isEstablished) hangUp(call, fit, 'application', { by: 'local' });
        else call.initial.end(fit);
      });
    }
    return call.end.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }

  after(ms: number, task: () => void): Disposable {
    const failed = (cause: unknown): void => this.#call.report(hookFailed('application', 'after', cause));
    return this.#call.timer(ms, () => {
      try {
        const given: unknown = task();
        if (isPromise(given)) given.then(undefined, failed);
      } catch (cause) {
        failed(cause);
      }
    });
  }

  deferEnd(): Disposable {
    return this.#call.end.defer();
  }

  #uas(verb: string): IncomingInvite {
    if (this.#incoming === undefined) {
      throw new SipError('SESSION_STATE', `${verb} is for incoming calls`, { verb, state: this.#call.state });
    }
    return this.#incoming;
  }

  #dialogOf(method: Method, view: DialogView | undefined): Dialog {
    const { dialogs, dialog, state } = this.#call;
    const found = view === undefined ? dialog : dialogs.find((one) => one === view);
    if (found === undefined || !this.#call.end.carries(method)) {
      throw new SipError('SESSION_STATE', 'sendRequest: there is no dialog to send it in', { verb: 'sendRequest', state });
    }
    return found;
  }
}

/** Read once and now, where a getter that throws, or no object at all, cannot keep the call from its end. */
function readToEnd(init: GivenToEnd, report: (error: SipError) => void): GivenToEnd {
  let read: GivenToEnd;
  try {
    const { status, reason, headers, body } = init;
    read = { status, reason, headers, body };
  } catch (cause) {
    report(hookFailed('application', 'end', cause));
    return {};
  }
  return fitToEnd(read, report);
}

const NONE: ReadonlySet<string> = new Set();
/** The state of the call hangs on them. */
const OWN_VERBS: ReadonlySet<Method> = new Set(['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE']);
