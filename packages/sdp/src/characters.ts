/** The character classes of SDP (RFC 8866 §9), scanned by code and in bounds. No regular expressions: these run on every message. */

const TOKEN = new Uint8Array(128);
for (const char of "!#$%&'*+-.^_`{|}~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") TOKEN[char.charCodeAt(0)] = 1;

export const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** One character of a token. */
export const isTokenCode = (code: number): boolean => TOKEN[code] === 1;

/** A token: one character or more, no spaces, no separators. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (!isTokenCode(text.charCodeAt(at))) return false;
  return text !== '';
}

/** One character or more, none of them a space or a control: what `non-ws-string` allows. */
export function isVisible(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code <= 32 || code === 127) return false;
  }
  return text !== '';
}

/** Digits only, and at least one. */
export function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (!isDigit(text.charCodeAt(at))) return false;
  return text !== '';
}

/** What the digits say, or undefined when they are none, too many, or out of range. Never wraps, never gives NaN. */
export function readInteger(text: string, least: number, most: number): number | undefined {
  if (text.length > 15 || !isDigits(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** No CR, LF or NUL: what may stand in a line. */
export function isOneLine(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 14 && (code === 13 || code === 10 || code === 0)) return false;
  }
  return true;
}
