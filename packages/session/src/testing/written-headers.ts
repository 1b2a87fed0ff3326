/** Judges what a hook wrote into a message: fields that are the stack's, and values that nobody could read. */
import {
  canonicalName,
  HeaderList,
  readAddress,
  readAssertedIdentity,
  readDate,
  readDiversions,
  readHistoryInfo,
  readInteger,
  readMinSE,
  readPreferredIdentity,
  readPrivacy,
  readReasons,
  readReferredBy,
  readReferTo,
  readRemotePartyId,
  readReplaces,
  readRetryAfter,
  readSessionExpires,
  readTokens,
  readWarnings,
  type ReadonlyHeaders,
} from '@jackfield/sip';

/** Written per copy, after the hooks: whatever a plug-in puts there is lost. */
const OF_THE_STACK: ReadonlySet<string> = new Set([
  'Via',
  'To',
  'Call-ID',
  'CSeq',
  'Contact',
  'Route',
  'Record-Route',
  'Max-Forwards',
  'Content-Length',
  'Content-Type',
  'Authorization',
  'Proxy-Authorization',
]);

/** The field that another plug-in writes into all that leaves, and what it says. */
export const NEIGHBOUR_FIELD = 'X-Neighbour';
export const NEIGHBOUR_VALUE = 'was here';

const TOKEN_LIST = /^\s*[\w!%'*+.`~-]+(?:\s*,\s*[\w!%'*+.`~-]+)*\s*$/;
const tokens =
  (name: string) =>
  (headers: ReadonlyHeaders): unknown =>
    TOKEN_LIST.test(headers.get(name) ?? '') ? readTokens(headers, name) : undefined;
const address =
  (name: string) =>
  (headers: ReadonlyHeaders): unknown =>
    readAddress(headers, name);

/** What reads a field; undefined or nothing in it: malformed. */
const READERS: Readonly<Record<string, (headers: ReadonlyHeaders) => unknown>> = {
  Allow: tokens('Allow'),
  Date: readDate,
  Diversion: readDiversions,
  Expires: (headers) => readInteger(headers, 'Expires'),
  From: address('From'),
  'History-Info': readHistoryInfo,
  'Min-Expires': (headers) => readInteger(headers, 'Min-Expires'),
  'Min-SE': readMinSE,
  'P-Asserted-Identity': readAssertedIdentity,
  'P-Preferred-Identity': readPreferredIdentity,
  Privacy: readPrivacy,
  Reason: readReasons,
  'Refer-To': readReferTo,
  'Referred-By': readReferredBy,
  'Remote-Party-ID': readRemotePartyId,
  Replaces: readReplaces,
  Require: tokens('Require'),
  'Retry-After': readRetryAfter,
  'Session-Expires': readSessionExpires,
  Supported: tokens('Supported'),
  Unsupported: tokens('Unsupported'),
  Warning: readWarnings,
};

/** What is wrong with `value` as a field `name` that a plug-in wrote; undefined: nothing. */
export function faultOf(name: string, value: string): string | undefined {
  const known = canonicalName(name);
  if (OF_THE_STACK.has(known)) return `writes ${known}, which the stack writes`;
  if (known === 'Supported' && value === '') return undefined; // no extension at all (RFC 3261 §20.37)
  const read = READERS[known]?.(new HeaderList({ [known]: value }));
  if (!Object.hasOwn(READERS, known)) return undefined;
  const empty = Array.isArray(read) ? read.length === 0 : read instanceof Set ? read.size === 0 : read === undefined;
  return empty ? `writes a malformed ${known}: ${value}` : undefined;
}

/** What a hook took away that it may not; undefined: nothing. */
export function lossOf(before: Iterable<readonly [string, string]>, after: HeaderList): string | undefined {
  for (const [name, value] of before) {
    const known = canonicalName(name);
    const now = after.get(name);
    if (known === NEIGHBOUR_FIELD && value === NEIGHBOUR_VALUE && now !== value)
      return `${now === undefined ? 'deletes' : 'writes over'} ${known}, which another plug-in wrote`;
    if (now === undefined && (known === 'From' || OF_THE_STACK.has(known))) return `deletes ${known}, which no message leaves without`;
  }
  return undefined;
}

/** The fields that are in `after` and were not, as they are now, in `before`. */
export function written(before: Iterable<readonly [string, string]>, after: Iterable<readonly [string, string]>): [string, string][] {
  const there = new Map<string, number>();
  const keyOf = (name: string, value: string): string => `${canonicalName(name)}: ${value}`;
  for (const [name, value] of before) there.set(keyOf(name, value), (there.get(keyOf(name, value)) ?? 0) + 1);
  const fresh: [string, string][] = [];
  for (const [name, value] of after) {
    const key = keyOf(name, value);
    const left = there.get(key) ?? 0;
    if (left > 0) there.set(key, left - 1);
    else fresh.push([name, value]);
  }
  return fresh;
}
