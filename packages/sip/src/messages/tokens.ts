/** The small grammar that headers share (RFC 3261 §25.1): character classes, quoted strings, white space, lists. No header of its own. */
import { Buffer, isUtf8 } from 'node:buffer';

/** token (§25.1). */
export const TOKEN = 1;
/** user part of a URI, escapes aside. */
export const USER = 2;
/** password of a URI, escapes aside. */
export const PASSWORD = 4;
/** uri-parameter names and values, escapes aside. */
export const PARAM = 8;
/** header part of a URI, escapes aside, with its separators `&` and `=`. */
export const HNV = 16;
/** host names, IPv4 and the inside of an IPv6 reference. */
export const HOST = 32;
/** What may stand in a URI at all (RFC 3986 reserved, unreserved, `%`). */
export const URIC = 64;
/** word (§25.1), the stuff of Call-IDs, with `@`. */
export const WORD = 128;
/** What an unquoted value of a header parameter is made of: more than token and host, since boundaries and the like come unquoted. */
export const VALUE = 256;

const ALPHANUM = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const UNRESERVED = `${ALPHANUM}-_.!~*'()`;

/** Classes of a character by its code; 0 from 128 on. There is a place for every code, so that no look-up is out of bounds. */
export const CLASS = new Uint16Array(0x10000);
for (const [bit, members] of [
  [TOKEN, `${ALPHANUM}-.!%*_+\`'~`],
  [USER, `${UNRESERVED}&=+$,;?/#`], // `#` should be escaped, and telephones do not
  [PASSWORD, `${UNRESERVED}&=+$,`],
  [PARAM, `${UNRESERVED}[]/:&+$`],
  [HNV, `${UNRESERVED}[]/?:+$&=`],
  [HOST, `${ALPHANUM}-._`],
  [URIC, `${UNRESERVED};/?:@&=+$,%[]#`],
  [VALUE, `${ALPHANUM}-.!%*_+\`'~[]:/@?=&$#()|^{}`],
  [WORD, `${ALPHANUM}-.!%*_+\`'~()<>:\\"/[]?{}@`],
] as const) {
  for (const member of members) CLASS[member.charCodeAt(0)]! |= bit;
}

export const SPACE = 0x20;
export const TAB = 0x09;
export const CR = 0x0d;
export const LF = 0x0a;
export const QUOTE = 0x22;
export const PERCENT = 0x25;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const COLON = 0x3a;
export const SEMICOLON = 0x3b;
export const LESS = 0x3c;
export const EQUALS = 0x3d;
export const GREATER = 0x3e;
export const QUESTION = 0x3f;
export const AT = 0x40;
export const OPENING_BRACKET = 0x5b;
export const BACKSLASH = 0x5c;
export const CLOSING_BRACKET = 0x5d;

/** Linear white space; CR and LF come in folded lines only, since the parser refuses them elsewhere. */
export function isSpace(code: number): boolean {
  return code <= SPACE && (code === SPACE || code === TAB || code === CR || code === LF);
}

/** The first place from `at` on that is no white space, at most `end`. */
export function skipSpace(text: string, at: number, end: number): number {
  while (at < end && isSpace(text.charCodeAt(at))) at += 1;
  return at;
}

/** The place behind the last character before `end` that is no white space, at least `from`. */
export function skipSpaceBack(text: string, from: number, end: number): number {
  while (end > from && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

/** The first place from `at` on whose character is not in `bits`, at most `end`. */
export function skipClass(text: string, at: number, end: number, bits: number): number {
  while (at < end && (CLASS[text.charCodeAt(at)]! & bits) !== 0) at += 1;
  return at;
}

/** True when `text` is one token. */
export function isToken(text: string): boolean {
  return text.length > 0 && skipClass(text, 0, text.length, TOKEN) === text.length;
}

/** `at` is an opening quote: the place behind its closing quote, or -1 when there is none before `end`. */
export function skipQuoted(text: string, at: number, end: number): number {
  for (at += 1; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return -1;
}

/** What a quoted string says: `from` and `to` are the places inside its quotes. */
export function unquote(text: string, from: number, to: number): string {
  const inside = text.slice(from, to);
  if (!inside.includes('\\')) return inside;
  let said = '';
  let kept = 0;
  for (let at = 0; at < inside.length; at += 1) {
    if (inside.charCodeAt(at) !== BACKSLASH) continue;
    said += inside.slice(kept, at);
    at += 1;
    kept = at;
  }
  return said + inside.slice(kept);
}

/** `text` as a quoted string. Control characters, which could end a line, become U+FFFD. */
export function quote(text: string): string {
  return `"${sanitise(text).replaceAll(/["\\]/g, '\\$&')}"`;
}

/** A non-negative decimal number without sign; undefined unless it is all digits and at most `max`. Leading zeros count nothing. */
export function readDigits(text: string, from: number, to: number, max: number): number | undefined {
  if (from >= to) return undefined;
  let value = 0;
  for (let at = from; at < to; at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > max) return undefined;
  }
  return value;
}

/** Control characters of `text` as U+FFFD each, so that neither a log nor a terminal nor a header line breaks on them. */
export function sanitise(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return /[\u0000-\u001f\u007f-\u009f]/.test(text) ? text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd') : text;
}

/** True when every character is below 128. */
export function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false;
  return true;
}

/** Text of a string that holds one byte a character; invalid UTF-8 becomes U+FFFD. */
export function decodeBytes(bytes: string): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Lone surrogates, which UTF-8 has no bytes for, as U+FFFD. */
export function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** {@link decodeBytes} backwards. */
export function encodeBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** `%41` as `A`, once. Escapes that are none, or no UTF-8, stay as they are. */
export function unescapeUri(text: string): string {
  if (!text.includes('%')) return text;
  const bytes = Buffer.from(encodeBytes(text).replaceAll(/%[\da-f]{2}/gi, characterOf), 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8'); // decodeURIComponent would throw, which costs more than all else
  return text.replaceAll(/%[0-7][\da-f]/gi, characterOf);
}

const characterOf = (escape: string): string => String.fromCharCode(Number.parseInt(escape.slice(1), 16));

/** Splits at commas outside quotes, angle brackets and comments; empty elements are left out, as RFC 3261 §7.3.1 has none. */
export function splitList(text: string): string[] {
  const elements: string[] = [];
  let start = 0;
  let angle = false;
  let quotes = true;
  const take = (end: number): void => {
    const from = skipSpace(text, start, end);
    const to = skipSpaceBack(text, from, end);
    if (to > from) elements.push(text.slice(from, to));
  };
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE && quotes) {
      const behind = skipQuoted(text, at, text.length);
      if (behind > 0) at = behind - 1;
      else quotes = false; // none of those that follow closes either: looking for each would take the square
    } else if (code === LESS) angle = true;
    else if (code === GREATER) angle = false;
    else if (code === COMMA && !angle) {
      take(at);
      start = at + 1;
    }
  }
  take(text.length);
  return elements;
}

const SCRATCH = Buffer.allocUnsafeSlow(4096);

/**
 * The same characters in memory of their own. What is read from a message is a slice that keeps the whole message alive:
 * whoever keeps a string longer than the message copies it with this.
 */
export function detached(text: string): string {
  if (text.length < 13) return text; // the engine copies these itself
  if (text.length * 3 > SCRATCH.length) return Buffer.from(text, 'utf8').toString('utf8');
  return SCRATCH.toString('utf8', 0, SCRATCH.write(text, 'utf8'));
}
