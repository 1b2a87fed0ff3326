/** What the final response to a re-INVITE or UPDATE of ours, or to an offer in a PRACK, makes of it: agreed on, refused, or once more. */
import { SipError } from '@jackfield/base';
import { HeaderList, type Dialog, type IncomingResponse, type SipResponse } from '@jackfield/sip';
import type { RefreshOutcome } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { answerHeard } from './answer-heard.ts';
import type { Call } from './call.ts';
import type { EarlyRefresh } from './early-refresh.ts';
import { goesOnWithout } from './fork-dialogs.ts';
import { endsCall, giveUp } from './hang-up.ts';
import { LateOffer } from './late-offer.ts';
import { repeatAfterMs, type Entry } from './refresh-entry.ts';
import { MAX_REPEATS, type RequestRun } from './request-run.ts';
import { sdpBody, sdpOf } from './sdp-body.ts';

/** Who sent the request. */
export interface RefreshHost {
  settle(entry: Entry, outcome: RefreshOutcome): void;
  /** The request is to leave once more, so much later. */
  again(entry: Entry, waitMs: number): void;
  /** Likewise, for it has crossed one of the peer's (491). */
  crossed(entry: Entry, waitMs: number): void;
  restore(): void;
  /** No INVITE of ours is out any more. */
  inviteOver(): void;
}

export class RefreshAnswer {
  readonly #host: RefreshHost;
  readonly #call: Call;
  readonly #entry: Entry;
  readonly #run: RequestRun;
  readonly #dialog: Dialog;
  readonly #response: IncomingResponse;

  constructor(host: RefreshHost, call: Call, entry: Entry, run: RequestRun, dialog: Dialog, response: IncomingResponse) {
    this.#host = host;
    this.#call = call;
    this.#entry = entry;
    this.#run = run;
    this.#dialog = dialog;
    this.#response = response;
  }

  /** @param wire - undefined: none came, we made it ourselves */
  *take(wire: SipResponse | undefined): Steps<void> {
    const call = this.#call;
    const entry = this.#entry;
    const dialog = this.#dialog;
    const response = this.#response;
    const { status } = response;
    if (call.over !== undefined) return;
    const invited = response.request.method === 'INVITE';
    const late = invited && (entry.options.media ?? 'same') === 'late';
    if (status >= 200 && status < 300 && wire !== undefined) {
      if (entry.prack === undefined) dialog.refreshTarget(wire);
      else entry.prack.leg.confirmed = true;
      call.tell(entry.options.onResponse, response);
      const acknowledge = (sdp: string | undefined): void => {
        if (!invited) return;
        const ack = call.prepare('ACK', new HeaderList(), sdpBody(sdp));
        call.owedAck = undefined;
        this.#run.acknowledge(ack.headers.list, ack.body);
        this.#host.inviteOver();
      };
      if (call.end.byeSent) return acknowledge(undefined);
      if (invited) call.oweAck(() => acknowledge(call.media.declineOpenOffer()));
      if (invited && entry.early?.settled === true) return this.#agreedEarly(entry.early, acknowledge);
      if (late) return yield* this.#late(wire, acknowledge);
      return yield* this.#agreed(wire, acknowledge);
    }
    this.#host.inviteOver();
    if (entry.offered) call.media.rollback();
    // whether the peer has it, nobody knows; or it had agreed, and then refused (RFC 6141 §3.4)
    if (entry.offered && (wire === undefined || this.#run.unanswered || entry.early?.settled === true)) entry.unsure = true;
    entry.prack?.leg.refused(response, entry.prack.rack);
    if (call.over !== undefined) return;
    const waitMs = repeatAfterMs(response, dialog, call);
    if (waitMs !== undefined && entry.repeats < MAX_REPEATS && entry.options.signal?.aborted !== true) {
      return status === 491 ? this.#host.crossed(entry, waitMs) : this.#host.again(entry, waitMs);
    }
    const lost = endsCall(status, response.request.method);
    if (lost && goesOnWithout(call, dialog)) return this.#host.again(entry, 0);
    call.tell(entry.options.onResponse, response);
    if (lost) return giveUp(call, response);
    if ((entry.unsure || entry.early?.settled === true) && entry.origin === 'application') this.#host.restore();
    if (entry.offered) call.home.refused(call.session, response);
    this.#settle('refused');
    if (entry.restoring) giveUp(call, response);
  }

  #agreedEarly({ failure }: EarlyRefresh, acknowledge: (sdp: undefined) => void): void {
    const { restoring } = this.#entry;
    acknowledge(undefined);
    if (failure !== undefined && !restoring) this.#host.restore();
    this.#settle(failure === undefined ? 'agreed' : 'refused');
    if (failure !== undefined && restoring) giveUp(this.#call, { status: 488, error: failure });
  }

  *#agreed(wire: SipResponse, acknowledge: (sdp: undefined) => void): Steps<void> {
    const call = this.#call;
    const entry = this.#entry;
    if (!entry.offered) {
      acknowledge(undefined); // no offer was made: an UPDATE that only refreshes
      return this.#settle('agreed');
    }
    const heard = yield* answerHeard(call, sdpOf(wire.body), this.#dialog, 'the 2xx', () => acknowledge(undefined));
    if (!(heard instanceof SipError)) {
      call.changed(heard);
      return this.#settle('agreed');
    }
    if (!entry.restoring) this.#host.restore(); // the peer has switched and we could not
    this.#settle('refused');
    if (entry.restoring) giveUp(call, { status: 488, error: heard });
  }

  *#late(wire: SipResponse, acknowledge: (sdp: string | undefined) => void): Steps<void> {
    const call = this.#call;
    const offer = new LateOffer(call, this.#dialog, acknowledge, (failure) => {
      if (failure === undefined) return this.#settle('agreed');
      this.#settle('refused');
      giveUp(call, { status: 488, error: failure });
    });
    yield* offer.take(wire, this.#entry.options.onResponse !== undefined);
  }

  #settle(kind: 'agreed' | 'refused'): void {
    this.#host.settle(this.#entry, { kind, response: this.#response });
  }
}
