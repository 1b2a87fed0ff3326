/** Readers of P-Asserted-Identity (RFC 3325), Remote-Party-ID, Privacy (RFC 3323) and the originating line. A malformed field counts as absent; nothing throws. */
import { parseNameAddr, parseNameAddrList, SipUri, type IncomingRequest, type Party, type ReadonlyHeaders } from '@jackfield/sip';

export interface PrivacyRequest {
  readonly restricted: boolean;
  /** It says nothing but words that no RFC defines. */
  readonly unknown: boolean;
}

const NOT_ASKED: PrivacyRequest = { restricted: false, unknown: false };
/** `header`, `session`, `user`: RFC 3323 §4.2; `id`: RFC 3325 §9.3. */
const RESTRICTING = new Set(['id', 'user', 'header', 'session']);
/** `none`, `critical`: RFC 3323 §4.2; `history`: RFC 7044 §10.1. They do not hide who calls. */
const OTHER = new Set(['none', 'critical', 'history']);

export function readPrivacy(headers: ReadonlyHeaders): PrivacyRequest {
  if (headers.get('Privacy') === undefined) return NOT_ASKED;
  let known = false;
  for (const value of privacyValues(headers)) {
    if (RESTRICTING.has(value)) return { restricted: true, unknown: false };
    known ||= OTHER.has(value);
  }
  return { restricted: false, unknown: !known };
}

/** Lower-case. RFC 3323 parts them by semicolons; commas come as well. */
export function privacyValues(headers: ReadonlyHeaders): string[] {
  return headers
    .getAll('Privacy')
    .flatMap((line) => line.toLowerCase().split(/[;,]/))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** Addresses of all fields of that name; a field that is malformed is left out. */
export function readParties(headers: ReadonlyHeaders, name: 'P-Asserted-Identity' | 'Remote-Party-ID'): readonly Party[] {
  const lines = headers.getAll(name);
  if (lines.length === 0) return NO_PARTIES;
  const parties = lines.length === 1 ? parseNameAddrList(lines) : lines.flatMap((line) => parseNameAddrList([line]) ?? []);
  return parties?.slice() ?? NO_PARTIES; // they stay with the session: no longer than they have to be
}

export function readFrom(headers: ReadonlyHeaders): Party | undefined {
  const text = headers.get('From');
  return text === undefined ? undefined : parseNameAddr(text);
}

const NO_PARTIES: readonly Party[] = [];

const LINE_NAMES = ['isup-oli', 'ss7-oli', 'oli'] as const;

/**
 * The originating line information (ANI II digits) of a request, 0 to 99: the first that is a number of `isup-oli`, `ss7-oli` and `oli`, of From's
 * parameters and then of its URI's. The peer's word: it is not asserted by anybody.
 */
export function originatingLine(request: IncomingRequest): number | undefined {
  const from = readFrom(request.headers);
  if (from === undefined) return undefined;
  const places = from.uri instanceof SipUri ? [from.parameters, from.uri.parameters] : [from.parameters];
  for (const parameters of places) {
    for (const name of LINE_NAMES) {
      const value = parameters.get(name);
      if (value !== undefined && /^\d{1,2}$/.test(value)) return Number(value);
    }
  }
  return undefined;
}
