/** Digest credentials of a request, read into what the server checks (RFC 7616 §3.4). Syntax only. */
import { readAlgorithm, type Algorithm, type Qop } from './digest.ts';
import type { AuthValue } from './challenge.ts';

export interface DigestCredentials {
  /** A hash of it where `userhash` says so. */
  readonly username: string;
  readonly userhash: boolean;
  readonly nonce: string;
  /** As the client wrote it: what it hashed. */
  readonly uri: string;
  /** In lower case. */
  readonly response: string;
  /** Undefined: one that we do not know. */
  readonly algorithm: Algorithm | undefined;
  readonly qop: Qop | undefined;
  /** Eight digits as written, and their number; empty and 0 without qop. */
  readonly nc: string;
  readonly count: number;
  readonly cnonce: string;
}

/** Undefined when something is missing, said twice, or not what it has to be. */
export function readCredentials(value: AuthValue, maxUsernameLength: number): DigestCredentials | undefined {
  const username = readUsername(value);
  const nonce = value.get('nonce');
  const uri = value.get('uri');
  const response = value.get('response');
  if (username === undefined || username.length > maxUsernameLength) return undefined;
  if (nonce === undefined || nonce === '' || uri === undefined || uri === '' || response === undefined) return undefined;
  if (response.length < 32 || response.length > 64 || !isHex(response)) return undefined;
  const algorithm = readAlgorithm(value.get('algorithm'));
  const userhash = value.get('userhash')?.toLowerCase() === 'true';
  const qop = value.get('qop')?.toLowerCase();
  let nc: string | undefined = '';
  let cnonce: string | undefined = '';
  let count = 0;
  if (qop === undefined) {
    if (algorithm?.session === true) return undefined; // RFC 3261 §22.4, item 8: what needs a cnonce needs a qop
  } else {
    if (qop !== 'auth' && qop !== 'auth-int') return undefined;
    nc = value.get('nc');
    cnonce = value.get('cnonce');
    if (nc?.length !== 8 || !isHex(nc) || cnonce === undefined || cnonce === '') return undefined;
    count = Number.parseInt(nc, 16);
    if (count === 0) return undefined;
  }
  return { username, userhash, nonce, uri, response: response.toLowerCase(), algorithm, qop, nc, count, cnonce };
}

function readUsername(value: AuthValue): string | undefined {
  const plain = value.get('username');
  const extended = value.get('username*');
  if (extended === undefined) return plain === '' ? undefined : plain;
  const said = plain === undefined ? /^utf-8'[^']*'(.+)$/i.exec(extended)?.[1] : undefined;
  if (said === undefined) return undefined;
  try {
    return decodeURIComponent(said);
  } catch {
    return undefined; // no UTF-8
  }
}

/** RFC 8187 §3.2, for a name that a quoted string cannot carry. */
export function extendedValue(text: string): string {
  const escaped = encodeURIComponent(text).replaceAll(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `UTF-8''${escaped}`;
}

function isHex(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const lower = code | 0x20;
    if ((code < 0x30 || code > 0x39) && (lower < 0x61 || lower > 0x66)) return false;
  }
  return true;
}
