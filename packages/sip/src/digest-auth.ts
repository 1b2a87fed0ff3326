/** Digest access for services and supplements: an `IncomingRequest` in, a `Reply` to give back out. What is checked, and how, is auth's. */
import { isPromise } from '@jackfield/base';
import { createAuthenticator, type Access, type DenialCause, type Verdict } from './auth/server.ts';
import type { AuthenticatorOptions } from './auth/server-options.ts';
import { reply, type Reply } from './contract.ts';
import { SipRequest } from './messages/message.ts';
import type { Awaitable, IncomingRequest, Stats } from './messages/model.ts';
import { splitList } from './messages/tokens.ts';
import { parseVia } from './messages/via.ts';
import { withoutBrackets } from './transport/addresses.ts';

/** No access: give `reply` back. `cause` and `username` are for logs; the latter is not proven. */
export interface Challenged {
  readonly ok: false;
  /** 401, or 407 of a proxy, with fresh challenges; 400 for credentials that are malformed. */
  readonly reply: Reply;
  readonly cause: DenialCause;
  readonly username: string | undefined;
}

/** Made by `createDigestAuthenticator`: for services, for an endpoint, or for all callers of a session service. */
export interface DigestAuthenticator {
  /** Judges a request. A value at once where `lookup` gives one; rejects with what `lookup` rejects with. */
  check(request: IncomingRequest): Awaitable<Access | Challenged>;
  /** `live.nonces`: those whose counts are known. `total`: access granted, and denied by cause. */
  stats(): Stats;
}

/**
 * Challenges requests, and checks the credentials that come (RFC 3261 §22, RFC 8760).
 *
 * @throws SIP_OPTION for an option outside its range, and for an algorithm that this Node does not have.
 */
export function createDigestAuthenticator(options: AuthenticatorOptions): DigestAuthenticator {
  const authenticator = createAuthenticator(options);
  return {
    check(request) {
      const verdict = authenticator.check(request, sourceOf(request));
      return isPromise(verdict) ? verdict.then(answerOf) : answerOf(verdict);
    },
    stats: () => authenticator.stats(),
  };
}

function answerOf(verdict: Verdict): Access | Challenged {
  if (verdict.ok) return verdict;
  const { status, headers, cause, username } = verdict;
  return { ok: false, reply: reply(status, { headers }), cause, username };
}

/** The transport writes it into the topmost Via, unless the sender had said the same (RFC 3261 §18.2.1). */
function sourceOf(request: IncomingRequest): string {
  const text = request instanceof SipRequest ? undefined : splitList(request.headers.get('Via') ?? '')[0];
  const via = request instanceof SipRequest ? request.via : text === undefined ? undefined : parseVia(text);
  return via === undefined ? '' : withoutBrackets(via.received ?? via.host).toLowerCase();
}
