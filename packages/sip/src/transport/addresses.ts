/** Numeric hosts, without brackets: family, wildcard, loopback, and whom they count as. */

const COLON = 0x3a;
const NETWORK_GROUPS = 4;

export const isIpv6 = (host: string): boolean => host.includes(':');
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
export const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

/** A link-local address without the interface that it was met on: `fe80::1%eth0`. */
export function withoutZone(host: string): string {
  const zone = host.indexOf('%');
  return zone < 0 ? host : host.slice(0, zone);
}

export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

/** Whom a host counts as: itself; of IPv6 its /64 network, for one subscriber has all of its addresses. @param host - numeric, without brackets. */
export function sourceOf(host: string): string {
  let groups = 0;
  for (let at = host.indexOf(':'); at >= 0; at = host.indexOf(':', at + 1)) {
    groups += 1;
    if (groups < NETWORK_GROUPS && host.charCodeAt(at + 1) !== COLON) continue;
    if (host.includes('.')) return host;
    let end = at;
    while (host.endsWith(':0', end)) end -= 2; // `::` stands for them in others of the network
    return host.slice(0, end);
  }
  return host;
}
