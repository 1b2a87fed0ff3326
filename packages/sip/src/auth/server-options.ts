/** What the digest server is told, and what is made of it: ranges checked, defaults filled in. */
import { randomToken, SipError, systemClock, systemRandom, type Clock, type Random } from '@jackfield/base';
import type { Awaitable, ReadonlyHeaders, Uri } from '../messages/model.ts';
import { quote, sanitise } from '../messages/tokens.ts';
import { positive } from '../transport/positive.ts';
import { fullAuthLimits, type AuthLimits, type FullAuthLimits } from './challenge.ts';
import {
  HASHES,
  isUsable,
  readAlgorithm,
  type Algorithm,
  type AlgorithmName,
  type DigestHash,
  type DigestRequest,
  type Qop,
} from './digest.ts';

/** What the server reads of a request. */
export interface AuthenticatedRequest extends DigestRequest {
  readonly headers: ReadonlyHeaders;
}

/** A password; or what {@link digestHa1} gives for it, by hash: of those that are not there, the user cannot use the algorithm. */
export type StoredSecret = string | { readonly ha1: Readonly<Partial<Record<DigestHash, string>>> };

/** For `createDigestAuthenticator`. Out of range: SIP_OPTION. */
export interface AuthenticatorOptions {
  /** The protection domain (RFC 3261 §22.1): globally unique, with a domain name in it, shown to users. */
  readonly realm: string | ((request: AuthenticatedRequest) => string);
  /** The secret of a user; undefined for one that does not exist. Asked for strangers too, and should then take as long. What it throws or rejects with passes through `check`. */
  readonly lookup: (username: string, realm: string) => Awaitable<StoredSecret | undefined>;
  /** A challenge for each, the preferred one first (RFC 8760 §2.3); no other is accepted. Default SHA-256, then MD5. */
  readonly algorithms?: readonly AlgorithmName[] | undefined;
  /** Offered and accepted; default `auth`. */
  readonly qop?: readonly Qop[] | undefined;
  /** Refuses credentials without qop, which RFC 3261 §22.4 wants accepted; default false: a nonce then serves for one request. Always so where `auth` is not offered. */
  readonly requireQop?: boolean | undefined;
  /** As a proxy does: 407, Proxy-Authenticate, Proxy-Authorization. Default false. */
  readonly proxy?: boolean | undefined;
  /** Sent along with the challenges; default none. */
  readonly opaque?: string | undefined;
  /** Says in the challenge that names and passwords are hashed as UTF-8, as they always are here. Default: says nothing. */
  readonly charset?: 'UTF-8' | undefined;
  /** Turns a hashed username into the plain one (RFC 7616 §3.4.4), and offers to. Default: no hashed usernames. */
  readonly usernameOf?: ((userhash: string, realm: string, hash: DigestHash) => Awaitable<string | undefined>) | undefined;
  /** Sources whose credentials are never right, however right they are. They cannot tell. */
  readonly blocked?: ((source: string) => boolean) | undefined;
  /** The parameter `uri` against the Request-URI: `equal` by RFC 3261 §19.1.4 (the default; else 400), `any` behind proxies that rewrite it, or a judge. */
  readonly uri?: 'equal' | 'any' | ((uri: Uri, request: AuthenticatedRequest) => boolean) | undefined;
  /** A nonce is good for the address that it was given to; default true. */
  readonly bindSource?: boolean | undefined;
  /** Seals nonces; 16 bytes at least. Those that share it take one another's nonces. Default: of chance. */
  readonly secret?: string | Uint8Array | undefined;
  /** ms; default 300000. */
  readonly nonceLifetimeMs?: number | undefined;
  /** Nonces whose counts are known; up to twice as many are. One that is forgotten is stale. Default 10000. */
  readonly maxNonces?: number | undefined;
  /** How far a nonce count may lag behind the highest, 1 (it has to rise) to 32; default 32, since datagrams overtake one another. */
  readonly nonceCountWindow?: number | undefined;
  /** Hands out another nonce in each Authentication-Info; default false. */
  readonly nextNonce?: boolean | undefined;
  /** Characters of a username; default 256. Past it 400. */
  readonly maxUsernameLength?: number | undefined;
  /** How long the credentials may be; every one has a default. Past it 400. */
  readonly limits?: AuthLimits | undefined;
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: the system's. */
  readonly random?: Random | undefined;
}

export interface ServerSettings {
  readonly realm: AuthenticatorOptions['realm'];
  readonly lookup: AuthenticatorOptions['lookup'];
  readonly algorithms: readonly Algorithm[];
  readonly qop: readonly Qop[];
  readonly requireQop: boolean;
  readonly proxy: boolean;
  /** What follows the nonce in a challenge, for each algorithm, up to `stale`. */
  readonly tails: readonly string[];
  readonly usernameOf: AuthenticatorOptions['usernameOf'];
  readonly blocked: AuthenticatorOptions['blocked'];
  readonly uri: NonNullable<AuthenticatorOptions['uri']>;
  readonly bindSource: boolean;
  readonly secret: string | Uint8Array;
  readonly nonceLifetimeMs: number;
  readonly maxNonces: number;
  readonly nonceCountWindow: number;
  readonly nextNonce: boolean;
  readonly maxUsernameLength: number;
  readonly limits: FullAuthLimits;
  readonly clock: Clock;
  readonly random: Random;
  /** The password of nobody. */
  readonly decoy: string;
}

