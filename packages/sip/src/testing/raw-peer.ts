/** A scripted SIP peer: no transactions, no dialogs; it sends what it is told and says what came. For the other side of a test. */
import type { Address, DatagramReceiver, Network, StreamConnection, StreamReceiver } from '@jackfield/base';
import type { ManualClock } from '@jackfield/base/testing';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { parseMessage, writeMessage } from '@jackfield/sip'; // by its public name: one copy of the parser, and a bundle of its own for it
import { Expectations, type Expectation } from './expectations.ts';
import { MessagePieces, piecesOf } from './message-pieces.ts';
import { responseText, wire, type ResponseScript } from './texts.ts';

/** What a scripted peer hears and sends. */
export type RawMessage = SipRequest | SipResponse;

/** Where a scripted peer is, and by whose time it waits. */
export interface RawPeerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Turned by `expect` with `withinMs`. */
  readonly clock?: ManualClock | undefined;
}

/** How something goes back to where it came from. */
type Way = (bytes: Uint8Array) => void;

/** Speaks UDP and TCP, on any `Network`; neither TLS nor WebSocket. */
export class RawPeer {
  /** Every message that came, in order. */
  readonly received: RawMessage[] = [];
  /** What came and was no SIP message: keep-alives too. */
  readonly unreadable: Uint8Array[] = [];
  /** How many streams to this peer were ended by the other side. */
  closedStreams = 0;
  readonly #clock: ManualClock | undefined;
  readonly #expectations = new Expectations();
  readonly #standing = new Map<string, (request: SipRequest) => void>();
  readonly #ways = new WeakMap<RawMessage, Way>();
  readonly #closers: (() => void)[] = [];
  #local: Address = { host: '', port: 0 };
  #datagrams: ((bytes: Uint8Array, to: Address) => void) | undefined;
  #stream: StreamConnection | undefined;
  #last: Way | undefined;

  private constructor(clock: ManualClock | undefined) {
    this.#clock = clock;
  }

  /** On UDP. */
  static async bind(network: Network, options: RawPeerOptions): Promise<RawPeer> {
    const peer = new RawPeer(options.clock);
    await peer.#bind(network, options);
    return peer;
  }

  /** Accepts TCP connections; without being told where to, it talks over the latest. */
  static async listen(network: Network, options: RawPeerOptions): Promise<RawPeer> {
    const peer = new RawPeer(options.clock);
    await peer.#listen(network, options);
    return peer;
  }

  /** On UDP, and accepting TCP connections at the same port. */
  static async open(network: Network, options: RawPeerOptions): Promise<RawPeer> {
    const peer = new RawPeer(options.clock);
    await peer.#bind(network, options);
    await peer.#listen(network, { host: options.host, port: peer.port });
    return peer;
  }

  /** On a TCP connection to `to`. */
  static async connect(network: Network, to: Address, options: Pick<RawPeerOptions, 'clock'> = {}): Promise<RawPeer> {
    const peer = new RawPeer(options.clock);
    const receiver = peer.#streamReceiver();
    const stream = await network.connectStream(to, receiver);
    peer.#local = stream.local;
    peer.#closers.push(() => stream.close());
    peer.#talkOver(stream);
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
    return `${this.host.includes(':') ? `[${this.host}]` : this.host}:${this.port}`;
  }

  /** `<sip:name@host:port>`, with `transport=tcp` where it has no UDP. */
  contact(name = 'peer'): string {
    return `<sip:${name}@${this.sentBy}${this.#datagrams === undefined ? ';transport=tcp' : ''}>`;
  }

