/** SIP over UDP (RFC 3261 §18): one socket, and for each peer what it is shown of us. */
import { SipError, type Address, type DatagramReceiver, type DatagramSocket, type Network } from '@jackfield/base';
import type { Awaitable } from '../messages/model.ts';
import { isWildcard } from './addresses.ts';
import { shownInstead, type Advertise } from './advertise.ts';
import { BoundedCache } from './bounded-cache.ts';
import { checkPlace } from './place.ts';
import { positive } from './positive.ts';
import type { Flow, Listener, SipMessage, Target, Transport, TransportHost, TransportOptions } from './transport.ts';

/** For `udp()`. */
export interface UdpOptions extends TransportOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Bytes the system holds for us while we are busy; 4 MiB, or what it allows. */
  readonly recvBufferSize?: number | undefined;
  /** In place of the stack's. */
  readonly network?: Network | undefined;
}

const RECV_BUFFER_SIZE = 4 * 1024 * 1024;
const MAX_PEERS = 8192;
const MAX_FLOWS_PER_PEER = 1024;
/** Of all peers, made since they were forgotten last: who forges source addresses must not fill the memory. */
const MAX_FLOWS = 65_536;
const MAX_WAITING = 4096;
const MAX_WAITING_PER_PEER = 64;

class UdpFlow implements Flow {
  readonly kind = 'UDP';
  readonly reliable = false;
  readonly secure = false;
  readonly remote: Address;
  readonly advertised: Address;
  readonly #listener: UdpListener;

  constructor(listener: UdpListener, remote: Address, advertised: Address) {
    this.#listener = listener;
    this.remote = remote;
    this.advertised = advertised;
  }

  get local(): Address {
    return this.#listener.local;
  }

  get closed(): boolean {
    return this.#listener.closed;
  }

  send(bytes: Uint8Array, message?: SipMessage): void {
    this.#listener.send(bytes, message, this);
  }

  sibling(port: number): Flow {
    return port === this.remote.port ? this : this.#listener.flowTo(this.remote.host, port, this.advertised);
  }
}

/** One remote host. */
class Peer {
  readonly host: string;
  /** Unknown while the routing table is asked. */
  advertised: Address | undefined;
  known: Promise<Address> | undefined;
  /** What came meanwhile. */
  waiting: { readonly bytes: Uint8Array; readonly port: number }[] = [];
  recent: UdpFlow | undefined;
  readonly flows = new Map<number, UdpFlow>();

  constructor(host: string, advertised: Address | undefined) {
    this.host = host;
    this.advertised = advertised;
  }
}

class UdpListener implements Listener, DatagramReceiver {
  readonly kind = 'UDP';
  readonly #host: TransportHost;
  readonly #network: Network;
  readonly #peers = new BoundedCache<string, Peer>(MAX_PEERS);
  /** Whom the last datagram came from: each brings a text of its own for its host, which the map would have to hash. */
  #recent: Peer | undefined;
  #socket: DatagramSocket | undefined;
  #local: Address = { host: '', port: 0 };
  /** Asked for each peer. */
  #advertise: Advertise | undefined;
  /** The same for every peer, unless the socket is bound to a wildcard, or each peer is asked for. */
  #shown: Address | undefined;
  #flowsMade = 0;
  /** Datagrams of all peers that wait. */
  #waiting = 0;
  closed = false;

  constructor(host: TransportHost, network: Network) {
    this.#host = host;
    this.#network = network;
  }

  get local(): Address {
    return this.#local;
  }

  bound(socket: DatagramSocket, advertise: Advertise | undefined): void {
    this.#socket = socket;
    this.#local = socket.local;
    const { host, port } = socket.local;
    const fixed = isWildcard(host) ? undefined : { host, port };
    if (typeof advertise === 'function') this.#advertise = advertise;
    else this.#shown = shownInstead(advertise, socket.local, host) ?? fixed;
    const shown = this.#shown ?? fixed;
    if (shown !== undefined) this.#host.advertising(shown);
  }

  // ---- from the socket

