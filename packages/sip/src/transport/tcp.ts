/** SIP over TCP (RFC 3261 §18): a listener, and the connections of both directions that belong to it, each found by its remote address. */
import { SipError, type Address, type Network, type StreamConnection, type StreamListener, type StreamReceiver } from '@jackfield/base';
import type { Awaitable, ListenOptions } from '../messages/model.ts';
import { isWildcard, shownInstead } from './addresses.ts';
import { positive } from './positive.ts';
import { TcpFlow, type FlowOwner, type TcpLimits } from './tcp-flow.ts';
import type { Flow, Listener, Transport, TransportHost } from './transport.ts';

export interface TcpOptions extends ListenOptions {
  /** In place of the stack's. */
  readonly network?: Network | undefined;
  /** ms until an attempt to connect is given up; 10,000. */
  readonly connectTimeoutMs?: number | undefined;
  /** ms from the first to the last byte of a message; 10,000. */
  readonly messageTimeoutMs?: number | undefined;
  /** ms in which a peer that connected has sent its first message, whole; 32,000. */
  readonly firstMessageTimeoutMs?: number | undefined;
  /** ms without a byte from the peer after which a connection is closed; 3,600,000, so that calls and registrations outlast it. */
  readonly idleTimeoutMs?: number | undefined;
  /** Bytes that wait for a peer which does not read, before it is cut; 1 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** Bytes of a header block; 32 KiB. */
  readonly maxHeadBytes?: number | undefined;
}

const IGNORED: StreamReceiver = { data() {}, closed() {} };
const keyOf = ({ host, port }: Address): string => `${host}:${port}`;

interface Opening {
  readonly ready: Promise<TcpFlow>;
  readonly attempt: AbortController;
}

class TcpListener implements Listener, FlowOwner {
  readonly kind = 'TCP';
  readonly host: TransportHost;
  readonly limits: TcpLimits;
  readonly #network: Network;
  readonly #connectTimeoutMs: number;
  #advertise: string | undefined;
  /** By remote address; a later connection takes the place of an earlier one. */
  readonly #byRemote = new Map<string, TcpFlow>();
  readonly #flows = new Set<TcpFlow>();
  readonly #opening = new Map<TcpFlow, Opening>();
  #socket: StreamListener | undefined;
  #local: Address = { host: '', port: 0 };
  #closed = false;

  constructor(host: TransportHost, network: Network, { connectTimeoutMs, limits, options: { advertise } }: TcpTransport) {
    this.host = host;
    this.#network = network;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#advertise = advertise;
    this.limits = { ...limits, maxMessageBytes: host.maxMessageBytes };
  }

  get local(): Address {
    return this.#local;
  }

