/** What hosts and streams of a simulated network share: the clock, the chance, the conditions, who is parted from whom, and the counts. */
import type { Clock } from '../clock.ts';
import type { Address } from '../network.ts';
import { CALM, type NetworkConditions } from './conditions.ts';
import type { SeededRandom } from './seeded-random.ts';

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

/** What holds from some hosts to others, over what holds everywhere. */
export interface Path {
  readonly from: ReadonlySet<object>;
  readonly to: ReadonlySet<object>;
  readonly conditions: Partial<NetworkConditions>;
}

export interface Partition {
  readonly left: ReadonlySet<object>;
  readonly right: ReadonlySet<object>;
}

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
  #conditions: NetworkConditions = CALM;
  #paths: readonly Path[] = [];
  /** What the paths come to, by sender and receiver. */
  readonly #between = new Map<object, Map<object, NetworkConditions>>();
  #partitions: readonly Partition[] = [];

  constructor(clock: Clock, random: SeededRandom) {
    this.clock = clock;
    this.random = random;
  }

  get conditions(): NetworkConditions {
    return this.#conditions;
  }

  set conditions(conditions: NetworkConditions) {
    this.#conditions = conditions;
    this.#between.clear();
  }

  get paths(): readonly Path[] {
    return this.#paths;
  }

  set paths(paths: readonly Path[]) {
    this.#paths = paths;
    this.#between.clear();
  }

  /** What a packet between these meets; the later of two paths that both hold counts. `to` undefined: nobody is there. */
  conditionsFor(from: object, to: object | undefined): NetworkConditions {
    if (this.#paths.length === 0 || to === undefined) return this.#conditions;
    let ways = this.#between.get(from);
    if (ways === undefined) this.#between.set(from, (ways = new Map()));
    let conditions = ways.get(to);
    if (conditions === undefined) {
      conditions = this.#conditions;
      for (const path of this.#paths) if (path.from.has(from) && path.to.has(to)) conditions = { ...conditions, ...path.conditions };
      ways.set(to, conditions);
    }
    return conditions;
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

  drawDelay({ minDelayMs, maxDelayMs }: NetworkConditions): number {
    return maxDelayMs > minDelayMs ? minDelayMs + this.random.integer(maxDelayMs - minDelayMs + 1) : minDelayMs;
  }

  tell(kind: NetworkEvent['kind'], what: NetworkEvent['what'], from: Address, to: Address, bytes: Uint8Array): void {
    if (this.taps.size === 0) return;
    const event: NetworkEvent = { kind, what, at: this.clock.now(), from, to, bytes };
    for (const tap of this.taps) tap(event);
  }
}
