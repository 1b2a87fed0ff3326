/**
 * What digest authentication computes (RFC 7616 §3.4, with RFC 8760 for SIP and RFC 2617's form without qop): hashes, A1, A2, responses.
 * Strings are hashed as UTF-8. No header, no state.
 */
import { hash as oneShot } from 'node:crypto';
import type { Body, Method, Uri } from '../messages/model.ts';

/** RFC 8760 §2.1. */
export type DigestHash = 'MD5' | 'SHA-256' | 'SHA-512-256';
/** As in the parameter `algorithm`. */
export type AlgorithmName = DigestHash | `${DigestHash}-sess`;
/** Quality of protection (RFC 7616 §3.3): `auth-int` covers the body too. */
export type Qop = 'auth' | 'auth-int';

export interface Algorithm {
  readonly name: AlgorithmName;
  readonly hash: DigestHash;
  /** The key is mixed with nonce and cnonce once (`-sess`, §3.4.2). */
  readonly session: boolean;
  /** The higher, the stronger; both of 256 bits count as one. */
  readonly strength: number;
}

/** What is protected of a request. `content`: the bytes of its body, before the body that is read from them. */
export interface DigestRequest {
  readonly method: Method;
  readonly uri: Uri;
  readonly content?: Uint8Array | undefined;
  readonly body?: Body | undefined;
}

const NODE_NAMES: Readonly<Record<DigestHash, string>> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
export const HASHES: readonly DigestHash[] = ['MD5', 'SHA-256', 'SHA-512-256'];

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(
  HASHES.flatMap((hash): Algorithm[] => {
    const strength = hash === 'MD5' ? 1 : 2;
    return [
      { name: hash, hash, session: false, strength },
      { name: `${hash}-sess`, hash, session: true, strength },
    ];
  }).map((algorithm) => [algorithm.name.toLowerCase(), algorithm]),
);

/** By the value of `algorithm`, in any case. Absent: MD5 (RFC 7616 §3.3). Undefined: one that we do not know. */
export function readAlgorithm(name: string | undefined): Algorithm | undefined {
  return ALGORITHMS.get(name === undefined ? 'md5' : name.toLowerCase());
}

const usable = new Map<DigestHash, boolean>();

/** False where this Node has the hash not at all, or has it locked away, as one in FIPS mode has MD5. */
export function isUsable(name: DigestHash): boolean {
  let known = usable.get(name);
  if (known === undefined) {
    try {
      known = digest(name, '').length > 0;
    } catch {
      known = false;
    }
    usable.set(name, known);
  }
  return known;
}

/** In lower-case hexadecimal digits. */
export function digest(name: DigestHash, data: string | Uint8Array): string {
  return oneShot(NODE_NAMES[name], data, 'hex');
}

/** What may be stored in place of a password: H(username:realm:password), lower-case hexadecimal. As good as the password within its realm. */
export function digestHa1(name: DigestHash, username: string, realm: string, password: string): string {
  return digest(name, `${username}:${realm}:${password}`);
}

/** RFC 7616 §3.4.4. */
export function hashUsername(name: DigestHash, username: string, realm: string): string {
  return digest(name, `${username}:${realm}`);
}

/** The key of a `-sess` algorithm; for the others `ha1` itself. */
export function sessionKey(algorithm: Algorithm, ha1: string, nonce: string, cnonce: string): string {
  return algorithm.session ? digest(algorithm.hash, `${ha1}:${nonce}:${cnonce}`) : ha1;
}

export interface DigestInput {
  readonly algorithm: Algorithm;
  /** From {@link sessionKey}. */
  readonly key: string;
  readonly nonce: string;
  /** Undefined: RFC 2617's form of old, without nc and cnonce. */
  readonly qop: Qop | undefined;
  /** Eight hexadecimal digits. */
  readonly nc: string;
  readonly cnonce: string;
  /** The empty one for `rspauth`. */
  readonly method: string;
  readonly uri: string;
  /** For auth-int. Absent or empty: hashed as empty. */
  readonly content?: Uint8Array | undefined;
}

/** `response` of credentials, and `rspauth` of Authentication-Info (RFC 7616 §3.4.1, §3.5). */
export function digestResponse(input: DigestInput): string {
  const { hash } = input.algorithm;
  const { qop, nonce } = input;
  const a2 = `${input.method}:${input.uri}`;
  const ha2 = digest(hash, qop === 'auth-int' ? `${a2}:${digest(hash, input.content ?? '')}` : a2);
  return digest(
    hash,
    qop === undefined ? `${input.key}:${nonce}:${ha2}` : `${input.key}:${nonce}:${input.nc}:${input.cnonce}:${qop}:${ha2}`,
  );
}

/** The bytes of a body, if there are any. */
export function contentOf(message: {
  readonly content?: Uint8Array | undefined;
  readonly body?: Body | undefined;
}): Uint8Array | undefined {
  return message.content ?? message.body?.bytes;
}

/** A nonce count as it is written. */
export function formatCount(count: number): string {
  return count.toString(16).padStart(8, '0');
}
