/** One TCP connection, ours or the peer's (RFC 3261 §18): frames what comes, bounds what waits to leave, and ends what is silent or too slow. */
import type { Address, Clock, StreamConnection, StreamReceiver } from '@jackfield/base';
import { Framer, type FramerLimits, type FramerUser } from './framer.ts';
import type { DropCause, Flow, SipMessage, TransportHost } from './transport.ts';

export interface TcpLimits extends FramerLimits {
  readonly messageTimeoutMs: number;
  readonly firstMessageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly maxBufferedBytes: number;
}

/** What a connection asks of the listener that it belongs to. */
export interface FlowOwner {
  readonly local: Address;
  readonly host: TransportHost;
  readonly limits: TcpLimits;
  ended(flow: TcpFlow): void;
  /** An open connection to `remote`, or one that is being opened. */
  toward(remote: Address, advertised: Address): TcpFlow;
}

const PONG = Buffer.from('\r\n');
const LINGER_MS = 2000;

export class TcpFlow implements Flow, FramerUser {
  readonly kind = 'TCP';
  readonly reliable = true;
  readonly secure = false;
  readonly remote: Address;
  /** What the connection reports to. */
  readonly receiver: StreamReceiver = { data: (bytes) => this.#heard(bytes), closed: (error) => this.#lost(error) };
  /** Counted as a connection, and to be given back. */
  granted = false;
  #advertised: Address;
  readonly #owner: FlowOwner;
  readonly #host: TransportHost;
  readonly #clock: Clock;
  readonly #framer: Framer;
  #connection: StreamConnection | undefined;
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
  #lastHeard: number;

  constructor(owner: FlowOwner, remote: Address, advertised: Address) {
    this.#owner = owner;
    this.#host = owner.host;
    this.#clock = owner.host.clock;
    this.remote = remote;
    this.#advertised = advertised;
    this.#framer = new Framer(owner.limits, this);
    this.#lastHeard = this.#clock.now();
  }

  get local(): Address {
    return this.#owner.local;
  }

  get advertised(): Address {
    return this.#advertised;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The connection is there. @param accepted - the peer opened it, and is to say something soon. */
  start(connection: StreamConnection, advertised: Address, accepted: boolean): void {
    this.#connection = connection;
    this.#advertised = advertised;
    const { firstMessageTimeoutMs, idleTimeoutMs } = this.#owner.limits;
    if (accepted) this.#timer = this.#clock.after(firstMessageTimeoutMs, () => this.#cut('no-message'));
    this.#idle = this.#clock.after(idleTimeoutMs, this.#checkIdle);
    for (const bytes of this.#early) connection.send(bytes);
    this.#early = [];
    this.#earlyBytes = 0;
  }

  send(bytes: Uint8Array, message?: SipMessage): void {
    if (this.#closed) {
      queueMicrotask(() => this.#host.flowFailed(this, undefined));
      return;
    }
    this.#host.sent(bytes, message, this);
    this.#write(bytes);
  }

  sibling(port: number): Flow {
    if (!this.#closed && port === this.remote.port) return this;
    return this.#owner.toward({ host: this.remote.host, port }, this.#advertised);
  }

  /** Ends it without telling anybody. What was sent still leaves; `now`: unless the peer does not take it. */
  quit(now: boolean): void {
    if (this.#closed) return;
    this.#end();
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.close();
    if (now && connection.buffered === 0) connection.abort();
    else this.#timer = this.#clock.after(LINGER_MS, () => connection.abort());
  }

  /** There is no connection, or none any more. */
  fail(error: Error | undefined): void {
    if (this.#closed) return;
    this.#end();
    this.#host.flowFailed(this, error);
  }

  // ---- from the framer

  framed(bytes: Uint8Array): void {
    if (this.#messages === 0) this.#stopTimer();
    this.#messages += 1;
    this.#host.received(bytes, this);
  }

  pinged(): void {
    this.#host.keptAlive();
    this.#write(PONG);
  }

  broken(head: Uint8Array, status: number, cause: DropCause): void {
    this.#host.unframed(head, status, cause, this);
    if (this.#closed) return;
    this.quit(false);
    this.#host.flowFailed(this, undefined);
  }

  #heard(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#lastHeard = this.#clock.now();
    this.#framer.push(bytes);
    if (!this.#closed) this.#watchHalf();
  }

  #lost(error: Error | undefined): void {
    this.#stopTimer(); // the lingering
    this.fail(error);
  }

  #write(bytes: Uint8Array): void {
    const connection = this.#connection;
    const waiting = connection === undefined ? this.#earlyBytes : connection.buffered;
    if (waiting + bytes.length > this.#owner.limits.maxBufferedBytes) {
      queueMicrotask(() => this.#cut('unread'));
      return;
    }
    if (connection !== undefined) connection.send(bytes);
    else {
      this.#early.push(bytes);
      this.#earlyBytes += bytes.length;
    }
  }

  /** One timer for the message that has begun, from its first bytes on: what trickles in does not move it. */
  #watchHalf(): void {
    const { half } = this.#framer;
    if (half === this.#half) return;
    this.#half = half;
    if (this.#messages === 0 && this.#timer !== undefined) return; // the first message has its own
    this.#stopTimer();
    if (half !== 0) this.#timer = this.#clock.after(this.#owner.limits.messageTimeoutMs, () => this.#cut('too-slow'));
  }

  readonly #checkIdle = (): void => {
    const left = this.#lastHeard + this.#owner.limits.idleTimeoutMs - this.#clock.now();
    if (left <= 0) this.#cut('idle');
    else this.#idle = this.#clock.after(Math.ceil(left / 1000) * 1000, this.#checkIdle); // whole seconds: few distinct waits
  };

  #cut(cause: DropCause): void {
    if (this.#closed) return;
    this.#host.dropped(cause, this.remote);
    this.#end();
    this.#connection?.abort();
    this.#host.flowFailed(this, undefined);
  }

  #end(): void {
    this.#closed = true;
    this.#framer.stop();
    this.#early = [];
    this.#stopTimer();
    this.#idle?.[Symbol.dispose]();
    this.#owner.ended(this);
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
