/** WebSockets over any stream, by the `ws` package: handshakes of both sides (RFC 7118 §4), and what carries messages afterwards. */
import { isUtf8 } from 'node:buffer';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { SipError, type Address } from '@jackfield/base';
import type { ClientOptions, WebSocket, WebSocketServer } from 'ws';
import { FrameWatch } from './frame-watch.ts';
import type { Link, LinkReceiver } from './link.ts';
import type { Below } from './node-streams.ts';
import type { PeerCertificate } from './transport.ts';

const SUBPROTOCOL = 'sip';
const NORMAL_CLOSURE = 1000;
const TEXT = { binary: false };
const BINARY = { binary: true };
const NOTHING = new Uint8Array();

export interface WebSocketSettings {
  /** Absent: any is served, and `/` asked for. */
  readonly path: string | undefined;
  /** Lower-case; absent: any. */
  readonly origins: readonly string[] | undefined;
  readonly maxMessageBytes: number;
}

/** Told once. A socket that is there has to be listened to before the call ends. */
export type Upgraded = (error: Error | undefined, socket?: WebSocket) => void;

/** @throws (rejects) SIP_PACKAGE_MISSING. */
export async function loadWebSockets(settings: WebSocketSettings): Promise<NodeWebSockets> {
  try {
    return new NodeWebSockets(await import('ws'), settings);
  } catch (cause) {
    throw new SipError('SIP_PACKAGE_MISSING', 'SIP over WebSocket wants the package ws: npm install ws', { package: 'ws' }, { cause });
  }
}

export class NodeWebSockets {
  readonly #library: typeof import('ws');
  readonly #settings: WebSocketSettings;
  readonly #options: { readonly perMessageDeflate: false; readonly autoPong: false; readonly maxPayload: number };
  readonly #http: Server;
  readonly #server: WebSocketServer;
  readonly #waiting = new WeakMap<Duplex, Upgraded>();

  constructor(library: typeof import('ws'), settings: WebSocketSettings) {
    this.#library = library;
    this.#settings = settings;
    this.#options = { perMessageDeflate: false, autoPong: false, maxPayload: settings.maxMessageBytes };
    this.#server = new library.WebSocketServer({
      ...this.#options,
      noServer: true,
      clientTracking: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    this.#http = createServer((_request, response) => {
      response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end();
    });
    this.#http.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
    this.#http.on('clientError', (_error, stream) => refuse(stream, '400 Bad Request'));
  }

  /** Server side. The stream may be destroyed at any time. */
  accept(stream: Duplex, done: Upgraded): void {
    this.#waiting.set(stream, done);
    stream.once('close', () => this.#take(stream)?.(new Error('the connection ended in the WebSocket handshake')));
    this.#http.emit('connection', stream);
  }

  /** Client side. @param url - `ws:` or `wss:`; the stream leads there already, and is secured. */
  connect(stream: Duplex, url: string, done: Upgraded): void {
    let told = false;
    const tell: Upgraded = (error, ready) => {
      if (told) return;
      told = true;
      done(error, ready);
    };
    const options: ClientOptions = { ...this.#options };
    Object.assign(options, { createConnection: () => stream }); // node:http takes any stream; the types of ws know sockets alone
    const socket = new this.#library.WebSocket(url, SUBPROTOCOL, options);
    socket.once('open', () => tell(undefined, socket));
    socket.on('error', (error) => tell(error));
    socket.once('close', () => tell(new Error('the connection ended in the WebSocket handshake')));
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { path, origins } = this.#settings;
    const { origin = '', 'sec-websocket-protocol': protocols = '' } = request.headers;
    const asked = protocols.split(',').map((protocol) => protocol.trim().toLowerCase());
    const [resource] = (request.url ?? '/').split('?');
    if (path !== undefined && resource !== path) refuse(stream, '404 Not Found');
    else if (origins !== undefined && !origins.includes(origin.toLowerCase())) refuse(stream, '403 Forbidden');
    else if (!asked.includes(SUBPROTOCOL)) refuse(stream, '400 Bad Request');
    else {
      this.#server.handleUpgrade(request, stream, head, (socket) => {
        const done = this.#take(stream);
        if (done === undefined) socket.terminate();
        else done(undefined, socket);
      });
    }
  }

  #take(stream: Duplex): Upgraded | undefined {
    const done = this.#waiting.get(stream);
    this.#waiting.delete(stream);
    return done;
  }
}

function refuse(stream: Duplex, status: string): void {
  if (stream.writable) stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else stream.destroy();
}

/** Each `send` is one WebSocket message, text where it can be one. */
export class WebSocketConnection implements Link {
  readonly local: Address;
  readonly remote: Address;
  readonly proved: PeerCertificate | undefined;
  readonly #socket: WebSocket;
  readonly #below: Below['stream'];
  readonly #bytes: Duplex;
  /** A pong is on its way. */
  #ponging = false;
  /** Of the last ping since then, which is to be answered next. */
  #pinged: Uint8Array | undefined;
  readonly #ponged: () => void;
  #ended = false;

  /** @param bytes - what `socket` reads. */
  constructor(socket: WebSocket, bytes: Duplex, { stream, proved }: Below) {
    this.#bytes = bytes;
    this.#socket = socket;
    this.#below = stream;
    this.proved = proved;
    this.local = stream.local;
    this.remote = stream.remote;
    const ponged = (): void => this.#pongLeft();
    this.#ponged = ponged;
  }

  /** Passes on whole messages, pings and pongs as data of no bytes, that a message has begun, and the end. */
  report(receiver: LinkReceiver): void {
    let cause: Error | undefined;
    const socket = this.#socket;
    const frames = new FrameWatch();
    socket.on('message', (data) =>
      receiver.data(Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)])),
    );
    socket.on('ping', (content) => {
      this.#pong(content);
      receiver.data(NOTHING);
    });
    socket.on('pong', () => receiver.data(NOTHING));
    this.#bytes.on('data', (bytes: Uint8Array) => {
      // ws has read them before us, and told what it found
      if (socket.readyState !== socket.OPEN) return receiver.ending?.();
      frames.push(bytes);
      if (frames.pieces > 0) receiver.partial?.(frames.pieces);
    });
    socket.on('error', (error) => {
      cause ??= error;
      receiver.ending?.(cause);
    });
    socket.on('close', () => (cause === undefined ? receiver.closed() : receiver.closed(cause)));
  }

  get buffered(): number {
    return this.#socket.bufferedAmount + this.#below.buffered;
  }

  send(bytes: Uint8Array): void {
    if (!this.#ended && this.#socket.readyState === this.#socket.OPEN) this.#socket.send(bytes, isUtf8(bytes) ? TEXT : BINARY);
  }

  ping(): void {
    if (!this.#ended && this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  /** One is on its way at most; of the pings that come meanwhile the last is answered (RFC 6455 §5.5.3), so that none pile up. */
  #pong(content: Uint8Array): void {
    if (this.#ended || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#ponging)
      this.#pinged = new Uint8Array(content); // without the chunk that it came in
    else {
      this.#ponging = true;
      this.#socket.pong(content, undefined, this.#ponged);
    }
  }

  #pongLeft(): void {
    const content = this.#pinged;
    this.#ponging = false;
    this.#pinged = undefined;
    if (content !== undefined) this.#pong(content);
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#socket.close(NORMAL_CLOSURE);
  }

  abort(): void {
    this.#ended = true;
    this.#socket.terminate();
  }
}
