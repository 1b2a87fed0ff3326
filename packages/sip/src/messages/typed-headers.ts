/**
 * Readers for the headers of RFC 3261 §20 and its extensions whose values have a common shape: token lists, numbers, dates, values with parameters. They
 * never throw. Headers with a shape of their own are read in values/.
 */
import { look } from './codes.ts';
import { type MediaType, parseMediaType } from './body.ts';
import type { ReadonlyHeaders } from './model.ts';
import { Parameters, nextHeaderParameter } from './parameters.ts';
import { QUOTE, SEMICOLON, TOKEN, isToken, readDigits, skipClass, skipQuoted, skipSpace, skipSpaceBack, splitList } from './tokens.ts';

/** delta-seconds and their like run to 2^32-1 (RFC 3261 §20.19). */
const MAX_INTEGER = 0xffffffff;

/** A value with its parameters: `Q.850;cause=16`. */
export interface Parameterised {
  readonly value: string;
  readonly parameters: Parameters;
}

/** All elements of a header that is a list of tokens (Allow, Supported, Require, Unsupported …), as spelt, in order. What is no token is left out. */
export function readTokens(headers: Pick<ReadonlyHeaders, 'getAll'>, name: string): readonly string[] {
  const values = headers.getAll(name);
  if (values.length === 0) return [];
  const tokens: string[] = [];
  for (const value of values) for (const element of splitList(value)) if (isToken(element)) tokens.push(element);
  return tokens;
}

/** All elements of a list header, parameters and all, in order. */
export function readList(headers: ReadonlyHeaders, name: string): readonly string[] {
  return headers.getAll(name).flatMap((value) => splitList(value));
}

/** A header that is one number, 0 to `max`. Undefined when it is missing, malformed or out of range: never a number that wrapped. */
export function readInteger(headers: ReadonlyHeaders, name: string, max = MAX_INTEGER): number | undefined {
  const text = headers.get(name);
  return text === undefined ? undefined : readDigits(text, 0, text.length, max);
}

/** A token or other text with parameters: Content-Disposition, Event, Subscription-State, Session-Expires. Undefined when missing or malformed. */
export function readParameterised(headers: ReadonlyHeaders, name: string): Parameterised | undefined {
  const text = headers.get(name);
  return text === undefined ? undefined : parseParameterised(text);
}

/** Likewise for a list: Reason, Allow-Events. Malformed elements are left out. */
export function readParameterisedList(headers: ReadonlyHeaders, name: string): readonly Parameterised[] {
  return readList(headers, name).flatMap((element) => parseParameterised(element) ?? []);
}

/** One value with its parameters. A quoted string in front of them keeps its quotes. Undefined when malformed. */
export function parseParameterised(text: string): Parameterised | undefined {
  let at = skipSpace(text, 0, text.length);
  const from = at;
  if (text.charCodeAt(at) === QUOTE && (at = skipQuoted(text, at, text.length)) < 0) return undefined;
  while (at < text.length && text.charCodeAt(at) !== SEMICOLON) at += 1;
  const value = text.slice(from, skipSpaceBack(text, from, at));
  return value === '' ? undefined : withParameters(value, text, at);
}

function withParameters(value: string, text: string, from: number): Parameterised | undefined {
  look(text, from, text.length);
  for (let at = from; at < text.length;) {
    if (text.charCodeAt(at) !== SEMICOLON) return undefined;
    at = nextHeaderParameter(at, text.length);
    if (at < 0) return undefined;
  }
  return { value, parameters: new Parameters(text.slice(from)) };
}

/** The type is lower-case (RFC 3261 §20.15). */
export function readContentType(headers: ReadonlyHeaders): MediaType | undefined {
  const text = headers.get('Content-Type');
  return text === undefined ? undefined : parseMediaType(text);
}

