/** Which requests inside a dialog belong to another usage of it than the call (RFC 5057 §5.3). */
import type { Method } from '@jackfield/sip';

/** The call does not end with them, nor they with it. */
export const ofSubscription = (method: Method): boolean => method === 'NOTIFY' || method === 'SUBSCRIBE';
