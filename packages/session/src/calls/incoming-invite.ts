/**
 * An INVITE of the peer, the first or a later one: round of hooks, offer, provisional and final responses, the 2xx until its ACK, CANCEL
 * (RFC 3261 §13.3, §14.2, §15, RFC 6026).
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
import { AnswerTimers } from './answer-timers.ts';
import type { Call } from './call.ts';
import type { InitialInvite } from './call-parts.ts';
import type { Deferred } from './deferred.ts';
import { drive, type DrivenInvite } from './driver-run.ts';
import { answeredError, EarlyAnswer, streamsOf, type EarlyAnswerHost } from './early-answer.ts';
import { hangUp } from './hang-up.ts';
import { refuseDescription } from './own-body.ts';
import type { Progress } from './reliable-responses.ts';
import { readSdp, sdpBody, sdpOf, statusOfRound } from './sdp-body.ts';
import { saidWith } from './session-end.ts';
import { withWarning } from './warning.ts';

export class IncomingInvite implements ServerTransactionUser, InitialInvite, EarlyAnswerHost, DrivenInvite {
  readonly #call: Call;
  readonly dialog: Dialog;
  readonly request: SipRequest;
  /** Undefined once the ACK is in: all that is left of it is the session's. */
  #transaction: ServerTransaction | undefined;
  readonly #first: boolean;
  /** The application has it: the round of hooks and the offer are through. */
  #ready = false;
  /** Final response sent. */
  #answered = false;
  /** What was said before the final response. */
  #early: EarlyAnswer | undefined;
  #awaits: 'nothing' | 'ack' | 'answer' = 'nothing';
  readonly timers: AnswerTimers;
  #accepting: Deferred<void> | undefined;
  /** The call is to end and our 2xx has no ACK yet: BYE must wait for it (RFC 3261 §15). */
  #keptBye: { readonly init: ResponseInit; readonly origin: Origin; readonly end: SessionEnd } | undefined;
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
    this.#first = first;
    this.timers = new AnswerTimers(call);
    transaction.user = this;
    call.owe(transaction);
    if (this.request.headers.has('Expires')) this.timers.expire(this.request, waitedMs, () => this.#lose(487, 'the INVITE has expired'));
  }

  /** Until its ACK is in. */
  get open(): boolean {
    return !this.#answered || this.#awaits !== 'nothing';
  }

  /** Our 2xx made an offer, and the ACK is to bring its answer. */
  get offering(): boolean {
    return this.#awaits === 'answer';
  }

  readonly inviting = false;
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
      if (!this.#first) yield* this.#accept({}, 'core');
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      if (error !== this.told) this.#call.report(error);
      if (!this.#answered) this.#refuse(statusOfRound(error), {}, 'core', error);
    } finally {
      this.#asking = false;
    }
    if (this.#first && this.#ready) drive(this.#call, this);
  }

  progress(status: number, init: Progress['init'], done: Deferred<void>): Steps<void> {
    return (this.#early ??= new EarlyAnswer(this.#call, this)).progress({ status, init, done });
  }

  *accept(init: ResponseInit, done: Deferred<void>): Steps<void> {
    this.mayAnswer('accept');
    refuseDescription(init.body);
    if (this.#early?.hold(init, done) === true) return;
    this.#accepting = done;
    try {
      yield* this.#accept(init, 'application');
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.#accepting = undefined;
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
    if (!Number.isInteger(status) || status < 300 || status > 699)
      throw new SipError('SESSION_REPLY_RANGE', `reject wants 300 to 699, got ${status}`, { status });
    this.#refuse(status, init, 'application');
  }

  end(init: ResponseInit & { readonly status?: number | undefined }): void {
    this.#call.state = 'ending';
    if (!this.#answered) return this.#refuse(init.status ?? 603, init, 'application');
    hangUp(this.#call, init, 'application', { by: 'local' });
  }

  keepsBye(init: ResponseInit, origin: Origin, end: SessionEnd): boolean {
    if (this.#first && !this.#answered) {
      const { status = 500, error } = end;
      const ours = consequenceOf(status, 'INVITE') === 'transaction' ? status : 500; // what the peer said of its side is no answer to its INVITE
      this.#refuse(ours, init, origin, error instanceof SipError ? error : undefined);
      return true;
    }
    if (this.#awaits === 'nothing') return false;
    this.#keptBye ??= { init, origin, end };
    return true;
  }

  get earlyDialog(): Dialog | undefined {
    const early = this.#early?.exchange === 'settled' && !this.#answered && !this.#early.holds;
    return early && this.dialog.remoteAllow.has('UPDATE') ? this.dialog : undefined;
  }

  refusesUpdate(): 500 | undefined {
    return this.#answered || this.#early?.exchange === 'settled' ? undefined : 500;
  }

  *turnTo(): Steps<void> {} // there is one early dialog of ours

  prackCame(prack: SipRequest): boolean {
    return this.#early?.prackCame(prack) === true;
  }

  *pracked(transaction: ServerTransaction, passed: boolean): Steps<void> {
    if (this.#early !== undefined) yield* this.#early.pracked(transaction, passed);
  }

  /** The ACK of our 2xx, with the answer where we made the offer. */
  acknowledge(ack: SipRequest): void {
    if (this.#awaits === 'nothing') return;
    const awaited = this.#awaits;
    this.#awaits = 'nothing';
    this.timers.stop();
    this.#call.mailbox.post(() => this.#acknowledged(ack, awaited));
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
    if (this.#first || this.#asking) this.#call.mailbox.giveUp();
    this.#close(status, {}, 'core', { by: 'core', status, reason });
  }

  *#accept(init: ResponseInit, origin: Origin): Steps<void> {
    const { media } = this.#call;
    const transaction = this.transaction;
    const exchange = this.#early?.exchange ?? 'open';
    const settled = exchange === 'settled'; // then a description would mean nothing (RFC 6337 §3.1.1)
    let text = settled ? undefined : media.localText;
    let awaits: 'ack' | 'answer' = 'ack';
    const answers = !settled && media.state === 'remote-offer';
    if (answers) text = yield* media.answer(this.#call.localAddress, init.media, this.dialog);
    else if (exchange === 'open') {
      const asked = streamsOf(init.media);
      text = yield* asked === 'same' ? media.offerAll(this.#call.localAddress) : media.offer(this.#call.localAddress, asked);
      awaits = 'answer';
    }
    const failure = this.#call.respond(transaction, 200, init, origin, text === undefined ? undefined : sdpBody(text));
    if (failure !== undefined) {
      this.told = failure; // by the runner of the hook
      throw failure;
    }
    this.#answered = true;
    this.#awaits = awaits;
    this.dialog.confirm(transaction.request);
    if (!this.#first) this.dialog.refreshTarget(transaction.request);
    if (answers) this.#call.changed(media.commitAnswer());
    this.#early?.stop();
    this.timers.answered(
      () => transaction.resend(),
      () => this.#noAck(),
    );
  }

  *#acknowledged(ack: SipRequest, awaited: 'ack' | 'answer'): Steps<void> {
    const call = this.#call;
    yield* call.decide(ack);
    let failure: SipError | undefined;
    if (awaited === 'answer' && this.#keptBye === undefined && !call.byeSent && call.over === undefined) {
      try {
        const sdp = sdpOf(ack.body);
        if (sdp === undefined)
          throw new SipError('SESSION_NEGOTIATION', 'the ACK brings no answer to our offer', { rule: 'answer-missing' });
        call.changed(yield* call.media.takeAnswer(readSdp(sdp), this.dialog, true));
      } catch (error) {
        if (!(error instanceof SipError)) throw error;
        failure = error;
        call.report(error);
        call.media.rollback();
      }
    }
    if (failure !== undefined && this.#first) {
      this.#accepting?.reject(failure);
      return hangUp(call, {}, 'core', { by: 'core', status: 488, error: failure });
    }
    if (this.#early?.overtaken() === false) this.#early = undefined; // nothing of it is needed any more
    call.establish();
    this.#accepting?.resolve();
    if (this.#early === undefined) this.#accepting = this.#transaction = undefined;
    if (failure !== undefined) call.refreshing?.restore();
    if (this.#keptBye === undefined) return this.#settle();
    const { init, origin, end } = this.#keptBye;
    hangUp(call, init, origin, end);
  }

  #noAck(): void {
    this.timers.stop();
    const wasFirst = this.#first && this.#awaits !== 'nothing';
    this.#awaits = 'nothing';
    const error = new SipError('SESSION_ENDED', 'the 2xx was never acknowledged', { state: this.#call.state });
    if (wasFirst) this.#call.media.rollback();
    hangUp(this.#call, this.#keptBye?.init ?? {}, 'core', { by: 'core', status: 408, reason: 'no ACK', error });
  }

  *#cancelled(cancel: ServerTransaction): Steps<void> {
    if (!this.#answered && (this.#first || this.#asking)) {
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
    const said = withWarning(init, status, error, this.transaction);
    this.#close(status, said, origin, { by: origin === 'core' ? 'core' : 'local', status, reason: init.reason, error });
  }

  /** A failure response; of the first INVITE it is the end. */
  #close(status: number, init: ResponseInit, origin: Origin, end: SessionEnd): void {
    this.#answered = true;
    this.timers.stop();
    this.#early?.stop();
    if (!this.#first) this.#call.media.withdraw(); // else the end stops the streams, after sessionEnd
    this.#call.respond(this.transaction, status, init, origin);
    if (this.#first) this.#call.finish(end);
    else this.#settle();
  }

  /** Another exchange may begin. */
  #settle(): void {
    this.#call.refreshing?.drain();
  }

  mayAnswer(verb: string): void {
    if (this.#answered || this.#early?.holds === true || this.#call.state === 'ending') throw answeredError(this.#call, verb);
    if (!this.#ready) throw new SipError('SESSION_STATE', `${verb}: supplements are still asked`, { verb, state: this.#call.state });
  }
}

const CANCELLED: SessionEnd = { by: 'remote', status: 487, reason: 'cancelled' };
