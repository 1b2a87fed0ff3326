/** Transfers: REFER both ways, and the INVITE that takes the place of a call. */
import type { Registration, SessionService } from '@jackfield/session';
import { referSupplement, type ReferSupplementOptions } from './supplement.ts';

export type { ReferErrors } from './errors.ts';
export { follow, type FollowOptions } from './follow.ts';
export { refer, replacesOf, type ReferOptions } from './refer.ts';
export type { Referral, ReferralOutcome } from './referral.ts';
export { replacementOf, type Replacement, type ReplacementIntent } from './replacement.ts';
export type { ReplacesOptions } from './replaces.ts';
export type { Progress } from './sipfrag.ts';
export type { ReferSupplementOptions } from './supplement.ts';
export type { Transfer, TransferState } from './transfer.ts';

/** Answers REFER, the NOTIFYs of our own, and INVITE with Replaces, in sessions that begin from now on. @throws SESSION_NAME_TAKEN, REFER_OPTION */
export function registerRefer(sessions: SessionService, options?: ReferSupplementOptions): Registration {
  return sessions.registerSupplement(referSupplement(sessions, options));
}
