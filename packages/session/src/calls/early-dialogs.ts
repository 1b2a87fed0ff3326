/**
 * The early dialogs of our first INVITE: which of them is heard; previews of an answer, and what counts: an answer to our offer, or an offer of theirs, in a
 * reliable provisional response, and the PRACK for it (RFC 3262 §5, RFC 6337 §3.1). Made when the first of them speaks of media, or reliably.
 */
import { SipError } from '@jackfield/base';
import type { Dialog, IncomingResponse, SipResponse } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { EarlyLeg } from './early-leg.ts';
import { giveUp } from './hang-up.ts';
import { LateOffer } from './late-offer.ts';
import { readSdp, sdpOf, statusOf } from './sdp-body.ts';

/** The INVITE. */
interface EarlyHost {
  /** This one is no more. False: there is no other. */
  lose(dialog: Dialog): boolean;
}

export class EarlyDialogs {
  readonly #call: Call;
  readonly #host: EarlyHost;
  /** Whether the INVITE carried an offer of ours. */
  readonly #offered: boolean;
  readonly #legs = new Map<Dialog, EarlyLeg>();
  /** One of them has spoken reliably: each has an agreement of its own from then on. */
  reliable = false;
  /** Whose media came first. */
  #first: Dialog | undefined;
  /** Whose preview is in force. */
  #previewed: Dialog | undefined;

  constructor(call: Call, host: EarlyHost, offered: boolean) {
    this.#call = call;
    this.#host = host;
    this.#offered = offered;
  }

  /** What a dialog has said reliably; undefined: nothing. */
  legOf(dialog: Dialog): EarlyLeg | undefined {
    return this.#legs.get(dialog);
  }

  /**
   * The leg of a reliable response whose turn it is. Undefined for a copy, for one after a gap, and while its description cannot be taken: it will come
   * again, until it is acknowledged.
   */
  next(response: SipResponse, dialog: Dialog, sequence: number): EarlyLeg | undefined {
    this.reliable = true;
    const known = this.#legs.get(dialog);
    if (known?.isNext(sequence) === false) return undefined;
    if (this.#call.media.busy && known?.settled !== true && sdpOf(response.body) !== undefined) return undefined;
    const leg = known ?? new EarlyLeg(this.#call, dialog, (lost, answer) => this.#lost(lost, answer));
    if (known === undefined) this.#legs.set(dialog, leg);
    leg.received(sequence);
    return leg;
  }

  /**
   * Takes what it says, and acknowledges it.
   *
   * @param byApplication - an offer in it is the application's to answer
   */
  *take(response: SipResponse, leg: EarlyLeg, byApplication: boolean): Steps<void> {
    const { dialog } = leg;
    const heard = this.#hears(response, dialog);
    dialog.refreshTarget(response); // RFC 6141 §4.7
    const sdp = leg.settled ? undefined : sdpOf(response.body); // once settled, a description means nothing (RFC 6337 §3.1.1)
    if (sdp === undefined) return leg.acknowledge(response);
    leg.settled = true;
    if (!this.#offered) return yield* this.#answerTheirs(response, leg, byApplication);
    if (!heard) leg.unheard = sdp;
    const failure = heard ? yield* this.#hear(dialog, sdp) : undefined;
    if (heard && failure === undefined) return yield* leg.acknowledgeAnswer(response);
    leg.acknowledge(response);
    if (failure !== undefined) this.#give(failure);
  }

  /** Media of a provisional answer: a preview, until a reliable response says it again (RFC 3261 §13.2.1). */
  *preview(response: SipResponse, dialog: Dialog, sdp: Uint8Array): Steps<void> {
    const call = this.#call;
    if (!this.#offered || call.media.busy || !this.#hears(response, dialog)) return;
    if (this.legOf(dialog)?.settled === true || this.keeps(dialog)) return; // the answer is here already
    try {
      if (this.reliable) call.changed(yield* call.media.turnTo(dialog));
      if (call.media.state !== 'local-offer') return;
      call.changed(yield* call.media.takeAnswer(readSdp(sdp), dialog, false));
      this.#previewed = dialog;
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.report(error); // an unusable preview costs nothing: the answer in the 2xx counts
    }
  }

  /** Whether what is heard is the preview of this one. */
  previews(dialog: Dialog): boolean {
    return this.#previewed === dialog;
  }

  /** Whether that stands, whatever else it says (RFC 3261 §13.2.1). */
  keeps(dialog: Dialog): boolean {
    return this.previews(dialog) && this.#call.options.earlyMedia.acceptMultipleAnswers !== true;
  }

  /** The INVITE leaves once more: they were those of the copy before. */
  forget(): void {
    if (!this.reliable && this.#previewed === undefined) return;
    this.#previewed = undefined;
    this.#call.openOffer?.drop();
    this.#call.media.startAgain();
  }

  /** Whether the media of an early dialog is to be applied, now that it shows some. */
  #hears(response: SipResponse, dialog: Dialog): boolean {
    const { select = 'latest' } = this.#call.options.earlyMedia;
    if (select !== 'first') return select === 'latest';
    if (sdpOf(response.body) !== undefined) this.#first ??= dialog;
    return this.#first === dialog;
  }

  /** This one is to be heard. @returns the failure to apply what was agreed with it */
  *turnTo(dialog: Dialog): Steps<SipError | undefined> {
    const leg = this.#legs.get(dialog);
    if (leg === undefined) return yield* this.#hear(dialog, undefined);
    const { unheard } = leg;
    leg.unheard = undefined;
    return (leg.failure ??= yield* this.#hear(dialog, unheard));
  }

  *#hear(dialog: Dialog, answer: Uint8Array | undefined): Steps<SipError | undefined> {
    const { media, openOffer } = this.#call;
    if (openOffer?.dialog !== dialog) openOffer?.drop();
    if (!this.previews(dialog)) this.#previewed = undefined;
    try {
      this.#call.changed(yield* media.turnTo(dialog));
      if (answer !== undefined) this.#call.changed(yield* media.takeAnswer(readSdp(answer), dialog, true));
      return undefined;
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.#call.report(error);
      media.rollback();
      return error;
    }
  }

  *#answerTheirs(response: SipResponse, leg: EarlyLeg, byApplication: boolean): Steps<void> {
    const { dialog } = leg;
    const failure = yield* this.#hear(dialog, undefined);
    if (failure !== undefined) return this.#give(failure);
    const done = (failed: SipError | undefined): void => {
      if (failed !== undefined) this.#give(failed);
    };
    yield* new LateOffer(this.#call, dialog, (sdp) => leg.acknowledge(response, sdp), done).take(response, byApplication);
  }

  #lost(leg: EarlyLeg, { status, reason }: IncomingResponse): void {
    if (!this.#host.lose(leg.dialog)) return giveUp(this.#call, { status, reason });
    this.#legs.delete(leg.dialog); // one of several: the others may answer yet
  }

  #give(error: SipError): void {
    giveUp(this.#call, { status: statusOf(error), error });
  }
}
