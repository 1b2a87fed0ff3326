/**
 * Digest, the side that asks (RFC 3261 §22, RFC 7616, RFC 8760): challenges, and credentials checked. Pure but for the look-up, which may take
 * time. Unknown user, wrong password and blocked source get the same answer for the same work.
 */
import { isPromise } from '@jackfield/base';
import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import type { Awaitable, HeaderInit, Stats } from '../messages/model.ts';
import { quote } from '../messages/tokens.ts';
import { parseUri, uriEquals } from '../messages/uri.ts';
import { readAuthValues } from './challenge.ts';
import { readCredentials, type DigestCredentials } from './credentials.ts';
import { contentOf, digestHa1, digestResponse, sessionKey, type Algorithm } from './digest.ts';
import { NonceMint, NonceUses } from './nonce.ts';
import {
  serverSettings,
  type AuthenticatedRequest,
  type AuthenticatorOptions,
  type ServerSettings,
  type StoredSecret,
} from './server-options.ts';

/**
 * Why there is no access, for logs: no credentials for our realm that we can use (`missing`), parts of them missing or improper (`malformed`),
 * a nonce that is not or no longer good (`stale`), a count used before (`replayed`), or name, password or source not right (`refused`).
 */
export type DenialCause = 'missing' | 'malformed' | 'stale' | 'replayed' | 'refused';

/** To be answered with `status` and `headers`: challenges, or 400 for what is malformed. */
export interface Denial {
  readonly ok: false;
  readonly status: number;
  readonly headers: HeaderInit;
  /** Not for the peer to know. */
  readonly cause: DenialCause;
  /** As claimed, and not proven. */
  readonly username: string | undefined;
}

/** The request may pass: who sent it, and what its response owes the client. */
export interface Access {
  readonly ok: true;
  /** Undefined for ACK and CANCEL, which cannot be challenged (RFC 3261 §22.1) and are not looked at. */
  readonly username: string | undefined;
  /** In which `username` proved to be. */
  readonly realm: string;
  /**
   * Proof to the client that we know its secret too, for the response to this request (RFC 7616 §3.5): one header, or none for ACK and CANCEL.
   *
   * @param content - the bytes of the response's body; matters with auth-int.
   */
  authenticationInfo(content?: Uint8Array): HeaderInit;
}

export type Verdict = Access | Denial;

export interface Authenticator {
  /**
   * Judges a request. A value at once where `lookup` gives one.
   *
   * @param source - the address that it came from, without port.
   */
  check(request: AuthenticatedRequest, source: string): Awaitable<Verdict>;
  /** `live.nonces`: those whose counts are known. `total`: access given, and denied by cause. */
  stats(): Stats;
}

/** What a request is judged by, once its credentials are in order. */
interface Claim {
  readonly request: AuthenticatedRequest;
  readonly realm: string;
  readonly credentials: DigestCredentials;
  readonly algorithm: Algorithm;
  /** Of the nonce, ms. */
  readonly issued: number;
  readonly holder: string;
  readonly blocked: boolean;
}

/** Credentials for our own realm that are looked at, in one request. */
const MOST_OWN = 4;
const NOTHING: HeaderInit = {};
const EXEMPT: ReadonlySet<string> = new Set(['ACK', 'CANCEL']);

class DigestServer implements Authenticator {
  readonly #settings: ServerSettings;
  readonly #mint: NonceMint;
  readonly #uses: NonceUses;
  readonly #total: Record<DenialCause | 'granted', number> = { granted: 0, missing: 0, malformed: 0, stale: 0, replayed: 0, refused: 0 };

  constructor(settings: ServerSettings) {
    this.#settings = settings;
    const { clock, random, secret, nonceLifetimeMs: lifetimeMs } = settings;
    this.#mint = new NonceMint({ clock, random, secret, lifetimeMs });
    this.#uses = new NonceUses(settings.maxNonces, settings.nonceCountWindow, lifetimeMs);
  }