const SECRET_BYTES = 32;
const LEAST_SECRET = 16;

/** @throws SIP_OPTION */
export function serverSettings(options: AuthenticatorOptions): ServerSettings {
  checkKinds(options);
  const random = options.random ?? systemRandom();
  const secret = options.secret ?? random.bytes(SECRET_BYTES);
  const algorithms = (options.algorithms ?? ['SHA-256', 'MD5']).map(algorithmOf);
  const qop = options.qop ?? ['auth'];
  const window = positive('nonceCountWindow', options.nonceCountWindow, 32);
  check('secret', Buffer.byteLength(secret) >= LEAST_SECRET, `wants ${LEAST_SECRET} bytes at least`);
  check('algorithms', algorithms.length > 0 && new Set(algorithms).size === algorithms.length, 'wants at least one, and none twice');
  check('qop', qop.length > 0 && qop.every((one) => one === 'auth' || one === 'auth-int'), 'wants auth, auth-int or both');
  check('nonceCountWindow', window <= 32, 'is 32 at most');
  for (const option of ['realm', 'opaque'] as const) {
    const text = options[option];
    if (typeof text === 'string') check(option, text !== '' && sanitise(text) === text, 'is empty, or has control characters');
  }
  return {
    realm: options.realm,
    lookup: options.lookup,
    algorithms,
    qop,
    requireQop: options.requireQop === true || !qop.includes('auth'),
    proxy: options.proxy ?? false,
    tails: algorithms.map(({ name }) => tailOf(name, options, qop)),
    usernameOf: options.usernameOf,
    blocked: options.blocked,
    uri: options.uri ?? 'equal',
    bindSource: options.bindSource ?? true,
    secret,
    nonceLifetimeMs: positive('nonceLifetimeMs', options.nonceLifetimeMs, 300_000),
    maxNonces: positive('maxNonces', options.maxNonces, 10_000),
    nonceCountWindow: window,
    nextNonce: options.nextNonce ?? false,
    maxUsernameLength: positive('maxUsernameLength', options.maxUsernameLength, 256),
    limits: fullAuthLimits(options.limits),
    clock: options.clock ?? systemClock(),
    random,
    decoy: randomToken(random, SECRET_BYTES / 4),
  };
}

/** qop always (RFC 8760 §2.6, item 8), and always quoted; algorithm and the flags never (RFC 7616 §3.3). */
function tailOf(algorithm: AlgorithmName, options: AuthenticatorOptions, qop: readonly Qop[]): string {
  const opaque = options.opaque === undefined ? '' : `, opaque=${quote(options.opaque)}`;
  const charset = options.charset === undefined ? '' : `, charset=${options.charset}`;
  const userhash = options.usernameOf === undefined ? '' : ', userhash=true';
  return `${opaque}, qop="${qop.join(',')}", algorithm=${algorithm}${charset}${userhash}`;
}

function algorithmOf(name: AlgorithmName): Algorithm {
  const algorithm = readAlgorithm(name);
  if (algorithm === undefined || !isUsable(algorithm.hash)) {
    const known = HASHES.filter(isUsable).join(', ');
    throw new SipError('SIP_OPTION', `algorithms: ${name} is none of ${known}, with or without -sess`, { option: 'algorithms' });
  }
  return algorithm;
}

/** What is of another kind than its type says: it would fail in the middle of a request. */
function checkKinds({ realm, lookup, algorithms, qop, charset, usernameOf, blocked, uri, secret }: AuthenticatorOptions): void {
  check('realm', typeof realm === 'string' || typeof realm === 'function', 'wants a text or a function');
  check('lookup', typeof lookup === 'function', 'wants a function');
  check('algorithms', algorithms === undefined || Array.isArray(algorithms), 'wants a list');
  check('qop', qop === undefined || Array.isArray(qop), 'wants a list');
  check('charset', charset === undefined || charset === 'UTF-8', 'wants UTF-8');
  check('usernameOf', usernameOf === undefined || typeof usernameOf === 'function', 'wants a function');
  check('blocked', blocked === undefined || typeof blocked === 'function', 'wants a function');
  check('uri', uri === undefined || uri === 'equal' || uri === 'any' || typeof uri === 'function', 'wants equal, any or a function');
  check('secret', secret === undefined || typeof secret === 'string' || secret instanceof Uint8Array, 'wants a text or bytes');
}

function check(option: string, holds: boolean, otherwise: string): void {
  if (!holds) throw new SipError('SIP_OPTION', `${option} ${otherwise}`, { option });
}
