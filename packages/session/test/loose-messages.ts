/** Messages as supplements see them, and cookies, without a call around them: for tests of single plug-ins. */
import { HeaderList } from '@jackfield/sip';
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
import { OwnedCookies } from '../src/cookies.ts';

const DIALOG: DialogView = { callId: '1', localTag: 'a', remoteTag: 'b', remoteAllow: new Set(), remoteSupported: new Set() };

/** What fails in destroying one is thrown. */
export function strictCookies(): OwnedCookies {
  return new OwnedCookies((error) => {
    throw error;
  });
}

export function outgoing(
  method: Method,
  headers: HeaderInit = {},
  { origin = 'application', initial = false }: { origin?: Origin; initial?: boolean } = {},
): OutgoingRequest {
  return { method, headers: new HeaderList(headers), origin, initial, attempt: 1 };
}

export function response(status: number, headers: HeaderInit, request: OutgoingRequest, origin: Origin = 'remote'): IncomingResponse {
  return { status, reason: '', headers: new HeaderList(headers), request, dialog: DIALOG, origin };
}

export function answer(request: IncomingRequest, status: number, headers: HeaderInit = {}): OutgoingResponse {
  return { status, headers: new HeaderList(headers), request, origin: 'application' };
}
