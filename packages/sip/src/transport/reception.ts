/**
 * Where bytes become messages: parses, stamps requests with their source (RFC 3261 §18.2.1, RFC 3581 §4), refuses responses that are not
 * for us (§18.1.2), counts, keeps quotas of connections, and tells the user and the diagnostics channels. Owns no socket.
 */
import type { Address, Clock, Network, Random } from '@jackfield/base';
import { fullLimits, type FullLimits, type Limits } from '../messages/limits.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { parseMessage, type ParseOptions } from '../messages/parse.ts';
import { sourceOf, withoutBrackets, withoutZone } from './addresses.ts';
import { drops, messageIn, messageOut, type PassingMessage } from './news.ts';
import type { DropCause, Flow, Malformed, SipMessage, TransportHost, TransportKind, TransportUser } from './transport.ts';

export interface ReceptionOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly limits: Limits | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerHost: number;
  readonly user: TransportUser;
}

/** What is counted of one kind. */
class KindCounts {
  received = 0;
  sent = 0;
  connectionsIn = 0;
  connectionsOut = 0;
  /** Now. */
  connections = 0;
}

export class Reception implements TransportHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly maxMessageBytes: number;
  readonly #user: TransportUser;
  readonly #datagram: ParseOptions;
  readonly #stream: ParseOptions;
  readonly #maxConnections: number;
  readonly #maxConnectionsPerHost: number;
  readonly #kinds: Readonly<Record<TransportKind, KindCounts>> = {
    UDP: new KindCounts(),
    TCP: new KindCounts(),
    TLS: new KindCounts(),
    WS: new KindCounts(),
    WSS: new KindCounts(),
  };
  readonly #total = { malformed: 0, keepAlives: 0, flowsFailed: 0, socketErrors: 0 };
  readonly #dropped = new Map<DropCause, number>();
  /** Of each source. */
  readonly #connections = new Map<string, number>();
  /** `host:port` of what peers are shown. */
  readonly #shown = new Set<string>();
  #live = 0;
  #silent = false;

  constructor(options: ReceptionOptions) {
    const limits: FullLimits = fullLimits(options.limits);
    this.clock = options.clock;
    this.random = options.random;
    this.network = options.network;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.#user = options.user;
    this.#datagram = { limits };
    this.#stream = { limits, stream: true };
    this.#maxConnections = options.maxConnections;
    this.#maxConnectionsPerHost = options.maxConnectionsPerHost;
  }

  /** Held now: all of them, and those of the kinds that there are. */
  get live(): Record<string, number> {
    const live: Record<string, number> = { connections: this.#live };
    for (const [kind, { connections }] of Object.entries(this.#kinds)) if (connections > 0) live[`connections:${kind}`] = connections;
    return live;
  }

  get total(): Record<string, number> {
    const total: Record<string, number> = { received: 0, sent: 0, ...this.#total, connectionsIn: 0, connectionsOut: 0 };
    for (const [kind, counts] of Object.entries(this.#kinds)) {
      for (const name of ['received', 'sent', 'connectionsIn', 'connectionsOut'] as const) {
        if (counts[name] === 0) continue;
        total[name]! += counts[name];
        total[`${name}:${kind}`] = counts[name];
      }
    }
    for (const [cause, count] of this.#dropped) total[`dropped:${cause}`] = count;
    return total;
  }

  /** From now on the user hears nothing: the layer closes. */
  silence(): void {
    this.#silent = true;
  }

  received(bytes: Uint8Array, flow: Flow): void {
    if (this.#silent) return;
    this.#kinds[flow.kind].received += 1;
    let verdict = parseMessage(bytes, flow.reliable ? this.#stream : this.#datagram);
    if (!verdict.ok) {
      // a WebSocket message ends where it ends (RFC 7118 §5): no Content-Length is needed, and one that is there has to be right
      const unneeded = verdict.rule === 'content-length-missing' && (flow.kind === 'WS' || flow.kind === 'WSS');
      if (unneeded) verdict = parseMessage(bytes, this.#datagram);
      if (!verdict.ok) return this.#refused(verdict, bytes, flow);
    }
    const { message } = verdict;
    if (message.kind === 'request') {
      stamp(message, flow);
      if (flow.takesAlias === true) takeAlias(message, flow);
    } else if (!this.#isOurs(message, flow)) return this.dropped('sent-by', flow.remote, bytes);
    message.headers.seal(); // a plug-in that took From or CSeq away would leave nothing to answer
    if (messageIn.hasSubscribers) messageIn.publish(this.#passing(message, bytes, flow));
    this.#user.message(message, flow);
  }

  unframed(head: Uint8Array, status: number, cause: DropCause, flow: Flow): void {
    if (this.#silent) return;
    this.dropped(cause, flow.remote, head);
    const verdict = parseMessage(head, this.#stream);
    const refusal = verdict.ok ? refusalOf(verdict.message, head.length) : verdict; // ok: more than the transport takes, if not than the parser
    if (refusal.request !== undefined) stamp(refusal.request, flow);
    this.#user.malformed(refusal.request === undefined ? refusal : { ...refusal, status }, flow);
  }

  sent(bytes: Uint8Array, message: SipMessage | undefined, flow: Flow): void {
    this.#kinds[flow.kind].sent += 1;
    if (!messageOut.hasSubscribers) return;
    if (message !== undefined) return messageOut.publish(this.#passing(message, bytes, flow));
    const verdict = parseMessage(bytes, this.#datagram); // sent as bytes, or once more: read only because somebody listens
    if (verdict.ok) messageOut.publish(this.#passing(verdict.message, bytes, flow));
  }

  dropped(cause: DropCause, remote: Address, bytes?: Uint8Array): void {
    this.#dropped.set(cause, (this.#dropped.get(cause) ?? 0) + 1);
    if (drops.hasSubscribers) drops.publish({ cause, remote, bytes, stack: this.#user });
  }

  keptAlive(): void {
    this.#total.keepAlives += 1;
  }

  connecting(kind: TransportKind, remote: Address, outgoing: boolean): boolean {
    const source = sourceOf(remote.host);
    const fromSource = this.#connections.get(source) ?? 0;
    if (this.#live >= this.#maxConnections || fromSource >= this.#maxConnectionsPerHost) {
      this.dropped('connections', remote);
      return false;
    }
    const counts = this.#kinds[kind];
    this.#live += 1;
    counts.connections += 1;
    this.#connections.set(source, fromSource + 1);
    if (outgoing) counts.connectionsOut += 1;
    else counts.connectionsIn += 1;
    return true;
  }

  disconnected(kind: TransportKind, remote: Address): void {
    this.#live -= 1;
    this.#kinds[kind].connections -= 1;
    const source = sourceOf(remote.host);
    const left = (this.#connections.get(source) ?? 1) - 1;
    if (left > 0) this.#connections.set(source, left);
    else this.#connections.delete(source);
  }

  flowFailed(flow: Flow, error: Error | undefined): void {
    if (this.#silent) return;
    this.#total.flowsFailed += 1;
    this.#user.flowFailed(flow, error);
  }

  socketFailed(): void {
    this.#total.socketErrors += 1;
  }

  advertising(address: Address): void {
    this.#shown.add(`${address.host.toLowerCase()}:${address.port}`);
  }

  #refused(verdict: Malformed, bytes: Uint8Array, flow: Flow): void {
    this.#total.malformed += 1;
    if (verdict.status === undefined) this.dropped('malformed', flow.remote, bytes);
    if (verdict.request !== undefined) stamp(verdict.request, flow);
    this.#user.malformed(verdict, flow);
  }

  #passing(message: SipMessage, bytes: Uint8Array, flow: Flow): PassingMessage {
    return { message, bytes, flow, stack: this.#user, at: this.clock.now() };
  }

  /** A response goes to whom its topmost Via names; any other was misled. */
  #isOurs(response: SipResponse, flow: Flow): boolean {
    const { host, port } = response.via;
    if (host === flow.advertised.host && port === flow.advertised.port) return true;
    return this.#shown.has(`${withoutBrackets(host).toLowerCase()}:${port ?? 5060}`);
  }
}

function refusalOf(message: SipMessage, offset: number): Malformed {
  const request = message.kind === 'request' && message.method !== 'ACK' ? message : undefined;
  return { ok: false, status: undefined, rule: 'message-length', offset, request };
}

/** Where it came from, unless its sender said the same already and asked for no port. */
function stamp(request: SipRequest, flow: Flow): void {
  request.source = flow;
  const { host, port } = flow.remote;
  const { via } = request;
  if (via.rport === undefined && via.received === undefined && withoutBrackets(via.host) === host) return;
  request.stampReceived(withoutZone(host), port); // the interface is ours to know, and no part of a Via
}

function takeAlias({ via }: SipRequest, flow: Flow): void {
  if (via.parameters.has('alias')) flow.aliased?.(via.port ?? (flow.secure ? 5061 : 5060));
}
