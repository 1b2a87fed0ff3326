/** The network of this machine: `Network` over node:dgram and node:dns. Its streams are in node-streams.ts. */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Address, DatagramOptions, DatagramReceiver, DatagramSocket, Network } from '@jackfield/base';
import { isIpv6, isLoopback } from './addresses.ts';
import { BoundedCache } from './bounded-cache.ts';
import { connectStream, listenStream } from './node-streams.ts';

const SOURCES_KEPT = 4096;
const LEAST_BUFFER = 64 * 1024;
const DISCARD = 9; // connecting a UDP socket sends nothing: any port will do

/** node:dgram asks a resolver for every datagram, even to a numeric host, unless it is given another way. */
const numeric4: LookupNothing = (host, _options, done) => done(null, host, 4);
const numeric6: LookupNothing = (host, _options, done) => done(null, host, 6);
type LookupNothing = (
  host: string,
  options: object,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
) => void;

const open = (host: string): Socket =>
  isIpv6(host) ? createSocket({ type: 'udp6', ipv6Only: true, lookup: numeric6 }) : createSocket({ type: 'udp4', lookup: numeric4 });

/** Asks for `bytes`, and for less where the system refuses (Linux takes what net.core.rmem_max allows, without a word). */
function enlarge(socket: Socket, bytes: number): void {
  for (let size = bytes; size >= LEAST_BUFFER; size = Math.floor(size / 2)) {
    try {
      socket.setRecvBufferSize(size);
      return;
    } catch {
      // the next is smaller
    }
  }
}

/** It says itself where to. */
type SendError = Error & { address?: string; port?: number };

class NodeDatagramSocket implements DatagramSocket {
  readonly local: Address;
  readonly #socket: Socket;
  readonly #receiver: DatagramReceiver;
  /** One for all sends. */
  readonly #sent: (error: SendError | null) => void;
  #closed = false;

  constructor(socket: Socket, receiver: DatagramReceiver) {
    const { address, port } = socket.address();
    this.local = { host: address, port };
    this.#socket = socket;
    this.#receiver = receiver;
    socket.on('message', (bytes, from) => receiver.message(bytes, from.address, from.port));
    socket.on('error', (error) => receiver.error(error));
    const sent = (error: SendError | null): void => {
      if (error === null || this.#closed) return;
      const { address, port } = error;
      this.#receiver.error(error, address === undefined || port === undefined ? undefined : { host: address, port });
    };
    this.#sent = sent;
  }

  send(bytes: Uint8Array, port: number, host: string): void {
    if (this.#closed) return;
    try {
      this.#socket.send(bytes, port, host, this.#sent);
    } catch (error) {
      queueMicrotask(() => this.#receiver.error(error instanceof Error ? error : new Error(String(error)), { host, port }));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}

class NodeNetwork implements Network {
  readonly listenStream = listenStream;
  readonly connectStream = connectStream;
  readonly #sources = new BoundedCache<string, string | Promise<string>>(SOURCES_KEPT);

  bindDatagram(options: DatagramOptions, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const socket = open(options.host);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: options.host, port: options.port }, () => {
        socket.off('error', reject);
        if (options.recvBufferSize !== undefined) enlarge(socket, options.recvBufferSize);
        resolve(new NodeDatagramSocket(socket, receiver));
      });
    });
  }

  sourceFor(remoteHost: string): string | Promise<string> {
    if (isLoopback(remoteHost)) return isIpv6(remoteHost) ? '::1' : '127.0.0.1';
    let source = this.#sources.get(remoteHost);
    if (source === undefined) {
      source = askSource(remoteHost);
      this.#sources.set(remoteHost, source);
      source.then(
        (address) => this.#sources.set(remoteHost, address),
        () => this.#sources.delete(remoteHost),
      );
    }
    return source;
  }

  async lookup(name: string): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name];
    const found = await lookup(name, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  }
}

/** What the routing table says: a connected UDP socket knows the address that it would send from. */
function askSource(remoteHost: string): Promise<string> {
  const socket = open(remoteHost);
  return new Promise<string>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(DISCARD, remoteHost, (error?: Error) => {
      if (error) reject(error);
      else resolve(socket.address().address);
    });
  }).finally(() => socket.close());
}

/** IPv4 and IPv6, each on sockets of its own: '::' takes IPv6 alone, so that both wildcards can be listened on at one port. */
export function nodeNetwork(): Network {
  return new NodeNetwork();
}
