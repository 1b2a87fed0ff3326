/** SIP over TCP (RFC 3261 §18): messages pass as soon as there is a connection. */
import type { Address } from '@jackfield/base';
import { ConnectionListener, type ConnectionOptions } from './connection-listener.ts';
import { readTimes, type FramedOptions, type Times } from './connection-options.ts';
import { StreamFlow } from './stream-flow.ts';
import type { Listener, Transport, TransportHost } from './transport.ts';

/** For `tcp()`: the transport options, those of all streams, and this. */
export interface TcpOptions extends FramedOptions {
  /**
   * Connection reuse (RFC 5923): requests of ours say `alias` in their Via, and where a peer says so, requests to the port that it names go back
   * on its connection. Off by default: nothing proves that port to be its own, so that any program on the peer's host, or behind its NAT,
   * could draw the calls of another to itself.
   */
  readonly alias?: boolean | undefined;
}

class TcpTransport implements Transport {
  readonly kind = 'TCP';
  readonly options: TcpOptions;
  readonly #times: Times;

  constructor(options: TcpOptions) {
    this.options = options;
    this.#times = readTimes(options);
  }

  async listen(host: TransportHost, at: Address): Promise<Listener> {
    const { connectTimeoutMs, limits, halfOpen } = this.#times;
    const options: ConnectionOptions = {
      kind: 'TCP',
      secure: false,
      alias: this.options.alias === true,
      advertise: this.options.advertise,
      connectTimeoutMs,
      limits: { ...limits, maxMessageBytes: host.maxMessageBytes },
      halfOpen,
      handshakes: undefined,
      makeFlow: (...about) => new StreamFlow(...about),
      anonymous: undefined,
    };
    const listener = new ConnectionListener(host, this.options.network ?? host.network, at, options);
    return this.options.port === undefined ? listener : listener.bind();
  }
}

/** SIP over TCP, for the `transports` of one stack. @throws SIP_OPTION for a host, port, text to advertise, size or time that is none. */
export function tcp(options: TcpOptions): Transport {
  return new TcpTransport(options);
}
