/** One request of ours inside a dialog, from the first copy to its final response, through the mailbox and the hooks; with its repeats. */
import { SipError } from '@jackfield/base';
import {
  HeaderList,
  type ClientTransaction,
  type ClientTransactionUser,
  type Dialog,
  type IncomingResponse,
  type RequestHandle,
  type SipRequest,
  type SipResponse,
} from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { addHeaders, RequestDraft } from './draft.ts';
import { HeardResponse, localResponse } from './heard-response.ts';
import { readSdp, sdpBody, sdpOf } from './sdp-body.ts';
import { sendCancel } from './withdrawal.ts';

/** Repeats of one request for all causes together (docs/promises.md). */
export const MAX_REPEATS = 3;

/** How often a request was repeated so far, by whomever. */
export interface Repeated {
  repeats: number;
}

export interface RequestRunUser {
  /** Counts the repeats where the request may be built anew; else it is counted here. */
  readonly repeated?: Repeated;
  /** False for a provisional response that nobody is to hear: a copy of a reliable one. */
  admits?(wire: SipResponse): boolean;
  provisional?(response: IncomingResponse, wire: SipResponse): Steps<void> | undefined | void;
  /** Once. `wire` is undefined for a local 408 or 503. In the mailbox; the session may be ending, never ended. */
  final(response: IncomingResponse, wire: SipResponse | undefined): Steps<void> | undefined | void;
  /** A 2xx to an INVITE came, and was acknowledged, that was refused before: the peer has what it carried. In the mailbox. */
  overtaken?(): void;
}

export class RequestRun implements ClientTransactionUser, Repeated {
  repeats = 0;
  readonly #call: Call;
  readonly #dialog: Dialog;
  readonly #draft: RequestDraft;
  readonly #user: RequestRunUser;
  readonly #repeated: Repeated;
  #finished = false;
  /** With a 2xx. */
  #agreed = false;
  #invite: SipRequest | undefined;
  /** Acknowledges the 2xx to a re-INVITE; again for each copy of it. */
  #acknowledge: (() => void) | undefined;
  /** The same for the last 2xx that came after a failure. */
  #overtaken: { readonly invite: SipRequest; readonly acknowledge: () => void } | undefined;
  #request: RequestHandle | undefined;
  #guard: Disposable | undefined;
  #limitMs: number | undefined;
  #unanswered = false;

  constructor(call: Call, dialog: Dialog, draft: RequestDraft, user: RequestRunUser) {
    this.#call = call;
    this.#dialog = dialog;
    this.#draft = draft;
    this.#user = user;
    this.#repeated = user.repeated ?? this;
  }

  send(extra?: Readonly<Record<string, string | readonly string[]>>): void {
    const headers = this.#draft.headers.list;
    if (extra !== undefined) addHeaders(headers, extra);
    this.#request = this.#dialog.request(
      this.#draft.method,
      { headers, body: this.#draft.body, repeats: MAX_REPEATS - this.#repeated.repeats },
      this,
    );
  }

  /** The final response is to a later copy, and what became of one before it nobody knows. */
  get unanswered(): boolean {
    return this.#unanswered || this.#request?.unanswered === true;
  }

  /** ACKs the 2xx that `final` was given. */
  acknowledge(headers: HeaderList, body: RequestDraft['body']): void {
    this.#acknowledge = this.#dialog.acknowledge(this.#invite!, { headers, body });
  }

