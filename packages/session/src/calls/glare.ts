/** How long to wait after 491 (RFC 3261 §14.1), in units of 10 ms: windows that do not meet, so that the next two do not cross. */
import type { Random } from '@jackfield/base';

/** @param role - who owns the Call-ID (the caller) waits 2.1 to 4 s, the other 0 to 2 s. @returns ms */
export function glareWaitMs(role: 'uac' | 'uas', random: Random): number {
  return role === 'uac' ? 2100 + 10 * random.integer(191) : 10 * random.integer(201);
}
