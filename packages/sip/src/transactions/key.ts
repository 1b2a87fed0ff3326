/**
 * What two messages of one transaction have in common (RFC 3261 §17.1.3, §17.2.3): branch, sent-by and method; for a branch
 * without the cookie, what RFC 2543 compared. A server's is kept as numbers: tens of thousands are remembered at a time, and as texts they would be most
 * of what an answered request leaves behind.
 */
import type { SipRequest } from '../messages/message.ts';
import type { Method } from '../messages/model.ts';

export const COOKIE = 'z9hG4bK';

/** True for a branch that is unique by itself; some write the cookie in another case. */
export const hasCookie = (branch: string | undefined): branch is string =>
  branch !== undefined &&
  branch.length > COOKIE.length &&
  (branch.startsWith(COOKIE) || branch.slice(0, COOKIE.length).toLowerCase() === 'z9hg4bk');

/**
 * The key of a server transaction as 64 bits, equal by chance for one pair in 2^63 of those that differ. Whoever finds two that are equal gains what a copy of
 * the other request would have given him: its answer.
 */
// `private` and not `#`: docs/decisions/0005.
export class ServerKey {
  /** Where it lies in tables: with a secret in it, and never 0. */
  hash: number;
  key: number;
  private readonly secret: number;

  constructor(secret: number) {
    this.hash = this.secret = secret | 1;
    this.key = 0x1747b28c;
  }

  /** Between texts stands what no text can hold: a quoted tag or branch with a space in it makes no key of another's. */
  add(text: string): void {
    let { hash, key } = this;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      hash = Math.imul(hash ^ code, 0x01000193);
      key = Math.imul(key + code, 0x85ebca6b);
      key ^= key >>> 15;
    }
    this.hash = hash;
    this.key = key;
    this.count(-1);
  }

  count(number: number): void {
    this.hash = Math.imul(this.hash ^ number, 0x01000193);
    const key = Math.imul(this.key + number, 0x85ebca6b);
    this.key = key ^ (key >>> 15);
  }

  /** Nothing is added any more. */
  done(): this {
    const hash = Math.imul(this.hash ^ (this.hash >>> 15), this.secret);
    this.hash = (hash ^ (hash >>> 13)) | 1; // the lowest bit is not used for the place
    return this;
  }
}

/** @param method - INVITE for an ACK, and to find what a CANCEL means. @param secret - any 32 bits: who chooses the branches must not know where they lie. */
export function serverKey(request: SipRequest, method: Method, secret: number): ServerKey {
  const { branch, host, port } = request.via;
  const key = new ServerKey(secret);
  key.add(method);
  key.add(branch ?? '');
  key.add(host);
  key.count(port ?? -1);
  if (hasCookie(branch)) return key.done();
  // the To tag is left out: an ACK carries the one of our response, its INVITE none (RFC 3261 §17.2.3)
  key.add(request.callId);
  key.count(request.cseq.sequence);
  key.add(request.from.tag ?? '');
  key.add(request.uri.toString());
  return key.done();
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
