/** `@jackfield/sip/testing`: virtual time, seeded chance, a network in memory, scripted peers and ladders, for tests of what stands on a stack. */
export { ManualClock, SeededRandom, settle, SimulatedNetwork } from '@jackfield/base/testing';
export type { NetworkConditions, NetworkCounts, NetworkEvent, SimulatedHost, SimulatedNetworkOptions } from '@jackfield/base/testing';
export type { Expectation } from './testing/expectations.ts';
export { Ladder, type LadderStep } from './testing/ladder.ts';
export { DnsServer, type DnsServerOptions, type Misbehaviour } from './testing/dns-server.ts';
export { ZoneResolver, type ZoneResolverOptions } from './testing/zone-resolver.ts';
export { Zone, type ZoneRecord, type ZoneTable } from './testing/zone.ts';
export { RawPeer, type RawMessage, type RawPeerOptions } from './testing/raw-peer.ts';
export {
  ackText,
  cancelText,
  inDialogText,
  requestText,
  responseText,
  wire,
  type Fields,
  type InDialogScript,
  type RequestScript,
  type ResponseScript,
} from './testing/texts.ts';
