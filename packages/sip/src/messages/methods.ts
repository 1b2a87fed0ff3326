/** Method names, interned: a known method is one string for all messages. Methods are case-sensitive (RFC 3261 §7.1). */
import { WORDS, wordOf } from './codes.ts';
import type { Method } from './model.ts';

const METHODS: readonly Method[] = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'UPDATE',
  'INFO',
  'REFER',
  'NOTIFY',
  'MESSAGE',
  'SUBSCRIBE',
  'PUBLISH',
];

/** By length: the names, and the words of four characters in each, three a name; the last one is filled up with zeros. */
const BY_LENGTH: readonly (readonly Method[])[] = Array.from({ length: 10 }, (_, length) =>
  METHODS.filter((method) => method.length === length),
);
const METHOD_WORDS: readonly Int32Array[] = BY_LENGTH.map((methods) =>
  Int32Array.from(methods.flatMap((method) => [0, 4, 8].map((at) => wordOf(method.slice(at, at + 4))))),
);
/** Of a word of which so many characters count. */
const MASKS = Int32Array.from([0, 0xff, 0xffff, 0xffffff, -1]);

/** True for the methods of RFC 3261 and its extensions: what is served or not, in place of what is not known at all (405 and 501). */
export function isKnownMethod(method: string): boolean {
  return METHODS.includes(method);
}

/** Requests that make dialogs (RFC 3261 §12.1, RFC 3515, RFC 6665): their 101 to 2xx do. Compared, and not looked up: names that are known are one object each. */
export const makesDialog = (method: string): boolean => method === 'INVITE' || method === 'SUBSCRIBE' || method === 'REFER';

/** The method that stands from `from` to `to` of the characters in hand, if it is a known one. */
export function knownMethodAt(from: number, to: number): Method | undefined {
  const length = to - from;
  const words = METHOD_WORDS[length];
  if (words === undefined) return undefined;
  const first = WORDS.getInt32(from, true) & MASKS[Math.min(length, 4)]!;
  for (let at = 0; at < words.length; at += 3) {
    if (words[at] !== first) continue;
    if (length > 4 && words[at + 1] !== (WORDS.getInt32(from + 4, true) & MASKS[Math.min(length - 4, 4)]!)) continue;
    if (length > 8 && words[at + 2] !== (WORDS.getInt32(from + 8, true) & MASKS[length - 8]!)) continue;
    return BY_LENGTH[length]![at / 3];
  }
  return undefined;
}

/** The method that stands in `text` from `from` to `to`; its characters are in hand. */
export function methodAt(text: string, from: number, to: number): Method {
  return knownMethodAt(from, to) ?? text.slice(from, to);
}
