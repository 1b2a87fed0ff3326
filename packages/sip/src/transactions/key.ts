/**
 * What two messages of one transaction have in common (RFC 3261 §17.1.3, §17.2.3): branch, sent-by and method; for a branch
 * without the cookie, what RFC 2543 compared. The keys are fresh strings: they keep no message alive. Between their parts stands a line end,
 * which no value can hold: a quoted tag or branch with a space in it makes no key of another's.
 */
import type { SipRequest } from '../messages/message.ts';
import type { Method } from '../messages/model.ts';

export const COOKIE = 'z9hG4bK';

/**
 * The same text as one piece. A text put together by `+` goes on referring to its parts, and they to the message they were cut out of,
 * until somebody reads in it: as the key of a table it would keep the whole message.
 */
export const flat = (text: string): string => (text.charCodeAt(0) === 0 ? '' : text);

/** True for a branch that is unique by itself; some write the cookie in another case. */
export const hasCookie = (branch: string | undefined): branch is string =>
  branch !== undefined &&
  branch.length > COOKIE.length &&
  (branch.startsWith(COOKIE) || branch.slice(0, COOKIE.length).toLowerCase() === 'z9hg4bk');

/** @param method - INVITE for an ACK, and to find what a CANCEL means. */
export function serverKey(request: SipRequest, method: Method): string {
  const { branch, host, port } = request.via;
  if (hasCookie(branch)) return flat(method + '\n' + branch + '\n' + host + (port === undefined ? ':' : ':' + port)); // a template asks of each part whether it is text
  // the To tag is left out: an ACK carries the one of our response, its INVITE none (RFC 3261 §17.2.3)
  return flat(
    `${method}\n${request.callId}\n${request.cseq.sequence}\n${request.from.tag ?? ''}\n${branch ?? ''}\n${host}:${port ?? ''}\n${request.uri.toString()}`,
  );
}

export const clientKey = (method: Method, branch: string): string => (method === 'CANCEL' ? `CANCEL ${branch}` : branch);

/**
 * Equal for copies of one request that came by different ways (RFC 3261 §8.2.2.2), and by chance for one pair of others in 2^53: a number from 1 on, since every request
 * outside a dialog is asked for it, and a text of that length would cost more than all else that is kept of it.
 */
export function mergeKey(request: SipRequest): number {
  let high = request.cseq.sequence;
  let low = request.method.length;
  const { method, callId, from } = request;
  const tag = from.tag ?? '';
  for (let at = 0; at < callId.length; at += 1) {
    const code = callId.charCodeAt(at);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low + code, 0x85ebca6b) ^ (low >>> 15);
  }
  for (let at = 0; at < tag.length; at += 1) {
    const code = tag.charCodeAt(at) + 0x100; // no character of the Call-ID
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low + code, 0x85ebca6b) ^ (low >>> 15);
  }
  for (let at = 0; at < method.length; at += 1) high = Math.imul(high ^ (method.charCodeAt(at) + 0x200), 0x01000193);
  return (high >>> 0) * 0x200000 + ((low ^ (low >>> 11)) & 0x1fffff) + 1;
}

/** 32 bits of a text. */
export function numberOf(text: string): number {
  let number = 0;
  for (let at = 0; at < text.length; at += 1) number = Math.imul(number ^ text.charCodeAt(at), 0x01000193);
  return number;
}