  message(bytes: Uint8Array, host: string, port: number): void {
    if (this.closed) return;
    if (isBlank(bytes)) return this.#host.keptAlive();
    if (port === 0) return this.#host.dropped('source', { host, port }, bytes); // nobody can be answered there
    const recent = this.#recent;
    const peer = recent !== undefined && recent.host === host ? recent : (this.#peers.get(host) ?? this.#meet(host));
    this.#recent = peer;
    const { advertised } = peer;
    if (advertised === undefined) this.#wait(peer, bytes, port);
    else this.#host.received(bytes, this.#flow(peer, port, advertised));
  }

  error(error: Error, to?: Address): void {
    if (this.closed) return;
    // too large is one message, and not the way: what else is under way to that peer goes on, and this one runs into its timeout
    const lost = !('code' in error && error.code === 'EMSGSIZE');
    const flow = to === undefined || !lost ? undefined : this.#peers.get(to.host)?.flows.get(to.port);
    if (flow === undefined) this.#host.socketFailed();
    else this.#host.flowFailed(flow, error);
  }

  // ---- from flows

  send(bytes: Uint8Array, message: SipMessage | undefined, flow: UdpFlow): void {
    if (this.closed || this.#socket === undefined) {
      queueMicrotask(() => this.#host.flowFailed(flow, undefined));
      return;
    }
    this.#host.sent(bytes, message, flow);
    this.#socket.send(bytes, flow.remote.port, flow.remote.host);
  }

  flowTo(host: string, port: number, advertised: Address): UdpFlow {
    let peer = this.#peers.get(host);
    if (peer === undefined) this.#peers.set(host, (peer = new Peer(host, advertised)));
    return this.#flow(peer, port, advertised);
  }

  // ---- from the layer

  open({ host, port }: Target): Awaitable<Flow> {
    const peer = this.#peers.get(host) ?? this.#meet(host);
    if (peer.advertised !== undefined) return this.#flow(peer, port, peer.advertised);
    return peer.known!.then((advertised) => {
      if (this.closed) throw new SipError('SIP_TRANSPORT_FAILED', 'the listener was closed', { transport: 'UDP', host, port });
      return this.#flow(peer, port, advertised);
    });
  }

  close(): void {
    this.closed = true;
    this.#socket?.close();
  }

  #flow(peer: Peer, port: number, advertised: Address): UdpFlow {
    const recent = peer.recent;
    if (recent !== undefined && recent.remote.port === port) return recent;
    let flow = peer.flows.get(port);
    if (flow === undefined) {
      if (peer.flows.size >= MAX_FLOWS_PER_PEER) peer.flows.clear(); // those in use go on, and are only not told of errors
      this.#flowsMade += 1;
      if (this.#flowsMade > MAX_FLOWS) {
        this.#flowsMade = 1;
        this.#peers.clear();
        this.#recent = undefined;
      }
      flow = new UdpFlow(this, { host: peer.host, port }, advertised);
      peer.flows.set(port, flow);
    }
    peer.recent = flow;
    return flow;
  }

  #meet(host: string): Peer {
    const peer = new Peer(host, this.#shown);
    this.#peers.set(host, peer);
    if (peer.advertised !== undefined) return peer;
    const instead = shownInstead(this.#advertise, this.#local, host);
    if (instead !== undefined) this.#show(peer, instead);
    else if (!isWildcard(this.#local.host)) peer.advertised = this.#local;
    if (peer.advertised !== undefined) return peer;
    const source = this.#network.sourceFor(host);
    if (typeof source === 'string') this.#learn(peer, source);
    else {
      peer.known = source.then((address) => this.#learn(peer, address));
      peer.known.catch(() => this.#lose(peer));
    }
    return peer;
  }

  #learn(peer: Peer, source: string): Address {
    const advertised = { host: source, port: this.#local.port };
    this.#show(peer, advertised);
    // in the order in which they came, and before any that comes later; each on its own, so that one that throws takes no other with it
    for (const { bytes, port } of this.#drain(peer))
      queueMicrotask(() => this.closed || this.#host.received(bytes, this.#flow(peer, port, advertised)));
    return advertised;
  }

  #show(peer: Peer, advertised: Address): void {
    this.#host.advertising(advertised);
    peer.advertised = advertised;
  }

  /** No way to that host: asked again when it is met again. */
  #lose(peer: Peer): void {
    this.#peers.delete(peer.host);
    if (this.#recent === peer) this.#recent = undefined;
    for (const { bytes, port } of this.#drain(peer)) this.#host.dropped('source', { host: peer.host, port }, bytes);
  }

  #wait(peer: Peer, bytes: Uint8Array, port: number): void {
    if (this.#waiting >= MAX_WAITING || peer.waiting.length >= MAX_WAITING_PER_PEER) {
      this.#host.dropped('source-waiting', { host: peer.host, port }, bytes);
      return;
    }
    this.#waiting += 1;
    peer.waiting.push({ bytes, port });
  }

  #drain(peer: Peer): Peer['waiting'] {
    const { waiting } = peer;
    peer.waiting = [];
    this.#waiting -= waiting.length;
    return waiting;
  }
}

/** Empty, or CRLFs alone: a keep-alive that wants no answer. */
function isBlank(bytes: Uint8Array): boolean {
  if (bytes.length > 4) return false;
  for (const byte of bytes) if (byte !== 0x0d && byte !== 0x0a && byte !== 0) return false;
  return true;
}

class UdpTransport implements Transport {
  readonly kind = 'UDP';
  readonly options: UdpOptions;
  readonly #recvBufferSize: number;

  constructor(options: UdpOptions) {
    checkPlace(options);
    if (options.port === undefined) throw new SipError('SIP_OPTION', 'port: UDP wants one, 0 for any that is free', { option: 'port' });
    this.options = options;
    this.#recvBufferSize = positive('recvBufferSize', options.recvBufferSize, RECV_BUFFER_SIZE);
  }

  async listen(host: TransportHost, at: Address): Promise<Listener> {
    const { options } = this;
    const network = options.network ?? host.network;
    const listener = new UdpListener(host, network);
    const bind = { ...at, recvBufferSize: this.#recvBufferSize };
    listener.bound(await network.bindDatagram(bind, listener), options.advertise);
    return listener;
  }
}

/** SIP over UDP, for the `transports` of one stack. @throws SIP_OPTION for a host, port, text to advertise or buffer size that is none. */
export function udp(options: UdpOptions): Transport {
  return new UdpTransport(options);
}
