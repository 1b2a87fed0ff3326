/** Datagram sockets in memory: what is sent is kept, what arrives is pushed in, and ports can be held by others. */
import type { DatagramOptions, DatagramReceiver, DatagramSocket } from '@jackfield/base';

interface Sent {
  readonly bytes: Uint8Array;
  readonly host: string;
  readonly port: number;
}

export class FakeSocket implements DatagramSocket {
  readonly local: { readonly host: string; readonly port: number };
  readonly receiver: DatagramReceiver;
  readonly sent: Sent[] = [];
  closed = 0;

  constructor(options: DatagramOptions, receiver: DatagramReceiver) {
    this.local = { host: options.host, port: options.port };
    this.receiver = receiver;
  }

  send(bytes: Uint8Array, port: number, host: string): void {
    this.sent.push({ bytes, host, port });
  }

  close(): void {
    this.closed += 1;
  }
}

export class FakeSockets {
  readonly bound = new Map<number, FakeSocket>();
  /** Ports of other programs. */
  readonly taken = new Set<number>();
  refusal: string | undefined;

  bindDatagram(options: DatagramOptions, receiver: DatagramReceiver): Promise<DatagramSocket> {
    const code = this.refusal ?? (this.taken.has(options.port) ? 'EADDRINUSE' : undefined);
    if (code !== undefined) return Promise.reject(Object.assign(new Error(`bind ${code}`), { code }));
    const socket = new FakeSocket(options, receiver);
    this.bound.set(options.port, socket);
    return Promise.resolve(socket);
  }

  at(port: number): FakeSocket {
    const socket = this.bound.get(port);
    if (socket === undefined) throw new Error(`nothing is bound to ${port}`);
    return socket;
  }
}
