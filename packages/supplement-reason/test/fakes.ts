/** A request of the peer as supplements see it, and a session with nothing but its cookies. */
import { HeaderList, parseUri } from '@jackfield/sip';
import type { HeaderInit, IncomingRequest, Method } from '@jackfield/sip';
import type { Session } from '@jackfield/session';
import { strictCookies } from '../../session/test/loose-messages.ts';

export function freshSession(): Session {
  const some: Pick<Session, 'cookies'> = { cookies: strictCookies() };
  return some as Session; // the supplement has no use for the rest
}

export function incoming(method: Method, headers: HeaderInit = {}, initial = false): IncomingRequest {
  const uri = parseUri('sip:alice@example.com')!;
  return { method, initial, uri, headers: new HeaderList(headers), signal: new AbortController().signal };
}
