/**
 * What every transport shares (RFC 3261 §18): flows, targets, who hears the messages, and what a further transport (TLS, WebSocket)
 * has to implement. Types only.
 */
import type { Address, Clock, Network } from '@jackfield/base';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Awaitable, ListenOptions } from '../messages/model.ts';
import type { Refusal } from '../messages/parse.ts';

/** As written in Via, upper case. */
export type TransportKind = 'UDP' | 'TCP';
export type SipMessage = SipRequest | SipResponse;
export type Malformed = Refusal;

/** A way to one peer by one of our listeners: a connection, or a UDP socket and the peer's address. The same object while it is in use. */
export interface Flow {
  readonly kind: TransportKind;
  /** Ordered and without loss: nothing is retransmitted on it. */
  readonly reliable: boolean;
  readonly secure: boolean;
  /** The listener's address, maybe a wildcard. */
  readonly local: Address;
  readonly remote: Address;
  /** What this peer is shown in Via, Contact and c=, with the listening port. Known whenever a flow is handed out. IPv6 without brackets. */
  readonly advertised: Address;
  /** A connection that has ended. A UDP flow never closes before its layer. */
  readonly closed: boolean;
  /** Never throws; a failure is told to {@link TransportUser.flowFailed}, later and not inside the call. `message`: what `bytes` say, for those who watch. */
  send(bytes: Uint8Array, message?: SipMessage): void;
  /** At once, a flow of the same listener to the same host at `port`: where a response goes that cannot go back the way its request came (§18.2.2). */
  sibling(port: number): Flow;
}

export interface Target {
  readonly kind: TransportKind;
  /** Numeric, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Who is told what arrives; called synchronously. It may answer at once, through the flow. */
export interface TransportUser {
  message(message: SipMessage, flow: Flow): void;
  /** Unreadable. `verdict.status` and `verdict.request` say whether and how it is answered, and within this call: a stream that lost its framing is closed after it. */
  malformed(verdict: Malformed, flow: Flow): void;
  /** A connection ended (once; `error` undefined: orderly), or a send by this flow failed (each time). */
  flowFailed(flow: Flow, error: Error | undefined): void;
}

/** Why something was thrown away or refused; `dropped:<cause>` in the stats, `cause` on the channel `jackfield:sip:drop`. */
export type DropCause =
  | 'malformed' // no message, and nothing that can be answered
  | 'sent-by' // a response whose topmost Via is not ours (§18.1.2)
  | 'framing' // a stream without a usable Content-Length
  | 'too-large' // a message on a stream over its bounds
  | 'too-slow' // a message on a stream that did not end in time
  | 'no-message' // a connection that said nothing
  | 'idle' // a connection that fell silent
  | 'unread' // a peer that does not read what we write
  | 'connections' // one connection too many
  | 'source' // a datagram for whose peer no local address is known
  | 'source-waiting'; // one datagram too many while that address is asked for

/** What the layer offers to a transport that it runs. */
export interface TransportHost {
  readonly clock: Clock;
  readonly network: Network;
  /** Bytes of one whole message. */
  readonly maxMessageBytes: number;
  /** One whole message came: it is parsed and passed on. */
  received(bytes: Uint8Array, flow: Flow): void;
  /** A message on a stream that cannot be framed; `head` is its header block. The transport closes the flow afterwards. */
  unframed(head: Uint8Array, status: number, cause: DropCause, flow: Flow): void;
  sent(bytes: Uint8Array, message: SipMessage | undefined, flow: Flow): void;
  dropped(cause: DropCause, remote: Address, bytes?: Uint8Array): void;
  /** A keep-alive of the peer's came. */
  keptAlive(): void;
  /** May a connection with this host be had, in or out? Those granted are given back by `disconnected`. */
  connecting(remote: Address, outgoing: boolean): boolean;
  disconnected(remote: Address): void;
  flowFailed(flow: Flow, error: Error | undefined): void;
  /** A socket failed, and no flow can be named. */
  socketFailed(): void;
  /** Peers are shown this address from now on: responses with it in their Via are ours. */
  advertising(address: Address): void;
}

/** Made by `udp()` or `tcp()`, for one stack. */
export interface Transport {
  readonly kind: TransportKind;
  readonly options: ListenOptions;
  /** Binds to `at`. Called by the layer, once an address. @throws (rejects) the system's error. */
  listen(host: TransportHost, at: Address): Promise<Listener>;
}

export interface Listener {
  readonly kind: TransportKind;
  readonly local: Address;
  /** A flow that can be used, at once where nothing has to be waited for. @throws or rejects with the cause when there is none. */
  open(remote: Address): Awaitable<Flow>;
  /** Ends its flows as well, without telling the user. */
  close(): void;
}
