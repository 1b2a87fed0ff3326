/** What the readers and writers of this folder share: single values told from repeated ones, and the checks of a value that a program wants written. */
import { SipError } from '@jackfield/base';
import { assertHeaderText } from '../field.ts';
import type { NameAddr, ReadonlyHeaders } from '../model.ts';
import { formatNameAddr } from '../name-addr.ts';
import { Parameters } from '../parameters.ts';
import { WORD, isToken, quote, skipClass, splitList } from '../tokens.ts';
import { type Parameterised, parseParameterised } from '../typed-headers.ts';

/** Value of a header that may be there once. Undefined when it is missing or repeated. */
export function single(headers: ReadonlyHeaders, name: string): string | undefined {
  const values = headers.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}

/** {@link single} with its parameters; undefined also when malformed, or when what stands before them is no token. */
export function singleToken(headers: ReadonlyHeaders, name: string): Parameterised | undefined {
  const text = single(headers, name);
  const element = text === undefined ? undefined : parseParameterised(text);
  return element !== undefined && isToken(element.value) ? element : undefined;
}

/** Elements of all values of a header, as texts. */
export function elementsOf(values: readonly string[]): readonly string[] {
  return values.length === 1 ? splitList(values[0]!) : values.flatMap((value) => splitList(value));
}

/** Value of a parameter that is a token and is there once. */
export function onlyToken(parameters: Parameters, name: string): string | undefined {
  let value: string | undefined;
  for (const [other, text] of parameters.entries()) {
    if (other.toLowerCase() !== name) continue;
    if (value !== undefined || text === undefined || !isToken(text)) return undefined;
    value = text;
  }
  return value;
}

/** The stuff of a Call-ID (RFC 3261 §25.1). */
export function isCallId(text: string): boolean {
  if (text === '' || skipClass(text, 0, text.length, WORD) !== text.length) return false;
  const at = text.indexOf('@');
  return at < 0 || (at > 0 && at < text.length - 1 && !text.includes('@', at + 1));
}

// ---- writing: every function throws SIP_HEADER_SYNTAX for what would not be read again

/** @throws SipError `SIP_HEADER_SYNTAX`, always. */
export function refuse(header: string, what: string): never {
  throw new SipError('SIP_HEADER_SYNTAX', `${header}: ${what}`, { header });
}

export function tokenText(header: string, text: string): string {
  return isToken(text) ? text : refuse(header, `${JSON.stringify(text)} is no token`);
}

export function callIdText(header: string, text: string): string {
  return isCallId(text) ? text : refuse(header, `${JSON.stringify(text)} is no Call-ID`);
}

export function numberText(header: string, value: number, max = 0xffffffff, min = 0): string {
  return Number.isInteger(value) && value >= min && value <= max ? String(value) : refuse(header, `${value} is not from ${min} to ${max}`);
}

export function quotedText(header: string, text: string): string {
  assertHeaderText(header, text);
  return quote(text);
}

/** `undefined`: not there; `true`: without a value. */
export type ParameterInit = Readonly<Record<string, string | true | undefined>>;

/** `;a=b;c`; values that are no tokens are quoted. */
export function parametersText(header: string, init: ParameterInit): string {
  const parameters = new Parameters();
  for (const [name, value] of Object.entries(init)) {
    if (value === undefined) continue;
    if (value !== true) assertHeaderText(header, value);
    parameters.set(name, value === true ? undefined : value);
  }
  return parameters.toString();
}

/** `"Name" <uri>;a=b`. @throws also `SIP_URI_SYNTAX`. */
export function addressText(header: string, address: NameAddr, init: ParameterInit): string {
  if (address.displayName !== undefined) assertHeaderText(header, address.displayName);
  return formatNameAddr(address) + parametersText(header, init);
}
