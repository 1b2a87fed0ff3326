/** Streams of this machine, over node:net; and those that TLS made of them. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address, StreamConnection, StreamListener, StreamReceiver } from '@jackfield/base';
import type { PeerCertificate } from './transport.ts';

const PROBE_AFTER_MS = 60_000;

/** What a connection runs over, and who was proved to be at its end. */
export interface Below {
  readonly stream: StreamConnection;
  readonly proved: PeerCertificate | undefined;
}

export class SocketConnection implements StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  readonly proved: PeerCertificate | undefined;
  readonly #socket: Socket;
  readonly #below: StreamConnection | undefined;
  #receiver: StreamReceiver | undefined;
  #cause: Error | undefined;
  #detached = false;
  readonly #data: (bytes: Buffer) => void;
  readonly #error: (error: Error) => void;
  readonly #close: () => void;
  #ended = false;

  constructor(socket: Socket, below?: Below) {
    const data = (bytes: Buffer): void => this.#receiver?.data(bytes);
    const failed = (error: Error): void => void (this.#cause ??= error);
    const closed = (): void => (this.#cause === undefined ? this.#receiver?.closed() : this.#receiver?.closed(this.#cause));
    [this.#data, this.#error, this.#close] = [data, failed, closed];
    this.#socket = socket;
    this.#below = below?.stream;
    this.proved = below?.proved;
    this.local = below?.stream.local ?? { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.remote = below?.stream.remote ?? { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    if (below !== undefined) return;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_AFTER_MS);
  }

  /** Passes on what the socket says; its first error is the cause of its end. */
  report(receiver: StreamReceiver): void {
    if (this.#detached) return;
    this.#receiver = receiver;
    this.#socket.on('data', this.#data).on('error', this.#error).on('close', this.#close);
  }

  /** The socket itself, from now on another's: nothing is reported any more. */
  detach(): Socket {
    this.#detached = true;
    return this.#socket.off('data', this.#data).off('error', this.#error).off('close', this.#close);
  }

  get buffered(): number {
    return this.#socket.writableLength + (this.#below?.buffered ?? 0);
  }

  send(bytes: Uint8Array): void {
    if (!this.#ended && this.#socket.writable) this.#socket.write(bytes);
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.end();
  }

  abort(): void {
    this.#ended = true;
    this.#socket.destroy();
  }
}

export function listenStream(options: Address, accept: (connection: StreamConnection) => StreamReceiver): Promise<StreamListener> {
  const server: Server = createServer((socket) => {
    if (socket.remoteAddress === undefined) return void socket.destroy(); // gone before it was seen
    const connection = new SocketConnection(socket);
    connection.report(accept(connection));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, ipv6Only: true }, () => {
      server.off('error', reject);
      server.on('error', () => {}); // an accept that failed (no file descriptors left): the peer sees it, and tries again
      const bound = server.address();
      const local = typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : options;
      resolve({ local, close: () => void server.close() });
    });
  });
}

export function connectStream(to: Address, receiver: StreamReceiver, signal?: AbortSignal): Promise<StreamConnection> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const socket = connect({ host: to.host, port: to.port });
    const giveUp = (): void => {
      socket.destroy();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', giveUp, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal?.removeEventListener('abort', giveUp);
      socket.off('error', reject);
      const connection = new SocketConnection(socket);
      connection.report(receiver);
      resolve(connection);
    });
  });
}
