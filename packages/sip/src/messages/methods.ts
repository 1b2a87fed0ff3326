/** Method names, interned: a known method is one string for all messages. Methods are case-sensitive (RFC 3261 §7.1). */
import { CODES } from './codes.ts';
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

const BY_LENGTH: readonly (readonly Method[])[] = Array.from({ length: 10 }, (_, length) =>
  METHODS.filter((method) => method.length === length),
);

/** True for the methods of RFC 3261 and its extensions: what is served or not, in place of what is not known at all (405 and 501). */
export function isKnownMethod(method: string): boolean {
  return METHODS.includes(method);
}

function standsAt(method: string, from: number): boolean {
  for (let at = 0; at < method.length; at += 1) if (CODES[from + at]! !== method.charCodeAt(at)) return false;
  return true;
}

/** The method that stands from `from` to `to` of the characters in hand, if it is a known one. */
export function knownMethodAt(from: number, to: number): Method | undefined {
  const candidates = BY_LENGTH[to - from];
  if (candidates === undefined) return undefined;
  for (let at = 0; at < candidates.length; at += 1) if (standsAt(candidates[at]!, from)) return candidates[at];
  return undefined;
}

/** The method that stands in `text` from `from` to `to`; its characters are in hand. */
export function methodAt(text: string, from: number, to: number): Method {
  return knownMethodAt(from, to) ?? text.slice(from, to);
}
