/** Messages as supplements see them, and a session with nothing but its cookies. */
import { HeaderList, parseUri } from '@jackfield/sip';
import type {
  DialogView,
  HeaderInit,
  IncomingRequest,
  IncomingResponse,
  Method,
  Origin,
  OutgoingRequest,
  OutgoingResponse,
} from '@jackfield/sip';
import type { Session } from '@jackfield/session';
import { OwnedCookies } from '../../session/src/cookies.ts';

export function freshSession(): Session {
  const cookies = new OwnedCookies((error) => {
    throw error;
  });
  const some: Pick<Session, 'cookies'> = { cookies };
  return some as Session; // the supplement has no use for the rest
}

export function incoming(method: Method, headers: HeaderInit = {}, initial = false): IncomingRequest {
  const uri = parseUri('sip:alice@example.com')!;
  return { method, initial, uri, headers: new HeaderList(headers), signal: new AbortController().signal };
}

export function outgoing(
  method: Method,
  headers: HeaderInit = {},
  { origin = 'application', initial = false }: { origin?: Origin; initial?: boolean } = {},
): OutgoingRequest {
  return { method, headers: new HeaderList(headers), origin, initial, attempt: 1 };
}

const DIALOG: DialogView = { callId: '1', localTag: 'a', remoteTag: 'b', remoteAllow: new Set(), remoteSupported: new Set() };

export function response(status: number, headers: HeaderInit, request: OutgoingRequest): IncomingResponse {
  return { status, reason: '', headers: new HeaderList(headers), request, dialog: DIALOG, origin: 'remote' };
}

export function answer(request: IncomingRequest, status: number, headers: HeaderInit = {}): OutgoingResponse {
  return { status, headers: new HeaderList(headers), request, origin: 'application' };
}
