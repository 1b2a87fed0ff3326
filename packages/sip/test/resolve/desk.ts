/** A locator that asks a zone, on a clock turned by hand, for listeners that are only said to be there. */
import type { Network } from '@jackfield/base';
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import { parseUri } from '../../src/messages/uri.ts';
import { ZoneResolver } from '../../src/testing/zone-resolver.ts';
import type { ZoneRecord, ZoneTable } from '../../src/testing/zone.ts';
import { Locator } from '../../src/transport/locate.ts';
import type { Bound } from '../../src/transport/resolve/kinds.ts';
import type { LocateOptions } from '../../src/transport/resolve/options.ts';
import type { Resolver } from '../../src/transport/resolve/resolver.ts';
import type { Targets } from '../../src/transport/resolve/targets.ts';
import type { Target, TransportKind } from '../../src/transport/transport.ts';

export const a = (address: string, ttl?: number): ZoneRecord => ({ type: 'A', address, ...(ttl === undefined ? {} : { ttl }) });
export const aaaa = (address: string): ZoneRecord => ({ type: 'AAAA', address });
export const srv = (target: string, port: number, priority = 0, weight = 0): ZoneRecord => ({
  type: 'SRV',
  target,
  port,
  priority,
  weight,
});
export const naptr = (
  order: number,
  preference: number,
  service: string,
  replacement: string,
  more: { readonly flags?: string; readonly regexp?: string } = {},
): ZoneRecord => ({
  type: 'NAPTR',
  order,
  preference,
  service,
  replacement,
  ...more,
});

/** `UDP TCP6`: by UDP on IPv4, by TCP on both. */
export function listeners(text: string): readonly Bound[] {
  return text.split(' ').flatMap((word): readonly Bound[] => {
    const [, kind, six] = /^([A-Z]+)(6?)$/.exec(word) ?? [];
    const four: Bound = { kind: kind as TransportKind, local: { host: '0.0.0.0', port: 5060 } };
    return six === '6' ? [four, { kind: four.kind, local: { host: '::', port: 5060 } }] : [four];
  });
}

export const shown = ({ kind, host, port }: Target): string => `${kind} ${host} ${port}`;

export interface Desk {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly dns: ZoneResolver;
  readonly locator: Locator;
  /** What the system was asked. */
  readonly lookups: string[];
  readonly targets: (uri: string, by?: string) => Targets;
  /** All of them, as texts. */
  readonly find: (uri: string, by?: string) => Promise<readonly string[]>;
}

export function desk(
  zone: ZoneTable = {},
  options: LocateOptions & { readonly seed?: number; readonly resolver?: Resolver; readonly delayMs?: number } = {},
): Desk {
  const { seed = 1, resolver, delayMs, ...locating } = options;
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock });
  const host = network.host('10.0.0.1');
  const lookups: string[] = [];
  const system: Network = {
    bindDatagram: (at, receiver) => host.bindDatagram(at, receiver),
    listenStream: (at, accept) => host.listenStream(at, accept),
    connectStream: (to, receiver, signal) => host.connectStream(to, receiver, signal),
    sourceFor: (remote) => host.sourceFor(remote),
    lookup: (name) => {
      lookups.push(name);
      return host.lookup(name);
    },
  };
  const dns = new ZoneResolver(zone, { clock, delayMs });
  const locator = new Locator({ resolver: resolver ?? dns, network: system, clock, random: new SeededRandom(seed), locating });
  const targets = (uri: string, by = 'UDP TCP TLS'): Targets => locator.targets(parseUri(uri)!, listeners(by));
  const find = async (uri: string, by?: string): Promise<readonly string[]> => (await targets(uri, by).rest()).map(shown);
  return { clock, network, dns, locator, lookups, targets, find };
}
