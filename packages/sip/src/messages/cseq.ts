/** CSeq (RFC 3261 §20.16): the sequence number is below 2^31 (§8.1.1.5). */
import { CODES, look, passClass, passSpace } from './codes.ts';
import { knownMethodAt } from './methods.ts';
import type { Method } from './model.ts';
import { TOKEN } from './tokens.ts';

const MAX_SEQUENCE = 0x7fffffff;

export interface CSeq {
  readonly sequence: number;
  readonly method: Method;
}

/** Undefined when malformed or out of range. */
export function parseCSeq(text: string, from: number, to: number): CSeq | undefined {
  look(text, from, to);
  let at = from;
  let sequence = 0;
  for (; at < to; at += 1) {
    const digit = CODES[at]! - 48;
    if (digit < 0 || digit > 9) break;
    sequence = sequence * 10 + digit;
    if (sequence > MAX_SEQUENCE) return undefined;
  }
  const methodFrom = passSpace(at, to);
  if (at === from || methodFrom === at || methodFrom === to) return undefined;
  const known = knownMethodAt(methodFrom, to);
  if (known !== undefined) return { sequence, method: known };
  return passClass(methodFrom, to, TOKEN) === to ? { sequence, method: text.slice(methodFrom, to) } : undefined;
}
