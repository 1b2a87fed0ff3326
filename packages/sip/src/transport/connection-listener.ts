/**
 * Connections of one kind at one address (RFC 3261 §18): accepts, connects, and finds those that there are. Where a handshake stands between
 * the stream and the first message (TLS, WebSocket), it is bounded and timed here, and made by others.
 */
import { SipError, type Address, type Network, type StreamConnection, type StreamListener, type StreamReceiver } from '@jackfield/base';
import type { Duplex } from 'node:stream';
import type { Awaitable } from '../messages/model.ts';
import { isWildcard } from './addresses.ts';
import { shownInstead, type Advertise, type Advertised } from './advertise.ts';
import { nameOf } from './certificate-names.ts';
import type { ConnectionFlow, FlowLimits, FlowOwner } from './connection-flow.ts';
import { FlowTable } from './flow-table.ts';
import { HalfOpen, type HalfOpenLimits } from './half-open.ts';
import type { Link, LinkReceiver } from './link.ts';
import { StreamDuplex } from './stream-duplex.ts';
import type { Flow, Listener, Target, TransportHost, TransportKind } from './transport.ts';

/** Told one of the two, once. */
export interface HandshakeUser {
  /** The way is open; gives back who hears what comes by it. */
  ready(link: Link): LinkReceiver;
  failed(error: Error): void;
}

/** What stands between a stream and its first message. `raw` has the addresses of `stream`. Destroying the stream gives an attempt up. */
export interface Handshakes {
  accept(stream: Duplex, raw: StreamConnection, user: HandshakeUser): void;
  connect(stream: Duplex, raw: StreamConnection, target: Target, user: HandshakeUser): void;
}

export interface ConnectionOptions {
  readonly kind: TransportKind;
  readonly secure: boolean;
  readonly alias: boolean;
  readonly advertise: Advertise | undefined;
  readonly connectTimeoutMs: number;
  readonly limits: FlowLimits;
  readonly halfOpen: HalfOpenLimits;
  /** Absent: messages pass at once. */
  readonly handshakes: Handshakes | undefined;
  readonly makeFlow: (owner: FlowOwner, remote: Address, advertised: Address, name: string | undefined) => ConnectionFlow;
  /** Shown by what listens nowhere; absent: the connection's own address. */
  readonly anonymous: Address | undefined;
}

const IGNORED: StreamReceiver = { data() {}, closed() {} };

/** What a stream that breaks says is told by those who read it, or who wait for its handshake. */
const ignore = (): void => {};

interface Opening {
  readonly ready: Promise<ConnectionFlow>;
  readonly attempt: AbortController;
}

export class ConnectionListener implements Listener, FlowOwner {
  readonly kind: TransportKind;
  readonly secure: boolean;
  readonly alias: boolean;
  readonly host: TransportHost;
  readonly limits: FlowLimits;
  readonly #network: Network;
  readonly #options: ConnectionOptions;
  readonly #flows = new FlowTable();
  readonly #opening = new Map<ConnectionFlow, Opening>();
  readonly #halfOpen: HalfOpen;
  #socket: StreamListener | undefined;
  #local: Address;
  #closed = false;

  /** @param at - what is listened on, or the wildcard of a family where nothing is. */
  constructor(host: TransportHost, network: Network, at: Address, options: ConnectionOptions) {
    this.host = host;
    this.kind = options.kind;
    this.secure = options.secure;
    this.alias = options.alias;
    this.limits = options.limits;
    this.#network = network;
    this.#options = options;
    this.#local = at;
    this.#halfOpen = new HalfOpen(host.clock, options.halfOpen);
  }

  get local(): Address {
    return this.#local;
  }

  get handshakes(): number {
    return this.#halfOpen.size;
  }

