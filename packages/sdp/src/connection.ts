/** The c= line (RFC 8866 §5.7): where a stream's packets go. Unicast as calls use it; a multicast TTL or count is left on the line and not read. */
import { SipError } from '@jackfield/base';
import { isVisible } from './characters.ts';
import type { Description, Lines, MediaSection } from './model.ts';

/** Where a stream's packets go. */
export interface ConnectionAddress {
  readonly addressType: 'IP4' | 'IP6';
  /** Numeric or a name, as written; IPv6 without brackets. */
  readonly address: string;
}

/** Where the section's owner wants packets: the section's first c=, else the session's; undefined when there is none for the Internet. */
export function connectionAddress(section: MediaSection, description?: Description): ConnectionAddress | undefined {
  const line = (firstConnection(section) ?? (description === undefined ? undefined : firstConnection(description)))?.trimEnd();
  if (line === undefined) return undefined;
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

/** 0.0.0.0, :: however spelled, or a name under .invalid: an address that means "nowhere yet" (RFC 3264 §8.4, RFC 6157 §4.2). */
export function isUnspecified(address: string): boolean {
  if (address === '0.0.0.0' || address === '::') return true;
  if (address.toLowerCase().endsWith('.invalid')) return true;
  if (!address.includes(':')) return false;
  for (let at = 0; at < address.length; at += 1) {
    const char = address.charAt(at);
    if (char !== '0' && char !== ':') return false;
  }
  return true;
}

function firstConnection(holder: Lines): string | undefined {
  for (const line of holder.lines) if (line.startsWith('c=')) return line;
  return undefined;
}
