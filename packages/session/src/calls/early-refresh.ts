/** Reliable provisional responses to a re-INVITE of ours: the exchange may be through before its final response (RFC 3262 §5, RFC 6141 §3.1). */
import { SipError } from '@jackfield/base';
import type { Dialog, IncomingResponse, SipResponse } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import { answerHeard } from './answer-heard.ts';
import type { Call } from './call.ts';
import { EarlyLeg } from './early-leg.ts';
import { giveUp } from './hang-up.ts';
import { LateOffer } from './late-offer.ts';
import { sdpOf } from './sdp-body.ts';

export class EarlyRefresh {
  /** Why what was agreed could not be applied. */
  failure: SipError | undefined;
  readonly #call: Call;
  readonly #leg: EarlyLeg;

  constructor(call: Call, dialog: Dialog) {
    this.#call = call;
    this.#leg = new EarlyLeg(call, dialog, (_, { status, reason }: IncomingResponse) => giveUp(call, { status, reason }));
  }

  /** The exchange is through, or has failed. */
  get settled(): boolean {
    return this.#leg.settled;
  }

  /** False while the PRACK for it is not answered. */
  get confirmed(): boolean {
    return !this.#leg.settled || this.#leg.confirmed;
  }

  /** False for a copy, and for one after a gap. */
  admits(sequence: number): boolean {
    if (!this.#leg.isNext(sequence)) return false;
    this.#leg.received(sequence);
    return true;
  }

  /** @param offered - the re-INVITE carried an offer; else a description is theirs, and `byApplication` says who answers it */
  *take(response: SipResponse, offered: boolean, byApplication: boolean): Steps<void> {
    const leg = this.#leg;
    const sdp = leg.settled ? undefined : sdpOf(response.body);
    if (sdp === undefined) return leg.acknowledge(response);
    leg.settled = true;
    if (!offered) {
      const done = (failure: SipError | undefined): void => {
        if (failure !== undefined) giveUp(this.#call, { status: 488, error: failure });
      };
      return yield* new LateOffer(this.#call, leg.dialog, (text) => leg.acknowledge(response, text), done).take(response, byApplication);
    }
    const heard = yield* answerHeard(this.#call, sdp, leg.dialog, 'the response');
    if (heard instanceof SipError) this.failure = heard;
    else this.#call.changed(heard);
    leg.acknowledge(response);
  }
}
