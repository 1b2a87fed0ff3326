/** The transport layer (RFC 3261 §18): listens, finds flows to targets, and says where a response goes. What arrives is reception.ts's. */
import { SipError, type Clock, type Network } from '@jackfield/base';
import type { Limits } from '../messages/limits.ts';
import type { SipRequest } from '../messages/message.ts';
import type { Awaitable, Stats, Uri } from '../messages/model.ts';
import { isIpv6, isLoopback, isWildcard } from './addresses.ts';
import { locate } from './locate.ts';
import { nodeNetwork } from './node-network.ts';
import { positive } from './positive.ts';
import { Reception } from './reception.ts';
import type { Flow, Listener, Target, Transport, TransportKind, TransportUser } from './transport.ts';

export interface TransportLayerOptions {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  /** The machine's own unless given. */
  readonly network?: Network | undefined;
  /** Of messages, datagrams and streams alike. */
  readonly limits?: Limits | undefined;
  /** Connections of both directions, those being opened included; 10,000. */
  readonly maxConnections?: number | undefined;
  /** Of them, with one remote host; 2,000: a whole office may be behind one address. */
  readonly maxConnectionsPerHost?: number | undefined;
  readonly user: TransportUser;
}

export interface Listening {
  readonly transport: TransportKind;
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 5060;
/** A port that the system chose for IPv4 may be taken on IPv6. */
const PORT_TRIES = 8;

export class TransportLayer {
  readonly #transports: readonly Transport[];
  readonly #network: Network;
  readonly #reception: Reception;
  #listeners: readonly Listener[] = [];
  #listening: Promise<readonly Listening[]> | undefined;
  #closed = false;

  /** @throws SIP_OPTION for a limit that is no positive integer. */
  constructor(options: TransportLayerOptions) {
    this.#transports = options.transports;
    this.#network = options.network ?? nodeNetwork();
    this.#reception = new Reception({
      clock: options.clock,
      network: this.#network,
      limits: options.limits,
      maxConnections: positive('maxConnections', options.maxConnections, 10_000),
      maxConnectionsPerHost: positive('maxConnectionsPerHost', options.maxConnectionsPerHost, 2_000),
      user: options.user,
    });
  }

  /** Binds every transport, or none: once, and from then on the same result. @throws SIP_TRANSPORT_FAILED, its cause the system's error; SIP_STACK_CLOSED. */
  listen(): Promise<readonly Listening[]> {
    if (this.#closed) return Promise.reject(new SipError('SIP_STACK_CLOSED', 'the transport layer was closed', { operation: 'listen' }));
    return (this.#listening ??= this.#bind());
  }

  /** Ends every flow and every listener; the user hears nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#reception.silence();
    await this.#listening?.catch(() => {});
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.close();
  }

  /**
   * A flow to `target`: the connection that there is, or a new one. At once where nothing has to be waited for.
   *
   * @throws SIP_TRANSPORT_FAILED by rejecting, also when no listener is of the target's kind and family.
   */
  open(target: Target): Awaitable<Flow> {
    const { kind, host, port } = target;
    const listener = this.#listenerFor(target);
    const failed = (cause?: unknown): SipError =>
      new SipError('SIP_TRANSPORT_FAILED', `no way to ${host}:${port} by ${kind}`, { transport: kind, host, port }, { cause });
    if (listener === undefined) return Promise.reject(failed());
    const flow = listener.open({ host, port });
    if ('send' in flow) return flow;
    return flow.then(undefined, (cause: unknown) => {
      throw failed(cause);
    });
  }

  /**
   * Where a response to `request`, which came by `flow`, goes (§18.2.2, RFC 3581 §4): back on a stream, or on a new one if that is gone; on
   * UDP to the host that it came from, at its port if it asked for that (`rport`), else at the port of sent-by. `maddr` is not followed:
   * it served multicast, and would let anybody turn our answers on a third party.
   */
  responseFlow(request: SipRequest, flow: Flow): Flow {
    if (flow.reliable && !flow.closed) return flow;
    const { via } = request;
    if (flow.reliable) return flow.sibling(via.port ?? DEFAULT_PORT);
    const port = via.rport === undefined ? (via.port ?? DEFAULT_PORT) : flow.remote.port;
    return port === flow.remote.port || port === 0 ? flow : flow.sibling(port);
  }

  /** Ordered targets of a URI. At once for a numeric host; a name is looked up. None: it cannot be reached from here. */
  locate(uri: Uri): Awaitable<readonly Target[]> {
    return locate(uri, this.#listeners, this.#network);
  }

  stats(): Stats {
    return {
      live: { connections: this.#reception.connections, listeners: this.#listeners.length },
      total: this.#reception.total,
    };
  }

  async #bind(): Promise<readonly Listening[]> {
    const bound: Listener[] = [];
    for (const transport of this.#transports) {
      try {
        bound.push(...(await this.#listenBy(transport)));
      } catch (cause) {
        for (const listener of bound) listener.close();
        const { host, port } = transport.options;
        const at = `${host ?? 'any address'}:${port}`;
        throw new SipError(
          'SIP_TRANSPORT_FAILED',
          `cannot listen by ${transport.kind} on ${at}`,
          { transport: transport.kind, host, port },
          { cause },
        );
      }
    }
    this.#listeners = bound;
    return bound.map(({ kind, local }) => ({ transport: kind, host: local.host, port: local.port }));
  }

  /** Without a host, at one port of both families: node's sockets for `::` are IPv6's alone. A machine without IPv6 does without. */
  async #listenBy(transport: Transport): Promise<readonly Listener[]> {
    const { host, port } = transport.options;
    if (host !== undefined) return [await transport.listen(this.#reception, { host, port })];
    for (let tries = 1; ; tries += 1) {
      const first = await transport.listen(this.#reception, { host: '0.0.0.0', port });
      try {
        return [first, await transport.listen(this.#reception, { host: '::', port: first.local.port })];
      } catch (error) {
        if (lacksIpv6(error)) return [first];
        first.close();
        if (port !== 0 || tries === PORT_TRIES) throw error;
      }
    }
  }

  /** Of the target's kind and family. One that is bound to loopback serves loopback alone, and there it goes first. */
  #listenerFor({ kind, host }: Target): Listener | undefined {
    const near = isLoopback(host);
    let wildcard: Listener | undefined;
    let other: Listener | undefined;
    for (const listener of this.#listeners) {
      const at = listener.local.host;
      if (listener.kind !== kind || isIpv6(at) !== isIpv6(host)) continue;
      if (isWildcard(at)) wildcard ??= listener;
      else if (isLoopback(at) === near) return listener;
      else if (near) other ??= listener;
    }
    return wildcard ?? other;
  }
}

const lacksIpv6 = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
