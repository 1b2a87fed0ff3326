/**
 * Our first INVITE: admission, offer, hooks, the copy that leaves; early dialogs, one per To tag; the 2xx that wins, and those that come after
 * it; refusal, redirection, CANCEL and its race (RFC 3261 §13.2, §9.1, RFC 5407 §3.1.2, RFC 6026).
 */
import { SipError } from '@jackfield/base';
import {
  HeaderList,
  type Body,
  type ClientTransaction,
  type ClientTransactionUser,
  type Dialog,
  type DialogUser,
  type IncomingResponse,
  parseNameAddrList,
  type Origin,
  type Party,
  type RequestHandle,
  type SipResponse,
  type Uri,
  type Way,
} from '@jackfield/sip';
import type { InviteOptions, ResponseInit, SessionEnd } from '../contract/session.ts';
import { wait, isThenable, type Steps } from '../plugins/steps.ts';
import { admit } from './admission.ts';
import type { Call } from './call.ts';
import type { InitialInvite } from './call-parts.ts';
import { addHeaders, RequestDraft } from './draft.ts';
import { EarlyDialogs } from './early-dialogs.ts';
import type { EarlyLeg } from './early-leg.ts';
import { hangUp } from './hang-up.ts';
import { HeardResponse, localResponse } from './heard-response.ts';
import { LateOffer } from './late-offer.ts';
import { showCapabilities } from './own-capabilities.ts';
import { Redirection } from './redirection.ts';
import { reliableSequence, require100rel } from './reliability.ts';
import { MAX_REPEATS } from './request-run.ts';
import { readSdp, sdpBody, sdpOf, statusOf } from './sdp-body.ts';
import { refuseSuccess } from './unwanted-success.ts';

export class OutgoingInvite implements ClientTransactionUser, InitialInvite {
  readonly #call: Call;
  readonly #options: InviteOptions;
  readonly #headers: HeaderList;
  readonly #dialogUser: DialogUser;
  readonly #redirection: Redirection;
  #target: Uri;
  /** The proxies it goes through: Route as the application and admission left it. */
  #routes = NO_ROUTES;
  #draft: RequestDraft | undefined;
  #request: RequestHandle | undefined;
  /** CSeq of the copy that left last. */
  #sequence: number;
  #ringing: Disposable | undefined;
  /** It was not answered in time, and is being cancelled. */
  #ranOut = false;
  #repeats = 0;
  #answered = false;
  /** CANCEL may leave (RFC 3261 §9.1). */
  #provisional = false;
  /** The 2xx that is being dealt with is not acknowledged yet. */
  #winning = false;
  /** The failure response that is being dealt with. */
  #failure: IncomingResponse | undefined;
  #cancel: (ResponseInit & { readonly status?: number | undefined }) | undefined;
  #guard: Disposable | undefined;
  /** The core gives the call up, for this. */
  #verdict: SessionEnd | undefined;
  /** Those that answer reliably. */
  #early: EarlyDialogs | undefined;
  /** The early dialog whose media came first. */
  #firstHeard: Dialog | undefined;
  /** The INVITE carries an offer of ours. */
  #offered = false;
  /** Sends the ACK of the 2xx that won again. */
  #acknowledge: { readonly tag: string | undefined; readonly again: () => void } | undefined;

