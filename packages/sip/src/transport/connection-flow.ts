/**
 * One connection, ours or the peer's (RFC 3261 §18): bounds what waits to leave, ends what is silent or too slow, and says who the peer
 * proved to be. How messages lie in what comes is for the classes of stream-flow.ts and websocket-flow.ts.
 */
import type { Address, Clock } from '@jackfield/base';
import { KeepAlive, type KeepAliveUser } from './keep-alive.ts';
import type { Link, LinkReceiver } from './link.ts';
import { connections, type ConnectionEnd } from './news.ts';
import type { DropCause, Flow, PeerCertificate, SipMessage, Target, TransportHost, TransportKind } from './transport.ts';

export interface FlowLimits {
  readonly messageTimeoutMs: number;
  readonly firstMessageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxBufferedBytes: number;
  /** Bytes up to and with the empty line. */
  readonly maxHeadBytes: number;
  /** Bytes of a whole message. */
  readonly maxMessageBytes: number;
  /** Absent: no pings of ours. */
  readonly keepAliveMs: number | undefined;
  readonly pongTimeoutMs: number;
}

/** What a connection asks of the listener that it belongs to. */
export interface FlowOwner {
  readonly kind: TransportKind;
  readonly secure: boolean;
  /** RFC 5923: ours say it, and theirs is heeded. */
  readonly alias: boolean;
  readonly local: Address;
  readonly host: TransportHost;
  readonly limits: FlowLimits;
  ended(flow: ConnectionFlow): void;
  /** The peer wants to be reached by this flow at `port`. */
  aliased(flow: ConnectionFlow, port: number): void;
  /** A flow that there is to `target`, or one that is being opened. */
  toward(target: Target, advertised: Address): ConnectionFlow;
}

const NONE: readonly string[] = [];
const LINGER_MS = 2000;

export abstract class ConnectionFlow implements Flow, KeepAliveUser {
  readonly kind: TransportKind;
  readonly reliable = true;
  readonly secure: boolean;
  readonly remote: Address;
  /** What the connection reports to. */
  readonly receiver: LinkReceiver = {
    data: (bytes) => this.#heard(bytes),
    partial: (pieces) => this.#begun(pieces),
    ending: (error) => this.#ending(error),
    closed: (error) => this.#lost(error),
  };
  /** Counted as a connection, and to be given back. */
  granted = false;
  /** Another to the same address, opened before. */
  older: ConnectionFlow | undefined;
  /** The port of an alias (RFC 5923). */
  aliasPort = 0;
  lastHeard: number;
  protected readonly host: TransportHost;
  protected readonly owner: FlowOwner;
  protected keepAlive: KeepAlive | undefined;
  #advertised: Address;
  readonly #clock: Clock;
  /** Whom it was opened to; undefined when the peer opened it. */
  readonly #name: string | undefined;
  #link: Link | undefined;
  /** What is to leave once there is a connection. */
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #closed = false;
  /** No half message, first message or linger is waited for when undefined. */
  #timer: Disposable | undefined;
  #idle: Disposable | undefined;
  /** The half message that `#timer` is for. */
  #half = 0;
  #messages = 0;

  constructor(owner: FlowOwner, remote: Address, advertised: Address, name: string | undefined) {
    this.kind = owner.kind;
    this.secure = owner.secure;
    this.owner = owner;
    this.host = owner.host;
    this.#clock = owner.host.clock;
    this.remote = remote;
    this.#advertised = advertised;
    this.#name = name;
    this.lastHeard = this.#clock.now();
  }

  get local(): Address {
    return this.owner.local;
  }

  get advertised(): Address {
    return this.#advertised;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get accepted(): boolean {
    return this.#name === undefined;
  }

  get peerCertificate(): PeerCertificate | undefined {
    return this.#link?.proved;
  }

  get peerNames(): readonly string[] {
    return this.#link?.proved?.names ?? NONE;
  }

  get takesAlias(): boolean {
    return this.secure ? this.#link?.proved !== undefined : this.owner.alias;
  }

  /** What is for `name` may go this way: a certificate proved it (RFC 5922 §7.3), or nothing here is proved by certificates. @param name - as `comparableName` gives it. */
  reaches(name: string): boolean {
    return !this.secure || this.#name === name || this.peerNames.includes(name);
  }

