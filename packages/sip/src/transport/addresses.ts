/** Numeric hosts, without brackets: family, wildcard, loopback. */

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
