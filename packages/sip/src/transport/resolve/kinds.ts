/** From a URI to transports: `transport=`, what `sips` allows, default ports, names of services (RFC 3263 §4.1, RFC 5630 §3.1, RFC 7118 §5.5). Tables; asks nobody. */
import { isIpv6 } from '../addresses.ts';
import type { Listener, TransportKind } from '../transport.ts';

/** What counts of a listener. */
export type Bound = Pick<Listener, 'kind' | 'local'>;

export const DEFAULT_PORTS: Readonly<Record<TransportKind, number>> = { UDP: 5060, TCP: 5060, TLS: 5061, WS: 80, WSS: 443 };

/** Before the domain in the name of an SRV record. */
export const SERVICES: Readonly<Record<TransportKind, string>> = {
  UDP: '_sip._udp.',
  TCP: '_sip._tcp.',
  TLS: '_sips._tcp.',
  WS: '_sip._ws.',
  WSS: '_sips._ws.',
};

export const isSecure = (kind: TransportKind): boolean => kind === 'TLS' || kind === 'WSS';

/** What `transport=` names, under the URI's scheme; undefined: nothing that we know, or that `sips` allows. */
export function kindAsked(asked: string, secure: boolean): TransportKind | undefined {
  switch (asked) {
    case 'udp':
      return secure ? undefined : 'UDP';
    case 'tcp':
      return secure ? 'TLS' : 'TCP';
    case 'tls': // deprecated, and written all the same
      return 'TLS';
    case 'ws':
      return secure ? 'WSS' : 'WS';
    case 'wss':
      return 'WSS';
    default:
      return undefined;
  }
}

/**
 * Where nothing says otherwise: UDP, for `sips` TLS; without a listener of that kind, the first that may be used. A port that a `sip` URI names belongs
 * to UDP and TCP before all others (RFC 3263 §4.1), and 5060 to those alone (RFC 3261 §19.1.2): nobody speaks TLS or WebSocket there.
 */
export function defaultKind(listeners: readonly Bound[], secure: boolean, port: number | undefined): TransportKind | undefined {
  const usual = secure ? 'TLS' : 'UDP';
  if (hasKind(listeners, usual)) return usual;
  if (!secure && port !== undefined) {
    if (hasKind(listeners, 'TCP')) return 'TCP';
    if (port === DEFAULT_PORTS.TCP) return undefined;
  }
  for (const { kind } of listeners) if (!secure || isSecure(kind)) return kind;
  return undefined;
}

export function hasKind(listeners: readonly Bound[], wanted: TransportKind): boolean {
  for (const { kind } of listeners) if (kind === wanted) return true;
  return false;
}

export function hasFamily(listeners: readonly Bound[], wanted: TransportKind, ipv6: boolean): boolean {
  for (const { kind, local } of listeners) if (kind === wanted && isIpv6(local.host) === ipv6) return true;
  return false;
}

/** Each once, in the order of the program's transports. */
export function kindsOf(listeners: readonly Bound[], secure: boolean): readonly TransportKind[] {
  return [...new Set(listeners.map(({ kind }) => kind))].filter((kind) => !secure || isSecure(kind));
}
