/** Headers that are addresses: Reply-To and its kind alone, P-Asserted-Identity, Path and their kind as lists (RFC 3261 §20, 3325, 3327, 3608). */
import type { NameAddr, ReadonlyHeaders } from '../model.ts';
import { type Party, parseNameAddr, parseNameAddrList } from '../name-addr.ts';
import { type ParameterInit, addressText, single } from './elements.ts';

/** From, To, Reply-To, P-Called-Party-ID and others that are one address. Undefined when missing, repeated or malformed. */
export function readAddress(headers: ReadonlyHeaders, name: string): Party | undefined {
  const text = single(headers, name);
  return text === undefined ? undefined : parseNameAddr(text);
}

/**
 * Route, Record-Route, Path, Service-Route and others that are routes: all fields together, in order, none when there is no field. Undefined when one of them
 * is malformed, since a route without one of its hops is another route.
 */
export function readAddresses(headers: ReadonlyHeaders, name: string): readonly Party[] | undefined {
  return parseNameAddrList(headers.getAll(name));
}

/** Contact of all fields, or `'*'`. Undefined when there is none, one is malformed, or `*` is not alone. */
export function readContact(headers: ReadonlyHeaders): readonly Party[] | '*' | undefined {
  const values = headers.getAll('Contact');
  if (values.length === 1 && values[0] === '*') return '*';
  return values.length === 0 ? undefined : parseNameAddrList(values);
}

/** P-Asserted-Identity (RFC 3325 §9.1): all addresses, in order; a field that is malformed is left out. Whether to believe it is not told here. */
export function readAssertedIdentity(headers: ReadonlyHeaders): readonly Party[] {
  return readWellFormed(headers, 'P-Asserted-Identity');
}

/** P-Preferred-Identity (RFC 3325 §9.2), likewise. */
export function readPreferredIdentity(headers: ReadonlyHeaders): readonly Party[] {
  return readWellFormed(headers, 'P-Preferred-Identity');
}

/** Addresses of all fields of that name; a field that is malformed is left out. */
export function readWellFormed(headers: ReadonlyHeaders, name: string): readonly Party[] {
  return headers.getAll(name).flatMap((value) => parseNameAddrList([value]) ?? []);
}

/**
 * An address with header parameters: a value of any of the above, written.
 *
 * @param parameters - `true` for one without a value; values that are no tokens are quoted.
 * @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for a display name with CR, LF or NUL or a parameter that is none.
 */
export function formatAddress(address: NameAddr, parameters: ParameterInit = {}): string {
  return addressText('address', address, parameters);
}
