/**
 * What the peer sends inside the session's dialogs: sorted on arrival (glare, full mailbox, a call that is ending), then asked about, then
 * answered as the RFCs say when no supplement decides. BYE overtakes them.
 */
import { SipError } from '@jackfield/base';
import { isKnownMethod, type Dialog, type DialogUser, type Flow, type ServerTransaction, type SipRequest } from '@jackfield/sip';
import type { ResponseInit } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { answerToSource } from '../endpoints/gate.ts';
import { Byes } from './byes.ts';
import type { Call } from './call.ts';
import { crossed, UNDERWAY } from './crossing.ts';
import { insistsInVain } from './reliability.ts';
import { IncomingInvite } from './incoming-invite.ts';
import { FlowRenewal, wantsRenewal } from './lost-flow.ts';
import { proves, wantsProof } from './proof.ts';
import { readSdp, sdpBody, sdpOf, statusOf } from './sdp-body.ts';
import { withWarning } from './warning.ts';

const MAX_RETRY_AFTER_S = 10;

/** What is open in the exchange of this state. */
const OPEN = { stable: 0, 'local-offer': UNDERWAY.ourOffer, 'remote-offer': UNDERWAY.theirOffer } as const;

const kindOf = ({ body }: SipRequest): 'UPDATE' | 'UPDATE with an offer' => (sdpOf(body) === undefined ? 'UPDATE' : 'UPDATE with an offer');

