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
import { hangUp } from './hang-up.ts';
import { HeardResponse, localResponse } from './heard-response.ts';
import { LateOffer } from './late-offer.ts';
import { Redirection } from './redirection.ts';
import { MAX_REPEATS } from './request-run.ts';
import { readSdp, sdpBody, sdpOf, statusOf } from './sdp-body.ts';

export class OutgoingInvite implements ClientTransactionUser, InitialInvite {
  readonly #call: Call;
  readonly #options: InviteOptions;
  readonly #headers: HeaderList;
  readonly #dialogUser: DialogUser;
  readonly #redirection: Redirection;
  #target: Uri;
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
    this.#sequence = call.random.integer(2 ** 16);
    call.atEnd(() => this.#outlive());
  }

  get inviting(): boolean {
    return !this.#call.isEstablished;
  }

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
      const way = call.core.wayTo(this.#target);
      const reached = isThenable(way) ? yield* wait(way) : way;
      call.localAddress = reached.flow.advertised.host;
      const body = yield* this.#offer();
      const { allow, supported } = call.core.capabilities();
      if (!this.#headers.has('Allow')) this.#headers.set('Allow', allow);
      if (supported !== '' && !this.#headers.has('Supported')) this.#headers.set('Supported', supported);
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
      repeats: MAX_REPEATS - this.#repeats,
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
    const draft = call.prepare('CANCEL', headers, undefined, 'application');
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
      if (this.#call.over !== undefined) return this.#refuseFork(response, transaction);
      return this.#call.mailbox.post(() => this.#refuseFork(response, transaction));
    }
    if (response.status >= 200) this.#settled();
    const refuse = (): void => this.#refuseFork(response, transaction);
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
    this.#ringing = this.#call.timer(this.#call.home.options.ringMs, () => {
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
    return sdpBody(yield* this.#call.media.offer(this.#call.localAddress, media));
  }

  *#heard(response: SipResponse, transaction: ClientTransaction): Steps<void> {
    const call = this.#call;
    const dialog = this.#dialogOf(response, transaction);
    const heard = new HeardResponse(response, this.#draft!, dialog ?? call.view);
    const wish = call.heard(heard);
    if (response.status < 200) {
      call.tell(this.#options.onResponse, heard);
      if (dialog !== undefined) yield* this.#early(response, dialog);
      if (call.state === 'starting') call.state = 'early';
      return;
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

  keepsBye(): boolean {
    return false;
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
      const way = call.core.wayTo(target);
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
    for (const dialog of this.#call.dialogs) this.#call.drop(dialog);
  }

  /** Media of a provisional answer: a preview, until the 2xx says it again (RFC 3261 §13.2.1). */
  *#early(response: SipResponse, dialog: Dialog): Steps<void> {
    const call = this.#call;
    call.select(dialog);
    const sdp = sdpOf(response.body);
    if (sdp === undefined || call.media.state !== 'local-offer') return;
    try {
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
    if (this.#cancel !== undefined) return hangUp(call, this.#cancel, 'application', { by: 'local' });
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
    this.#call.finish({ by: this.#cancel === undefined ? by : ended, status, reason });
  }

  /** A 2xx that is not wanted any more, from another fork or after the end: ACK and BYE (RFC 3261 §13.2.2.4). */
  #refuseFork(response: SipResponse, transaction: ClientTransaction): void {
    const call = this.#call;
    const known = call.core.dialogs.find(call.view.callId, call.view.localTag, response.to.tag);
    if (known?.state === 'confirmed') return; // acknowledged and ended already; this is a copy
    const dialog = known ?? call.core.dialogs.fromResponse(transaction, response);
    dialog.confirm(response);
    const hooks = call.over === undefined;
    if (hooks) call.heard(new HeardResponse(response, this.#draft!, dialog));
    const ack = hooks ? call.prepare('ACK', new HeaderList(), undefined, 'core') : undefined;
    dialog.acknowledge(transaction.request, ack instanceof RequestDraft ? { headers: ack.headers.list } : {});
    const bye = hooks ? call.prepare('BYE', new HeaderList(), undefined, 'core') : undefined;
    const forget = (): void => dialog.terminate();
    const headers = bye instanceof RequestDraft ? bye.headers.list : new HeaderList();
    const ended = (answer: SipResponse): void => {
      if (answer.status < 200) return;
      forget();
      if (bye instanceof RequestDraft) call.mailbox.post(() => void call.heard(new HeardResponse(answer, bye, dialog)));
    };
    dialog.request('BYE', { headers }, { started: () => undefined, response: ended, failed: forget });
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
