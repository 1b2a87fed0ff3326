/**
 * Digest, the side that is asked (RFC 3261 §22, RFC 7616, RFC 8760): which challenge to answer, with what, and when to give up. Pure: who sends
 * requests asks, and repeats them with the headers that it is given and a higher CSeq.
 */
import type { HeaderInit } from '../messages/model.ts';
import { positive } from '../transport/positive.ts';
import { parseAuthInfo, readAuthValues } from './challenge.ts';
import {
  clientSettings,
  type ChallengeAnswer,
  type ChallengingResponse,
  type ClientSettings,
  type DigestClientOptions,
  type GiveUpReason,
} from './client-options.ts';
import { DigestSession, readChallenge, type DigestChallenge, type SentCredentials } from './client-session.ts';
import { contentOf, digestResponse, isUsable, type DigestRequest, type Qop } from './digest.ts';
import { findCredential, ha1Of, type ProtectionKind } from './keyring.ts';
import { SessionMemory } from './session-memory.ts';

interface KindNames {
  readonly challenge: string;
  readonly credentials: string;
  readonly info: string;
}
const NAMES: Readonly<Record<ProtectionKind, KindNames>> = {
  origin: { challenge: 'WWW-Authenticate', credentials: 'Authorization', info: 'Authentication-Info' },
  proxy: { challenge: 'Proxy-Authenticate', credentials: 'Proxy-Authorization', info: 'Proxy-Authentication-Info' },
};
const KINDS: readonly ProtectionKind[] = ['origin', 'proxy'];

/** Of several failures the one to tell: the higher, the more it says. */
const WEIGHT: Readonly<Record<GiveUpReason, number>> = { 'no-challenge': 0, unsupported: 1, 'no-credentials': 2, rejected: 3, attempts: 4 };

/** All challenges of one kind and realm in a response, topmost first: the server takes any of them. */
interface Demand {
  readonly kind: ProtectionKind;
  readonly realm: string;
  readonly challenges: DigestChallenge[];
}

/** A realm that this request shows credentials for. `answered`: since a challenge to it; else since the nonce was known. */
interface Shown {
  readonly session: DigestSession;
  readonly answered: boolean;
}

type Failure = ChallengeAnswer & { readonly ok: false };
const failure = (reason: GiveUpReason, realm?: string): Failure => ({ ok: false, reason, realm });

/** One request and its repeats. Made by {@link DigestClient.exchange}. */
export class DigestExchange {
  readonly #settings: ClientSettings;
  readonly #memory: SessionMemory;
  readonly #target: string;
  readonly #shown = new Map<string, Shown>();
  readonly #tried = new Set<string>();
  #sent: readonly SentCredentials[] = [];
  #attempts = 0;

  constructor(settings: ClientSettings, memory: SessionMemory, target: string) {
    this.#settings = settings;
    this.#memory = memory;
    this.#target = target;
  }

  /** Repeats that were allowed. */
  get attempts(): number {
    return this.#attempts;
  }

