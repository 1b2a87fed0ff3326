/**
 * A network in memory, on a clock and a seed: the same seed and the same calls give the same run. Here is what a test turns; what becomes
 * of a datagram is in simulated-host.ts, streams are in simulated-stream.ts.
 */
import type { Clock } from '../clock.ts';
import { checkConditions, type NetworkConditions } from './conditions.ts';
import { Medium, type NetworkCounts, type NetworkEvent, type Partition, type Path } from './medium.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedHost } from './simulated-host.ts';

export type { NetworkConditions } from './conditions.ts';
export type { NetworkCounts, NetworkEvent } from './medium.ts';
export type { SimulatedHost } from './simulated-host.ts';

/** For `SimulatedNetwork`. */
export interface SimulatedNetworkOptions {
  readonly clock: Clock;
  /** A seed, or a generator to draw from; seed 1 unless given. */
  readonly random?: SeededRandom | number | undefined;
  readonly conditions?: Partial<NetworkConditions> | undefined;
}

/** Hosts are added by `host`; delays, loss and partitions may be turned at any time. */
export class SimulatedNetwork {
  readonly #medium: Medium;
  readonly #hosts = new Map<string, SimulatedHost>();

  constructor({ clock, random = 1, conditions = {} }: SimulatedNetworkOptions) {
    this.#medium = new Medium(clock, typeof random === 'number' ? new SeededRandom(random) : random);
    this.change(conditions);
  }

  get clock(): Clock {
    return this.#medium.clock;
  }

  get conditions(): NetworkConditions {
    return this.#medium.conditions;
  }

  get counts(): Readonly<NetworkCounts> {
    return this.#medium.counts;
  }

  /** Live connections. */
  get connections(): number {
    return this.#medium.links.size;
  }

  /** From now on; what is under way keeps its fate. @throws RangeError for a share outside 0 to 1, or a delay or size below 0. */
  change(conditions: Partial<NetworkConditions>): void {
    checkConditions(conditions);
    this.#medium.conditions = { ...this.#medium.conditions, ...conditions };
  }

  /**
   * What packets from `from` to `to` meet in place of what holds everywhere; one way, and on loopback too where both are one host. Of two
   * that say the same thing the later counts. Disposing it takes it off. @throws RangeError as `change` does.
   */
  path(
    from: SimulatedHost | readonly SimulatedHost[],
    to: SimulatedHost | readonly SimulatedHost[],
    conditions: Partial<NetworkConditions>,
  ): Disposable {
    checkConditions(conditions);
    const medium = this.#medium;
    const path: Path = { from: new Set([from].flat()), to: new Set([to].flat()), conditions: { ...conditions } };
    medium.paths = [...medium.paths, path];
    return {
      [Symbol.dispose]() {
        medium.paths = medium.paths.filter((one) => one !== path);
      },
    };
  }

  /** A new host with these addresses, besides its own loopback. @throws when another has one of them. */
  host(addresses: string | readonly string[]): SimulatedHost {
    const list = typeof addresses === 'string' ? [addresses] : addresses;
    for (const address of list) if (this.#hosts.has(address)) throw new Error(`${address} belongs to another host`);
    const host = new SimulatedHost(this.#medium, this.#hosts, list);
    for (const address of list) this.#hosts.set(address, host);
    return host;
  }

  /** What `lookup` gives for a name, best first; no addresses: it is not known any more. */
  name(name: string, addresses: readonly string[]): void {
    if (addresses.length > 0) this.#medium.names.set(name.toLowerCase(), addresses);
    else this.#medium.names.delete(name.toLowerCase());
  }

  /** Nothing passes between these hosts, both ways: datagrams are lost, streams stall. Disposing it heals this one. */
  partition(left: SimulatedHost | readonly SimulatedHost[], right: SimulatedHost | readonly SimulatedHost[]): Disposable {
    const medium = this.#medium;
    const partition: Partition = { left: new Set([left].flat()), right: new Set([right].flat()) };
    medium.partitions = [...medium.partitions, partition];
    return {
      [Symbol.dispose]() {
        medium.partitions = medium.partitions.filter((one) => one !== partition);
      },
    };
  }

  /** Ends every partition. */
  heal(): void {
    this.#medium.partitions = [];
  }

  /** Breaks every connection of `host`, or those with `other` only: both sides see ECONNRESET. `streamBreaks` does it by chance. */
  cut(host: SimulatedHost, other?: SimulatedHost): void {
    for (const link of this.#medium.links) {
      const its = link.caller === host ? link.callee : link.callee === host ? link.caller : undefined;
      if (its === undefined || (other !== undefined && other !== its)) continue;
      link.cut();
    }
  }

  /** Sees every packet that is sent, delivered or lost, in order, before anybody else does. */
  tap(listener: (event: NetworkEvent) => void): Disposable {
    const { taps } = this.#medium;
    taps.add(listener);
    return { [Symbol.dispose]: () => taps.delete(listener) };
  }
}
