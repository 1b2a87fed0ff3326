/** Session timers (RFC 4028): calls are refreshed while both sides live, and end when one is gone. */
import type { Registration, SessionService } from '@jackfield/session';
import type { SessionTimersOptions, TimersForEndpoint } from './policy.ts';
import { sessionTimersSupplement } from './supplement.ts';

export type { SessionTimersErrors } from './errors.ts';
export type { SessionTimersOptions, TimersForEndpoint } from './policy.ts';
export { sessionTimer } from './supplement.ts';
export type { SessionTimer } from './supplement.ts';

/** For sessions that begin from now on. @param options - the same for all peers, or what says it of each. @throws `TIMERS_OPTION`; SESSION_NAME_TAKEN */
export function registerSessionTimers(sessions: SessionService, options?: SessionTimersOptions | TimersForEndpoint): Registration {
  return sessions.registerSupplement(sessionTimersSupplement(options));
}
