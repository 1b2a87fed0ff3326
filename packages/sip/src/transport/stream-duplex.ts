/** A stream of any `Network` as Node's TLS and HTTP want it. Those of this machine give their socket instead, which costs a copy less. */
import { Duplex } from 'node:stream';
import type { StreamConnection, StreamReceiver } from '@jackfield/base';
import { SocketConnection } from './node-streams.ts';

export class StreamDuplex extends Duplex {
  /** What the stream reports to. */
  readonly receiver: StreamReceiver;
  #connection: StreamConnection | undefined;

  constructor() {
    super({ allowHalfOpen: false });
    this.receiver = {
      data: (bytes) => void (this.destroyed || this.push(bytes)),
      closed: (error) => void (error === undefined ? this.#ended() : this.destroy(error)),
    };
  }

  /** The stream to read and write: this one, unless the connection is a socket of this machine. Call it before bytes come. */
  over(connection: StreamConnection): Duplex {
    if (connection instanceof SocketConnection) return connection.detach();
    this.#connection = connection;
    return this;
  }

  override _read(): void {
    // comes as it comes
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#connection?.send(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.#connection?.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#connection?.abort();
    done(error);
  }

  #ended(): void {
    this.push(null);
    this.resume(); // so that the end is seen where nobody reads any more
  }
}
