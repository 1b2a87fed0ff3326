/** Where a URI leads (a part of RFC 3263 §4: numeric hosts, ports, transport=, and A and AAAA of a name; no NAPTR, no SRV). */
import type { Network } from '@jackfield/base';
import { isIP } from 'node:net';
import type { Awaitable, Uri } from '../messages/model.ts';
import { SipUri, parseUri } from '../messages/uri.ts';
import { isIpv6, withoutBrackets } from './addresses.ts';
import type { Listener, Target, TransportKind } from './transport.ts';

const PORT = 5060;

/** Ordered, and only what one of `listeners` can reach; none for other schemes, `sips` among them, and for names without an address. Never rejects. */
export function locate(uri: Uri, listeners: readonly Listener[], network: Network): Awaitable<readonly Target[]> {
  const sip = uri instanceof SipUri ? uri : parseUri(uri.toString());
  if (!(sip instanceof SipUri) || sip.scheme !== 'sip') return [];
  const kind = kindFor(sip.transport, listeners);
  if (kind === undefined) return [];
  const host = withoutBrackets(sip.parameters.get('maddr') ?? sip.host);
  const port = sip.port ?? PORT;
  if (isIP(host) !== 0) return targets([host], kind, port, listeners);
  return network.lookup(host).then(
    (found) => targets(found, kind, port, listeners),
    () => [],
  );
}

/** What the URI asks for; else UDP, which every element has (RFC 3263 §4.1), or what there is. */
function kindFor(asked: string | undefined, listeners: readonly Listener[]): TransportKind | undefined {
  const has = (kind: TransportKind): boolean => listeners.some((listener) => listener.kind === kind);
  if (asked === undefined) return has('UDP') ? 'UDP' : listeners[0]?.kind;
  const kind = asked === 'udp' ? 'UDP' : asked === 'tcp' ? 'TCP' : undefined;
  return kind !== undefined && has(kind) ? kind : undefined;
}

function targets(hosts: readonly string[], kind: TransportKind, port: number, listeners: readonly Listener[]): readonly Target[] {
  return hosts
    .filter((host) => listeners.some((listener) => listener.kind === kind && isIpv6(listener.local.host) === isIpv6(host)))
    .map((host) => ({ kind, host, port }));
}
