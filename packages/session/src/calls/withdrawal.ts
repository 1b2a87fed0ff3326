/** An INVITE of ours that is given up: its CANCEL, and what the session ends with when the INVITE is answered after that (RFC 3261 §9.1). */
import { HeaderList, type DialogView, type IncomingResponse, type Origin, type RequestHandle } from '@jackfield/sip';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Call } from './call.ts';
import { addHeaders } from './draft.ts';
import { HeardResponse } from './heard-response.ts';

/** Sends the CANCEL of a request that is out, hooks included. */
export function sendCancel(call: Call, request: RequestHandle | undefined, view: DialogView, init: ResponseInit, origin: Origin): void {
  const headers = new HeaderList();
  addHeaders(headers, init.headers);
  const draft = call.prepare('CANCEL', headers, undefined, origin);
  request?.cancel(draft.headers.list, {
    response: (response) => {
      if (response.status >= 200) call.mailbox.post(() => void call.heard(new HeardResponse(response, draft, view)));
    },
    failed: () => undefined, // the INVITE has its own end
  });
}

const RAN_OUT: SessionEnd = { by: 'core', status: 408, reason: 'not answered in time' };

export class Withdrawal {
  readonly init: ResponseInit;
  /** The core gives the call up, for this; undefined: the application does, or its time is over. */
  readonly verdict: SessionEnd | undefined;
  readonly #ranOut: boolean;

  constructor(init: ResponseInit, verdict: SessionEnd | undefined, ranOut: boolean) {
    this.init = init;
    this.verdict = verdict;
    this.#ranOut = ranOut;
  }

  get origin(): Origin {
    return this.verdict === undefined && !this.#ranOut ? 'application' : 'core';
  }

  /** With no failure response: nothing of it has left, or it is answered all the same. */
  get end(): SessionEnd {
    return this.verdict ?? (this.#ranOut ? RAN_OUT : { by: 'local' });
  }

  /** With what the INVITE got for an answer. */
  endOf({ status, reason }: IncomingResponse): SessionEnd {
    return this.verdict ?? { by: this.#ranOut ? 'core' : 'local', status, reason };
  }
}
