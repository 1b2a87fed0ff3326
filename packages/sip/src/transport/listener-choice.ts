/** Which listener a target is reached by: of its kind and family, bound where packets to it leave from. */
import type { Network } from '@jackfield/base';
import type { Awaitable } from '../messages/model.ts';
import { isIpv6, isLoopback, isWildcard } from './addresses.ts';
import type { Flow, Listener, Target } from './transport.ts';

/**
 * One that is bound to loopback serves loopback alone, and there it goes first; one that has a connection to the target already goes before
 * those that would open one; of several that are bound to one address each, the routing table says which.
 *
 * @param heardBy - how the peer was heard that the target was learned from: the listener of that goes before its like, and toward the host at its end
 * before all others. A NAT lets nothing in from elsewhere.
 */
export function listenerFor(
  listeners: readonly Listener[],
  target: Target,
  network: Network,
  heardBy?: Flow,
): Awaitable<Listener | undefined> {
  const { kind, host } = target;
  const near = isLoopback(host);
  const fitting: Listener[] = [];
  let wildcard: Listener | undefined;
  let other: Listener | undefined;
  let own: Listener | undefined;
  for (const listener of listeners) {
    const at = listener.local.host;
    if (listener.kind !== kind || isIpv6(at) !== isIpv6(host)) continue;
    if (heardBy !== undefined && isOf(listener, heardBy)) own = listener;
    if (isWildcard(at)) {
      if (listener.find?.(target) !== undefined) return listener;
      wildcard ??= listener;
    } else if (isLoopback(at) === near) fitting.push(listener);
    else if (near) other ??= listener;
  }
  const connected = fitting.length > 1 ? fitting.find((listener) => listener.find?.(target) !== undefined) : undefined;
  if (connected !== undefined) return connected;
  if (own !== undefined && (isWildcard(own.local.host) || host === heardBy?.remote.host)) return own;
  return fitting.length < 2 ? (fitting[0] ?? wildcard ?? other) : byRoute(fitting, host, network, own);
}

const isOf = ({ kind, local }: Listener, flow: Flow): boolean =>
  kind === flow.kind && local.port === flow.local.port && local.host === flow.local.host;

function byRoute(fitting: readonly Listener[], host: string, network: Network, own: Listener | undefined): Awaitable<Listener | undefined> {
  const at = (source: string | undefined): Listener | undefined =>
    own !== undefined && own.local.host === source ? own : (fitting.find(({ local }) => local.host === source) ?? fitting[0]);
  const first = fitting[0]!.local.host;
  if (fitting.every(({ local }) => local.host === first)) return at(first);
  const source = network.sourceFor(host);
  return typeof source === 'string' ? at(source) : source.then(at, () => at(undefined));
}