  async bind(): Promise<this> {
    this.#socket = await this.#network.listenStream(this.#local, (connection) => this.#accept(connection));
    this.#local = this.#socket.local;
    const { advertise } = this.#options;
    if (typeof advertise === 'string' || !isWildcard(this.#local.host)) this.host.advertising(this.#shown(this.#local, this.#local.host));
    return this;
  }

  find(target: Target): Flow | undefined {
    const flow = this.#flows.find(target);
    return flow === undefined || this.#opening.has(flow) ? undefined : flow;
  }

  open(target: Target): Awaitable<Flow> {
    const flow = this.toward(target, this.#local);
    return this.#opening.get(flow)?.ready ?? flow;
  }

  toward(target: Target, advertised: Address): ConnectionFlow {
    const known = this.#flows.find(target);
    if (known !== undefined) return known;
    const remote = { host: target.host, port: target.port };
    const flow = this.#options.makeFlow(this, remote, advertised, nameOf(target));
    this.#flows.add(flow);
    const attempt = new AbortController();
    const ready = this.#connect(flow, target, attempt);
    ready.catch(() => {}); // who asked for the flow has it from there; who sent by it, from flowFailed
    this.#opening.set(flow, { ready, attempt });
    return flow;
  }

  ended(flow: ConnectionFlow): void {
    this.#flows.delete(flow);
    if (flow.granted) this.host.disconnected(this.kind, flow.remote);
    this.#opening.get(flow)?.attempt.abort();
    this.#opening.delete(flow);
  }

  aliased(flow: ConnectionFlow, port: number): void {
    this.#flows.alias(flow, port);
  }

  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#halfOpen.close();
    for (const flow of this.#flows.all) flow.quit(true);
  }

  // ---- those who come

  #accept(raw: StreamConnection): StreamReceiver {
    if (this.#closed || !this.host.connecting(this.kind, raw.remote, false)) {
      raw.abort();
      return IGNORED;
    }
    const { handshakes } = this.#options;
    return handshakes === undefined ? this.#welcome(raw) : this.#shakeHands(handshakes, raw);
  }

  /** Messages may pass; the connection is counted already. */
  #welcome(link: Link): LinkReceiver {
    const flow = this.#options.makeFlow(this, link.remote, this.#shown(link.local, link.remote.host), undefined);
    this.#flows.add(flow);
    this.#start(flow, link, true);
    return flow.receiver;
  }

  #shakeHands(handshakes: Handshakes, raw: StreamConnection): StreamReceiver {
    const { remote } = raw;
    const duplex = new StreamDuplex();
    let stream: Duplex | undefined;
    let over = false;
    const failed = (): void => {
      if (over) return;
      over = true;
      begun?.[Symbol.dispose]();
      if (!this.#closed) this.host.dropped('handshake', remote);
      this.host.disconnected(this.kind, remote);
      stream?.destroy();
    };
    const begun = this.#halfOpen.begin(remote.host, failed);
    if (begun === undefined) {
      this.host.dropped('handshakes', remote);
      this.host.disconnected(this.kind, remote);
      raw.abort();
      return IGNORED;
    }
    stream = duplex.over(raw).on('error', ignore);
    handshakes.accept(stream, raw, {
      ready: (link) => {
        if (over || this.#closed) {
          link.abort();
          return IGNORED;
        }
        over = true;
        begun[Symbol.dispose]();
        return this.#welcome(link);
      },
      failed,
    });
    return duplex.receiver;
  }

  // ---- those we call

  async #connect(flow: ConnectionFlow, target: Target, attempt: AbortController): Promise<ConnectionFlow> {
    const { remote } = flow;
    const failed = (message: string, cause?: unknown): SipError =>
      new SipError('SIP_TRANSPORT_FAILED', message, { transport: this.kind, ...remote }, { cause });
    await Promise.resolve(); // so that the caller has the flow before it fails
    if (flow.closed) throw failed('the listener was closed');
    if (!this.host.connecting(this.kind, remote, true)) {
      const error = failed('too many connections');
      flow.fail(error);
      throw error;
    }
    flow.granted = true;
    const { connectTimeoutMs } = this.#options;
    const timeout = this.host.clock.after(connectTimeoutMs, () => {
      const late = failed(`no connection within ${connectTimeoutMs} ms`);
      attempt.abort(late);
      flow.fail(late);
    });
    try {
      await this.#reach(flow, target, attempt.signal, () => failed('given up'));
      return flow;
    } catch (cause) {
      const error = failed('could not connect', cause);
      flow.fail(error);
      throw error;
    } finally {
      timeout[Symbol.dispose]();
    }
  }

  async #reach(flow: ConnectionFlow, target: Target, signal: AbortSignal, givenUp: () => SipError): Promise<void> {
    const { handshakes } = this.#options;
    const begin = (link: Link): void => {
      this.#opening.delete(flow);
      this.#start(flow, link, false);
    };
    const duplex = handshakes === undefined ? undefined : new StreamDuplex();
    const raw = await this.#network.connectStream(flow.remote, duplex?.receiver ?? flow.receiver, signal);
    if (flow.closed) {
      raw.abort();
      throw givenUp();
    }
    if (handshakes === undefined || duplex === undefined) return begin(raw);
    const stream = duplex.over(raw).on('error', ignore);
    signal.addEventListener('abort', () => stream.destroy(), { once: true });
    await new Promise<void>((resolve, reject) => {
      handshakes.connect(stream, raw, target, {
        ready(link) {
          if (flow.closed) {
            link.abort();
            reject(givenUp());
            return IGNORED;
          }
          begin(link);
          resolve();
          return flow.receiver;
        },
        failed(error) {
          stream.destroy();
          reject(error);
        },
      });
    });
  }

  #start(flow: ConnectionFlow, link: Link, accepted: boolean): void {
    flow.granted = true;
    const shown = this.#shown(link.local, link.remote.host);
    if (this.#local.port !== 0) this.host.advertising(shown); // what listens nowhere is answered on the connection alone
    flow.start(link, shown, accepted);
  }

  /** To the peer at `remote`, by a connection whose end on our side is `own`. */
  #shown(own: Address, remote: string): Advertised {
    const { host, port } = this.#local;
    const { advertise, anonymous } = this.#options;
    const instead = shownInstead(advertise, port === 0 ? { host, port: own.port } : this.#local, remote);
    if (instead !== undefined) return { ...instead, behind: own.host };
    if (port === 0) return anonymous ?? own;
    return { host: isWildcard(host) ? own.host : host, port };
  }
}
