/** What the hooks of a supplement are given, with no call around it: for tests of one hook alone. */
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
import type { Session } from '../contract/session.ts';
import type { SessionIntent } from '../contract/supplement.ts';
import { OwnedCookies } from '../cookies.ts';

const URI = 'sip:alice@example.com';
const DIALOG: DialogView = { callId: '1', localTag: 'a', remoteTag: 'b', remoteAllow: new Set(), remoteSupported: new Set() };

/**
 * A session that is cookies, `has` and nothing more: what else a hook asks it for is undefined, and fails there.
 * What a cookie's `destroy` throws is thrown.
 */
export function looseSession(has: Partial<Session> = {}): Session {
  const cookies = new OwnedCookies((error) => {
    throw error;
  });
  return { cookies, ...has } as Session; // the test says what the hook has a use for
}

/** For `admitSession`: of a session that has an endpoint and a direction. @param request - that of the caller; absent for a call of ours. */
export function looseIntent({ endpoint, cookies, direction }: Session, request?: IncomingRequest): SessionIntent {
  return { direction, request, target: parseUri(URI)!, endpoint, headers: undefined, cookies, signal: new AbortController().signal };
}

/** For `incomingRequest`, with the fields given and no others. Unless `initial`, inside a dialog. */
export function incomingRequest(
  method: Method,
  headers: HeaderInit = {},
  { initial = false }: { readonly initial?: boolean } = {},
): IncomingRequest {
  return { method, initial, uri: parseUri(URI)!, headers: new HeaderList(headers), signal: new AbortController().signal };
}

/** For `outgoingRequest`; as above. */
export function outgoingRequest(
  method: Method,
  headers: HeaderInit = {},
  { origin = 'application', initial = false }: { readonly origin?: Origin; readonly initial?: boolean } = {},
): OutgoingRequest {
  return { method, headers: new HeaderList(headers), origin, initial, attempt: 1 };
}

/** For `incomingResponse`: to a request of ours. */
export function incomingResponse(
  request: OutgoingRequest,
  status: number,
  headers: HeaderInit = {},
  origin: Origin = 'remote',
): IncomingResponse {
  return { status, reason: '', headers: new HeaderList(headers), request, dialog: DIALOG, origin };
}

/** For `outgoingResponse`: ours to a request that came. */
export function outgoingResponse(request: IncomingRequest, status: number, headers: HeaderInit = {}): OutgoingResponse {
  return { status, headers: new HeaderList(headers), request, origin: 'application' };
}
