/** The transport layer (RFC 3261 §18): listens, finds flows to targets, and says where a response goes. What arrives is reception.ts's. */
import { SipError, isSipError, systemRandom, type Clock, type Network, type Random } from '@jackfield/base';
import type { Limits } from '../messages/limits.ts';
import type { SipRequest } from '../messages/message.ts';
import type { Awaitable, Stats, Uri } from '../messages/model.ts';
import { isIpv6 } from './addresses.ts';
import { listenerFor } from './listener-choice.ts';
import { Locator } from './locate.ts';
import { nodeNetwork } from './node-network.ts';
import { positive } from './positive.ts';
import { Reception } from './reception.ts';
import { nodeResolver } from './resolve/node-resolver.ts';
import type { LocateOptions } from './resolve/options.ts';
import type { Resolver } from './resolve/resolver.ts';
import type { Targets } from './resolve/targets.ts';
import { Returns } from './return-flow.ts';
import type { Flow, Listener, Target, Transport, TransportKind, TransportUser } from './transport.ts';

export interface TransportLayerOptions {
  readonly transports: readonly Transport[];
  readonly clock: Clock;
  /** The machine's own unless given. */
  readonly network?: Network | undefined;
  /** The machine's own unless given; none where a network is given. */
  readonly resolver?: Resolver | undefined;
  readonly locating?: LocateOptions | undefined;
  /** For the draw among SRV records, and the times of keep-alives. The system's unless given. */
  readonly random?: Random | undefined;
  /** Of messages, datagrams and streams alike. */
  readonly limits?: Limits | undefined;
  /** Connections of both directions, those being opened included; 10,000. */
  readonly maxConnections?: number | undefined;
  /** Of them, with one source (a host; of IPv6 a /64 network); 2,000: a whole office may be behind one address. */
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
  readonly #locator: Locator;
  readonly #returns: Returns;
  #listeners: readonly Listener[] = [];
  #listening: Promise<readonly Listening[]> | undefined;
  #closed = false;

