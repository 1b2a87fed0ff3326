/** Method names, interned: a known method is one string for all messages. Methods are case-sensitive (RFC 3261 §7.1). */
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

function standsAt(method: string, text: string, from: number): boolean {
  for (let at = 0; at < method.length; at += 1) if (text.charCodeAt(from + at) !== method.charCodeAt(at)) return false;
  return true;
}

/** The method that stands in `text` from `from` to `to`. */
export function methodAt(text: string, from: number, to: number): Method {
  const candidates = BY_LENGTH[to - from];
  if (candidates !== undefined) for (const method of candidates) if (standsAt(method, text, from)) return method;
  return text.slice(from, to);
}
