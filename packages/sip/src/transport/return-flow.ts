/**
 * Ways back for responses whose connection is gone (RFC 3261 §18.2.2, RFC 3263 §5): the host that the request came from, at the port of sent-by; then
 * sent-by itself, by DNS where it is a name. WebSocket clients cannot be called back.
 */
import { isPromise, SipError, type Address, type Clock } from '@jackfield/base';
import type { Awaitable, Uri } from '../messages/model.ts';
import { parseUri } from '../messages/uri.ts';
import type { Via } from '../messages/via.ts';
import { isLoopback, withoutBrackets } from './addresses.ts';
import { DEFAULT_PORTS } from './resolve/kinds.ts';
import type { Targets } from './resolve/targets.ts';
import type { Flow, SipMessage, Target, TransportKind } from './transport.ts';

/** Of one lost connection: its peer must not have us search half the world. */
const MAX_SENT_BYS = 8;
const MAX_WAITING_BYTES = 1024 * 1024;
/** After 64·T1 nobody waits for a response any more: no other attempt begins. What failed is not tried again for as long. */
const GIVE_UP_MS = 32_000;

/** What a search asks of the transport layer. */
export interface ReturnHost {
  readonly clock: Clock;
  /** Targets that one response is offered, the first included. */
  readonly maxReturnTargets: number;
  open(target: Target): Awaitable<Flow>;
  targets(uri: Uri): Targets;
  markFailed(target: Target): void;
  flowFailed(flow: Flow, error: Error | undefined): void;
}

/** Stands for a connection that is looked for: keeps what is sent until it is there. Closed as soon as that is known, one way or the other. */
class ReturnFlow implements Flow {
  readonly kind: TransportKind;
  readonly reliable = true;
  readonly secure: boolean;
  readonly local: Address;
  readonly remote: Address;
  readonly advertised: Address;
  /** What was looked for. */
  found: Flow | undefined = undefined;
  /** When it was found that there is none; ms of the clock. */
  failedAt: number | undefined = undefined;
  readonly #host: ReturnHost;
  #waiting: { readonly bytes: Uint8Array; readonly message: SipMessage | undefined }[] = [];
  #waitingBytes = 0;

  /** @param opening - the way to `first`; where it leads to nothing, `sentBy` is located. */
  constructor(host: ReturnHost, lost: Flow, first: Target, opening: PromiseLike<Flow>, sentBy: Uri | undefined) {
    this.#host = host;
    this.kind = lost.kind;
    this.secure = lost.secure;
    this.local = lost.local;
    this.advertised = lost.advertised;
    this.remote = { host: first.host, port: first.port };
    void this.#search(first, opening, sentBy);
  }

  get closed(): boolean {
    return this.found !== undefined || this.failedAt !== undefined;
  }

  send(bytes: Uint8Array, message?: SipMessage): void {
    if (this.found?.closed === false) return this.found.send(bytes, message);
    this.#waitingBytes += bytes.length;
    if (this.closed || this.#waitingBytes > MAX_WAITING_BYTES) queueMicrotask(() => this.#host.flowFailed(this, undefined));
    else this.#waiting.push({ bytes, message });
  }

  sibling(): Flow {
    return this;
  }

  async #search(first: Target, opening: PromiseLike<Flow>, sentBy: Uri | undefined): Promise<void> {
    const { clock, maxReturnTargets } = this.#host;
    const until = clock.now() + GIVE_UP_MS;
    const targets = sentBy === undefined ? undefined : this.#host.targets(sentBy);
    let target: Target | undefined = first;
    let way: Awaitable<Flow> = opening;
    let failure: unknown;
    for (let tried = 1; target !== undefined; tried += 1) {
      try {
        this.#arrived(await way);
        return;
      } catch (error) {
        failure = error;
        this.#host.markFailed(target);
      }
      target = tried < maxReturnTargets && clock.now() < until ? await this.#next(targets, first) : undefined;
      if (target !== undefined) way = this.#host.open(target);
    }
    this.#failed(failure);
  }

  /** Nobody else's request makes us call services of this machine that are open to nobody else. */
  async #next(targets: Targets | undefined, first: Target): Promise<Target | undefined> {
    for (;;) {
      const target = await targets?.next();
      if (target === undefined) return undefined;
      const known = target.host === first.host && target.port === first.port;
      if (!known && (!isLoopback(target.host) || isLoopback(first.host))) return target;
    }
  }

  #arrived(flow: Flow): void {
    this.found = flow;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { bytes, message } of waiting) flow.send(bytes, message);
  }

  #failed(error: unknown): void {
    this.failedAt = this.#host.clock.now();
    this.#waiting = [];
    this.#host.flowFailed(this, error instanceof SipError ? error : undefined);
  }
}

/** Knows the ways back of connections that are gone, as long as somebody knows those. */
export class Returns {
  readonly #host: ReturnHost;
  readonly #bySentBy = new WeakMap<Flow, Map<string, ReturnFlow>>();

  constructor(host: ReturnHost) {
    this.#host = host;
  }

  /** @param lost - closed, and reliable. @returns what answers to requests with this Via may leave by; the lost one itself where there is nothing to be tried. */
  flowFor({ host, port }: Via, lost: Flow): Flow {
    if (lost.kind === 'WS' || lost.kind === 'WSS' || port === 0) return lost;
    const known = this.#bySentBy.get(lost) ?? new Map<string, ReturnFlow>();
    const key = `${host.toLowerCase()}:${port ?? ''}`;
    const before = known.get(key);
    if (before !== undefined) {
      const { found, failedAt } = before;
      if (found === undefined && (failedAt === undefined || this.#host.clock.now() < failedAt + GIVE_UP_MS)) return before;
      if (found?.closed === false) return found;
    } else if (known.size >= MAX_SENT_BYS) return lost;
    const first: Target = { kind: lost.kind, host: lost.remote.host, port: port ?? DEFAULT_PORTS[lost.kind], name: host };
    const way = this.#host.open(first);
    if (!isPromise(way)) return way;
    const sentBy =
      withoutBrackets(host) === first.host
        ? undefined
        : parseUri(`sip:${host}${port === undefined ? '' : `:${port}`};transport=${lost.kind.toLowerCase()}`);
    const flow = new ReturnFlow(this.#host, lost, first, way, sentBy);
    this.#bySentBy.set(lost, known.set(key, flow));
    return flow;
  }
}