  /** Sends text as it is, bytes as they are, a message written. @param to - by UDP; default: the way of what was heard last, or the latest stream. */
  send(what: string | Uint8Array | RawMessage, to?: Address): void {
    const bytes = typeof what === 'string' ? Buffer.from(what) : what instanceof Uint8Array ? what : writeMessage(what);
    if (to !== undefined && this.#datagrams !== undefined) this.#datagrams(bytes, to);
    else if (this.#last === undefined) throw new Error('nobody was heard from: say where it goes');
    else this.#last(bytes);
  }

  /** Sends a template, see `wire`. */
  script(template: string, to?: Address): void {
    this.send(wire(template), to);
  }

  /** Answers a request that came, by the way it came; the rest of the response is copied from it, or written over by `script`. */
  respond(request: SipRequest, status: number, script?: ResponseScript): void {
    const way = this.#ways.get(request);
    const text = responseText(request, status, script);
    if (way === undefined) this.send(text);
    else way(Buffer.from(text));
  }

  /**
   * From now on every request of this method is met with this: a status, sent with `script`, or what a function does. `expect` and `unread`
   * do not see it. A later one for the same method takes its place. Disposing it ends it.
   */
  always(method: string, answer: number | ((request: SipRequest) => void), script?: ResponseScript): Disposable {
    const act = typeof answer === 'number' ? (request: SipRequest): void => this.respond(request, answer, script) : answer;
    this.#standing.set(method, act);
    return {
      [Symbol.dispose]: () => {
        if (this.#standing.get(method) === act) this.#standing.delete(method);
      },
    };
  }

  /**
   * The next message that was not read yet, which must be of this method or status, and fit; it waits when there is none. A 100 is skipped
   * unless asked for. With `withinMs` it turns the clock itself, until the message is there and no further.
   *
   * @throws (rejects) with what came instead, when it did not come in time, or when the peer is closed.
   */
  expect(what: number, expectation?: Expectation<SipResponse>): Promise<SipResponse>;
  expect(what: string, expectation?: Expectation<SipRequest>): Promise<SipRequest>;
  expect(what: number | string, expectation: Expectation<never> = {}): Promise<RawMessage> {
    return this.#expectations.expect(what, expectation, this.#clock);
  }

  /** What came and was not read by `expect`, 100 included; forgets it. */
  unread(): RawMessage[] {
    return this.#expectations.unread();
  }

  close(): void {
    for (const close of this.#closers) close();
    this.#stream?.close();
    this.#expectations.close();
  }

  async #bind(network: Network, { host, port }: RawPeerOptions): Promise<void> {
    const receiver: DatagramReceiver = {
      message: (bytes, from, fromPort) => this.#take(piecesOf(bytes), (answer) => socket.send(answer, fromPort, from)),
      error: () => undefined,
    };
    const socket = await network.bindDatagram({ host, port }, receiver);
    this.#local = socket.local;
    this.#datagrams = (bytes, to) => socket.send(bytes, to.port, to.host);
    this.#closers.push(() => socket.close());
  }

  async #listen(network: Network, { host, port }: RawPeerOptions): Promise<void> {
    const listener = await network.listenStream({ host, port }, (connection) => {
      this.#talkOver(connection);
      return this.#streamReceiver(connection);
    });
    this.#local = listener.local;
    this.#closers.push(() => listener.close());
  }

  #talkOver(stream: StreamConnection): void {
    this.#stream = stream;
    this.#last = (bytes) => this.#stream?.send(bytes);
  }

  /** @param own - the connection; the latest unless given. */
  #streamReceiver(own?: StreamConnection): StreamReceiver {
    const pieces = new MessagePieces();
    let open = true;
    const way: Way = (bytes) => (open ? (own ?? this.#stream) : this.#stream)?.send(bytes);
    return {
      data: (bytes) => this.#take(pieces.push(bytes), way),
      closed: () => {
        open = false;
        this.unreadable.push(...pieces.end());
        this.closedStreams += 1;
        if (own === undefined || own === this.#stream) this.#stream = undefined;
      },
    };
  }

  #take(pieces: readonly Uint8Array[], way: Way): void {
    this.#last = way;
    for (const piece of pieces) {
      const verdict = parseMessage(piece);
      if (!verdict.ok) {
        this.unreadable.push(piece);
        continue;
      }
      const { message } = verdict;
      this.#ways.set(message, way);
      this.received.push(message);
      const standing = message.kind === 'request' ? this.#standing.get(message.method) : undefined;
      if (standing !== undefined && message.kind === 'request') standing(message);
      else this.#expectations.came(message);
    }
  }
}
