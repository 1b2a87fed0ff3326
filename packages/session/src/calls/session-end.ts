/** What a session ends with: the cause of it, and what its promises reject with. */
import { SipError } from '@jackfield/base';
import { causeOf, causeOfStatus, parseReasons, type ReadonlyHeaders } from '@jackfield/sip';
import type { SessionEnd, SessionState } from '../contract/session.ts';

/** As the message of the peer says it that ended the call. */
export function saidWith(end: SessionEnd, headers: ReadonlyHeaders): SessionEnd {
  if (headers.get('Reason') === undefined) return end;
  const cause = causeOf(parseReasons(headers.getAll('Reason')), end.status);
  return cause === undefined ? end : caused(end, cause);
}

/** Written out: a call's end is no place for a copy of what is not known before it is looked at. */
function caused({ by, status, reason, error }: SessionEnd, cause: number): SessionEnd {
  return { by, status, reason, cause, error };
}

/** As its status says it, where nobody said more. */
export function withCause(end: SessionEnd): SessionEnd {
  const { status, cause } = end;
  return cause !== undefined || status === undefined || status < 300 ? end : caused(end, causeOfStatus(status));
}

export function endedError(end: SessionEnd | undefined, state: SessionState, cause: unknown = end?.error): SipError<'SESSION_ENDED'> {
  const status = end?.status === undefined ? '' : ` (${end.status})`;
  return new SipError('SESSION_ENDED', `the session has ended${status}`, { state }, { cause });
}

/** What says whether the program gave a call up itself. */
interface GivenUp {
  readonly endAsked: boolean;
  readonly placed: { readonly givenUpFor: unknown } | undefined;
}

/** Why a call never came about. Given up by the program it was not refused, whatever its INVITE got for an answer. */
export function neverEstablished(end: SessionEnd, state: SessionState, { endAsked, placed }: GivenUp): SipError {
  const { by, status, reason = '', error } = end;
  if (error instanceof SipError && error.code !== 'SESSION_ENDED') return error;
  if (by === 'local' && endAsked) return endedError(end, state, placed?.givenUpFor);
  if (status === undefined || status < 300) return endedError(end, state);
  return new SipError('SESSION_REFUSED', `the call was refused: ${status} ${reason}`.trimEnd(), { status, reason });
}
