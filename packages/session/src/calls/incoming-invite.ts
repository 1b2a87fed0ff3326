/**
 * An INVITE of the peer, the first or a later one: round of hooks, offer, provisional and final responses, CANCEL (RFC 3261 §13.3, §14.2, RFC 6026). What
 * follows a 2xx is `AcceptedInvite`.
 */
import { SipError } from '@jackfield/base';
import {
  buildResponse,
  consequenceOf,
  type Dialog,
  type Origin,
  type ServerTransaction,
  type ServerTransactionUser,
  type SipRequest,
} from '@jackfield/sip';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { AcceptedInvite, type AcceptedHost } from './accepted-invite.ts';
import { AnswerTimers } from './answer-timers.ts';
import type { Call } from './call.ts';
import type { ReceivedInvite, Why } from './call-parts.ts';
import type { Deferred } from './deferred.ts';
import { drive, type DrivenInvite } from './driver-run.ts';
import { answeredError, EarlyAnswer, streamsOf, type EarlyAnswerHost } from './early-answer.ts';
import { refuses, type GivenToEnd } from './given.ts';
import { giveUp, hangUp } from './hang-up.ts';
import { refuseDescription } from './own-body.ts';
import type { Progress } from './reliable-responses.ts';
import { readSdp, sdpBody, sdpOf, statusOfRound } from './sdp-body.ts';
import { saidWith } from './session-end.ts';
import { withWarning } from './warning.ts';

export class IncomingInvite implements ServerTransactionUser, ReceivedInvite, EarlyAnswerHost, DrivenInvite, AcceptedHost {
  readonly #call: Call;
  readonly dialog: Dialog;
  readonly request: SipRequest;
  /** Undefined once the ACK is in: all that is left of it is the session's. */
  #transaction: ServerTransaction | undefined;
  readonly first: boolean;
  /** The application has it: the round of hooks and the offer are through. */
  #ready = false;
  /** Final response sent. */
  #answered = false;
  /** What was said before the final response. */
  #early: EarlyAnswer | undefined;
  /** Our 2xx, until its ACK is in. */
  #accepted: AcceptedInvite | undefined;
  readonly timers: AnswerTimers;
  /** See {@link DrivenInvite}. */
  told: SipError | undefined;
  /** A round of ours is under way. */
  #asking = false;

