/** SIP over WebSocket, plain and over TLS (RFC 7118): a server for browsers, and a client. The `ws` package is loaded when it is listened on. */
import type { Duplex } from 'node:stream';
import { randomToken, SipError, type Address, type StreamConnection } from '@jackfield/base';
import { isIpv6, withoutBrackets } from './addresses.ts';
import { ConnectionListener, type ConnectionOptions, type Handshakes, type HandshakeUser } from './connection-listener.ts';
import { readTimes, type HandshakeOptions, type StreamOptions, type Times } from './connection-options.ts';
import type { NodeTls } from './node-tls.ts';
import { loadWebSockets, WebSocketConnection, type NodeWebSockets, type Upgraded } from './node-websocket.ts';
import { readTls, reloadTls, type ReloadableTransport, type TlsOptions, type TlsReload } from './tls-options.ts';
import type { Listener, PeerCertificate, Target, Transport, TransportHost } from './transport.ts';
import { WebSocketFlow } from './websocket-flow.ts';

/** `keepAliveMs` is for pings of WebSocket's own, on connections of both directions. */
export interface WsOptions extends StreamOptions, HandshakeOptions {
  /** The only one that is served (another: 404), and the one that is asked for; any, and `/`, unless given. It begins with a slash. */
  readonly path?: string | undefined;
  /** Of the pages whose scripts may connect, such as `https://phone.example.com`; others get 403, and so does who names none. Any unless given. */
  readonly origins?: readonly string[] | undefined;
}

/** For `wss()`. */
export interface WssOptions extends WsOptions, TlsOptions {}

const PORTS = { WS: 80, WSS: 443 } as const;
const HOST_BYTES = 6;

class WebSocketHandshakes implements Handshakes {
  readonly #webSockets: NodeWebSockets;
  readonly #tls: NodeTls | undefined;
  readonly #path: string;

  constructor(webSockets: NodeWebSockets, tls: NodeTls | undefined, path: string) {
    this.#webSockets = webSockets;
    this.#tls = tls;
    this.#path = path;
  }

  accept(stream: Duplex, raw: StreamConnection, user: HandshakeUser): void {
    if (this.#tls === undefined) return this.#webSockets.accept(stream, opened(stream, raw, undefined, user));
    this.#tls.accept(stream, (error, socket, proved) => {
      if (socket === undefined) user.failed(error ?? new Error('the TLS handshake failed'));
      else this.#webSockets.accept(socket, opened(socket, raw, proved, user));
    });
  }

  connect(stream: Duplex, raw: StreamConnection, target: Target, user: HandshakeUser): void {
    const name = target.name ?? target.host;
    const host = isIpv6(name) ? `[${withoutBrackets(name)}]` : name;
    const at = `${host}:${target.port}${this.#path}`;
    if (this.#tls === undefined) return this.#webSockets.connect(stream, `ws://${at}`, opened(stream, raw, undefined, user));
    this.#tls.connect(stream, name, (error, socket, proved) => {
      if (socket === undefined) user.failed(error ?? new Error('the TLS handshake failed'));
      else this.#webSockets.connect(socket, `wss://${at}`, opened(socket, raw, proved, user));
    });
  }
}

function opened(bytes: Duplex, raw: StreamConnection, proved: PeerCertificate | undefined, user: HandshakeUser): Upgraded {
  return (error, socket) => {
    if (socket === undefined) return user.failed(error ?? new Error('the WebSocket handshake failed'));
    const link = new WebSocketConnection(socket, bytes, { stream: raw, proved });
    link.report(user.ready(link));
  };
}

class WebSocketTransport implements Transport {
  readonly kind: 'WS' | 'WSS';
  readonly options: WsOptions;
  readonly #times: Times;
  readonly #tls: NodeTls | undefined;

  constructor(kind: 'WS' | 'WSS', options: WsOptions, tls: NodeTls | undefined) {
    const { path, origins } = options;
    if (path !== undefined && !path.startsWith('/'))
      throw new SipError('SIP_OPTION', `path begins with a slash, not as ${path}`, { option: 'path' });
    if (origins?.some((origin) => !URL.canParse(origin)) === true)
      throw new SipError('SIP_OPTION', 'origins are such as https://phone.example.com', { option: 'origins' });
    this.kind = kind;
    this.options = options;
    this.#times = readTimes(options);
    this.#tls = tls;
  }

  async listen(host: TransportHost, at: Address): Promise<Listener> {
    const { path, origins, port, advertise, network = host.network } = this.options;
    const { connectTimeoutMs, limits, halfOpen } = this.#times;
    const webSockets = await loadWebSockets({
      path,
      origins: origins?.map((origin) => new URL(origin).origin),
      maxMessageBytes: host.maxMessageBytes,
    });
    const options: ConnectionOptions = {
      kind: this.kind,
      secure: this.#tls !== undefined,
      alias: false,
      advertise,
      connectTimeoutMs,
      limits: { ...limits, maxMessageBytes: host.maxMessageBytes },
      halfOpen,
      handshakes: new WebSocketHandshakes(webSockets, this.#tls, path ?? '/'),
      makeFlow: (...about) => new WebSocketFlow(...about),
      // a client cannot be called, and says so (RFC 7118 §5.2.1)
      anonymous: { host: `${randomToken(host.random, HOST_BYTES)}.invalid`, port: PORTS[this.kind] },
    };
    const listener = new ConnectionListener(host, network, at, options);
    return port === undefined ? listener : listener.bind();
  }
}

class SecureWebSocketTransport extends WebSocketTransport implements ReloadableTransport {
  readonly #secured: NodeTls;

  constructor(options: WssOptions, tls: NodeTls) {
    super('WSS', options, tls);
    this.#secured = tls;
  }

  reload(change: TlsReload): void {
    reloadTls(this.#secured, change);
  }
}

/**
 * SIP over WebSocket, for the `transports` of one stack. It wants the package `ws`. Without a `port` it calls, and listens nowhere.
 *
 * @throws SIP_OPTION for what is out of its range. When it is listened on, SIP_PACKAGE_MISSING.
 */
export function ws(options: WsOptions): Transport {
  return new WebSocketTransport('WS', options, undefined);
}

/** The same over TLS. @throws SIP_OPTION also as `tls()` does. */
export function wss(options: WssOptions): Transport & ReloadableTransport {
  return new SecureWebSocketTransport(options, readTls(options, options.port !== undefined));
}
