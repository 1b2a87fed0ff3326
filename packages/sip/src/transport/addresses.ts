/** Numeric hosts, without brackets: family, wildcard, loopback. */

export const isIpv6 = (host: string): boolean => host.includes(':');
export const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
export const isLoopback = (host: string): boolean => host === '::1' || host.startsWith('127.');

export function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
