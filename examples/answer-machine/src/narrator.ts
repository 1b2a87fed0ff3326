/** Says what happens, a line each: in every call, and to callers that are refused before there is one. */
import { getIdentity } from '@jackfield/identity';
import type { IncomingRequest, Session, SessionEnd, Supplement } from '@jackfield/session';
import { readReferTo, type MessageFilter } from '@jackfield/sip';
import { lastReason } from '@jackfield/supplement-reason';

export class Narrator {
  readonly #say: (line: string) => void;
  readonly #names = new WeakMap<Session, string>();
  /** INVITEs that became calls: of those the supplement tells. */
  readonly #admitted = new WeakSet<object>();
  #calls = 0;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** What a call is named in every line about it. */
  nameOf(session: Session): string {
    let name = this.#names.get(session);
    if (name === undefined) this.#names.set(session, (name = `call ${(this.#calls += 1)}`));
    return name;
  }

  tell(session: Session, line: string): void {
    this.#say(`[${this.nameOf(session)}] ${line}`);
  }

  /** Early, so that it hears of requests that others answer. */
  supplement(): Supplement {
    return {
      name: 'answer-machine-narrator',
      order: 'early',
      sessionBegin: (session) => this.#begun(session),
      incomingRequest: (session, request) => this.#asked(session, request),
      incomingResponse: (session, { request, status }) => {
        if (request.method === 'INVITE' && request.initial) this.tell(session, progress(status));
      },
      outgoingResponse: (session, { request: { method, initial }, status }) => {
        if (method === 'INVITE' && initial) this.tell(session, progress(status));
        if (method === 'REFER' && status >= 300) this.tell(session, `no transfer: ${progress(status)}`);
      },
      mediaChanged: (session, change) => {
        const streams = change.after.map(({ kind, local, stream }) => `${kind} ${codecOf(stream)} on port ${local.port}`);
        this.tell(session, streams.length === 0 ? 'no media' : streams.join(', '));
      },
      sessionEnd: (session, end) => this.tell(session, ending(session, end)),
    };
  }

  /** Refusals for which there never was a session: no supplement hears of them but the one that refuses. */
  filter(): MessageFilter {
    return {
      name: 'answer-machine-narrator',
      outgoing: (message) => {
        if (!('status' in message) || message.status < 300) return;
        const { request } = message;
        if (request.method !== 'INVITE' || !request.initial || this.#admitted.has(request)) return;
        this.#say(`${calling(request)} from ${request.source?.remote.host ?? 'somewhere'}: refused with ${message.status}`);
      },
    };
  }

  #begun(session: Session): void {
    const { invite } = session;
    this.#admitted.add(invite);
    if ('uri' in invite) this.tell(session, `${calling(invite)} from ${session.endpoint.name}`);
  }

  #asked(session: Session, { method, initial, headers }: IncomingRequest): undefined {
    const who = other(session);
    if (method === 'INVITE' && !initial) this.tell(session, `${who} asks for other media`);
    if (method === 'CANCEL') this.tell(session, `${who} gives up`);
    if (method !== 'REFER') return;
    this.tell(session, `${who} asks for a transfer to ${readReferTo(headers)?.address.uri.toString() ?? 'nobody'}`);
  }
}

function calling(invite: IncomingRequest): string {
  const caller = getIdentity(invite);
  return `${caller?.number ?? caller?.name ?? 'somebody'} calls ${invite.uri.user ?? 'echo'}`;
}

function progress(status: number): string {
  return status < 200 ? `ringing (${status})` : status < 300 ? 'answered' : `refused with ${status}`;
}

const other = ({ direction }: Session): string => (direction === 'incoming' ? 'the caller' : 'the callee');

/** What handlers of ours say of a stream: codec and direction. */
function codecOf(stream: unknown): string {
  const { codec, direction } = stream as { readonly codec?: { readonly name: string } | undefined; readonly direction?: string };
  return `${codec?.name ?? ''}${direction === undefined || direction === 'sendrecv' ? '' : ` (${direction})`}`;
}

function ending(session: Session, end: SessionEnd): string {
  const reason = session.cookies.get(lastReason)?.[0];
  const why = reason === undefined ? '' : ` (${reason.text ?? `${reason.protocol} ${reason.cause}`})`;
  const status = end.status === undefined ? '' : ` with ${end.status}`;
  const error = end.error === undefined ? '' : `: ${end.error.message}`;
  return `ended by ${end.by === 'remote' ? other(session) : end.by === 'local' ? 'us' : 'the core'}${status}${why}${error}`;
}
