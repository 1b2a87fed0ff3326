/**
 * The 2xx that answers our first INVITE: its dialog stays of all, the exchange of media ends with it, and it is acknowledged, once more for each copy
 * (RFC 3261 §13.2.2.4, RFC 6337 §3.1.1).
 */
import { SipError } from '@jackfield/base';
import { HeaderList, type Dialog, type SipRequest, type SipResponse } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { RequestDraft } from './draft.ts';
import type { EarlyDialogs } from './early-dialogs.ts';
import { LateOffer } from './late-offer.ts';
import { readSdp, sdpBody, sdpOf } from './sdp-body.ts';

/** The INVITE. */
export interface WinnerHost {
  /** The 2xx is acknowledged. @param failure - what was agreed could not be applied */
  established(failure: SipError | undefined): void;
}

export class Winner {
  readonly dialog: Dialog;
  readonly #call: Call;
  readonly #host: WinnerHost;
  readonly #invite: SipRequest;
  /** Sends the ACK again. */
  #again: (() => void) | undefined;

  /** @param invite - as it left */
  constructor(call: Call, host: WinnerHost, dialog: Dialog, invite: SipRequest) {
    this.#call = call;
    this.#host = host;
    this.dialog = dialog;
    this.#invite = invite;
  }

  get acknowledged(): boolean {
    return this.#again !== undefined;
  }

  again(): void {
    this.#again?.();
  }

  /** @param early - undefined where no early dialog was heard of. @param listens - the application answers an offer in it */
  *take(response: SipResponse, early: EarlyDialogs | undefined, listens: boolean): Steps<void> {
    const call = this.#call;
    const { dialog } = this;
    dialog.confirm(response);
    call.select(dialog);
    for (const other of call.dialogs) if (other !== dialog) call.drop(other);
    call.oweAck(() => this.#acknowledge(call.media.declineOpenOffer(call.localAddress)));
    if (early?.reliable === true) {
      const settled = early.legOf(dialog)?.settled === true;
      const failure = yield* early.turnTo(dialog);
      if (settled || failure !== undefined) {
        this.#acknowledge(undefined);
        return this.#host.established(failure); // a description in the 2xx means nothing any more
      }
    }
    if (call.media.state === 'local-offer') yield* this.#takeAnswer(response, early?.keeps(dialog) === true);
    else {
      const acknowledge = (sdp: string | undefined): void => this.#acknowledge(sdp);
      const offer = new LateOffer(call, dialog, acknowledge, (failure) => this.#host.established(failure));
      yield* offer.take(response, listens && call.state !== 'ending');
    }
  }

  /** @param previewed - what a provisional response said is the answer, and stays */
  *#takeAnswer(response: SipResponse, previewed: boolean): Steps<void> {
    const call = this.#call;
    try {
      const sdp = previewed ? undefined : sdpOf(response.body);
      if (sdp !== undefined) {
        const change = yield* call.media.takeAnswer(readSdp(sdp), this.dialog, true);
        this.#acknowledge(undefined);
        call.changed(change);
      } else if (call.media.settleForProvisional()) this.#acknowledge(undefined);
      else throw new SipError('SESSION_NEGOTIATION', 'the 2xx brings no answer to our offer', { rule: 'answer-missing' });
      this.#host.established(undefined);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.#acknowledge(undefined);
      call.report(error);
      call.media.rollback();
      this.#host.established(error);
    }
  }

  #acknowledge(sdp: string | undefined): void {
    const call = this.#call;
    call.owedAck = undefined;
    const ack = call.prepare('ACK', new HeaderList(), sdp === undefined ? undefined : sdpBody(sdp), 'core');
    if (!(ack instanceof RequestDraft)) return;
    this.#again = this.dialog.acknowledge(this.#invite, { headers: ack.headers.list, body: ack.body });
  }
}