  /** An INVITE, a copy of which is not answered within `ms`, is cancelled (§9.1): a peer that says 100 and no more holds nothing up. */
  limit(ms: number): void {
    const call = this.#call;
    this.#guard = call.timer(ms, () => {
      if (!this.#finished) sendCancel(call, this.#request, this.#dialog, {}, 'core');
    });
    this.#limitMs = ms;
  }

  /** The session is over and our INVITE is not answered: it is given 64·T1 more, and then given up (RFC 3261 §9.1). */
  outlive(): void {
    const { clock, timers } = this.#call;
    if (this.#finished) return;
    this.#guard = clock.after(64 * timers.t1, () => this.#request?.cancel());
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    const { status } = response;
    if (status === 100) return; // of one hop
    if (this.#finished || transaction !== this.#request?.transaction) {
      if (this.#draft.method === 'INVITE' && status >= 200 && status < 300) this.#again(response, transaction.request);
      return;
    }
    this.#invite = transaction.request;
    if (status >= 200) {
      this.#finished = true;
      this.#agreed = status < 300;
      if (this.#dialog.flow.closed) this.#call.core.dialogs.heardBy(this.#dialog, transaction.flow);
      this.#guard?.[Symbol.dispose]();
    }
    if (this.#draft.method === 'INVITE' && status >= 200 && status < 300) {
      const acknowledge = (): void => this.acknowledge(new HeaderList(), undefined);
      if (this.#call.over === undefined) this.#call.owedAck = acknowledge;
      else acknowledge();
    }
    if (this.#call.over !== undefined && status < 200) return;
    this.#call.mailbox.post(() => this.#heard(new HeardResponse(response, this.#draft, this.#dialog), response));
  }

  /** A copy of the 2xx, since our ACK was lost; or one that a proxy has let through after a failure (RFC 3261 §16.7). */
  #again(response: SipResponse, invite: SipRequest): void {
    const call = this.#call;
    if (this.#agreed && invite === this.#invite) return this.#acknowledge?.(); // none yet: it waits in the mailbox
    if (invite === this.#overtaken?.invite) return this.#overtaken.acknowledge();
    const acknowledge = ({ headers, body }: { readonly headers: HeaderList; readonly body?: RequestDraft['body'] }): void => {
      this.#overtaken = { invite, acknowledge: this.#dialog.acknowledge(invite, { headers, body }) };
    };
    if (call.over !== undefined) return acknowledge({ headers: new HeaderList() });
    call.mailbox.post(() => {
      if (invite === this.#overtaken?.invite) return; // by a copy
      const first = this.#overtaken === undefined;
      const { headers, body } = call.prepare('ACK', new HeaderList(), sdpBody(this.#declined(response)));
      acknowledge({ headers: headers.list, body });
      if (first) this.#user.overtaken?.();
    });
  }

  /** Our INVITE had no offer, so that its 2xx has one, for which the ACK is the last place of an answer: nothing of it is taken. */
  #declined({ body }: SipResponse): string | undefined {
    const sdp = sdpOf(this.#draft.body) === undefined ? sdpOf(body) : undefined;
    try {
      return sdp && this.#call.media.decline(readSdp(sdp));
    } catch (error) {
      if (error instanceof SipError) return undefined; // what cannot be read cannot be answered
      throw error;
    }
  }

  /** A copy leaves by what is below. */
  repeated(): void {
    this.#repeated.repeats += 1;
  }

  failed(cause: 'timeout' | 'transport'): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#guard?.[Symbol.dispose]();
    this.#call.mailbox.post(() => this.#heard(localResponse(cause, this.#draft, this.#dialog), undefined));
  }

  /** Asked below too. A BYE, or while nothing of the call's end is on its way: a higher CSeq than that of our BYE could arrive before it. */
  mayRepeat(): boolean {
    const { end } = this.#call;
    const { method } = this.#draft;
    return method === 'BYE' || (end.carries(method) && !end.awaitsBye);
  }

  #heard(response: IncomingResponse, wire: SipResponse | undefined): Steps<void> | undefined | void {
    const provisional = wire !== undefined && response.status < 200;
    if (provisional && this.#user.admits?.(wire) === false) return;
    const wish = this.#call.heard(response);
    if (provisional) return this.#user.provisional?.(response, wire);
    if (wish !== undefined && this.mayRepeat() && this.#repeated.repeats < MAX_REPEATS && this.#dialog.state !== 'terminated') {
      this.#repeated.repeats += 1;
      this.#unanswered = wire === undefined || this.unanswered;
      this.#finished = false;
      this.send(wish.headers);
      if (this.#limitMs !== undefined) this.limit(this.#limitMs);
      return undefined;
    }
    return this.#user.final(response, wire);
  }
}
