/** A scripted SIP peer: no transactions, no dialogs; it sends what it is told and says what came. For the other side of a test. */
import type { Address, DatagramSocket, Network, StreamConnection, StreamListener, StreamReceiver } from '@jackfield/base';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { parseMessage } from '../messages/parse.ts';
import { writeMessage } from '../messages/write.ts';
import { responseText, wire, type ResponseScript } from './texts.ts';

export type RawMessage = SipRequest | SipResponse;

export interface RawPeerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

interface Waiting {
  readonly what: string;
  readonly matches: (message: RawMessage) => boolean;
  readonly resolve: (message: RawMessage) => void;
  readonly reject: (error: Error) => void;
}

const describe = (message: RawMessage): string =>
  message.kind === 'request'
    ? `${message.method} ${message.uri.toString()}`
    : `${message.status} ${message.reason} (${message.cseq.method})`;

export class RawPeer {
  readonly #local: Address;
  /** Every message that came, in order, with its bytes. */
  readonly received: RawMessage[] = [];
  /** What came and was no SIP message. */
  readonly unreadable: Uint8Array[] = [];
  /** How many streams to this peer were ended by the other side. */
  closedStreams = 0;
  #socket: DatagramSocket | undefined;
  #listener: StreamListener | undefined;
  #stream: StreamConnection | undefined;
  #lastFrom: Address | undefined;
  #unread: RawMessage[] = [];
  #waiting: Waiting[] = [];

  private constructor(local: Address) {
    this.#local = local;
  }

  /** On UDP. */
  static async bind(network: Network, options: RawPeerOptions): Promise<RawPeer> {
    let peer: RawPeer | undefined;
    const socket = await network.bindDatagram(options, {
      message: (bytes, host, port) => peer?.take(bytes, { host, port }),
      error: () => undefined,
    });
    peer = new RawPeer(socket.local);
    peer.#socket = socket;
    return peer;
  }

  /** On a TCP connection to `to`. */
  static async connect(network: Network, to: Address): Promise<RawPeer> {
    let peer: RawPeer | undefined;
    const early: Uint8Array[] = [];
    const receiver = streamReceiver(
      (bytes) => (peer === undefined ? early.push(bytes) : peer.take(bytes, to)),
      () => peer?.streamClosed(),
    );
    const stream = await network.connectStream(to, receiver);
    peer = new RawPeer(stream.local);
    peer.#stream = stream;
    peer.#lastFrom = to;
    for (const bytes of early) peer.take(bytes, to);
    return peer;
  }

  /** Accepts TCP connections; it talks over the latest. */
  static async listen(network: Network, options: RawPeerOptions): Promise<RawPeer> {
    let peer: RawPeer | undefined;
    const listener = await network.listenStream(options, (connection) => {
      if (peer !== undefined) peer.#stream = connection;
      return streamReceiver(
        (bytes) => peer?.take(bytes, connection.remote),
        () => peer?.streamClosed(),
      );
    });
    peer = new RawPeer(listener.local);
    peer.#listener = listener;
    return peer;
  }

  get host(): string {
    return this.#local.host;
  }

  get port(): number {
    return this.#local.port;
  }

  /** `host:port`, as in a Via. */
  get sentBy(): string {
    return `${this.host}:${this.port}`;
  }

  /** `<sip:name@host:port>` */
  contact(name = 'peer'): string {
    return `<sip:${name}@${this.sentBy}${this.#socket === undefined ? ';transport=tcp' : ''}>`;
  }

  /** Sends text as it is, bytes as they are, a message written. @param to - default: whoever was heard from last. */
  send(what: string | Uint8Array | RawMessage, to: Address | undefined = this.#lastFrom): void {
    const bytes = typeof what === 'string' ? Buffer.from(what) : what instanceof Uint8Array ? what : writeMessage(what);
    if (this.#stream !== undefined) this.#stream.send(bytes);
    else if (to === undefined) throw new Error('nobody was heard from: say where it goes');
    else this.#socket?.send(bytes, to.port, to.host);
  }

  /** Sends a template, see `wire`. */
  script(template: string, to?: Address): void {
    this.send(wire(template), to);
  }

  /** Answers a request that came. */
  respond(request: SipRequest, status: number, script?: ResponseScript): void {
    this.send(responseText(request, status, script));
  }

  /**
   * The next message that was not read yet, which must be of this method or status; it waits when there is none. A 100 is skipped unless asked for.
   *
   * @throws (rejects) with what came instead, or when the peer is closed.
   */
  expect(what: number): Promise<SipResponse>;
  expect(what: string): Promise<SipRequest>;
  expect(what: number | string): Promise<RawMessage> {
    const matches = (message: RawMessage): boolean => (message.kind === 'request' ? message.method === what : message.status === what);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ what: String(what), matches, resolve, reject });
      this.#settle();
    });
  }

  /** What came and was not read by `expect`, 100 included; forgets it. */
  unread(): RawMessage[] {
    const unread = this.#unread;
    this.#unread = [];
    return unread;
  }

  close(): void {
    this.#socket?.close();
    this.#stream?.close();
    this.#listener?.close();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error(`closed while waiting for ${waiting.what}`));
  }

  /** @internal */
  take(bytes: Uint8Array, from: Address): void {
    this.#lastFrom = from;
    for (let rest = bytes; rest.length > 0;) {
      const end = messageEnd(rest);
      const verdict = parseMessage(rest.subarray(0, end));
      if (verdict.ok) {
        this.received.push(verdict.message);
        this.#unread.push(verdict.message);
      } else this.unreadable.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#settle();
  }

  /** @internal */
  streamClosed(): void {
    this.closedStreams += 1;
    this.#stream = undefined;
  }

  #settle(): void {
    while (this.#unread.length > 0 && this.#waiting.length > 0) {
      const message = this.#unread.shift()!;
      const waiting = this.#waiting[0]!;
      if (waiting.matches(message)) {
        this.#waiting.shift();
        waiting.resolve(message);
      } else if (message.kind === 'request' || message.status !== 100) {
        this.#waiting.shift();
        waiting.reject(new Error(`expected ${waiting.what}, got ${describe(message)}`));
      }
    }
  }
}

const streamReceiver = (data: (bytes: Uint8Array) => void, closed: () => void): StreamReceiver => ({ data, closed });

/** Where the first of several messages in one piece of a stream ends. A message is taken to come whole. */
function messageEnd(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const gap = text.indexOf('\r\n\r\n');
  if (gap < 0) return bytes.length;
  const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d+)/im.exec(text.slice(0, gap))?.[1];
  return length === undefined ? bytes.length : Math.min(bytes.length, gap + 4 + Number(length));
}
