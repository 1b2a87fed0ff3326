/** The c= line (RFC 8866 §5.7): where a stream's packets go. Unicast as calls use it; a multicast TTL or count is left on the line and not read. */
import { SipError } from '@jackfield/base';
import { isDigit, isVisible } from './characters.ts';
import { isIpv4, isIpv6 } from './ip-address.ts';
import type { Description, Lines, MediaSection } from './model.ts';

/** First number of IPv4 addresses from which on none is of one host: 224/4, and what is reserved above. */
const FIRST_MULTICAST = 224;

const SPACE = 32;
const NAME_OF_NOBODY = /\.invalid$/i;

/** Where a stream's packets go. */
export interface ConnectionAddress {
  readonly addressType: 'IP4' | 'IP6';
  /** Numeric or a name, as written; IPv6 without brackets. */
  readonly address: string;
}

/** Where the section's owner wants packets: the section's first c=, else the session's; undefined when there is none for the Internet. */
export function connectionAddress(section: MediaSection, description?: Description): ConnectionAddress | undefined {
  const found = firstConnection(section) ?? (description === undefined ? undefined : firstConnection(description));
  if (found === undefined) return undefined;
  if (found !== latestLine) latestAddress = readConnection(found);
  latestLine = found; // the same object is equal at one look
  return latestAddress;
}

/** Whoever takes part in an exchange asks for the same one, and peers behind one proxy say the same. */
let latestLine = '';
let latestAddress: ConnectionAddress | undefined;

function readConnection(found: string): ConnectionAddress | undefined {
  const line = found.charCodeAt(found.length - 1) > SPACE ? found : found.trimEnd();
  const addressType = line.startsWith('IN IP4 ', 2) ? 'IP4' : line.startsWith('IN IP6 ', 2) ? 'IP6' : undefined;
  if (addressType === undefined) return undefined;
  const slash = line.indexOf('/', 9);
  const address = slash === -1 ? line.slice(9) : line.slice(9, slash);
  return isVisible(address) ? { addressType, address } : undefined;
}

/** The whole line for an address, numeric or a name (then taken as IP4). @throws SipError `SDP_LINE_SYNTAX` when it is empty or has spaces. */
export function connectionLine(address: string): string {
  const line = `c=IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`;
  if (!isVisible(address)) throw new SipError('SDP_LINE_SYNTAX', `no address for a c= line: ${JSON.stringify(address)}`, { line });
  return line;
}

/**
 * Whether a stream can be had with the section's owner: it names a numeric unicast address of the family of ours, or says nowhere (yet). Names are not
 * looked up, and an address is required (RFC 8866 §5.7).
 *
 * @param from - our address, without brackets; a name is of either family
 */
export function isReachable(section: MediaSection, description: Description | undefined, from: string): boolean {
  const address = connectionAddress(section, description)?.address;
  if (address === undefined) return false;
  if (isIpv4(address)) return address === '0.0.0.0' || (!from.includes(':') && firstNumber(address) < FIRST_MULTICAST);
  if (isUnspecified(address)) return true;
  return !isIpv4(from) && isIpv6(address) && !isMulticast6(address);
}

/** 0.0.0.0, :: however spelled, or a name under .invalid: an address that means "nowhere yet" (RFC 3264 §8.4, RFC 6157 §4.2). */
export function isUnspecified(address: string): boolean {
  if (address === '0.0.0.0' || address === '::') return true;
  if (!address.includes(':')) return !isDigit(address.charCodeAt(address.length - 1)) && NAME_OF_NOBODY.test(address);
  for (let at = 0; at < address.length; at += 1) {
    const char = address.charAt(at);
    if (char !== '0' && char !== ':') return false;
  }
  return true;
}

/** Of a numeric IPv4 address. */
function firstNumber(address: string): number {
  let value = 0;
  for (let at = 0; isDigit(address.charCodeAt(at)); at += 1) value = value * 10 + address.charCodeAt(at) - 48;
  return value;
}

/** ff00::/8: the first group has all its four digits. */
function isMulticast6(address: string): boolean {
  return address.charCodeAt(4) === 58 && address.slice(0, 2).toLowerCase() === 'ff';
}

function firstConnection(holder: Lines): string | undefined {
  for (const line of holder.lines) if (line.startsWith('c=')) return line;
  return undefined;
}
