/** Answers the INFO requests that carry a key press, and tells who listens (a legacy usage, RFC 6086 §2: there is no Info-Package). */
import {
  defineCookie,
  defineInfoSupplement,
  registration,
  reply,
  type InfoHandler,
  type Registration,
  type Session,
  type Supplement,
} from '@jackfield/session';
import { PLAIN, RELAY, readBody, type DtmfInfo } from './body.ts';

/** Runs while the INFO waits for its answer. What it throws makes the answer a 500, once the other listeners have heard. */
export type DtmfListener = (session: Session, key: DtmfInfo) => void;

/** For `registerDtmfInfo`. */
export interface DtmfInfoOptions {
  /** Hears the keys of every session. */
  readonly onDigit?: DtmfListener | undefined;
}

const listeners = defineCookie<Set<DtmfListener>>('dtmf-info.listeners');

/** Tells `listener` the keys of this session, until it ends or the registration is taken back. @throws `SESSION_ENDED` */
export function onDtmfInfo(session: Session, listener: DtmfListener): Registration {
  const own: DtmfListener = (on, key) => listener(on, key); // so that one function may listen twice
  const heard = session.cookies.get(listeners);
  if (heard === undefined) session.cookies.set(listeners, new Set([own]));
  else heard.add(own);
  return registration(() => void session.cookies.get(listeners)?.delete(own));
}

export function dtmfInfoSupplement({ onDigit }: DtmfInfoOptions = {}): Supplement {
  const handle =
    (type: typeof RELAY | typeof PLAIN): InfoHandler =>
    (session, content) => {
      const key = readBody(type, content);
      if (key === undefined) return reply(400, { reason: 'Bad DTMF' });
      if (key !== 'empty') tell(session, key, onDigit);
      return undefined;
    };
  return defineInfoSupplement({
    name: '@jackfield/supplement-dtmf-info',
    handlers: { [RELAY]: handle(RELAY), [PLAIN]: handle(PLAIN) },
  });
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