  /**
   * Before a sending that follows no challenge, the first or one to another server: credentials for realms known from earlier requests to this target, and
   * those of this one, counted anew. Empty when there are none.
   */
  authorize(request: DigestRequest): HeaderInit {
    for (const session of this.#memory.of(this.#target)) this.#show(session, this.#shown.get(keyOf(session))?.answered === true);
    return this.#write(request);
  }

  /** After a 401 or 407. `request`: as it will be sent again; its body and URI are hashed. */
  answer(request: DigestRequest, response: ChallengingResponse): ChallengeAnswer {
    const demands = response.status === 401 || response.status === 407 ? this.#demands(response) : [];
    let worst = failure('no-challenge');
    if (demands.length > 0 && this.#attempts >= this.#settings.maxAttempts) return failure('attempts', demands[0]!.realm);
    const met: DigestSession[] = [];
    for (const demand of demands) {
      const session = this.#meet(demand);
      if (session instanceof DigestSession) met.push(session);
      else {
        if (session === 'rejected') this.#drop(demand);
        if (WEIGHT[session] > WEIGHT[worst.reason]) worst = failure(session, demand.realm);
      }
    }
    if (met.length === 0) return worst;
    this.#attempts += 1;
    for (const session of met) {
      this.#show(session, true);
      this.#memory.add(this.#target, session);
    }
    return { ok: true, headers: this.#write(request) };
  }

  /**
   * After any other final response: its Authentication-Info (RFC 7616 §3.5). `verified`: the server knows our secret, and with auth-int the body is
   * its own. `failed`: it says so and does not. `absent`: it says nothing. A next nonce is taken unless it failed.
   */
  confirm(response: ChallengingResponse): 'verified' | 'failed' | 'absent' {
    let outcome: 'verified' | 'absent' = 'absent';
    for (const kind of KINDS) {
      const text = response.headers.getAll(NAMES[kind].info)[0];
      const info = text === undefined ? undefined : parseAuthInfo(text, this.#settings.limits);
      if (info === undefined) continue;
      const cnonce = info.get('cnonce');
      const candidates = this.#sent.filter((sent) => sent.session.kind === kind && (cnonce === undefined || cnonce === sent.input.cnonce));
      const sent = candidates.length === 1 ? candidates[0]! : undefined; // it names no realm
      const claimed = info.get('rspauth');
      if (claimed !== undefined) {
        if (sent === undefined || !isProof(claimed.toLowerCase(), sent, info.get('nc'), response)) return 'failed';
        outcome = 'verified';
      }
      const next = info.get('nextnonce');
      if (next !== undefined && next !== '') sent?.session.renew(next);
    }
    return outcome;
  }

  #demands({ headers }: ChallengingResponse): Demand[] {
    const demands = new Map<string, Demand>();
    for (const kind of KINDS) {
      for (const value of readAuthValues(headers, NAMES[kind].challenge, this.#settings.limits)) {
        const challenge = readChallenge(value, kind);
        if (challenge === undefined) continue;
        const { realm } = challenge;
        const demand = demands.get(keyOf(challenge));
        if (demand === undefined) demands.set(keyOf(challenge), { kind, realm, challenges: [challenge] });
        else demand.challenges.push(challenge);
      }
    }
    return [...demands.values()];
  }

  #meet({ kind, realm, challenges }: Demand): DigestSession | GiveUpReason {
    const { credentials, random, userhash, newNonceIsStale } = this.#settings;
    const fresh = challenges.filter((challenge) => !this.#tried.has(nonceKey(challenge, challenge.nonce)));
    if (fresh.length === 0) return 'rejected';
    const known = this.#shown.get(keyOf({ kind, realm }));
    if (known?.answered === true && !newNonceIsStale && !fresh.some((challenge) => challenge.stale)) return 'rejected';
    const credential = findCredential(credentials, realm, kind);
    if (credential === undefined) return 'no-credentials';
    let best: DigestChallenge | undefined;
    let bestHa1 = '';
    for (const challenge of fresh) {
      const { algorithm } = challenge;
      // strongest first, and of equals the topmost, as the server would have it (RFC 8760 §2.4)
      if (algorithm.strength < this.#settings.leastStrength || algorithm.strength <= (best?.algorithm.strength ?? 0)) continue;
      const ha1 = isUsable(algorithm.hash) ? ha1Of(credential, realm, algorithm.hash) : undefined;
      if (ha1 === undefined) continue;
      best = challenge;
      bestHa1 = ha1;
    }
    return best === undefined ? 'unsupported' : new DigestSession(best, this.#qop(best), credential, bestHa1, random, userhash);
  }

  #qop({ qop: offered }: DigestChallenge): Qop | undefined {
    const { qop } = this.#settings;
    return offered === undefined || offered.includes(qop) ? offered && qop : offered[0];
  }

  #show(session: DigestSession, answered: boolean): void {
    this.#shown.set(keyOf(session), { session, answered });
    this.#tried.add(nonceKey(session, session.nonce));
  }

  /** What was rejected is neither shown again nor remembered. */
  #drop(demand: Demand): void {
    const shown = this.#shown.get(keyOf(demand));
    if (shown === undefined) return;
    this.#shown.delete(keyOf(demand));
    this.#memory.delete(this.#target, shown.session);
  }

  #write(request: DigestRequest): HeaderInit {
    const headers: Record<string, string[]> = {};
    const all: SentCredentials[] = [];
    for (const { session } of this.#shown.values()) {
      const sent = session.use(request);
      all.push(sent);
      (headers[NAMES[session.kind].credentials] ??= []).push(session.write(sent));
    }
    this.#sent = all;
    return headers;
  }
}

const keyOf = ({ kind, realm }: { readonly kind: ProtectionKind; readonly realm: string }): string => `${kind} ${realm}`;
const nonceKey = (of: { readonly kind: ProtectionKind; readonly realm: string }, nonce: string): string => `${keyOf(of)}\n${nonce}`;

/** The same computation, without the method and over the response's body; its qop is the request's. */
function isProof(claimed: string, { input }: SentCredentials, nc: string | undefined, response: ChallengingResponse): boolean {
  if (nc !== undefined && nc.toLowerCase() !== input.nc) return false;
  return digestResponse({ ...input, method: '', content: contentOf(response) }) === claimed;
}

/** Answers challenges, and remembers nonces. One for all requests of a user. */
export class DigestClient {
  readonly #settings: ClientSettings;
  readonly #memory: SessionMemory;

  /** @throws SIP_OPTION for an option outside its range, and for a credential that is none. */
  constructor(options: DigestClientOptions) {
    this.#settings = clientSettings(options);
    this.#memory = new SessionMemory(positive('maxTargets', options.maxTargets, 256));
  }

  /**
   * For one request and its repeats.
   *
   * @param target - whose challenges it may meet: host and port of the next hop, a registrar's domain, or a Call-ID where the nonces of proxies are not
   *   to outlive a dialog (RFC 3261 §22.3). Requests with the same one share nonces.
   */
  exchange(target: string): DigestExchange {
    return new DigestExchange(this.#settings, this.#memory, target);
  }

  /** Forgets all nonces. */
  forget(): void {
    this.#memory.clear();
  }
}
