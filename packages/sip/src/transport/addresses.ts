/** Numeric hosts, without brackets: family, wildcard, loopback. */
import { isIP } from 'node:net';

export const isIpv6 = (host: string): boolean => host.includes(':');
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
export const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** What a listener at `local` shows in place of its address, without brackets: `advertise`, unless that is of the family of the other wildcard. */
export function shownInstead(advertise: string | undefined, local: string): string | undefined {
  if (advertise === undefined) return undefined;
  const host = withoutBrackets(advertise);
  return isWildcard(local) && isIP(host) !== 0 && isIpv6(host) !== isIpv6(local) ? undefined : host;
}
