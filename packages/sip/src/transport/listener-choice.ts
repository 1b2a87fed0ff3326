/** Which listener a target is reached by: of its kind and family, bound where packets to it leave from. */
import type { Network } from '@jackfield/base';
import type { Awaitable } from '../messages/model.ts';
import { isIpv6, isLoopback, isWildcard } from './addresses.ts';
import type { Listener, Target } from './transport.ts';

/**
 * One that is bound to loopback serves loopback alone, and there it goes first; one that has a connection to the target already goes before
 * those that would open one; of several that are bound to one address each, the routing table says which.
 */
export function listenerFor(listeners: readonly Listener[], target: Target, network: Network): Awaitable<Listener | undefined> {
  const { kind, host } = target;
  const near = isLoopback(host);
  const fitting: Listener[] = [];
  let wildcard: Listener | undefined;
  let other: Listener | undefined;
  for (const listener of listeners) {
    const at = listener.local.host;
    if (listener.kind !== kind || isIpv6(at) !== isIpv6(host)) continue;
    if (isWildcard(at)) {
      if (listener.find?.(target) !== undefined) return listener;
      wildcard ??= listener;
    } else if (isLoopback(at) === near) fitting.push(listener);
    else if (near) other ??= listener;
  }
  if (fitting.length < 2) return fitting[0] ?? wildcard ?? other;
  return fitting.find((listener) => listener.find?.(target) !== undefined) ?? byRoute(fitting, host, network);
}

function byRoute(fitting: readonly Listener[], host: string, network: Network): Awaitable<Listener | undefined> {
  const at = (source: string | undefined): Listener | undefined => fitting.find(({ local }) => local.host === source) ?? fitting[0];
  if (fitting.every(({ local }) => local.host === fitting[0]!.local.host)) return fitting[0];
  const source = network.sourceFor(host);
  return typeof source === 'string' ? at(source) : source.then(at, () => at(undefined));
}
