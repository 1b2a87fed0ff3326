/** The client's side of one nonce (RFC 7616 §3.6): what a challenge said, the key for it, and how often it was used. */
import { randomToken, type Random } from '@jackfield/base';
import { detached } from '../messages/tokens.ts';
import { AuthValue, type AuthParameter } from './challenge.ts';
import { extendedValue } from './credentials.ts';
import {
  contentOf,
  digestResponse,
  formatCount,
  readAlgorithm,
  sessionKey,
  type Algorithm,
  type DigestInput,
  type DigestRequest,
  type Qop,
} from './digest.ts';
import { isUnquotable, userhashOf, type Credential, type ProtectionKind } from './keyring.ts';

/** A challenge that can be answered, as far as its own words go. */
export interface DigestChallenge {
  readonly kind: ProtectionKind;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly stale: boolean;
  readonly algorithm: Algorithm;
  /** What is offered that we know; undefined: nothing is, the form of old is wanted. */
  readonly qop: readonly Qop[] | undefined;
  readonly userhash: boolean;
}

/** Undefined: not digest, of an algorithm that we do not know, or without what it takes (RFC 8760 §2.4: to be ignored). */
export function readChallenge(value: AuthValue, kind: ProtectionKind): DigestChallenge | undefined {
  if (!value.isDigest) return undefined;
  const realm = value.get('realm');
  const nonce = value.get('nonce');
  const algorithm = readAlgorithm(value.get('algorithm'));
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  const offered = value.get('qop');
  const qop = offered
    ?.toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token === 'auth' || token === 'auth-int');
  if (qop === undefined ? algorithm.session : qop.length === 0) return undefined;
  const isTrue = (name: string): boolean => value.get(name)?.toLowerCase() === 'true';
  return { kind, realm, nonce, opaque: value.get('opaque'), stale: isTrue('stale'), algorithm, qop, userhash: isTrue('userhash') };
}

/** What one request was sent with: the answer may be signed over the same. */
export interface SentCredentials {
  readonly session: DigestSession;
  readonly input: DigestInput;
}

const CNONCE_BYTES = 8;

export class DigestSession {
  readonly kind: ProtectionKind;
  readonly realm: string;
  readonly #random: Random;
  readonly #algorithm: Algorithm;
  readonly #qop: Qop | undefined;
  readonly #ha1: string;
  /** As it is sent. */
  readonly #username: AuthParameter;
  readonly #userhash: boolean;
  readonly #opaque: string | undefined;
  #nonce: string;
  /** Of a `-sess` algorithm: one for all uses of the nonce, so that servers of both readings of RFC 7616 §3.4.2 agree. */
  #cnonce: string | undefined;
  #key: string;
  #count = 0;

  constructor(challenge: DigestChallenge, qop: Qop | undefined, credential: Credential, ha1: string, random: Random, hashName: boolean) {
    const { algorithm, opaque } = challenge;
    this.kind = challenge.kind;
    this.realm = detached(challenge.realm);
    this.#random = random;
    this.#algorithm = algorithm;
    this.#qop = qop;
    this.#ha1 = ha1;
    this.#userhash = hashName && challenge.userhash;
    this.#username = usernameParameter(credential, this.realm, algorithm, this.#userhash);
    this.#opaque = opaque === undefined ? undefined : detached(opaque);
    this.#nonce = detached(challenge.nonce);
    this.#cnonce = algorithm.session ? randomToken(random, CNONCE_BYTES) : undefined;
    this.#key = sessionKey(algorithm, ha1, this.#nonce, this.#cnonce ?? '');
  }

  get nonce(): string {
    return this.#nonce;
  }

  /** `nextnonce` of the server (RFC 7616 §3.5): counting begins anew. */
  renew(nonce: string): void {
    this.#nonce = detached(nonce);
    this.#count = 0;
    if (this.#algorithm.session) this.#cnonce = randomToken(this.#random, CNONCE_BYTES);
    this.#key = sessionKey(this.#algorithm, this.#ha1, this.#nonce, this.#cnonce ?? '');
  }

  /** Credentials for one sending of a request: the nonce is counted. */
  use(request: DigestRequest): SentCredentials {
    this.#count += 1;
    const qop = this.#qop;
    const input: DigestInput = {
      algorithm: this.#algorithm,
      key: this.#key,
      nonce: this.#nonce,
      qop,
      nc: formatCount(this.#count),
      cnonce: this.#cnonce ?? randomToken(this.#random, CNONCE_BYTES),
      method: request.method,
      uri: request.uri.toString(),
      content: qop === 'auth-int' ? contentOf(request) : undefined,
    };
    return { session: this, input };
  }

  /** Value of Authorization or Proxy-Authorization. What has to be quoted is (RFC 7616 §3.4), and nothing else. */
  write({ input }: SentCredentials): string {
    const parameters: AuthParameter[] = [
      this.#username,
      quoted('realm', this.realm),
      quoted('nonce', input.nonce),
      quoted('uri', input.uri),
      quoted('response', digestResponse(input)),
      bare('algorithm', input.algorithm.name),
    ];
    if (input.qop !== undefined) parameters.push(quoted('cnonce', input.cnonce), bare('qop', input.qop), bare('nc', input.nc));
    if (this.#opaque !== undefined) parameters.push(quoted('opaque', this.#opaque));
    if (this.#userhash) parameters.push(bare('userhash', 'true'));
    return new AuthValue('Digest', parameters).toString();
  }
}

const quoted = (name: string, value: string): AuthParameter => ({ name, value, quoted: true });
const bare = (name: string, value: string): AuthParameter => ({ name, value, quoted: false });

function usernameParameter(credential: Credential, realm: string, { hash }: Algorithm, hashed: boolean): AuthParameter {
  if (hashed) return quoted('username', userhashOf(credential, realm, hash));
  const { username } = credential;
  return isUnquotable(username) ? bare('username*', extendedValue(username)) : quoted('username', username);
}
