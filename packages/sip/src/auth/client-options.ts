/** What the digest client is told, what it reads, and what it says. */
import { SipError, systemRandom, type Random } from '@jackfield/base';
import type { Body, HeaderInit, ReadonlyHeaders } from '../messages/model.ts';
import { positive } from '../transport/positive.ts';
import { fullAuthLimits, type AuthLimits, type FullAuthLimits } from './challenge.ts';
import { readAlgorithm, type DigestHash, type Qop } from './digest.ts';
import { assertCredentials, type CredentialSource } from './keyring.ts';

/** For `createSipStack`'s `credentials`, an endpoint's, or a `DigestClient` of your own. Out of range: SIP_OPTION. */
export interface DigestClientOptions {
  /** Username and password of a realm, looked up when a challenge for it has come. */
  readonly credentials: CredentialSource;
  /** Algorithms weaker than this one are not used; default `MD5`, which is none. The two of SHA are equally strong. */
  readonly minimum?: DigestHash | undefined;
  /** Which one, where both are offered; default `auth`, since many a middle box rewrites bodies. */
  readonly qop?: Qop | undefined;
  /** Sends a hash of the username where the server says that it can read it (RFC 7616 §3.4.4); default true. */
  readonly userhash?: boolean | undefined;
  /** Answers a challenge for a realm whose credentials this request has already tried, when its nonce is a new one, even if it does not say `stale`: for clusters without a common secret. Default false: they were wrong (RFC 3261 §22.1). */
  readonly newNonceIsStale?: boolean | undefined;
  /** Repeats of one request for the sake of challenges; default 3. */
  readonly maxAttempts?: number | undefined;
  /** Targets whose nonces are remembered; up to twice as many are. Default 256. */
  readonly maxTargets?: number | undefined;
  /** How long a challenge may be; every one has a default. */
  readonly limits?: AuthLimits | undefined;
  /** Default: the system's. */
  readonly random?: Random | undefined;
}

export interface ClientSettings {
  readonly credentials: CredentialSource;
  readonly leastStrength: number;
  readonly qop: Qop;
  readonly userhash: boolean;
  readonly newNonceIsStale: boolean;
  readonly maxAttempts: number;
  readonly limits: FullAuthLimits;
  readonly random: Random;
}

/** What is read of a response. */
export interface ChallengingResponse {
  readonly status: number;
  readonly headers: ReadonlyHeaders;
  readonly content?: Uint8Array | undefined;
  readonly body?: Body | undefined;
}

/**
 * Why a challenge is not answered: the status is neither 401 nor 407, or no digest challenge can be read (`no-challenge`); nothing offered is
 * known and strong enough (`unsupported`); nobody knows a credential for the realm (`no-credentials`); it was tried and is wrong (`rejected`);
 * or the request was repeated often enough (`attempts`).
 */
export type GiveUpReason = 'no-challenge' | 'unsupported' | 'no-credentials' | 'rejected' | 'attempts';

/** `headers`: all that the repeat has to carry, in place of any Authorization and Proxy-Authorization that are there. */
export type ChallengeAnswer =
  | { readonly ok: true; readonly headers: HeaderInit }
  | { readonly ok: false; readonly reason: GiveUpReason; readonly realm: string | undefined };

/** @throws SIP_OPTION */
export function clientSettings(options: DigestClientOptions): ClientSettings {
  assertCredentials(options.credentials);
  const minimum = readAlgorithm(options.minimum);
  if (minimum === undefined) throw new SipError('SIP_OPTION', `no algorithm: ${options.minimum}`, { option: 'minimum' });
  const qop = options.qop ?? 'auth';
  if (qop !== 'auth' && qop !== 'auth-int')
    throw new SipError('SIP_OPTION', `qop wants auth or auth-int, got ${String(qop)}`, { option: 'qop' });
  return {
    credentials: options.credentials,
    leastStrength: minimum.strength,
    qop,
    userhash: options.userhash ?? true,
    newNonceIsStale: options.newNonceIsStale ?? false,
    maxAttempts: positive('maxAttempts', options.maxAttempts, 3),
    limits: fullAuthLimits(options.limits),
    random: options.random ?? systemRandom(),
  };
}
