/**
 * Our 2xx to an INVITE of the peer until its ACK is in: it leaves again and again, and what the ACK brings is taken, the answer where we made the offer. BYE
 * waits for it (RFC 3261 §13.3.1.4, §15). Made when the 2xx has left, dropped with the ACK.
 */
import { SipError } from '@jackfield/base';
import type { Dialog, Origin, ServerTransaction, SipRequest } from '@jackfield/sip';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { answerHeard } from './answer-heard.ts';
import type { AnswerTimers } from './answer-timers.ts';
import type { Call } from './call.ts';
import type { Deferred } from './deferred.ts';
import { giveUp, hangUp } from './hang-up.ts';
import { sdpOf } from './sdp-body.ts';

/** The INVITE. */
export interface AcceptedHost {
  readonly dialog: Dialog;
  readonly timers: AnswerTimers;
  /** Of its call. */
  readonly first: boolean;
  /** The ACK came, or is not waited for any more. */
  waitsNoMore(): void;
  /** The turn of the ACK: the peer has the 2xx. */
  acknowledged(): void;
}

export class AcceptedInvite {
  /** The 2xx made an offer, and the ACK is to bring its answer. */
  readonly offering: boolean;
  readonly #call: Call;
  readonly #host: AcceptedHost;
  /** Of the verb; undefined where the core accepts. */
  readonly #done: Deferred<void> | undefined;
  /** The call is to end. */
  #keptBye: { readonly init: ResponseInit; readonly origin: Origin; readonly end: SessionEnd } | undefined;

  constructor(call: Call, host: AcceptedHost, offering: boolean, done: Deferred<void> | undefined) {
    this.#call = call;
    this.#host = host;
    this.offering = offering;
    this.#done = done;
  }

  /** From now on the 2xx is repeated. */
  wait(transaction: ServerTransaction): void {
    this.#host.timers.answered(
      () => transaction.resend(),
      () => this.#lost(),
    );
  }

  keepBye(init: ResponseInit, origin: Origin, end: SessionEnd): void {
    this.#keptBye ??= { init, origin, end };
  }

  acknowledge(ack: SipRequest): void {
    this.#host.waitsNoMore();
    this.#host.timers.stop();
    this.#call.mailbox.post(() => this.#acknowledged(ack));
  }

  *#acknowledged(ack: SipRequest): Steps<void> {
    const call = this.#call;
    yield* call.decide(ack);
    let failure: SipError | undefined;
    if (this.offering && this.#keptBye === undefined && !call.end.begun) {
      const heard = yield* answerHeard(call, sdpOf(ack.body), this.#host.dialog, 'the ACK');
      if (heard instanceof SipError) failure = heard;
      else call.changed(heard);
    }
    if (failure !== undefined && this.#host.first) {
      this.#done?.reject(failure);
      return giveUp(call, { status: 488, error: failure });
    }
    this.#host.acknowledged();
    call.establish();
    this.#done?.resolve();
    if (failure !== undefined) call.refreshing.restore();
    if (this.#keptBye === undefined) return call.refreshing.drain();
    const { init, origin, end } = this.#keptBye;
    hangUp(call, init, origin, end);
  }

  #lost(): void {
    const call = this.#call;
    this.#host.timers.stop();
    this.#host.waitsNoMore();
    const error = new SipError('SESSION_ENDED', 'the 2xx was never acknowledged', { state: call.state });
    if (this.#host.first) call.media.rollback();
    const { init, origin, end } = this.#keptBye ?? { init: {}, origin: 'core', end: { by: 'core', status: 408, reason: 'no ACK', error } };
    hangUp(call, init, origin, end);
  }
}
