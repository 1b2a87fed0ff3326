/**
 * Where bytes become messages: parses, stamps requests with their source (RFC 3261 §18.2.1, RFC 3581 §4), refuses responses that are not
 * for us (§18.1.2), counts, keeps quotas of connections, and tells the user and the diagnostics channels. Owns no socket.
 */
import { Diagnostics, type Address, type Clock, type Network } from '@jackfield/base';
import { fullLimits, type FullLimits, type Limits } from '../messages/limits.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { parseMessage, type ParseOptions } from '../messages/parse.ts';
import { withoutBrackets } from './addresses.ts';
import type { DropCause, Flow, Malformed, SipMessage, TransportHost, TransportUser } from './transport.ts';

/** What `jackfield:sip:message:in` and `:out` publish: a message as it passes. */
export interface PassingMessage {
  readonly message: SipMessage;
  readonly bytes: Uint8Array;
  readonly flow: Flow;
}
interface Drop {
  readonly cause: DropCause;
  readonly remote: Address;
  readonly bytes: Uint8Array | undefined;
}

const messageIn = new Diagnostics<PassingMessage>('sip:message:in');
const messageOut = new Diagnostics<PassingMessage>('sip:message:out');
const drops = new Diagnostics<Drop>('sip:drop');

export interface ReceptionOptions {
  readonly clock: Clock;
  readonly network: Network;
  readonly limits: Limits | undefined;
  readonly maxConnections: number;
  readonly maxConnectionsPerHost: number;
  readonly user: TransportUser;
}

export class Reception implements TransportHost {
  readonly clock: Clock;
  readonly network: Network;
  readonly maxMessageBytes: number;
  readonly #user: TransportUser;
  readonly #datagram: ParseOptions;
  readonly #stream: ParseOptions;
  readonly #maxConnections: number;
  readonly #maxConnectionsPerHost: number;
  readonly #total = {
    received: 0,
    sent: 0,
    malformed: 0,
    keepAlives: 0,
    flowsFailed: 0,
    socketErrors: 0,
    connectionsIn: 0,
    connectionsOut: 0,
  };
  readonly #dropped = new Map<DropCause, number>();
  readonly #connections = new Map<string, number>();
  /** `host:port` of what peers are shown. */
  readonly #shown = new Set<string>();
  #live = 0;
  #silent = false;

  constructor(options: ReceptionOptions) {
    const limits: FullLimits = fullLimits(options.limits);
    this.clock = options.clock;
    this.network = options.network;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.#user = options.user;
    this.#datagram = { limits };
    this.#stream = { limits, stream: true };
    this.#maxConnections = options.maxConnections;
    this.#maxConnectionsPerHost = options.maxConnectionsPerHost;
  }

  get connections(): number {
    return this.#live;
  }

  get total(): Record<string, number> {
    const total: Record<string, number> = { ...this.#total };
    for (const [cause, count] of this.#dropped) total[`dropped:${cause}`] = count;
    return total;
  }

  /** From now on the user hears nothing: the layer closes. */
  silence(): void {
    this.#silent = true;
  }

  received(bytes: Uint8Array, flow: Flow): void {
    if (this.#silent) return;
    this.#total.received += 1;
    const verdict = parseMessage(bytes, flow.reliable ? this.#stream : this.#datagram);
    if (!verdict.ok) return this.#refused(verdict, bytes, flow);
    const { message } = verdict;
    if (message.kind === 'request') stamp(message, flow);
    else if (!this.#isOurs(message, flow)) return this.dropped('sent-by', flow.remote, bytes);
    if (messageIn.hasSubscribers) messageIn.publish({ message, bytes, flow });
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
    this.#total.sent += 1;
    if (!messageOut.hasSubscribers) return;
    if (message !== undefined) return messageOut.publish({ message, bytes, flow });
    const verdict = parseMessage(bytes, this.#datagram); // sent as bytes, or once more: read only because somebody listens
    if (verdict.ok) messageOut.publish({ message: verdict.message, bytes, flow });
  }

  dropped(cause: DropCause, remote: Address, bytes?: Uint8Array): void {
    this.#dropped.set(cause, (this.#dropped.get(cause) ?? 0) + 1);
    if (drops.hasSubscribers) drops.publish({ cause, remote, bytes });
  }

  keptAlive(): void {
    this.#total.keepAlives += 1;
  }

  connecting(remote: Address, outgoing: boolean): boolean {
    const fromHost = this.#connections.get(remote.host) ?? 0;
    if (this.#live >= this.#maxConnections || fromHost >= this.#maxConnectionsPerHost) {
      this.dropped('connections', remote);
      return false;
    }
    this.#live += 1;
    this.#connections.set(remote.host, fromHost + 1);
    if (outgoing) this.#total.connectionsOut += 1;
    else this.#total.connectionsIn += 1;
    return true;
  }

  disconnected(remote: Address): void {
    this.#live -= 1;
    const left = (this.#connections.get(remote.host) ?? 1) - 1;
    if (left > 0) this.#connections.set(remote.host, left);
    else this.#connections.delete(remote.host);
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
  const { host, port } = flow.remote;
  const { via } = request;
  if (via.rport === undefined && via.received === undefined && withoutBrackets(via.host) === host) return;
  const zone = host.indexOf('%'); // of a link-local address: ours to know, and no part of a Via
  request.stampReceived(zone < 0 ? host : host.slice(0, zone), port);
}
