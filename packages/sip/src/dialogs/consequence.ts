/**
 * What a failure response to a request inside a dialog ends (RFC 5057 §5, RFC 3261 §12.2.1.2): nothing more than the request, the usage that it
 * belongs to (the call, the subscription), or the dialog with all its usages. Pure; acts on nothing.
 */
import type { Method } from '../messages/model.ts';

/** `none`: it is no failure. What ends the usage ends the dialog when there is no other usage. */
export type Consequence = 'none' | 'transaction' | 'usage' | 'dialog';

/**
 * Statuses that end more than their transaction (RFC 5057 §5.1, table 2); every other one, known or not, ends that alone. 408 stands for a timeout and
 * ends the usage (§5.2). Which requests they hold for, `consequenceOf` knows.
 */
export const CONSEQUENCES: ReadonlyMap<number, Consequence> = new Map<number, Consequence>([
  // the peer does not know the target that it gave us itself, or the way there is broken: nothing that follows would arrive
  [404, 'dialog'],
  [410, 'dialog'],
  [416, 'dialog'],
  [482, 'dialog'],
  [483, 'dialog'],
  [484, 'dialog'],
  [485, 'dialog'],
  [502, 'dialog'],
  [604, 'dialog'],
  // the peer has lost the usage, or cannot keep it up
  [405, 'usage'],
  [408, 'usage'],
  [480, 'usage'],
  [481, 'usage'],
  [489, 'usage'],
  [501, 'usage'],
]);

/** Without them there is no call and no subscription: a peer that does not know them cannot go on. */
const INTEGRAL: ReadonlySet<string> = new Set(['INVITE', 'BYE', 'SUBSCRIBE', 'NOTIFY']);
/** They belong to no usage (§5.3): what ends a usage at most, ends none for their sake. A method that is nowhere here is one of them. */
const OF_A_USAGE: ReadonlySet<string> = new Set(['INVITE', 'UPDATE', 'PRACK', 'BYE', 'INFO', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/**
 * What ends with the final response `status` to a request with `method` inside a dialog. Where none came, `status` is 408; where the flow failed, 503.
 *
 * A BYE ends its usage whatever the answer (RFC 3261 §15.1.1), unless it is asked for once more with credentials. A 481 to CANCEL, or to PRACK, says that
 * the transaction is gone that it names, and not the call (§5.1 note 8, RFC 3262 §3).
 */
export function consequenceOf(status: number, method: Method): Consequence {
  if (status < 200) return 'none';
  if (method === 'CANCEL' || method === 'ACK') return status < 300 ? 'none' : 'transaction';
  const listed = CONSEQUENCES.get(status);
  if (method === 'BYE') return listed === 'dialog' ? listed : status === 401 || status === 407 ? 'transaction' : 'usage';
  if (status < 300) return 'none';
  if (listed !== 'usage') return listed ?? 'transaction';
  if (status === 405 || status === 501) return INTEGRAL.has(method) ? 'usage' : 'transaction';
  if (status === 489) return method === 'SUBSCRIBE' || method === 'NOTIFY' ? 'usage' : 'transaction';
  if (status === 481 && method === 'PRACK') return 'transaction';
  return OF_A_USAGE.has(method) ? 'usage' : 'transaction';
}