/** Media ranges of Accept with `q`, 0 to 1, the most wanted first. Undefined when there is no Accept, which means `application/sdp` (RFC 3261 §20.1). */
export function readAccept(headers: ReadonlyHeaders): readonly (MediaType & { readonly q: number })[] | undefined {
  if (headers.get('Accept') === undefined) return undefined;
  return readList(headers, 'Accept')
    .flatMap((element) => {
      const media = parseMediaType(element);
      return media === undefined ? [] : { type: media.type, parameters: media.parameters, q: readQ(media.parameters) };
    })
    .sort((a, b) => b.q - a.q);
}

/** `q` of Accept, Contact and their like: 1 when missing or malformed (RFC 3261 §20.10, §25.1 qvalue). */
export function readQ(parameters: Parameters): number {
  const text = parameters.get('q');
  return text !== undefined && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 1;
}

/** A parameter that is a number of seconds (`expires` of Contact). Undefined when missing, malformed or above 2^32-1. */
export function readSeconds(parameters: Parameters, name: string): number | undefined {
  const text = parameters.get(name);
  return text === undefined ? undefined : readDigits(text, 0, text.length, MAX_INTEGER);
}

/** Seconds to wait, and for how long the callee is there then (RFC 3261 §20.33). The comment is passed over. */
export function readRetryAfter(headers: ReadonlyHeaders): { readonly seconds: number; readonly duration: number | undefined } | undefined {
  const text = headers.get('Retry-After');
  if (text === undefined) return undefined;
  let at = 0;
  while (at < text.length && text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at += 1;
  const seconds = readDigits(text, 0, at, MAX_INTEGER);
  at = skipComment(text, skipSpace(text, at, text.length));
  if (seconds === undefined || at < 0) return undefined;
  const rest = withParameters(String(seconds), text, at);
  return rest === undefined ? undefined : { seconds, duration: readSeconds(rest.parameters, 'duration') };
}

/** The place behind the comment that may begin at `at`, and its space; -1 when it does not end. */
function skipComment(text: string, at: number): number {
  let depth = 0;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x28) depth += 1;
    else if (depth === 0) return at;
    else if (code === 0x29 && (depth -= 1) === 0) return skipSpace(text, at + 1, text.length);
  }
  return depth === 0 ? at : -1;
}

/** As they are spelt in Date, January first. */
export const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Date in ms since the Unix epoch (RFC 3261 §20.17). Undefined when it is missing or no date in GMT: then it is ignored. */
export function readDate(headers: ReadonlyHeaders): number | undefined {
  const parts = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(headers.get('Date') ?? '');
  if (parts === null) return undefined;
  const month = MONTHS.indexOf(parts[2]!);
  const [day, year, hour, minute, second] = [parts[1], parts[3], parts[4], parts[5], parts[6]].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (month < 0 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return Date.UTC(year, month, day, hour, minute, second);
}

/** Timestamp and the delay behind it, both in seconds (RFC 3261 §20.38). */
export function readTimestamp(headers: ReadonlyHeaders): { readonly seconds: number; readonly delay: number | undefined } | undefined {
  const parts = /^(\d{1,15}(?:\.\d{0,9})?)(?:[ \t]+(\d{0,15}(?:\.\d{0,9})?))?$/.exec(headers.get('Timestamp') ?? '');
  if (parts === null) return undefined;
  return { seconds: Number(parts[1]), delay: parts[2] ? Number(parts[2]) : undefined };
}

/** RAck (RFC 3262 §7.2). Undefined when missing or malformed. */
export function readRAck(
  headers: ReadonlyHeaders,
): { readonly response: number; readonly sequence: number; readonly method: string } | undefined {
  const text = headers.get('RAck') ?? '';
  const parts = /^(\d+)[ \t]+(\d+)[ \t]+/.exec(text);
  if (parts === null) return undefined;
  const response = readDigits(parts[1]!, 0, parts[1]!.length, MAX_INTEGER);
  const sequence = readDigits(parts[2]!, 0, parts[2]!.length, 0x7fffffff);
  const method = text.slice(parts[0].length);
  if (response === undefined || sequence === undefined || skipClass(method, 0, method.length, TOKEN) !== method.length || method === '')
    return undefined;
  return { response, sequence, method };
}