  /** @throws SIP_OPTION for a limit that is no positive integer, and for a transport that is given twice. */
  constructor(options: TransportLayerOptions) {
    this.#transports = options.transports;
    if (new Set(this.#transports).size < this.#transports.length)
      throw new SipError('SIP_OPTION', 'transports: one of them is there twice', { option: 'transports' });
    this.#network = options.network ?? nodeNetwork();
    const random = options.random ?? systemRandom();
    this.#locator = new Locator({
      resolver: options.resolver ?? (options.network === undefined ? nodeResolver() : undefined),
      network: this.#network,
      clock: options.clock,
      random,
      locating: options.locating,
    });
    this.#reception = new Reception({
      clock: options.clock,
      random,
      network: this.#network,
      limits: options.limits,
      maxConnections: positive('maxConnections', options.maxConnections, 10_000),
      maxConnectionsPerHost: positive('maxConnectionsPerHost', options.maxConnectionsPerHost, 2_000),
      user: options.user,
    });
    this.#returns = new Returns({
      clock: options.clock,
      maxReturnTargets: this.#locator.maxReturnTargets,
      open: (target) => this.open(target),
      targets: (uri) => this.targets(uri),
      markFailed: (target) => this.markFailed(target),
      flowFailed: (flow, error) => this.#reception.flowFailed(flow, error),
    });
  }

  /**
   * Binds every transport, or none: once, and from then on the same result; those without a port are not in it.
   *
   * @throws SIP_TRANSPORT_FAILED, its cause the system's error; SIP_PACKAGE_MISSING; SIP_STACK_CLOSED.
   */
  listen(): Promise<readonly Listening[]> {
    if (this.#closed) return Promise.reject(new SipError('SIP_STACK_CLOSED', 'the transport layer was closed', { operation: 'listen' }));
    return (this.#listening ??= this.#bind());
  }

  /** Ends every flow and every listener; the user hears nothing any more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#reception.silence();
    this.#locator.close();
    await this.#listening?.catch(() => {});
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener.close();
  }

  /**
   * A flow to `target`: the connection that there is, or a new one. At once where nothing has to be waited for.
   *
   * @param heardBy - by which the peer was heard that the target was learned from; its listener is preferred.
   * @throws SIP_TRANSPORT_FAILED by rejecting, also when no listener is of the target's kind and family.
   */
  open(target: Target, heardBy?: Flow): Awaitable<Flow> {
    const listener = listenerFor(this.#listeners, target, this.#network, heardBy);
    if (listener !== undefined && 'then' in listener) return listener.then((chosen) => openBy(chosen, target));
    return openBy(listener, target);
  }

  /** Whether there is a listener of the target's kind and family. */
  serves({ kind, host }: Target): boolean {
    const six = isIpv6(host);
    return this.#listeners.some((listener) => listener.kind === kind && isIpv6(listener.local.host) === six);
  }

  /**
   * Where a response to `request`, which came by `flow`, goes (§18.2.2, RFC 3581 §4): back on a stream, or on a new one if that is gone (return-flow.ts); on
   * UDP to the host that it came from, at its port if it asked for that (`rport`), else at the port of sent-by. `maddr` is not followed:
   * it served multicast, and would let anybody turn our answers on a third party.
   */
  responseFlow(request: SipRequest, flow: Flow): Flow {
    if (flow.reliable) return flow.closed ? this.#returns.flowFor(request.via, flow) : flow;
    const { via } = request;
    const port = via.rport === undefined ? (via.port ?? DEFAULT_PORT) : flow.remote.port;
    return port === flow.remote.port || port === 0 ? flow : flow.sibling(port);
  }

  /** Why nothing can leave at all; undefined: it listens. */
  get deaf(): Error | undefined {
    return this.#listeners.length > 0 ? undefined : new Error('the stack does not listen yet; call listen() first, and wait for it');
  }

  /** Where requests to a URI may go, one target after another. The first is there at once for a numeric host, and for a name whose records are known. */
  targets(uri: Uri): Targets {
    return this.#locator.targets(uri, this.#listeners);
  }

  /** All of them, looked up to the end. At once where nothing has to be waited for. None: it cannot be reached from here. */
  locate(uri: Uri): Awaitable<readonly Target[]> {
    return this.targets(uri).rest();
  }

  /** A timeout, a transport failure or a 503 came of it: others are tried before it for `ms` (Retry-After), or as {@link LocateOptions} say. */
  markFailed(target: Target, ms?: number): void {
    this.#locator.markFailed(target, ms);
  }

  stats(): Stats {
    const live: Record<string, number> = { ...this.#reception.live };
    let listening = 0;
    for (const { local, kind, handshakes } of this.#listeners) {
      if (local.port !== 0) listening += 1;
      if (handshakes !== undefined && handshakes > 0) live[`handshakes:${kind}`] = (live[`handshakes:${kind}`] ?? 0) + handshakes;
    }
    live['listeners'] = listening;
    return { live, total: this.#reception.total };
  }

  async #bind(): Promise<readonly Listening[]> {
    const bound: Listener[] = [];
    for (const transport of this.#transports) {
      try {
        bound.push(...(await this.#listenBy(transport)));
      } catch (cause) {
        for (const listener of bound) listener.close();
        if (isSipError(cause, 'SIP_PACKAGE_MISSING')) throw cause;
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
    return bound
      .filter(({ local }) => local.port !== 0)
      .map(({ kind, local }) => ({ transport: kind, host: local.host, port: local.port }));
  }

  /** Without a host, at one port of both families: node's sockets for `::` are IPv6's alone. A machine without IPv6 does without. */
  async #listenBy(transport: Transport): Promise<readonly Listener[]> {
    const { host, port } = transport.options;
    if (port === undefined) {
      const families = host === undefined ? ['0.0.0.0', '::'] : [host];
      return Promise.all(families.map((family) => transport.listen(this.#reception, { host: family, port: 0 })));
    }
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
}

function openBy(listener: Listener | undefined, target: Target): Awaitable<Flow> {
  const { kind, host, port } = target;
  const failed = (cause?: unknown): SipError =>
    new SipError('SIP_TRANSPORT_FAILED', `no way to ${host}:${port} by ${kind}`, { transport: kind, host, port }, { cause });
  if (listener === undefined) return Promise.reject(failed());
  const flow = listener.open(target);
  if ('send' in flow) return flow;
  return flow.then(undefined, (cause: unknown) => {
    throw failed(cause);
  });
}

const lacksIpv6 = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT');
