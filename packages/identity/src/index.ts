/** Who is calling, and how far to believe it. */
import type { Registration, SessionService } from '@jackfield/session';
import { identitySupplement, type IdentityOptions } from './supplement.ts';

export { getIdentity } from './get-identity.ts';
export { originatingLine } from './headers.ts';
export { digitsOf } from './identity.ts';
export type { Identity, IdentitySource, Presentation } from './identity.ts';
export { setIdentity } from './outgoing.ts';
export type { IdentityHeader, LocalIdentity } from './outgoing.ts';
export { identityCookie } from './supplement.ts';
export type { IdentityOptions } from './supplement.ts';
export type { IdentityPolicy, Trust } from './trust.ts';

/** Reads the peer's identity into {@link identityCookie} of every session, keeps it up to date, and writes ours. @throws SESSION_NAME_TAKEN */
export function registerIdentity(sessions: SessionService, options?: IdentityOptions): Registration {
  return sessions.registerSupplement(identitySupplement(options));
}
