/** INFO requests through the real body reader, and a session that records what is asked of it, on a manual clock. */
import { Buffer } from 'node:buffer';
import { SipError } from '@jackfield/base';
import { ManualClock } from '@jackfield/base/testing';
import { HeaderList, parseUri, SipRequest } from '@jackfield/sip';
import type { HeaderInit } from '@jackfield/sip';
import type { Session, SessionEnd } from '@jackfield/session';
import { incomingResponse, looseSession, outgoingRequest } from '@jackfield/session/testing';

export function info(type: string | undefined, text: string, headers: HeaderInit = {}): SipRequest {
  const list = new HeaderList(type === undefined ? headers : { ...headers, 'Content-Type': type });
  const body =
    type === undefined || text === '' ? undefined : { type: type.split(';')[0]!.toLowerCase(), bytes: Buffer.from(text, 'latin1') };
  return new SipRequest('INFO', parseUri('sip:alice@example.com')!, list, body);
}

/** Answers every INFO with the next of `statuses`, 200 when they are used up. */
export class FakeCall {
  readonly clock = new ManualClock();
  readonly sent: { readonly at: number; readonly type: string | undefined; readonly text: string }[] = [];
  readonly session: Session;
  readonly #ended: Promise<SessionEnd>;
  #end: (end: SessionEnd) => void = () => {};
  #over = false;

  constructor(statuses: readonly number[] = []) {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const start = this.clock.now();
    const left = [...statuses];
    this.session = looseSession({
      ended: this.#ended,
      after: (ms, task) => this.clock.after(ms, task),
      sendRequest: (method, { body } = {}) => {
        if (this.#over) return Promise.reject(new SipError('SESSION_ENDED', 'the session has ended', { state: 'ended' }));
        this.sent.push({ at: this.clock.now() - start, type: body?.type, text: Buffer.from(body?.bytes ?? []).toString('latin1') });
        return Promise.resolve(incomingResponse(outgoingRequest(method), left.shift() ?? 200));
      },
    });
  }

  end(): void {
    this.#over = true;
    this.#end({ by: 'remote' });
  }
}
