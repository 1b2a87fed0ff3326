/** SIP over TLS (RFC 3261 §26.2.1, RFC 5922): TCP after a handshake, with connections that are reused for proven names alone (RFC 5923). */
import type { Address, StreamConnection } from '@jackfield/base';
import type { Duplex } from 'node:stream';
import { ConnectionListener, type ConnectionOptions, type Handshakes, type HandshakeUser } from './connection-listener.ts';
import { readTimes, type FramedOptions, type HandshakeOptions, type Times } from './connection-options.ts';
import type { NodeTls, Secured } from './node-tls.ts';
import { SocketConnection } from './node-streams.ts';
import { StreamFlow } from './stream-flow.ts';
import { readTls, reloadTls, type ReloadableTransport, type TlsOptions, type TlsReload } from './tls-options.ts';
import type { Listener, Target, Transport, TransportHost } from './transport.ts';

/** For `tls()`: the transport options, those of all streams, of TLS, and this. */
export interface TlsTransportOptions extends FramedOptions, HandshakeOptions, TlsOptions {
  /**
   * Requests of ours say `alias` in their Via (RFC 5923), so that the peer may send its own back on the connection. False. An alias of the peer's
   * is heeded where its certificate proves the name that is to be reached, with or without this.
   */
  readonly alias?: boolean | undefined;
}

class TlsHandshakes implements Handshakes {
  readonly #tls: NodeTls;

  constructor(tls: NodeTls) {
    this.#tls = tls;
  }

  accept(stream: Duplex, raw: StreamConnection, user: HandshakeUser): void {
    this.#tls.accept(stream, ended(raw, user));
  }

  connect(stream: Duplex, raw: StreamConnection, target: Target, user: HandshakeUser): void {
    this.#tls.connect(stream, target.name ?? target.host, ended(raw, user));
  }
}

function ended(raw: StreamConnection, user: HandshakeUser): Secured {
  return (error, socket, proved) => {
    if (socket === undefined) return user.failed(error ?? new Error('the TLS handshake failed'));
    const link = new SocketConnection(socket, { stream: raw, proved });
    link.report(user.ready(link));
  };
}

class TlsTransport implements Transport, ReloadableTransport {
  readonly kind = 'TLS';
  readonly options: TlsTransportOptions;
  readonly #times: Times;
  readonly #tls: NodeTls;

  constructor(options: TlsTransportOptions) {
    this.options = options;
    this.#times = readTimes(options);
    this.#tls = readTls(options, options.port !== undefined);
  }

  reload(change: TlsReload): void {
    reloadTls(this.#tls, change);
  }

  async listen(host: TransportHost, at: Address): Promise<Listener> {
    const { connectTimeoutMs, limits, halfOpen } = this.#times;
    const options: ConnectionOptions = {
      kind: 'TLS',
      secure: true,
      alias: this.options.alias === true,
      advertise: this.options.advertise,
      connectTimeoutMs,
      limits: { ...limits, maxMessageBytes: host.maxMessageBytes },
      halfOpen,
      handshakes: new TlsHandshakes(this.#tls),
      makeFlow: (...about) => new StreamFlow(...about),
      anonymous: undefined,
    };
    const listener = new ConnectionListener(host, this.options.network ?? host.network, at, options);
    return this.options.port === undefined ? listener : listener.bind();
  }
}

/**
 * SIP over TLS, for the `transports` of one stack. Without a `port` it calls, and listens nowhere.
 *
 * @throws SIP_OPTION for a host, port, text to advertise, size or time that is none, for certificates that cannot be read, and for none where there is a port.
 */
export function tls(options: TlsTransportOptions): Transport & ReloadableTransport {
  return new TlsTransport(options);
}
