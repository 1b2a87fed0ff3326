/** Carries the Reason header of BYE, CANCEL and refusals (RFC 3326) to and from a session. */
import type { Registration, SessionService } from '@jackfield/session';
import { reasonSupplement, type ReasonOptions } from './supplement.ts';

export type { ReasonErrors } from './errors.ts';
export { formatReason, parseReasons } from '@jackfield/sip';
export type { Reason } from '@jackfield/sip';
export { lastReason, setReason } from './supplement.ts';
export type { ReasonOptions } from './supplement.ts';

/** @throws `REASON_SYNTAX` for a default cause that is none; SESSION_NAME_TAKEN */
export function registerReason(sessions: SessionService, options?: ReasonOptions): Registration {
  return sessions.registerSupplement(reasonSupplement(options));
}