  /** The connection is there. @param accepted - the peer opened it, and is to say something soon. */
  start(link: Link, advertised: Address, accepted: boolean): void {
    this.#link = link;
    this.#advertised = advertised;
    const { firstMessageTimeoutMs, idleTimeoutMs, keepAliveMs, pongTimeoutMs } = this.owner.limits;
    if (accepted) this.#timer = this.#clock.after(firstMessageTimeoutMs, () => this.cut('no-message'));
    this.#idle = this.#clock.after(idleTimeoutMs, () => this.#checkIdle());
    if (keepAliveMs !== undefined && this.pings(accepted)) this.keepAlive = new KeepAlive(this.host, keepAliveMs, pongTimeoutMs, this);
    if (connections.hasSubscribers) connections.publish({ event: 'opened', flow: this, direction: accepted ? 'incoming' : 'outgoing' });
    for (const bytes of this.#early) link.send(bytes);
    this.#early = [];
    this.#earlyBytes = 0;
  }

  send(bytes: Uint8Array, message?: SipMessage): void {
    if (this.#closed) {
      queueMicrotask(() => this.host.flowFailed(this, undefined));
      return;
    }
    this.host.sent(bytes, message, this);
    this.write(bytes);
  }

  sibling(port: number, name?: string): Flow {
    if (!this.#closed && port === this.remote.port) return this;
    return this.owner.toward({ kind: this.kind, host: this.remote.host, port, name }, this.#advertised);
  }

  aliased(port: number): void {
    if (!this.#closed && port > 0 && port !== this.aliasPort && port !== this.remote.port) this.owner.aliased(this, port);
  }

  /** Ends it without telling anybody. What was sent still leaves; `now`: unless the peer does not take it. */
  quit(now: boolean, cause: ConnectionEnd = 'local'): void {
    if (this.#closed) return;
    this.#end(cause);
    const link = this.#link;
    if (link === undefined) return;
    link.close();
    if (now && link.buffered === 0 && this.kind === 'TCP')
      link.abort(); // above TCP, the end is said in words of its own, which have to leave first
    else this.#timer = this.#clock.after(LINGER_MS, () => link.abort());
  }

  /** There is no connection, or none any more. */
  fail(error: Error | undefined): void {
    if (this.#closed) return;
    this.#end(error === undefined ? 'peer' : 'failed', error);
    this.host.flowFailed(this, error);
  }

  // ---- for keep-alives

  ping(): void {
    if (this.#link?.ping === undefined) this.pingBySip();
    else this.#link.ping();
  }

  silent(): void {
    this.cut('no-pong');
  }

  // ---- for and by those who know how messages lie in it

  /** Bytes of the connection; those of no length are a ping or pong below SIP. */
  protected abstract hear(bytes: Uint8Array): void;
  /** A message is under way, as the link says. @param pieces - in which it has come so far. */
  protected abstract begin(pieces: number): void;
  /** Half a message is here: the how many-th. 0: none. */
  protected abstract get half(): number;
  /** Nothing more is to be read. */
  protected abstract stop(): void;
  /** Does it send keep-alives? */
  protected abstract pings(accepted: boolean): boolean;
  protected abstract pingBySip(): void;

  protected message(bytes: Uint8Array): void {
    if (this.#messages === 0) this.#stopTimer();
    this.#messages += 1;
    this.host.received(bytes, this);
  }

  protected write(bytes: Uint8Array): void {
    if (!this.hasRoom(bytes.length)) return;
    const link = this.#link;
    if (link !== undefined) link.send(bytes);
    else {
      this.#early.push(bytes);
      this.#earlyBytes += bytes.length;
    }
  }

  /** Bytes that are to leave, and have not. */
  protected get waiting(): number {
    return this.#link === undefined ? this.#earlyBytes : this.#link.buffered;
  }

  /** May so many bytes more wait? If not, the peer does not read, and is cut. */
  protected hasRoom(bytes: number): boolean {
    if (this.waiting + bytes <= this.owner.limits.maxBufferedBytes) return true;
    queueMicrotask(() => this.cut('unread'));
    return false;
  }

  protected cut(cause: DropCause): void {
    if (this.#closed) return;
    this.host.dropped(cause, this.remote);
    this.#end(cause);
    this.#link?.abort();
    this.host.flowFailed(this, undefined);
  }

  #heard(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.lastHeard = this.#clock.now();
    this.hear(bytes);
    if (!this.#closed) this.#watchHalf();
  }

  #begun(pieces: number): void {
    if (this.#closed) return;
    this.begin(pieces);
    if (!this.#closed) this.#watchHalf();
  }

  #ending(error: Error | undefined): void {
    if (this.#closed) return;
    this.#lost(error);
    this.#timer = this.#clock.after(LINGER_MS, () => this.#link?.abort()); // for the answer to it
  }

  #lost(error: Error | undefined): void {
    this.#stopTimer(); // the lingering
    if (!this.#closed && error !== undefined && 'code' in error && error.code === OVERSIZED) this.host.dropped('too-large', this.remote);
    this.fail(error);
  }

  /** One timer for the message that has begun, from its first bytes on: what trickles in does not move it. */
  #watchHalf(): void {
    const { half } = this;
    if (half === this.#half) return;
    this.#half = half;
    if (this.#messages === 0 && this.#timer !== undefined) return; // the first message has its own
    this.#stopTimer();
    if (half !== 0) this.#timer = this.#clock.after(this.owner.limits.messageTimeoutMs, () => this.cut('too-slow'));
  }

  #checkIdle(): void {
    const left = this.lastHeard + this.owner.limits.idleTimeoutMs - this.#clock.now();
    if (left <= 0) this.cut('idle');
    else this.#idle = this.#clock.after(Math.ceil(left / 1000) * 1000, () => this.#checkIdle()); // whole seconds: few distinct waits
  }

  #end(cause: ConnectionEnd, error?: Error): void {
    this.#closed = true;
    if (connections.hasSubscribers) connections.publish({ event: 'closed', flow: this, cause, error });
    this.stop();
    this.#early = [];
    this.#stopTimer();
    this.#idle?.[Symbol.dispose]();
    this.keepAlive?.stop();
    this.owner.ended(this);
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}

/** What `ws` says of a message over its bound. */
const OVERSIZED = 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