  stats(): Stats {
    return { live: { nonces: this.#uses.size }, total: { ...this.#total } };
  }

  check(request: AuthenticatedRequest, source: string): Awaitable<Verdict> {
    const { realm: named, proxy, blocked, bindSource } = this.#settings;
    const realm = typeof named === 'string' ? named : named(request);
    if (EXEMPT.has(request.method)) return { ok: true, username: undefined, realm, authenticationInfo: () => NOTHING };
    const holder = `${proxy ? 'proxy' : 'origin'} ${bindSource ? source : '*'} ${realm}`;
    const credentials = this.#credentials(request, realm, holder);
    if (credentials === 'missing' || credentials === 'malformed') return this.#deny(realm, holder, credentials, undefined);
    const { algorithm, username } = credentials;
    if (algorithm === undefined || !this.#takes(credentials, algorithm)) return this.#deny(realm, holder, 'missing', username);
    if (!this.#isAbout(credentials.uri, request)) return this.#deny(realm, holder, 'malformed', username);
    const issued = this.#mint.issued(credentials.nonce, holder);
    if (issued === undefined) return this.#deny(realm, holder, 'stale', username);
    return this.#prove({ request, realm, credentials, algorithm, issued, holder, blocked: blocked?.(source) === true });
  }

  /** Those for our realm: the first with a nonce of ours, else the first. */
  #credentials(request: AuthenticatedRequest, realm: string, holder: string): DigestCredentials | 'missing' | 'malformed' {
    const { proxy, limits, maxUsernameLength } = this.#settings;
    const own = readAuthValues(request.headers, proxy ? 'Proxy-Authorization' : 'Authorization', limits)
      .filter((value) => value.isDigest && value.get('realm') === realm)
      .slice(0, MOST_OWN);
    if (own.length === 0) return 'missing';
    let first: DigestCredentials | undefined;
    for (const value of own) {
      const credentials = readCredentials(value, maxUsernameLength);
      if (credentials === undefined) continue;
      if (own.length === 1 || this.#mint.issued(credentials.nonce, holder) !== undefined) return credentials;
      first ??= credentials;
    }
    return first ?? 'malformed';
  }

  /** Only what was offered. */
  #takes(credentials: DigestCredentials, algorithm: Algorithm): boolean {
    const { algorithms, qop, requireQop, usernameOf } = this.#settings;
    if (!algorithms.includes(algorithm) || (credentials.userhash && usernameOf === undefined)) return false;
    return credentials.qop === undefined ? !requireQop : qop.includes(credentials.qop);
  }

  #isAbout(text: string, request: AuthenticatedRequest): boolean {
    const { uri: rule } = this.#settings;
    if (rule === 'any' || (rule === 'equal' && text === request.uri.toString())) return true;
    const uri = parseUri(text);
    if (uri === undefined) return false;
    return rule === 'equal' ? uriEquals(uri, request.uri) : rule(uri, request);
  }

  #prove(claim: Claim): Awaitable<Verdict> {
    const { usernameOf } = this.#settings;
    const { username, userhash } = claim.credentials;
    if (!userhash || usernameOf === undefined) return this.#lookUp(claim, username);
    const plain = usernameOf(username, claim.realm, claim.algorithm.hash);
    // nobody's hash is looked up all the same
    return isPromise(plain) ? plain.then((late) => this.#lookUp(claim, late ?? username)) : this.#lookUp(claim, plain ?? username);
  }

  #lookUp(claim: Claim, username: string): Awaitable<Verdict> {
    const secret = this.#settings.lookup(username, claim.realm);
    return isPromise(secret) ? secret.then((late) => this.#judge(claim, username, late)) : this.#judge(claim, username, secret);
  }

  /** The same hashes are computed whoever the user is, and whatever of his is stored. */
  #judge(claim: Claim, username: string, secret: StoredSecret | undefined): Verdict {
    const { request, realm, credentials, algorithm, issued, holder, blocked } = claim;
    const { decoy, clock } = this.#settings;
    const { nonce, cnonce, qop, nc, count, uri } = credentials;
    const password = typeof secret === 'string' ? secret : undefined;
    const stored = typeof secret === 'string' ? undefined : secret?.ha1[algorithm.hash];
    const computed = digestHa1(algorithm.hash, username, realm, password ?? decoy);
    const ha1 = stored ?? computed;
    const content = qop === 'auth-int' ? contentOf(request) : undefined;
    const input = { algorithm, nonce, qop, nc, cnonce, method: request.method, uri, content };
    let key = sessionKey(algorithm, ha1, nonce, cnonce);
    let right = same(digestResponse({ ...input, key }), credentials.response);
    const first = algorithm.session ? this.#uses.firstCnonce(nonce) : undefined;
    if (!right && first !== undefined && first !== cnonce) {
      // the key of the whole session is made with the cnonce that began it (RFC 7616 §3.4.2); most clients make one per request
      key = sessionKey(algorithm, ha1, nonce, first);
      right = same(digestResponse({ ...input, key }), credentials.response);
    }
    if (!right || blocked || (password === undefined && stored === undefined)) return this.#deny(realm, holder, 'refused', username);
    const now = clock.now();
    if (!this.#uses.use(nonce, issued, qop === undefined ? undefined : count, cnonce, now))
      return this.#deny(realm, holder, 'replayed', username);
    this.#total.granted += 1;
    return {
      ok: true,
      username,
      realm,
      authenticationInfo: (body) => this.#info(credentials, algorithm, key, holder, body),
    };
  }

  #info(
    { nonce, qop, nc, cnonce, uri }: DigestCredentials,
    algorithm: Algorithm,
    key: string,
    holder: string,
    content?: Uint8Array,
  ): HeaderInit {
    const { proxy, nextNonce } = this.#settings;
    const rspauth = digestResponse({ algorithm, key, nonce, qop, nc, cnonce, method: '', uri, content });
    const proof = qop === undefined ? `rspauth="${rspauth}"` : `qop=${qop}, rspauth="${rspauth}", cnonce=${quote(cnonce)}, nc=${nc}`;
    const value = nextNonce ? `nextnonce="${this.#mint.make(holder)}", ${proof}` : proof;
    return { [proxy ? 'Proxy-Authentication-Info' : 'Authentication-Info']: value };
  }

  #deny(realm: string, holder: string, cause: DenialCause, username: string | undefined): Denial {
    this.#total[cause] += 1;
    const { proxy, tails } = this.#settings;
    if (cause === 'malformed') return { ok: false, status: 400, headers: NOTHING, cause, username };
    const head = `Digest realm=${quote(realm)}, nonce="${this.#mint.make(holder)}"`;
    const flag = cause === 'stale' || cause === 'replayed' ? ', stale=true' : '';
    const challenges = tails.map((tail) => `${head}${tail}${flag}`);
    const headers = proxy ? { 'Proxy-Authenticate': challenges } : { 'WWW-Authenticate': challenges };
    return { ok: false, status: proxy ? 407 : 401, headers, cause, username };
  }
}

function same(computed: string, claimed: string): boolean {
  if (computed.length !== claimed.length) return false;
  return timingSafeEqual(Buffer.from(computed, 'latin1'), Buffer.from(claimed, 'latin1'));
}

/**
 * Judges requests by digest credentials.
 *
 * @throws SIP_OPTION for an option outside its range, and for an algorithm that this Node does not have.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return new DigestServer(serverSettings(options));
}