  /** @param waitedMs - since it came */
  constructor(call: Call, dialog: Dialog, transaction: ServerTransaction, first: boolean, waitedMs = 0) {
    this.#call = call;
    this.dialog = dialog;
    this.request = transaction.request;
    this.#transaction = transaction;
    this.first = first;
    this.timers = new AnswerTimers(call);
    transaction.user = this;
    call.owe(transaction);
    if (this.request.headers.has('Expires')) this.timers.expire(this.request, waitedMs, () => this.#lose(487, 'the INVITE has expired'));
  }

  /** Until its ACK is in. */
  get open(): boolean {
    return !this.#answered || this.#accepted !== undefined;
  }

  /** Our 2xx made an offer, and the ACK is to bring its answer. */
  get offering(): boolean {
    return this.#accepted?.offering === true;
  }

  /** Not to be asked for once the ACK is in. */
  get transaction(): ServerTransaction {
    return this.#transaction!;
  }
  get answered(): boolean {
    return this.#answered;
  }

  /** The first round: hooks, offer; then the driver, or for a re-INVITE the answer. */
  *begin(): Steps<void> {
    const { request } = this;
    this.#asking = true;
    try {
      const decision = yield* this.#call.decide(request);
      if (decision !== undefined && 'laterMs' in decision) {
        return this.#call.park(request, decision.laterMs, (status, init, origin) => {
          if (!this.#answered) this.#refuse(status, init, origin);
        });
      }
      if (decision !== undefined) return this.#refuse(decision.status, decision, 'application');
      const sdp = sdpOf(request.body);
      if (sdp !== undefined) yield* this.#call.media.takeOffer(readSdp(sdp));
      this.#ready = true;
      if (!this.first) yield* this.#accept({}, 'core');
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      if (error !== this.told) this.#call.report(error);
      if (!this.#answered) this.#refuse(statusOfRound(error), {}, 'core', error);
    } finally {
      this.#asking = false;
    }
    if (this.first && this.#ready) drive(this.#call, this);
  }

  progress(status: number, init: Progress['init'], done: Deferred<void>): Steps<void> {
    return (this.#early ??= new EarlyAnswer(this.#call, this)).progress({ status, init, done });
  }

  *accept(init: ResponseInit, done: Deferred<void>): Steps<void> {
    this.mayAnswer('accept');
    refuseDescription(init.body);
    if (this.#early?.hold(init, done) === true) return;
    try {
      yield* this.#accept(init, 'application', done);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      const told = error === this.told;
      this.told = error;
      done.reject(error);
      if (this.#answered || error.code === 'SESSION_STATE') return;
      if (!told) this.#call.report(error);
      this.#refuse(statusOfRound(error), {}, 'core', error);
    }
  }

  reject(status: number, init: ResponseInit): void {
    this.mayAnswer('reject');
    if (!refuses(status)) throw new SipError('SESSION_REPLY_RANGE', `reject wants 300 to 699, got ${status}`, { status });
    this.#refuse(status, init, 'application');
  }

  end(init: GivenToEnd): void {
    this.#call.state = 'ending';
    const { status = 603 } = init;
    if (!this.#answered) return this.#refuse(refuses(status) ? status : 603, init, 'application');
    hangUp(this.#call, init, 'application', { by: 'local' });
  }

  giveUp(why: Why): void {
    giveUp(this.#call, why);
  }

  keepsBye(init: ResponseInit, origin: Origin, end: SessionEnd): boolean {
    if (this.first && !this.#answered) {
      const { status = 500, error } = end;
      const ours = consequenceOf(status, 'INVITE') === 'transaction' ? status : 500; // what the peer said of its side is no answer to its INVITE
      this.#refuse(ours, init, origin, error instanceof SipError ? error : undefined);
      return true;
    }
    this.#accepted?.keepBye(init, origin, end);
    return this.#accepted !== undefined;
  }

  get earlyDialog(): Dialog | undefined {
    const early = this.#early?.exchange === 'settled' && !this.#answered && !this.#early.holds;
    return early && this.dialog.remoteAllow.has('UPDATE') ? this.dialog : undefined;
  }

  exchanging(): boolean {
    return !this.#answered && this.#early?.exchange !== 'settled';
  }

  prackCame(prack: SipRequest): boolean {
    return this.#early?.prackCame(prack) === true;
  }

  *pracked(transaction: ServerTransaction, given: number | undefined): Steps<void> {
    if (this.#early !== undefined) yield* this.#early.pracked(transaction, given);
  }

  /** The ACK of our 2xx, or a copy of it. */
  acknowledge(ack: SipRequest): void {
    this.#accepted?.acknowledge(ack);
  }

  waitsNoMore(): void {
    this.#accepted = undefined;
  }

  acknowledged(): void {
    if (this.#early?.overtaken() === false) this.#early = undefined; // nothing of it is needed any more
    if (this.#early === undefined) this.#transaction = undefined;
  }

  cancelled(cancel: ServerTransaction): void {
    const { over, view } = this.#call;
    if (over !== undefined) return cancel.respond(buildResponse(cancel.request, 200, { toTag: view.localTag }));
    this.#call.owe(cancel);
    this.#call.mailbox.interrupt(() => this.#cancelled(cancel));
  }

  failed(cause: 'timeout' | 'transport'): void {
    if (cause !== 'transport' || this.#answered) return; // a failure response that is never acknowledged, or a lost 2xx: their own timers end those
    this.#call.mailbox.interrupt(() => this.#lose(503, 'the flow is gone'));
  }

  /** Urgent: what is asked about it is asked in vain. */
  #lose(status: number, reason: string): void {
    if (this.#answered) return;
    if (this.first || this.#asking) this.#call.mailbox.giveUp();
    this.#close(status, {}, 'core', { by: 'core', status, reason });
  }

  *#accept(init: ResponseInit, origin: Origin, done?: Deferred<void>): Steps<void> {
    const { media } = this.#call;
    const transaction = this.transaction;
    const exchange = this.#early?.exchange ?? 'open';
    const settled = exchange === 'settled'; // then a description would mean nothing (RFC 6337 §3.1.1)
    let text = settled ? undefined : media.localText;
    let offers = false;
    const answers = !settled && media.state === 'remote-offer';
    if (answers) text = yield* media.answer(init.media, this.dialog);
    else if (exchange === 'open') {
      const asked = streamsOf(init.media);
      text = yield* asked === 'same' ? media.offerAll() : media.offer(asked);
      offers = true;
    }
    const failure = this.#call.respond(transaction, 200, init, origin, sdpBody(text));
    if (failure !== undefined) {
      this.told = failure; // by the runner of the hook
      throw failure;
    }
    this.#answered = true;
    const accepted = new AcceptedInvite(this.#call, this, offers, done);
    this.#accepted = accepted;
    this.dialog.confirm(transaction.request);
    if (!this.first) this.dialog.refreshTarget(transaction.request);
    if (answers) this.#call.changed(media.commitAnswer());
    this.#early?.stop();
    accepted.wait(transaction);
  }

  *#cancelled(cancel: ServerTransaction): Steps<void> {
    if (!this.#answered && (this.first || this.#asking)) {
      this.#call.mailbox.giveUp();
      this.#call.media.rollback();
    }
    yield* this.#call.decide(cancel.request);
    this.#call.respond(cancel, 200);
    if (!this.#answered) this.#close(487, {}, 'core', saidWith(CANCELLED, cancel.request.headers));
  }

  refuse(status: number, error: SipError | undefined): void {
    if (error !== undefined) this.told = error;
    this.#refuse(status, {}, 'core', error);
  }

  #refuse(status: number, init: ResponseInit, origin: Origin, error?: SipError): void {
    if (this.#transaction === undefined) return; // the end of the call has answered it, and that is acknowledged: too late
    const said = withWarning(init, status, error, this.#transaction);
    this.#close(status, said, origin, { by: origin === 'core' ? 'core' : 'local', status, reason: init.reason, error });
  }

  /** A failure response; of the first INVITE it is the end. */
  #close(status: number, init: ResponseInit, origin: Origin, end: SessionEnd): void {
    this.#answered = true;
    this.timers.stop();
    this.#early?.stop();
    if (!this.first) this.#call.media.withdraw(); // else the end stops the streams, after sessionEnd
    this.#call.respond(this.transaction, status, init, origin);
    if (this.first) this.#call.finish(end);
    else this.#settle();
  }

  /** Another exchange may begin. */
  #settle(): void {
    this.#call.refreshing.drain();
  }

  mayAnswer(verb: string): void {
    if (this.#answered || this.#early?.holds === true || this.#call.state === 'ending') throw answeredError(this.#call, verb);
    if (!this.#ready) throw new SipError('SESSION_STATE', `${verb}: supplements are still asked`, { verb, state: this.#call.state });
  }
}

const CANCELLED: SessionEnd = { by: 'remote', status: 487, reason: 'cancelled' };
