/**
 * The peer's offer in a response to an INVITE without one: answered in the ACK, or in the PRACK of a reliable provisional response, by the SDP handlers or
 * by the application (RFC 3261 §13.2.1, RFC 3262 §5, RFC 3725).
 */
import { SipError } from '@jackfield/base';
import type { Dialog, SipResponse } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import type { OpenOffer } from './call-parts.ts';
import { readSdp, sdpOf } from './sdp-body.ts';

export class LateOffer implements OpenOffer {
  readonly dialog: Dialog;
  readonly #call: Call;
  readonly #acknowledge: (sdp: string | undefined) => void;
  readonly #done: (failure: SipError | undefined) => void;
  #patience: Disposable | undefined;
  #over = false;

  /** @param done - once, after the ACK or PRACK: without a failure the exchange stands; with one the call has to end */
  constructor(call: Call, dialog: Dialog, acknowledge: (sdp: string | undefined) => void, done: (failure: SipError | undefined) => void) {
    this.#call = call;
    this.dialog = dialog;
    this.#acknowledge = acknowledge;
    this.#done = done;
  }

  /** @param byApplication - it heard of the offer and will call `answerOffer` */
  *take(response: SipResponse, byApplication: boolean): Steps<void> {
    try {
      const sdp = sdpOf(response.body);
      if (sdp === undefined) throw new SipError('SESSION_NEGOTIATION', 'the response brings no offer', { rule: 'offer-missing' });
      yield* this.#call.media.takeOffer(readSdp(sdp), !byApplication);
      if (!byApplication) return yield* this.answer('same');
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      return this.#give(error);
    }
    this.#call.openOffer = this;
    const ms = this.#call.options.answerOfferMs;
    this.#patience = this.#call.timer(ms, () =>
      this.#give(new SipError('SESSION_NEGOTIATION', `the late offer was not answered in ${ms} ms`, { rule: 'answer-missing' })),
    );
  }

  *answer(media: MediaInit): Steps<void> {
    this.#close();
    let text: string;
    try {
      text = yield* this.#call.media.answer(media, this.dialog);
    } catch (error) {
      if (error instanceof SipError) this.#give(error);
      throw error;
    }
    this.#over = true;
    this.#acknowledge(text);
    this.#call.changed(this.#call.media.commitAnswer());
    this.#done(undefined);
  }

  drop(): void {
    this.#close();
  }

  #give(failure: SipError): void {
    this.#close();
    if (this.#over) return;
    this.#over = true;
    this.#call.report(failure);
    this.#acknowledge(this.#call.media.declineOpenOffer());
    this.#done(failure);
  }

  #close(): void {
    this.#patience?.[Symbol.dispose]();
    if (this.#call.openOffer === this) this.#call.openOffer = undefined;
  }
}
