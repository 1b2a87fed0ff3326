/** Streams of this machine, over node:net. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address, StreamConnection, StreamListener, StreamReceiver } from '@jackfield/base';

const PROBE_AFTER_MS = 60_000;

class NodeConnection implements StreamConnection {
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: Socket;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.local = { host: socket.localAddress ?? '', port: socket.localPort ?? 0 };
    this.remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, PROBE_AFTER_MS);
  }

  /** Passes on what the socket says; its first error is the cause of its end. */
  report(receiver: StreamReceiver): void {
    let cause: Error | undefined;
    this.#socket.on('data', (bytes) => receiver.data(bytes));
    this.#socket.on('error', (error) => (cause ??= error));
    this.#socket.on('close', () => (cause === undefined ? receiver.closed() : receiver.closed(cause)));
  }

  get buffered(): number {
    return this.#socket.writableLength;
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
    const connection = new NodeConnection(socket);
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
      const connection = new NodeConnection(socket);
      connection.report(receiver);
      resolve(connection);
    });
  });
}
