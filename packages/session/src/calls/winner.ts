/**
 * The 2xx that answers our first INVITE: its dialog stays of all, the exchange of media ends with it, and it is acknowledged, once more for each copy
 * (RFC 3261 §13.2.2.4, RFC 6337 §3.1.1).
 */
import { SipError } from '@jackfield/base';
import { HeaderList, type Dialog, type SipRequest, type SipResponse } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import { answerHeard } from './answer-heard.ts';
import type { Call } from './call.ts';
import type { EarlyDialogs } from './early-dialogs.ts';
import { LateOffer } from './late-offer.ts';
import { sdpBody, sdpOf } from './sdp-body.ts';

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
    call.oweAck(() => this.#acknowledge(call.media.declineOpenOffer()));
    if (early?.reliable === true) {
      const settled = early.legOf(dialog)?.settled === true;
      const failure = yield* early.turnTo(dialog);
      if (settled || failure !== undefined) {
        this.#acknowledge(undefined);
        return this.#host.established(failure); // a description in the 2xx means nothing any more
      }
    }
    if (call.media.state === 'local-offer') yield* this.#takeAnswer(response, early);
    else {
      const acknowledge = (sdp: string | undefined): void => this.#acknowledge(sdp);
      const offer = new LateOffer(call, dialog, acknowledge, (failure) => this.#host.established(failure));
      yield* offer.take(response, listens && call.state !== 'ending');
    }
  }

  *#takeAnswer(response: SipResponse, early: EarlyDialogs | undefined): Steps<void> {
    const call = this.#call;
    const { dialog } = this;
    const sdp = early?.keeps(dialog) === true ? undefined : sdpOf(response.body);
    if (sdp === undefined && early?.previews(dialog) === true && call.media.settleForProvisional()) {
      this.#acknowledge(undefined);
      return this.#host.established(undefined);
    }
    const heard = yield* answerHeard(call, sdp, dialog, 'the 2xx', () => this.#acknowledge(undefined));
    if (heard instanceof SipError) return this.#host.established(heard);
    call.changed(heard);
    this.#host.established(undefined);
  }

  #acknowledge(sdp: string | undefined): void {
    const call = this.#call;
    call.owedAck = undefined;
    const ack = call.prepare('ACK', new HeaderList(), sdpBody(sdp));
    this.#again = this.dialog.acknowledge(this.#invite, { headers: ack.headers.list, body: ack.body });
  }
}
