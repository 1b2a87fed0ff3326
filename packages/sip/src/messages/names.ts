/** Header field names: canonical spelling, compact forms, and a number for each known one, so that looking a field up compares integers. */
import { CODES, WORDS } from './codes.ts';

/** The number of every name that is not in the table. */
export const UNKNOWN = 0;
export const VIA = 1;
export const FROM = 2;
export const TO = 3;
export const CALL_ID = 4;
export const CSEQ = 5;
export const MAX_FORWARDS = 6;
export const CONTENT_LENGTH = 7;
export const CONTENT_TYPE = 8;
export const CONTACT = 9;
export const ROUTE = 10;
export const RECORD_ROUTE = 11;
export const EXPIRES = 12;
export const MIN_EXPIRES = 13;
export const TIMESTAMP = 14;

/** In the order of the numbers above; then the rest. Compact forms: RFC 3261 §7.3.3 and the IANA registry. */
const NAMES: readonly string[] = [
  '',
  'Via v',
  'From f',
  'To t',
  'Call-ID i',
  'CSeq',
  'Max-Forwards',
  'Content-Length l',
  'Content-Type c',
  'Contact m',
  'Route',
  'Record-Route',
  'Expires',
  'Min-Expires',
  'Timestamp',
  'Accept',
  'Accept-Contact a',
  'Accept-Encoding',
  'Accept-Language',
  'Alert-Info',
  'Allow',
  'Allow-Events u',
  'Authentication-Info',
  'Authorization',
  'Call-Info',
  'Content-Disposition',
  'Content-Encoding e',
  'Content-Language',
  'Date',
  'Diversion',
  'Error-Info',
  'Event o',
  'Geolocation',
  'History-Info',
  'Identity y',
  'In-Reply-To',
  'Info-Package',
  'Join',
  'MIME-Version',
  'Min-SE',
  'Organization',
  'P-Access-Network-Info',
  'P-Asserted-Identity',
  'P-Called-Party-ID',
  'P-Charging-Vector',
  'P-Early-Media',
  'P-Preferred-Identity',
  'Path',
  'Priority',
  'Privacy',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Require',
  'RAck',
  'Reason',
  'Recv-Info',
  'Refer-Sub',
  'Refer-To r',
  'Referred-By b',
  'Reject-Contact j',
  'Remote-Party-ID',
  'Replaces',
  'Reply-To',
  'Request-Disposition d',
  'Require',
  'Retry-After',
  'RSeq',
  'Security-Client',
  'Security-Server',
  'Security-Verify',
  'Server',
  'Service-Route',
  'Session-Expires x',
  'Session-ID',
  'SIP-ETag',
  'SIP-If-Match',
  'Subject s',
  'Subscription-State',
  'Supported k',
  'Target-Dialog',
  'Unsupported',
  'User-Agent',
  'User-to-User',
  'Warning',
  'WWW-Authenticate',
];

const CANONICAL: readonly string[] = NAMES.map((row) => row.split(' ')[0]!);
const LOWER: readonly string[] = CANONICAL.map((name) => name.toLowerCase());
/** By length and first letter: the first known name, and by its number the next one of the kind. */
const FIRST = new Uint8Array(1024);
const NEXT = new Uint8Array(NAMES.length);
const COMPACT = new Uint8Array(32);
/**
 * What stands in a known name and its colon, in words of four characters, eight words a name. Of each word four things, beside one another since they are
 * looked at together: it in the canonical spelling, which nearly all peers use; in lower case; its bits that count; those that differ by case.
 */
const NAME_WORDS = new Int32Array(NAMES.length << 5);
const LOWER_CASE = 1;
const COUNTING = 2;
const CASE_BITS = 3;
const LENGTHS = Uint8Array.from(LOWER, (lower) => lower.length);
/** As FIRST and NEXT, by the first two letters. */
const LIKELY = new Uint8Array(1024);
const LIKELY_NEXT = new Uint8Array(NAMES.length);
for (let id = NAMES.length - 1; id > 0; id -= 1) {
  const bucket = (LOWER[id]!.length << 5) | (LOWER[id]!.charCodeAt(0) & 31);
  NEXT[id] = FIRST[bucket]!;
  FIRST[bucket] = id;
  const line = `${LOWER[id]!}:`;
  for (let at = 0; at < line.length; at += 1) {
    const word = (id << 5) | ((at >> 2) << 2);
    const shift = (at & 3) << 3;
    NAME_WORDS[word]! |= `${CANONICAL[id]!}:`.charCodeAt(at) << shift;
    NAME_WORDS[word | LOWER_CASE]! |= line.charCodeAt(at) << shift;
    NAME_WORDS[word | COUNTING]! |= 0xff << shift;
    if (/[a-z]/.test(line.charAt(at))) NAME_WORDS[word | CASE_BITS]! |= 0x20 << shift;
  }
  const pair = ((line.charCodeAt(0) & 31) << 5) | (line.charCodeAt(1) & 31);
  LIKELY_NEXT[id] = LIKELY[pair]!;
  LIKELY[pair] = id;
  const compact = NAMES[id]!.split(' ')[1];
  if (compact !== undefined) COMPACT[compact.charCodeAt(0) & 31] = id;
}

/** The number of the name that stands in `text` from `from` to `to`, {@link UNKNOWN} when the table has it not. The name is a token. */
export function nameId(text: string, from: number, to: number): number {
  const length = to - from;
  const first = text.charCodeAt(from);
  if (length === 1) return first > 0x40 ? COMPACT[first & 31]! : UNKNOWN;
  if (length > 31) return UNKNOWN;
  candidates: for (let id = FIRST[(length << 5) | (first & 31)]!; id !== 0; id = NEXT[id]!) {
    const lower = LOWER[id]!;
    for (let at = 0; at < length; at += 1) {
      if ((text.charCodeAt(from + at) | 0x20) !== lower.charCodeAt(at)) continue candidates;
    }
    return id;
  }
  return UNKNOWN;
}

/**
 * The number of the known name that begins at `at` of the characters in hand and ends at a colon, told four characters at once; {@link UNKNOWN} for all
 * others, and for compact forms. Its length is {@link nameLength}.
 */
export function nameIdBeforeColon(at: number): number {
  candidates: for (let id = LIKELY[((CODES[at]! & 31) << 5) | (CODES[at + 1]! & 31)]!; id !== 0; id = LIKELY_NEXT[id]!) {
    const end = (id << 5) | LENGTHS[id]!; // the last word begins there or before
    for (let word = id << 5, place = at; word <= end; word += 4, place += 4) {
      const found = WORDS.getInt32(place, true);
      if (found === NAME_WORDS[word]) continue; // true of all but the last, which what follows the colon is in
      if (((found | NAME_WORDS[word | CASE_BITS]!) & NAME_WORDS[word | COUNTING]!) !== NAME_WORDS[word | LOWER_CASE]) continue candidates;
    }
    return id;
  }
  return UNKNOWN;
}

/** Characters of a known name, by its number. */
export function nameLength(id: number): number {
  return LENGTHS[id]!;
}

/** Canonical spelling of a known name, by its number. */
export function nameOf(id: number): string {
  return CANONICAL[id]!;
}

/** Canonical spelling for any spelling or compact form: `f` and `FROM` give `From`. Unknown names come back as given. */
export function canonicalName(name: string): string {
  const id = nameId(name, 0, name.length);
  return id === UNKNOWN ? name : CANONICAL[id]!;
}
