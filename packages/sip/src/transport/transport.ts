/**
 * What every transport shares (RFC 3261 §18): flows, targets, who hears the messages, and what a further transport has to implement.
 * Types only.
 */
import type { Address, Clock, Network, Random } from '@jackfield/base';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Awaitable } from '../messages/model.ts';
import type { Refusal } from '../messages/parse.ts';
import type { Advertise, Advertised } from './advertise.ts';

/** As written in Via, upper case. */
export type TransportKind = 'UDP' | 'TCP' | 'TLS' | 'WS' | 'WSS';
export type SipMessage = SipRequest | SipResponse;
export type Malformed = Refusal;

/** What a peer's certificate said, once its chain was found good. */
export interface PeerCertificate {
  /** Domains (RFC 5922 §7.1) and numeric addresses, lower-case; wildcards stand for themselves alone. */
  readonly names: readonly string[];
  /** SHA-256, upper-case hex pairs with colons. */
  readonly fingerprint256: string;
  /** As in the certificate: `Nov 22 18:48:27 2026 GMT`. */
  readonly validTo: string;
  /** DER. */
  readonly raw: Uint8Array;
}

/** A way to one peer by one of our listeners: a connection, or a UDP socket and the peer's address. The same object while it is in use. */
export interface Flow {
  readonly kind: TransportKind;
  /** Ordered and without loss: nothing is retransmitted on it. */
  readonly reliable: boolean;
  readonly secure: boolean;
  /** Who the peer proved to be by its certificate; absent on plain transports, for a peer without a certificate, and for one that nobody vouches for. */
  readonly peerCertificate?: PeerCertificate | undefined;
  /** The names in {@link Flow.peerCertificate}; none without one. */
  readonly peerNames?: readonly string[] | undefined;
  /** A connection that the peer opened: its address at the other end is none that could be called. */
  readonly accepted?: boolean | undefined;
  /** The listener's address, maybe a wildcard. Port 0: none listens, the flow is outgoing. */
  readonly local: Address;
  readonly remote: Address;
  /** What this peer is shown in Via, Contact and c=, with the listening port. Known whenever a flow is handed out. IPv6 without brackets. */
  readonly advertised: Advertised;
  /** A connection that has ended. A UDP flow never closes before its layer. */
  readonly closed: boolean;
  /** Never throws; a failure is told to {@link TransportUser.flowFailed}, later and not inside the call. `message`: what `bytes` say, for those who watch. */
  send(bytes: Uint8Array, message?: SipMessage): void;
  /**
   * At once, a flow of the same listener to the same host at `port`: where a response goes that cannot go back the way its request came
   * (§18.2.2). `name`: whom a certificate there has to be of. A WebSocket client cannot be called back: its own flow, closed as it is.
   */
  sibling(port: number, name?: string): Flow;
  /** A request with the Via parameter `alias` is told to {@link Flow.aliased} (RFC 5923). */
  readonly takesAlias?: boolean | undefined;
  /** The peer lets requests toward `port` of its host come this way. */
  aliased?(port: number): void;
}

/** One place that a request may go to, as locating a server found it (RFC 3263). */
export interface Target {
  readonly kind: TransportKind;
  /** Numeric, without brackets. */
  readonly host: string;
  readonly port: number;
  /** What the URI named, without brackets: whom a TLS certificate has to be of (RFC 5922). Absent: `host`. */
  readonly name?: string | undefined;
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
  | 'handshake' // a TLS or WebSocket handshake that failed, or did not end in time
  | 'handshakes' // one handshake too many under way
  | 'no-pong' // a peer that did not answer a keep-alive of ours
  | 'source' // a datagram for whose peer no local address is known
  | 'source-waiting'; // one datagram too many while that address is asked for

/** What the layer offers to a transport that it runs. */
export interface TransportHost {
  readonly clock: Clock;
  readonly random: Random;
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
  connecting(kind: TransportKind, remote: Address, outgoing: boolean): boolean;
  disconnected(kind: TransportKind, remote: Address): void;
  flowFailed(flow: Flow, error: Error | undefined): void;
  /** A socket failed, and no flow can be named. */
  socketFailed(): void;
  /** Peers are shown this address from now on: responses with it in their Via are ours. */
  advertising(address: Address): void;
}

/** Where a transport listens, and what it shows. */
export interface TransportOptions {
  /** A numeric address, without brackets. Absent: every address of the host, IPv4 and, where it has that, IPv6: a listener for each, at one port. `0.0.0.0` and `::` are one family each. */
  readonly host?: string | undefined;
  /** 0: any free one. Absent, for connections alone: none listens, and all flows are outgoing. */
  readonly port?: number | undefined;
  /** What peers are shown in Via, Contact and c= in place of the local address. Without `host`, a numeric text is shown to peers of its family alone. */
  readonly advertise?: Advertise | undefined;
}

/** Made by `udp()`, `tcp()`, `tls()`, `ws()` or `wss()`, for one stack. */
export interface Transport {
  readonly kind: TransportKind;
  readonly options: TransportOptions;
  /**
   * Binds to `at`; where `options` have no port, `at.host` is the family of what it opens, and nothing is bound. Called by the layer, once an
   * address. @throws (rejects) the system's error.
   */
  listen(host: TransportHost, at: Address): Promise<Listener>;
}

export interface Listener {
  readonly kind: TransportKind;
  /** Port 0: it opens flows, and listens nowhere. */
  readonly local: Address;
  /** The connection that there is to `target`, and may be used for it. Absent where there are none. */
  find?(target: Target): Flow | undefined;
  /** A flow that can be used, at once where nothing has to be waited for. @throws or rejects with the cause when there is none. */
  open(target: Target): Awaitable<Flow>;
  /** Handshakes under way, of those who came. */
  readonly handshakes?: number | undefined;
  /** Ends its flows as well, without telling the user. */
  close(): void;
}
