/** One host of a simulated network: its addresses, its ports, and what a datagram meets on its way. Made by `SimulatedNetwork.host`. */
import type {
  Address,
  DatagramOptions,
  DatagramReceiver,
  DatagramSocket,
  Network,
  StreamConnection,
  StreamListener,
  StreamReceiver,
} from '../network.ts';
import type { NetworkConditions } from './conditions.ts';
import type { Medium } from './medium.ts';
import { Ports, isIpv6, isLoopback, systemError } from './ports.ts';
import { connect, type AcceptStream } from './simulated-stream.ts';

const isNumeric = (name: string): boolean => isIpv6(name) || /^\d+(\.\d+){3}$/.test(name);

class SimulatedSocket implements DatagramSocket {
  readonly local: Address;
  readonly receiver: DatagramReceiver;
  readonly #host: SimulatedHost;
  /** When the last datagram to a peer arrives: the next does not overtake it by chance of the delay alone. */
  readonly #lastDue = new Map<string, number>();
  closed = false;

  constructor(host: SimulatedHost, local: Address, receiver: DatagramReceiver) {
    this.#host = host;
    this.local = local;
    this.receiver = receiver;
  }

  send(bytes: Uint8Array, port: number, host: string): void {
    if (!this.closed) this.#host.transmit(this, bytes, { host, port });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#host.datagrams.give(this.local.host, this.local.port);
  }