  /** @param headers - From with our tag, To and Call-ID, and what the application wants in the INVITE */
  constructor(call: Call, target: Uri, options: InviteOptions, headers: HeaderList, dialogUser: DialogUser) {
    this.#call = call;
    this.#target = target;
    this.#options = options;
    this.#headers = headers;
    this.#dialogUser = dialogUser;
    this.#redirection = new Redirection(call, target);
    if (options.reliable !== undefined) call.reliable = options.reliable;
    this.#sequence = call.random.integer(2 ** 16);
    call.atEnd(() => this.#outlive());
  }

  get inviting(): boolean {
    return !this.#call.isEstablished;
  }

  get earlyDialog(): Dialog | undefined {
    const { dialog } = this.#call;
    if (dialog === undefined || this.#answered || this.#cancel !== undefined) return undefined;
    return this.#early?.legOf(dialog)?.confirmed === true && dialog.remoteAllow.has('UPDATE') ? dialog : undefined;
  }

  refusesUpdate(dialog: Dialog): 491 | undefined {
    return this.#call.isEstablished || this.#early?.legOf(dialog)?.confirmed === true ? undefined : 491;
  }

  *turnTo(dialog: Dialog): Steps<void> {
    if (this.#call.isEstablished || dialog.state === 'terminated') return;
    this.#call.select(dialog);
    if (this.#early === undefined) return;
    const failure = yield* this.#early.turnTo(dialog);
    if (failure !== undefined) throw failure;
  }

  prackCame(): boolean {
    return false; // they answer responses of a callee
  }

  *pracked(): Steps<void> {}

  *begin(): Steps<void> {
    const call = this.#call;
    try {
      const refusal = yield* admit(call, call.supplements, {
        direction: 'outgoing',
        request: undefined,
        target: this.#target,
        endpoint: call.endpoint,
        headers: this.#headers,
        cookies: call.cookies,
        signal: () => call.signal,
      });
      if (refusal !== undefined) return call.finish({ by: 'local', status: refusal.status, reason: refusal.reason });
      call.begin();
      this.#routes = routesOf(this.#headers);
      const way = call.core.wayTo(this.#target, this.#routes);
      const reached = isThenable(way) ? yield* wait(way) : way;
      call.localAddress = reached.flow.advertised.host;
      const body = yield* this.#offer();
      showCapabilities(this.#headers, call);
      if (call.reliable === 'required') require100rel(this.#headers);
      const draft = call.prepare('INVITE', this.#headers, body, 'application', 1, true);
      if (!(draft instanceof RequestDraft)) throw draft;
      this.#draft = draft;
      call.invite = draft;
      this.#start(draft, this.#target, reached);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.finish({ by: 'core', error });
    }
  }

  #start(draft: RequestDraft, target: Uri, way: Way): void {
    const repeatable = {
      headers: draft.headers.list,
      body: draft.body,
      routes: this.#routes,
      repeats: MAX_REPEATS - this.#repeats,
      digest: this.#call.digest,
      nextSequence: () => (this.#sequence += 1),
    };
    this.#request = this.#call.core.startInitial('INVITE', target, repeatable, way, this);
    this.#ring();
  }

  end(init: ResponseInit & { readonly status?: number | undefined }): void {
    const call = this.#call;
    call.state = 'ending';
    this.#cancel = init;
    if (this.#request === undefined) return call.finish({ by: 'local' });
    this.#request.stopRepeating();
    if (this.#winning) return hangUp(call, init, 'application', { by: 'local' });
    if (this.#failure !== undefined) return this.#over(this.#failure);
    if (this.#answered || !this.#provisional) return; // the final response has its turn after us; CANCEL waits for a provisional one
    this.#sendCancel(init);
  }

  #sendCancel(init: ResponseInit): void {
    const call = this.#call;
    if (this.#answered || this.#request === undefined) return;
    const headers = new HeaderList();
    addHeaders(headers, init.headers);
    const draft = call.prepare('CANCEL', headers, undefined, this.#verdict === undefined ? 'application' : 'core');
    if (!(draft instanceof RequestDraft)) return;
    this.#request.cancel(draft.headers.list, {
      response: (response) => {
        if (response.status >= 200) call.mailbox.post(() => void call.heard(new HeardResponse(response, draft, call.view)));
      },
      failed: () => undefined, // the INVITE has its own end
    });
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    if (response.status !== 100) this.#take(response, transaction);
    if (response.status >= 200 || this.#provisional) return;
    this.#provisional = true;
    const init = this.#cancel;
    if (init !== undefined) this.#call.mailbox.post(() => this.#sendCancel(init));
  }

  #take(response: SipResponse, transaction: ClientTransaction): void {
    const success = response.status >= 200 && response.status < 300;
    if (this.#answered) {
      if (!success) return;
      if (this.#acknowledge?.tag === response.to.tag) return this.#acknowledge?.again();
      if (this.#call.over !== undefined) return refuseSuccess(this.#call, this.#draft!, response, transaction);
      return this.#call.mailbox.post(() => refuseSuccess(this.#call, this.#draft!, response, transaction));
    }
    if (response.status >= 200) this.#settled();
    const refuse = (): void => refuseSuccess(this.#call, this.#draft!, response, transaction);
    if (this.#call.over !== undefined) {
      if (success) refuse();
      return;
    }
    if (success) this.#call.owedAck = refuse;
    this.#call.mailbox.post(() => this.#heard(response, transaction));
  }

  /** The early dialogs were those of the copy before. */
  repeated(): void {
    this.#provisional = false;
    this.#call.mailbox.post(() => this.#dropDialogs());
  }

  failed(cause: 'timeout' | 'transport'): void {
    if (this.#answered) return;
    this.#settled();
    this.#call.mailbox.post(() => {
      const response = localResponse(cause, this.#draft!, this.#call.view);
      this.#call.heard(response);
      this.#call.tell(this.#options.onResponse, response);
      this.#refused(response, 'core');
    });
  }

  #ring(): void {
    this.#ringing = this.#call.timer(this.#call.options.ringMs, () => {
      if (this.#answered || this.#cancel !== undefined) return;
      this.#ranOut = true;
      this.end({});
    });
  }

  #settled(): void {
    this.#answered = true;
    this.#guard?.[Symbol.dispose]();
    this.#ringing?.[Symbol.dispose]();
  }

  /** The session is over and our INVITE is not answered: it is given 64·T1 more, and then given up (RFC 3261 §9.1). */
  #outlive(): void {
    const { clock, timers } = this.#call;
    const request = this.#request;
    if (request !== undefined && !this.#answered) this.#guard = clock.after(64 * timers.t1, () => request.cancel());
  }

  *#offer(): Steps<Body | undefined> {
    const { media = 'same', body } = this.#options;
    if (body !== undefined || media === 'late' || media === 'none') return body;
    this.#offered = true;
    return sdpBody(yield* this.#call.media.offer(this.#call.localAddress, media));
  }

  *#heard(response: SipResponse, transaction: ClientTransaction): Steps<void> {
    const call = this.#call;
    if (this.#forksTooMuch(response)) return;
    const dialog = this.#dialogOf(response, transaction);
    const sequence = dialog === undefined ? undefined : reliableSequence(response, call.reliable);
    let leg: EarlyLeg | undefined;
    if (dialog !== undefined && sequence !== undefined) {
      leg = (this.#early ??= new EarlyDialogs(call, this.#offered)).next(response, dialog, sequence);
      if (leg === undefined) return;
    }
    const heard = new HeardResponse(response, this.#draft!, dialog ?? call.view);
    const wish = call.heard(heard);
    if (response.status < 200) {
      const bare = response.status === 183 && call.options.earlyMedia.ignoreBare183 === true && sdpOf(response.body) === undefined;
      if (!bare) call.tell(this.#options.onResponse, heard);
      if (call.state === 'starting') call.state = 'early';
      if (dialog === undefined) return;
      call.select(dialog);
      if (leg === undefined) return yield* this.#preview(response, dialog);
      return yield* this.#early!.take(response, leg, this.#hears(response, dialog), this.#options.onResponse !== undefined);
    }
    if (response.status < 300) {
      call.tell(this.#options.onResponse, heard);
      if (dialog !== undefined) yield* this.#succeeded(response, dialog);
      return;
    }
    this.#failure = heard;
    if (this.#cancel === undefined && this.#repeats + (this.#request?.repeats ?? 0) < MAX_REPEATS) {
      if (wish !== undefined) {
        addHeaders(this.#draft!.headers.list, wish.headers);
        return yield* this.#repeat(this.#target);
      }
      const next = response.status < 400 ? yield* this.#redirection.next(response) : undefined;
      if (next !== undefined) return yield* this.#repeat(next);
    }
    this.#over(heard);
  }

  keepsBye(init: ResponseInit, _origin: Origin, end: SessionEnd): boolean {
    if (this.#answered) return false;
    if (this.#cancel !== undefined) return true; // on its way out already
    this.#verdict = end;
    this.end(init);
    return true;
  }

  #over(response: IncomingResponse): void {
    this.#call.tell(this.#options.onResponse, response);
    this.#refused(response, 'remote');
  }

  /** The same message once more, elsewhere or with more headers: hooks do not run again. */
  *#repeat(target: Uri): Steps<void> {
    const call = this.#call;
    const draft = this.#draft!;
    this.#repeats += 1 + (this.#request?.repeats ?? 0);
    this.#target = target;
    try {
      const way = call.core.wayTo(target, this.#routes);
      const reached = isThenable(way) ? yield* wait(way) : way;
      this.#dropDialogs();
      this.#answered = false;
      this.#provisional = false;
      this.#failure = undefined;
      this.#start(draft, target, reached);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.#refused(localResponse('transport', draft, call.view), 'core');
    }
  }

  #dropDialogs(): void {
    if (this.#early !== undefined) {
      this.#call.openOffer?.drop();
      this.#call.media.startAgain();
    }
    this.#early = undefined;
    this.#firstHeard = undefined;
    for (const dialog of this.#call.dialogs) this.#call.drop(dialog);
  }

  /** Whether the media of an early dialog is to be applied, now that it shows some. */
  #hears(response: SipResponse, dialog: Dialog): boolean {
    const { select = 'latest' } = this.#call.options.earlyMedia;
    if (select !== 'first') return select === 'latest';
    if (sdpOf(response.body) !== undefined) this.#firstHeard ??= dialog;
    return this.#firstHeard === dialog;
  }

  /** Media of a provisional answer: a preview, until a reliable response says it again (RFC 3261 §13.2.1). */
  *#preview(response: SipResponse, dialog: Dialog): Steps<void> {
    const call = this.#call;
    const sdp = sdpOf(response.body);
    if (sdp === undefined || !this.#offered || call.media.busy || !this.#hears(response, dialog)) return;
    if (this.#early?.legOf(dialog)?.settled === true) return; // the answer is here already
    try {
      if (this.#early !== undefined) call.changed(yield* call.media.turnTo(dialog));
      if (call.media.state !== 'local-offer') return;
      call.changed(yield* call.media.takeAnswer(readSdp(sdp), dialog, false));
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.report(error); // an unusable preview costs nothing: the answer in the 2xx counts
    }
  }

  *#succeeded(response: SipResponse, dialog: Dialog): Steps<void> {
    const call = this.#call;
    dialog.confirm(response);
    call.select(dialog);
    for (const other of call.dialogs) if (other !== dialog) call.drop(other);
    const acknowledge = (sdp: string | undefined): void => this.#ack(dialog, sdp);
    this.#winning = true;
    call.owedAck = () => acknowledge(call.media.declineOpenOffer(call.localAddress));
    if (this.#early !== undefined) {
      const settled = this.#early.legOf(dialog)?.settled === true;
      if (!settled) call.openOffer?.drop(); // of another early dialog
      const failure = yield* this.#early.turnTo(dialog);
      if (settled || failure !== undefined) {
        this.#ack(dialog, undefined);
        return this.#established(failure); // a description in the 2xx means nothing any more (RFC 6337 §3.1.1)
      }
    }
    if (call.media.state !== 'local-offer') {
      const offer = new LateOffer(call, dialog, acknowledge, (failure) => this.#established(failure));
      return yield* offer.take(response, this.#cancel === undefined && this.#options.onResponse !== undefined);
    }
    try {
      const sdp = sdpOf(response.body);
      if (sdp !== undefined) {
        const change = yield* call.media.takeAnswer(readSdp(sdp), dialog, true);
        this.#ack(dialog, undefined);
        call.changed(change);
      } else if (call.media.settleForProvisional()) this.#ack(dialog, undefined);
      else throw new SipError('SESSION_NEGOTIATION', 'the 2xx brings no answer to our offer', { rule: 'answer-missing' });
      this.#established(undefined);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.#ack(dialog, undefined);
      call.report(error);
      call.media.rollback();
      this.#established(error);
    }
  }

  #established(failure: SipError | undefined): void {
    const call = this.#call;
    call.media.settle();
    this.#early = undefined;
    this.#firstHeard = undefined;
    const verdict = this.#verdict;
    if (this.#cancel !== undefined) return hangUp(call, this.#cancel, verdict ? 'core' : 'application', verdict ?? { by: 'local' });
    if (failure !== undefined) return hangUp(call, {}, 'core', { by: 'core', status: statusOf(failure), error: failure });
    call.establish();
    call.refreshing?.drain();
  }

  #ack(dialog: Dialog, sdp: string | undefined): void {
    this.#winning = false;
    this.#call.owedAck = undefined;
    const ack = this.#call.prepare('ACK', new HeaderList(), sdp === undefined ? undefined : sdpBody(sdp), 'core');
    if (!(ack instanceof RequestDraft)) return;
    const again = dialog.acknowledge(this.#request?.transaction?.request ?? this.#sequence, { headers: ack.headers.list, body: ack.body });
    this.#acknowledge = { tag: dialog.remoteTag, again };
  }

  #refused(response: IncomingResponse, by: SessionEnd['by']): void {
    const { status, reason } = response;
    const ended = this.#ranOut ? 'core' : 'local';
    if (this.#verdict !== undefined) return this.#call.finish(this.#verdict);
    this.#call.finish({ by: this.#cancel === undefined ? by : ended, status, reason });
  }

  /** It would make one early dialog more than there may be. */
  #forksTooMuch({ status, to: { tag } }: SipResponse): boolean {
    const { dialogs, options } = this.#call;
    if (status >= 200 || tag === undefined || dialogs.length < options.maxForks) return false;
    return !dialogs.some(({ remoteTag }) => remoteTag === tag);
  }

  #dialogOf(response: SipResponse, transaction: ClientTransaction): Dialog | undefined {
    const tag = response.to.tag;
    if (tag === undefined && response.status < 200) return undefined;
    const { callId, localTag } = this.#call.view;
    const known = this.#call.core.dialogs.find(callId, localTag, tag);
    if (known !== undefined) return known;
    if (response.status >= 300) return undefined;
    const dialog = this.#call.core.dialogs.fromResponse(transaction, response, this.#dialogUser);
    this.#call.use(dialog);
    return dialog;
  }
}

const NO_ROUTES: readonly Party[] = [];

/** @throws SIP_HEADER_SYNTAX */
function routesOf(headers: HeaderList): readonly Party[] {
  if (!headers.has('Route')) return NO_ROUTES;
  const routes = parseNameAddrList(headers.getAll('Route'));
  if (routes === undefined) throw new SipError('SIP_HEADER_SYNTAX', 'Route is malformed', { header: 'Route' });
  return routes;
}
