/** Reliable provisional responses to an INVITE of ours in one dialog: their order, and the PRACK for each (RFC 3262 §4). */
import type { SipError } from '@jackfield/base';
import { consequenceOf, formatRAck, HeaderList, type Dialog, type IncomingResponse, type SipResponse } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import type { Acknowledging } from './call-parts.ts';
import { RequestRun } from './request-run.ts';
import { sdpBody } from './sdp-body.ts';

/** PRACKs of one early dialog that may wait for their answer: a peer that goes on speaking meanwhile is heard when it says the next one again. */
const MAX_OPEN_PRACKS = 16;

export class EarlyLeg implements Acknowledging {
  /** The offer of the INVITE has its answer, or the one that came back for it. */
  settled = false;
  /** An answer that was not applied: another early dialog is heard. */
  unheard: Uint8Array | undefined;
  /** Why what was agreed with it could not be applied: nothing can be agreed on that follows. */
  failure: SipError | undefined;
  confirmed = false;
  readonly dialog: Dialog;
  readonly #call: Call;
  readonly #lost: (leg: EarlyLeg, response: IncomingResponse) => void;
  #sequence: number | undefined;
  #open = 0;

  /** @param lost - a PRACK was refused, or not answered, so that the dialog is no more; or our answer was refused with it */
  constructor(call: Call, dialog: Dialog, lost: (leg: EarlyLeg, response: IncomingResponse) => void) {
    this.#call = call;
    this.dialog = dialog;
    this.#lost = lost;
  }

  /** False for a copy, for one before which another is missing, and while too many wait: none is acknowledged, and what is missing comes again. */
  isNext(sequence: number): boolean {
    return this.#sequence === undefined || (sequence === this.#sequence + 1 && this.#open < MAX_OPEN_PRACKS);
  }

  received(sequence: number): void {
    this.#sequence = sequence;
  }

  /** @param sdp - our answer, where the response had an offer */
  acknowledge(response: SipResponse, sdp?: string): void {
    this.#send(this.#rackOf(response), sdp);
  }

  /** The answer to our INVITE, and with the PRACK what waits to be offered, where it may. */
  *acknowledgeAnswer(response: SipResponse): Steps<void> {
    const rack = this.#rackOf(response);
    const carried = yield* this.#call.refreshing.offerInPrack(this, rack);
    if (!carried) this.#send(rack);
  }

  refused(response: IncomingResponse, rack: string): void {
    if (consequenceOf(response.status, 'PRACK') !== 'transaction') return this.#lost(this, response);
    this.confirmed = response.origin === 'remote'; // it knows that its answer is here
    if (response.status !== 481 && !this.#call.isEstablished) this.#send(rack);
  }

  #rackOf({ cseq: { sequence, method } }: SipResponse): string {
    return formatRAck({ response: this.#sequence!, sequence, method });
  }

  #send(rack: string, sdp?: string): void {
    const call = this.#call;
    const draft = call.prepare('PRACK', new HeaderList(), sdpBody(sdp));
    draft.headers.list.set('RAck', rack);
    const settles = this.settled && !this.confirmed;
    this.#open += 1;
    new RequestRun(call, this.dialog, draft, { final: (answer) => this.#acknowledged(answer, settles, sdp !== undefined) }).send();
  }

  #acknowledged(answer: IncomingResponse, settles: boolean, carriedAnswer: boolean): void {
    this.#open -= 1;
    if (this.dialog.state === 'terminated') return;
    if (answer.status < 300) {
      if (!settles) return;
      this.confirmed = true;
      this.#call.refreshing.drain();
    } else if (carriedAnswer || consequenceOf(answer.status, 'PRACK') !== 'transaction') this.#lost(this, answer);
  }
}