  bound(socket: StreamListener): void {
    this.#socket = socket;
    this.#local = socket.local;
    this.#advertise = shownInstead(this.#advertise, socket.local.host);
    if (this.#advertise !== undefined || !isWildcard(socket.local.host)) this.host.advertising(this.#shown(socket.local.host));
  }

  accept(connection: StreamConnection): StreamReceiver {
    if (this.#closed || !this.host.connecting(connection.remote, false)) {
      connection.abort();
      return IGNORED;
    }
    const flow = this.#keep(new TcpFlow(this, connection.remote, this.#shown(connection.local.host)));
    this.#start(flow, connection, true);
    return flow.receiver;
  }

  open(remote: Address): Awaitable<Flow> {
    const flow = this.toward(remote, this.#shown(this.#local.host));
    return this.#opening.get(flow)?.ready ?? flow;
  }

  toward(remote: Address, advertised: Address): TcpFlow {
    const known = this.#byRemote.get(keyOf(remote));
    if (known !== undefined) return known;
    const flow = this.#keep(new TcpFlow(this, remote, advertised));
    const attempt = new AbortController();
    const ready = this.#connect(flow, attempt);
    ready.catch(() => {}); // who asked for the flow has it from there; who sent by it, from flowFailed
    this.#opening.set(flow, { ready, attempt });
    return flow;
  }

  ended(flow: TcpFlow): void {
    const key = keyOf(flow.remote);
    if (this.#byRemote.get(key) === flow) this.#byRemote.delete(key);
    this.#flows.delete(flow);
    if (flow.granted) this.host.disconnected(flow.remote);
    this.#opening.get(flow)?.attempt.abort();
    this.#opening.delete(flow);
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
    for (const flow of this.#flows) flow.quit(true);
  }

  #keep(flow: TcpFlow): TcpFlow {
    this.#byRemote.set(keyOf(flow.remote), flow);
    this.#flows.add(flow);
    return flow;
  }

  async #connect(flow: TcpFlow, attempt: AbortController): Promise<TcpFlow> {
    const { remote } = flow;
    const failed = (message: string, cause?: unknown): SipError =>
      new SipError('SIP_TRANSPORT_FAILED', message, { transport: 'TCP', ...remote }, { cause });
    await Promise.resolve(); // so that the caller has the flow before it fails
    if (flow.closed) throw failed('the listener was closed');
    if (!this.host.connecting(remote, true)) {
      const error = failed('too many connections');
      flow.fail(error);
      throw error;
    }
    flow.granted = true;
    const timeout = this.host.clock.after(this.#connectTimeoutMs, () => {
      const late = failed(`no connection within ${this.#connectTimeoutMs} ms`);
      attempt.abort(late);
      flow.fail(late);
    });
    try {
      const connection = await this.#network.connectStream(remote, flow.receiver, attempt.signal);
      if (flow.closed) {
        connection.abort();
        throw failed('given up');
      }
      this.#opening.delete(flow);
      this.#start(flow, connection, false);
      return flow;
    } catch (cause) {
      const error = failed('could not connect', cause);
      flow.fail(error);
      throw error;
    } finally {
      timeout[Symbol.dispose]();
    }
  }

  #start(flow: TcpFlow, connection: StreamConnection, accepted: boolean): void {
    flow.granted = true;
    const shown = this.#shown(connection.local.host);
    this.host.advertising(shown);
    flow.start(connection, shown, accepted);
  }

  /** To a peer whose packets we send from `source`. */
  #shown(source: string): Address {
    const { host, port } = this.#local;
    return { host: this.#advertise ?? (isWildcard(host) ? source : host), port };
  }
}

class TcpTransport implements Transport {
  readonly kind = 'TCP';
  readonly options: TcpOptions;
  readonly connectTimeoutMs: number;
  readonly limits: Omit<TcpLimits, 'maxMessageBytes'>;

  constructor(options: TcpOptions) {
    this.options = options;
    this.connectTimeoutMs = positive('connectTimeoutMs', options.connectTimeoutMs, 10_000);
    this.limits = {
      messageTimeoutMs: positive('messageTimeoutMs', options.messageTimeoutMs, 10_000),
      firstMessageTimeoutMs: positive('firstMessageTimeoutMs', options.firstMessageTimeoutMs, 32_000),
      idleTimeoutMs: positive('idleTimeoutMs', options.idleTimeoutMs, 3_600_000),
      maxBufferedBytes: positive('maxBufferedBytes', options.maxBufferedBytes, 1024 * 1024),
      maxHeadBytes: positive('maxHeadBytes', options.maxHeadBytes, 32 * 1024),
    };
  }

  async listen(host: TransportHost, at: Address): Promise<Listener> {
    const network = this.options.network ?? host.network;
    const listener = new TcpListener(host, network, this);
    listener.bound(await network.listenStream(at, (connection) => listener.accept(connection)));
    return listener;
  }
}

/** SIP over TCP, for the `transports` of one stack. @throws SIP_OPTION for a size or a time that is no positive integer. */
export function tcp(options: TcpOptions): Transport {
  return new TcpTransport(options);
}
