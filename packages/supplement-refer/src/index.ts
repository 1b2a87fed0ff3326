/** Transfers: REFER both ways, and the INVITE that takes the place of a call. */
import { registration, reply, type Registration, type SessionService } from '@jackfield/session';
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

const OUTSIDE = reply(603, { reason: 'REFER Is Taken Inside A Call' });

/**
 * Answers REFER, the NOTIFYs of our own, and INVITE with Replaces, in sessions that begin from now on. A REFER outside a call is 603 where no service of the
 * stack takes it, one that is not `late`. @throws SESSION_NAME_TAKEN, REFER_OPTION
 */
export function registerRefer(sessions: SessionService, options?: ReferSupplementOptions): Registration {
  const supplement = referSupplement(sessions, options);
  const inside = sessions.registerSupplement(supplement);
  const outside = sessions.stack.registerService({
    name: supplement.name,
    methods: ['REFER'],
    order: 'late', // behind who does transfers outside calls: Allow lists REFER in any case
    handleRequest: () => OUTSIDE,
  });
  return registration(() => {
    inside.unregister();
    outside.unregister();
  });
}
