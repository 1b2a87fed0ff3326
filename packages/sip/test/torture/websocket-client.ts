/** The least of a WebSocket client (RFC 6455): the handshake for the subprotocol `sip`, one binary message at a time, none read. For the other side of a test. */
import type { Address, StreamConnection } from '@jackfield/base';
import type { SimulatedHost } from '@jackfield/sip/testing';

const HANDSHAKE = [
  'GET / HTTP/1.1',
  'Host: us.example',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: sip',
];

/** A masked frame with the whole message; its mask changes nothing. */
export function frame(bytes: Uint8Array): Buffer {
  const head = bytes.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
  head[0] = 0x82;
  head[1] = 0x80 | Math.min(bytes.length, 126);
  if (bytes.length >= 126) head.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([head, bytes]);
}

export class WebSocketClient {
  readonly #stream: StreamConnection;
  /** Whether the other side ended it. */
  closed = 0;
  /** All that came, frames and all, one byte a character. */
  heard = '';

  private constructor(stream: StreamConnection) {
    this.#stream = stream;
  }

  /** Time has to pass for it to be connected, and again for the handshake. */
  static async connect(host: SimulatedHost, to: Address): Promise<WebSocketClient> {
    let client: WebSocketClient | undefined;
    const stream = await host.connectStream(to, {
      data: (bytes) => void (client!.heard += Buffer.from(bytes).toString('latin1')),
      closed: () => void (client!.closed += 1),
    });
    client = new WebSocketClient(stream);
    stream.send(Buffer.from(`${HANDSHAKE.join('\r\n')}\r\n\r\n`));
    return client;
  }

  send(bytes: Uint8Array): void {
    this.#stream.send(frame(bytes));
  }

  /** Bytes that need be no frame. */
  sendRaw(bytes: Uint8Array): void {
    this.#stream.send(bytes);
  }

  close(): void {
    this.#stream.close();
  }
}