  /** How long a datagram to this peer is under way. */
  delayTo(to: string, medium: Medium, conditions: NetworkConditions): number {
    const { maxDelayMs, minDelayMs, reordering, reorderMs } = conditions;
    const delay = medium.drawDelay(conditions);
    if (reordering > 0 && medium.random.chance(reordering)) {
      medium.counts.reordered += 1;
      return delay + 1 + medium.random.integer(reorderMs);
    }
    if (maxDelayMs === minDelayMs && this.#lastDue.size === 0) return delay;
    const now = medium.clock.now();
    const due = Math.max(now + delay, this.#lastDue.get(to) ?? 0);
    this.#lastDue.set(to, due);
    return due - now;
  }
}

/** For `network` of a stack, of ports and of scripted peers. */
export class SimulatedHost implements Network {
  readonly addresses: readonly string[];
  /** @internal */
  readonly datagrams: Ports<SimulatedSocket>;
  /** @internal */
  readonly listeners: Ports<AcceptStream>;
  readonly #medium: Medium;
  readonly #hosts: ReadonlyMap<string, SimulatedHost>;

  /** @internal */
  constructor(medium: Medium, hosts: ReadonlyMap<string, SimulatedHost>, addresses: readonly string[]) {
    this.#medium = medium;
    this.#hosts = hosts;
    this.addresses = addresses;
    this.datagrams = new Ports(addresses);
    this.listeners = new Ports(addresses);
  }

  async bindDatagram(options: DatagramOptions, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const local = { host: options.host, port: options.port };
    const socket = new SimulatedSocket(this, local, receiver);
    local.port = this.datagrams.take(options.host, options.port, socket, 'bind');
    return socket;
  }

  async listenStream(options: Address, accept: (connection: StreamConnection) => StreamReceiver): Promise<StreamListener> {
    const { host } = options;
    const port = this.listeners.take(host, options.port, accept, 'listen');
    let open = true;
    const close = (): void => {
      if (open) this.listeners.give(host, port);
      open = false;
    };
    return { local: { host, port }, close };
  }

  connectStream(to: Address, receiver: StreamReceiver, signal?: AbortSignal): Promise<StreamConnection> {
    const callee = this.reach(to.host);
    const host = this.sourceTo(to.host);
    if (callee === undefined || host === undefined) return Promise.reject(systemError('EHOSTUNREACH', 'connect', to.host, to.port));
    const from = { host, port: this.listeners.freePort(host) };
    return connect(
      this.#medium,
      { caller: this, callee, listeners: callee.listeners, from, to: { host: to.host, port: to.port } },
      receiver,
      signal,
    );
  }

  /** The address of the same family that has most in common with `remoteHost`, which is what a routing table mostly comes to. */
  sourceFor(remoteHost: string): string | Promise<string> {
    return this.sourceTo(remoteHost) ?? Promise.reject(systemError('ENETUNREACH', 'connect', remoteHost, 0));
  }

  async lookup(name: string): Promise<readonly string[]> {
    if (isNumeric(name)) return [name];
    const addresses = this.#medium.names.get(name.toLowerCase());
    if (addresses === undefined) throw Object.assign(new Error(`lookup ENOTFOUND ${name}`), { code: 'ENOTFOUND', hostname: name });
    return addresses;
  }

  /** @internal */
  sourceTo(remoteHost: string): string | undefined {
    if (isLoopback(remoteHost)) return isIpv6(remoteHost) ? '::1' : '127.0.0.1';
    if (this.addresses.includes(remoteHost)) return remoteHost;
    let best: string | undefined;
    let most = -1;
    for (const address of this.addresses) {
      if (isIpv6(address) !== isIpv6(remoteHost)) continue;
      let common = 0;
      while (common < address.length && address.charCodeAt(common) === remoteHost.charCodeAt(common)) common += 1;
      if (common > most) [best, most] = [address, common];
    }
    return best;
  }

  /** @internal */
  reach(address: string): SimulatedHost | undefined {
    return isLoopback(address) ? this : this.#hosts.get(address);
  }

  /** @internal */
  transmit(socket: SimulatedSocket, bytes: Uint8Array, to: Address): void {
    const medium = this.#medium;
    const { counts, random } = medium;
    const wildcard = socket.local.host === '0.0.0.0' || socket.local.host === '::';
    const source = wildcard ? this.sourceTo(to.host) : socket.local.host;
    if (source === undefined || isIpv6(source) !== isIpv6(to.host)) {
      medium.clock.after(0, () => socket.closed || socket.receiver.error(systemError('ENETUNREACH', 'send', to.host, to.port), to));
      return;
    }
    const from = { host: source, port: socket.local.port };
    const host = this.reach(to.host);
    const conditions = medium.conditionsFor(this, host);
    counts.sent += 1;
    medium.tell('datagram', 'sent', from, to, bytes);
    const oversize = bytes.length > conditions.mtu;
    const parted = host !== undefined && medium.parted(this, host);
    if (oversize) counts.oversize += 1;
    if (parted) counts.partitioned += 1;
    if (oversize || parted || (conditions.loss > 0 && random.chance(conditions.loss))) {
      counts.lost += 1;
      medium.tell('datagram', 'lost', from, to, bytes);
      return;
    }
    const copies = conditions.duplication > 0 && random.chance(conditions.duplication) ? 2 : 1;
    counts.duplicated += copies - 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const own = Uint8Array.prototype.slice.call(bytes); // what the sender writes into its buffer later is not seen
      medium.clock.after(socket.delayTo(to.host, medium, conditions), () => this.#deliver(socket, host, from, to, own));
    }
  }

  #deliver(sender: SimulatedSocket, host: SimulatedHost | undefined, from: Address, to: Address, bytes: Uint8Array): void {
    const medium = this.#medium;
    const socket = host?.datagrams.at(to.host, to.port);
    if (socket !== undefined) {
      medium.counts.delivered += 1;
      medium.tell('datagram', 'delivered', from, to, bytes);
      socket.receiver.message(bytes, from.host, from.port);
      return;
    }
    medium.counts.unbound += 1;
    if (host === undefined) return;
    const back = medium.conditionsFor(host, this);
    if (!back.reportUnreachable) return;
    medium.clock.after(medium.drawDelay(back), () => {
      if (!sender.closed) sender.receiver.error(systemError('ECONNREFUSED', 'send', to.host, to.port), to);
    });
  }
}
