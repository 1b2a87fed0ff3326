/** Numeric addresses (RFC 4291 §2.2; IPv4 in four decimal numbers), recognised by their characters: names are not, and nothing is looked up. */
import { isDigit } from './characters.ts';

const DOT = 46;
const COLON = 58;
const ZERO = 48;

/** Four numbers of 0 to 255 without leading zeros. */
export function isIpv4(text: string): boolean {
  let at = 0;
  for (let parts = 1; ; parts += 1) {
    const first = at;
    let value = 0;
    while (at - first < 3 && isDigit(text.charCodeAt(at))) value = value * 10 + text.charCodeAt(at++) - ZERO;
    if (at === first || value > 255 || (at - first > 1 && text.charCodeAt(first) === ZERO)) return false;
    if (parts === 4) return at === text.length;
    if (text.charCodeAt(at++) !== DOT) return false;
  }
}

/** Eight groups, or fewer around one `::`; the last two may be written as IPv4; maybe with a zone. */
export function isIpv6(text: string): boolean {
  const zone = text.indexOf('%');
  if (zone === text.length - 1 && zone !== -1) return false;
  const end = zone === -1 ? text.length : zone;
  let gap = text.startsWith('::');
  let at = gap ? 2 : 0;
  let groups = 0;
  while (at < end) {
    const first = at;
    while (at - first < 4 && isHex(text.charCodeAt(at))) at += 1;
    if (at === first) return false;
    if (text.charCodeAt(at) === DOT) return isIpv4(text.slice(first, end)) && (gap ? groups < 6 : groups === 6);
    groups += 1;
    if (at === end) break;
    if (text.charCodeAt(at++) !== COLON || at === end) return false;
    if (text.charCodeAt(at) === COLON) {
      if (gap) return false;
      gap = true;
      at += 1;
    }
  }
  return gap ? groups < 8 : groups === 8;
}

const isHex = (code: number): boolean => isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