export class IncomingRequests implements DialogUser {
  readonly #call: Call;
  /** The INVITE of the peer that was answered last, or is being answered. */
  invite: IncomingInvite | undefined;
  #renewal: FlowRenewal | undefined;
  #byes: Byes | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  request(transaction: ServerTransaction): void {
    const call = this.#call;
    const { method } = transaction.request;
    if (call.endpoint.nat?.responsesToSource === true) answerToSource(transaction.request, transaction.flow);
    call.owe(transaction);
    const doubted = wantsProof(call, transaction);
    if (method === 'BYE') {
      if (!(this.#byes ??= new Byes(call)).take(transaction, this.#dialogOf(transaction), doubted))
        this.#answer(transaction, 503, this.#retryLater());
      return;
    }
    if (!call.end.carries(method)) return this.#answer(transaction, 481);
    if (call.mailbox.full) return this.#answer(transaction, 503, this.#retryLater());
    if (!doubted) return this.#sort(transaction);
    call.mailbox.post(() => this.#prove(transaction));
  }

  *#prove(transaction: ServerTransaction): Steps<void> {
    if (yield* proves(this.#call, transaction)) this.#sort(transaction);
  }

  /** On arrival, or in the turn of its proof. */
  #sort(transaction: ServerTransaction): void {
    const call = this.#call;
    const { method } = transaction.request;
    const refusal =
      call.core.check(transaction.request, call.spoken) ??
      (method === 'INVITE' ? insistsInVain(transaction.request, call.reliable) : undefined);
    if (refusal !== undefined) return this.#answer(transaction, refusal.status, refusal);
    if (method === 'INVITE') return this.#reinvite(transaction);
    const awaited = method === 'PRACK' && call.received?.prackCame(transaction.request) === true;
    if (method === 'UPDATE') {
      const early = crossed(kindOf(transaction.request), this.#unanswered(transaction));
      if (early !== undefined) return this.#cross(transaction, early);
    }
    call.mailbox.post(() => {
      if (transaction.answered) return undefined; // the call ended before its turn
      if (call.dialogs.every(({ remoteTag }) => remoteTag !== transaction.request.from.tag)) return this.#answer(transaction, 481); // its early dialog did
      if (awaited) return this.#prack(transaction);
      return method === 'UPDATE' ? this.#update(transaction) : this.#other(transaction);
    });
  }

  ack(request: SipRequest): void {
    if (this.invite !== undefined && request.cseq.sequence === this.invite.request.cseq.sequence) this.invite.acknowledge(request);
  }

  /** What waits for an answer on this flow is told by its transaction. */
  flowLost(flow: Flow): void {
    if (wantsRenewal(this.#call, flow)) (this.#renewal ??= new FlowRenewal(this.#call)).begin();
  }

  #reinvite(transaction: ServerTransaction): void {
    const call = this.#call;
    const inviting = call.refreshing.inviting || call.placed?.inviting === true;
    const underway = this.#unanswered(transaction) | this.#unacknowledged() | (inviting ? UNDERWAY.ourInvite : 0) | OPEN[call.media.state];
    const status = crossed('INVITE', underway);
    if (status !== undefined) return this.#cross(transaction, status);
    const dialog = this.#dialogOf(transaction);
    const invite = new IncomingInvite(call, dialog, transaction, false);
    this.invite = invite;
    call.mailbox.post(() => (transaction.answered ? undefined : invite.begin()));
  }

  /** Of theirs, other than this one. */
  #unanswered(transaction: ServerTransaction): number {
    const { invite } = this;
    let underway = invite === undefined || invite.answered ? 0 : invite.first ? UNDERWAY.theirFirst : UNDERWAY.theirInvite;
    for (const other of this.#call.pending) {
      if (other !== transaction && other.request.method === 'UPDATE' && !other.answered) underway |= UNDERWAY.theirUpdate;
    }
    return underway;
  }

  #unacknowledged(): number {
    const { invite } = this;
    if (invite === undefined || !invite.answered || !invite.open) return 0;
    return invite.offering ? UNDERWAY.theirAnswer : UNDERWAY.theirAck;
  }

  /** What an offer in an UPDATE meets in its turn. @param unheard - its dialog has answered our offer, and was not heard so far */
  #exchanging(dialog: Dialog, unheard: boolean): number {
    const { direction, initial, media, refreshing } = this.#call;
    let underway = this.#unacknowledged() | (unheard && media.state === 'local-offer' ? 0 : OPEN[media.state]);
    if (initial.exchanging(dialog)) underway |= direction === 'outgoing' ? UNDERWAY.ourExchange : UNDERWAY.theirExchange;
    return refreshing.unsettled ? underway | UNDERWAY.ourExchange : underway;
  }

  *#prack(transaction: ServerTransaction): Steps<void> {
    if (yield* this.#undecided(transaction, true)) yield* this.#call.received!.pracked(transaction, undefined);
  }

  *#update(transaction: ServerTransaction): Steps<void> {
    const call = this.#call;
    const { request } = transaction;
    const sdp = sdpOf(request.body);
    const dialog = this.#dialogOf(transaction);
    const unheard = sdp !== undefined && call.placed?.unheard(dialog) === true;
    const status = sdp === undefined ? undefined : crossed('UPDATE with an offer', this.#exchanging(dialog, unheard));
    if (status !== undefined) return this.#cross(transaction, status);
    if (!(yield* this.#undecided(transaction))) return;
    try {
      let text: string | undefined;
      if (sdp !== undefined) {
        if (unheard || call.dialogs.length > 1) yield* call.placed!.turnTo(dialog);
        yield* call.media.takeOffer(readSdp(sdp));
        text = yield* call.media.answer(undefined, dialog);
      }
      dialog.refreshTarget(request);
      call.respond(transaction, 200, {}, 'core', sdpBody(text));
      if (text !== undefined) call.changed(call.media.commitAnswer());
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.report(error);
      call.media.rollback();
      const status = statusOf(error);
      this.#answer(transaction, status, withWarning({}, status, error, transaction));
    }
  }

  *#other(transaction: ServerTransaction): Steps<void> {
    if (!(yield* this.#undecided(transaction))) return;
    const { request } = transaction;
    const { allow, accept, supported } = this.#call.spoken;
    const { method, body, headers } = request;
    if (method === 'OPTIONS') {
      return this.#answer(transaction, 200, {
        headers: { Allow: allow, Accept: accept, ...(supported !== '' && { Supported: supported }) },
      });
    }
    if (method === 'INFO') {
      // RFC 6086 §4.2.2, and the empty INFO that gateways send to see whether we live
      if (headers.get('Info-Package') !== undefined) return this.#answer(transaction, 469, { headers: { 'Recv-Info': '' } });
      return body === undefined ? this.#answer(transaction, 200) : this.#answer(transaction, 415, { headers: { Accept: accept } });
    }
    if (method === 'REFER') return this.#answer(transaction, 603);
    if (method === 'PRACK') return this.#answer(transaction, 481); // nothing reliable is waiting for one (RFC 3262 §3)
    if ((method === 'NOTIFY' || method === 'SUBSCRIBE') && allow.split(', ').includes(method)) {
      // somebody has the method, and nobody the event: RFC 6665 §4.1.3, §4.2.1.1
      return this.#answer(transaction, method === 'NOTIFY' ? 481 : 489);
    }
    return this.#answer(transaction, isKnownMethod(method) ? 405 : 501, { headers: { Allow: allow } });
  }

  /** The round of hooks. True when nobody decided. @param awaited - it is the PRACK of a response that waits */
  *#undecided(transaction: ServerTransaction, awaited = false): Steps<boolean> {
    const call = this.#call;
    const { request } = transaction;
    let given = 500;
    try {
      const decision = yield* call.decide(request);
      if (decision === undefined) return true;
      if ('laterMs' in decision) {
        call.park(request, decision.laterMs, (status, init, origin) => {
          if (transaction.answered) return undefined; // the call ended before its turn
          call.respond(transaction, status, init, origin);
          return awaited ? call.received!.pracked(transaction, status) : undefined;
        });
        return false;
      }
      given = decision.status;
      call.respond(transaction, given, decision, 'application');
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.report(error);
      this.#answer(transaction, 500);
    }
    if (awaited) yield* call.received!.pracked(transaction, given);
    return false;
  }

  #answer(transaction: ServerTransaction, status: number, init: ResponseInit = {}): void {
    this.#call.respond(transaction, status, init);
  }

  /** RFC 3261 §14.2, RFC 3311 §5.2: who gets 500 is told when to come again. */
  #cross(transaction: ServerTransaction, status: 491 | 500): void {
    this.#answer(transaction, status, status === 500 ? this.#retryLater() : {});
  }

  #retryLater(): ResponseInit {
    return { headers: { 'Retry-After': String(this.#call.random.integer(MAX_RETRY_AFTER_S)) } };
  }

  #dialogOf(transaction: ServerTransaction): Dialog {
    const tag = transaction.request.from.tag;
    return this.#call.dialogs.find((dialog) => dialog.remoteTag === tag) ?? this.#call.dialog!;
  }
}
