/** What hosts and streams of a simulated network share: the clock, the chance, the conditions, who is parted from whom, and the counts. */
import type { Clock } from '../clock.ts';
import type { Address } from '../network.ts';
import type { SeededRandom } from './seeded-random.ts';

/** What the network does to packets. Shares are 0 to 1, drawn per datagram; streams know delay, splitting and partitions only. */
export interface NetworkConditions {
  /** One-way delay, whole ms, drawn evenly from `minDelayMs` to `maxDelayMs`; 1 and 1 unless given. Datagrams of one path keep their order. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** Share of datagrams that are held back for up to `reorderMs` more, and overtaken meanwhile. */
  readonly reordering: number;
  /** Default 20. */
  readonly reorderMs: number;
  /** Datagrams of more bytes are lost; none unless given. */
  readonly mtu: number;
  /** Streams arrive cut and joined at random places. */
  readonly splitStreams: boolean;
  /** A datagram to a port where nobody listens is reported to its sender's socket (ECONNREFUSED); else it vanishes. */
  readonly reportUnreachable: boolean;
}

/** What was done since the start. Datagrams, unless it says otherwise. */
export interface NetworkCounts {
  sent: number;
  delivered: number;
  lost: number;
  duplicated: number;
  reordered: number;
  /** Over the MTU; also among the lost. */
  oversize: number;
  /** Across a partition; also among the lost. */
  partitioned: number;
  /** To a host or port where nobody listens. */
  unbound: number;
  connectionsOpened: number;
  connectionsRefused: number;
  connectionsCut: number;
  streamChunks: number;
}

/** One thing that happened to one packet or to one piece of a stream. `at`: ms of the clock. */
export interface NetworkEvent {
  readonly kind: 'datagram' | 'stream';
  readonly what: 'sent' | 'delivered' | 'lost';
  readonly at: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/** A connection as the network cuts and resumes it. Hosts are known by identity only. */
export interface Breakable {
  readonly caller: object;
  readonly callee: object;
  cut(): void;
  resume(): void;
}

export interface Partition {
  readonly left: ReadonlySet<object>;
  readonly right: ReadonlySet<object>;
}

const CALM: NetworkConditions = {
  minDelayMs: 1,
  maxDelayMs: 1,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderMs: 20,
  mtu: Infinity,
  splitStreams: false,
  reportUnreachable: false,
};

export class Medium {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly counts: NetworkCounts = {
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    oversize: 0,
    partitioned: 0,
    unbound: 0,
    connectionsOpened: 0,
    connectionsRefused: 0,
    connectionsCut: 0,
    streamChunks: 0,
  };
  readonly links = new Set<Breakable>();
  readonly names = new Map<string, readonly string[]>();
  readonly taps = new Set<(event: NetworkEvent) => void>();
  conditions: NetworkConditions = CALM;
  #partitions: readonly Partition[] = [];

  constructor(clock: Clock, random: SeededRandom) {
    this.clock = clock;
    this.random = random;
  }

  get partitions(): readonly Partition[] {
    return this.#partitions;
  }

  set partitions(partitions: readonly Partition[]) {
    this.#partitions = partitions;
    for (const link of this.links) link.resume();
  }

  parted(one: object, other: object): boolean {
    for (const { left, right } of this.#partitions) {
      if ((left.has(one) && right.has(other)) || (left.has(other) && right.has(one))) return true;
    }
    return false;
  }

  drawDelay(): number {
    const { minDelayMs, maxDelayMs } = this.conditions;
    return maxDelayMs > minDelayMs ? minDelayMs + this.random.integer(maxDelayMs - minDelayMs + 1) : minDelayMs;
  }

  tell(kind: NetworkEvent['kind'], what: NetworkEvent['what'], from: Address, to: Address, bytes: Uint8Array): void {
    if (this.taps.size === 0) return;
    const event: NetworkEvent = { kind, what, at: this.clock.now(), from, to, bytes };
    for (const tap of this.taps) tap(event);
  }
}
