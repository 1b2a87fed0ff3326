/** Answers the INFO requests that carry a key press, and tells who listens (a legacy usage, RFC 6086 §2: there is no Info-Package). */
import { defineCookie, reply, type IncomingRequest, type Registration, type Session, type Supplement } from '@jackfield/session';
import { PLAIN, RELAY, readBody, type DtmfInfo } from './body.ts';

/** Runs while the INFO waits for its answer. What it throws makes the answer a 500, once the other listeners have heard. */
export type DtmfListener = (session: Session, key: DtmfInfo) => void;

export interface DtmfInfoOptions {
  /** Hears the keys of every session. */
  readonly onDigit?: DtmfListener | undefined;
}

const listeners = defineCookie<Set<DtmfListener>>('dtmf-info.listeners');
const NO_BYTES = new Uint8Array(0);

/** Tells `listener` the keys of this session, until it ends or the registration is taken back. @throws `SESSION_ENDED` */
export function onDtmfInfo(session: Session, listener: DtmfListener): Registration {
  const own: DtmfListener = (on, key) => listener(on, key); // so that one function may listen twice
  const heard = session.cookies.get(listeners);
  if (heard === undefined) session.cookies.set(listeners, new Set([own]));
  else heard.add(own);
  const unregister = (): void => void session.cookies.get(listeners)?.delete(own);
  return { unregister, [Symbol.dispose]: unregister };
}

export function dtmfInfoSupplement({ onDigit }: DtmfInfoOptions = {}): Supplement {
  return {
    name: '@jackfield/supplement-dtmf-info',
    methods: ['INFO'],
    allow: ['INFO'],
    accept: [RELAY, PLAIN],
    incomingRequest(session, request) {
      const type = typeOf(request);
      if ((type !== RELAY && type !== PLAIN) || request.headers.get('Info-Package') !== undefined) return undefined;
      const key = readBody(type, request.body?.bytes ?? NO_BYTES);
      if (key === undefined) return reply(400, { reason: 'Bad DTMF' });
      if (key !== 'empty') tell(session, key, onDigit);
      return reply(200);
    },
  };
}

/** A body of no bytes is no body, but its type may still be there. */
function typeOf({ body, headers }: IncomingRequest): string | undefined {
  return body?.type ?? headers.get('Content-Type')?.split(';', 1)[0]?.trim().toLowerCase();
}

function tell(session: Session, key: DtmfInfo, onDigit: DtmfListener | undefined): void {
  const failures: unknown[] = [];
  for (const listener of [...(onDigit === undefined ? [] : [onDigit]), ...(session.cookies.get(listeners) ?? [])]) {
    try {
      listener(session, key);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
