/** The stack as the session package sees it: the contract's `SipStack`, and the floors that a dialog usage stands on. */
import type { Clock, Network, Random } from '@jackfield/base';
import type { DigestClient } from './auth/client.ts';
import type { DigestClientOptions } from './auth/client-options.ts';
import type { CredentialSource } from './auth/keyring.ts';
import type { Registration, Order, SipStack } from './contract.ts';
import type { DialogLayer } from './dialogs/layer.ts';
import type { Way } from './dialogs/next-hop.ts';
import type { RequestHandle } from './dialogs/plan.ts';
import type { HeaderList } from './messages/headers.ts';
import type { SipRequest } from './messages/message.ts';
import type { Awaitable, Body, HeaderInit, IncomingRequest, Method, Uri } from './messages/model.ts';
import type { Limits } from './messages/parse.ts';
import type { Party } from './messages/name-addr.ts';
import type { LongRequestOptions } from './long-requests.ts';
import type { Spoken } from './spoken.ts';
import type { TransactionLayer, TransactionLimits } from './transactions/layer.ts';
import type { TimerBase } from './transactions/timers.ts';
import type { ClientTransactionUser, ServerTransaction } from './transactions/transaction.ts';
import type { TransportLayer } from './transport/layer.ts';
import type { LocateOptions } from './transport/resolve/options.ts';
import type { Resolver } from './transport/resolve/resolver.ts';
import type { Flow, Transport } from './transport/transport.ts';

/** For `createSipStack`. Out of range: SIP_OPTION. */
export interface SipStackOptions {
  /** What to listen on: `udp()`, `tcp()`, `tls()`, `ws()`, `wss()`, each for this stack alone. Requests leave by these, too. */
  readonly transports: readonly Transport[];
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default: the system's. */
  readonly random?: Random | undefined;
  /** Where sockets are opened and names without a resolver looked up. Default: the machine's. */
  readonly network?: Network | undefined;
  /** Who is asked for NAPTR, SRV, A and AAAA records (RFC 3263). Default: the system's; none where `network` is given. */
  readonly resolver?: Resolver | undefined;
  /** Times and bounds of locating servers; every one has a default. */
  readonly locating?: LocateOptions | undefined;
  /** Whom we are where a request is challenged (RFC 3261 §22): credentials, or all that a {@link DigestClient} can be told. Default: 401 and 407 are final. */
  readonly credentials?: CredentialSource | DigestClientOptions | undefined;
  /** Connections of TCP, TLS and WebSocket together, both directions, those being opened included; 10,000. */
  readonly maxConnections?: number | undefined;
  /** Of them, with one source (a host; of IPv6 a /64 network); 2,000: a whole office may be behind one address. */
  readonly maxConnectionsPerHost?: number | undefined;
  /** Which requests leave by TCP because of their length. */
  readonly longRequests?: LongRequestOptions | undefined;
  /** User part of our Contact, written with escapes where it needs them: some trunks and registrars know their peer by it. Default: none, as in `<sip:192.0.2.1:5060>`. */
  readonly contactUser?: string | undefined;
  /** User-Agent of our requests and Server of our responses. Default: neither is sent. */
  readonly userAgent?: string | undefined;
  /** Of messages and of tables; every one has a default. */
  readonly limits?: (Limits & TransactionLimits & { readonly maxBodyBytes?: number | undefined }) | undefined;
  /** T1, T2, T4, ms (RFC 3261 §17). */
  readonly timers?: Partial<TimerBase> | undefined;
  /** ms after which an INVITE without any response gets 100; default 200. */
  readonly tryingAfterMs?: number | undefined;
  /** How long a service may take for its decision, ms; default 5000, then 500. */
  readonly serviceDeadlineMs?: number | undefined;
  /** How long a service may take for the answer after `'later'`, ms; default 30000, then 504. */
  readonly laterMs?: number | undefined;
}

/** What admission answers to a request instead of letting it pass. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string | undefined;
  readonly headers?: HeaderInit | undefined;
}

/** Takes the requests that make dialogs. */
export interface DialogUsage {
  readonly name: string;
  readonly methods: readonly Method[];
  readonly order?: Order | undefined;
  /** A request outside a dialog that passed admission. True: taken, the usage answers it through the transaction. Synchronous. */
  take(transaction: ServerTransaction): boolean;
}

/** What a package adds to the stack's own Allow, Accept and Supported. */
export interface Capabilities {
  readonly allow?: readonly Method[] | undefined;
  readonly accept?: readonly string[] | undefined;
  readonly supported?: readonly string[] | undefined;
  /** Option tags that a request which makes a dialog must list in its Supported or Require: 421 without. Supported by us, each of them. */
  readonly require?: readonly string[] | undefined;
}

/**
 * A request outside a dialog, or one that makes a dialog, as its usage has it: what the stack adds is not in it. The stack may send it again: with
 * credentials, to the next target, by TCP.
 */
export interface RepeatableRequest {
  /** From (with our tag), To and Call-ID are read from it; what the stack owns is replaced. Nothing in it is changed. */
  readonly headers: HeaderList;
  readonly body?: Body | undefined;
  /** The way it takes, the next hop first (RFC 3261 §12.2.1.1); none: straight to the target. */
  readonly routes?: readonly Party[] | undefined;
  /** Max-Forwards, 0 to 255; 70. Who passes on what came gives one less than it had (RFC 3261 §16.6), so that no circle lasts. */
  readonly maxForwards?: number | undefined;
  /** CSeq of the first copy, and of each that carries other credentials. */
  nextSequence(): number;
  /** In place of the stack's credentials. */
  readonly digest?: DigestClient | undefined;
  /** How often it may be repeated; 3. */
  readonly repeats?: number | undefined;
}

/** The stack as dialog usages hold it: `coreOf(stack)` gives it. Applications need {@link SipStack} alone. */
export interface SipCore extends SipStack {
  /** @throws SIP_NAME_TAKEN */
  registerUsage(usage: DialogUsage): Registration;
  /** Counted by token: what two packages added stays until both are gone. Shown in answers to OPTIONS, 405, 415 and 420. */
  registerCapabilities(add: Capabilities): Registration;
  /** What is registered now, as ready header values, cached. */
  capabilities(): Spoken;
  /** The dialogs that live, of every usage. */
  readonly dialogs: DialogLayer;
  /** For what is sent without a dialog, and for a usage's own retransmissions. */
  readonly transactions: TransactionLayer;
  /** For finding flows; requests of a usage leave by {@link startInitial} and `Dialog.request`. */
  readonly transport: TransportLayer;
  /**
   * Admission of a request inside a dialog (Request-URI, Require, body type …): what to answer, or undefined.
   *
   * @param spoken - what counts inside that dialog: {@link capabilities} of when it began. Default: of now.
   */
  check(request: SipRequest, spoken?: Spoken): Refusal | undefined;
  /**
   * Contact header value for messages that leave by this flow.
   *
   * @param request - what a response answers: its Contact is a `sips` URI where the request calls for one (RFC 3261 §12.1.1).
   */
  contactFor(flow: Flow, request?: SipRequest): string;
  /**
   * A flow to the first hop for a request to `target`, and the ways that are left when it fails. A value at once where nothing has to be waited for. Rejects
   * `SIP_UNREACHABLE`.
   */
  wayTo(target: Uri, routes?: readonly Party[]): Awaitable<Way>;
  /**
   * Sends a request outside a dialog, or one that makes a dialog, and on to the next target, or with credentials, where that helps. CSeq, Via, Contact,
   * Max-Forwards and Route are written here. The user hears what is left: failures that nothing mended.
   *
   * @throws SIP_OPTION for a `maxForwards` outside its range.
   */
  startInitial(method: Method, target: Uri, init: RepeatableRequest, way: Way, user: ClientTransactionUser): RequestHandle;
  /**
   * Answers a request for which a service decided `'later'`. Only the first final response counts; one for a request that is over is ignored.
   *
   * @throws SIP_REPLY_RANGE for a status outside 100 to 699.
   */
  respond(request: IncomingRequest, status: number, init?: ResponseContent): void;
}

/** What a response carries beside its status. */
export interface ResponseContent {
  /** Reason phrase; the usual one of the status unless given. */
  readonly reason?: string | undefined;
  readonly headers?: HeaderInit | HeaderList | undefined;
  readonly body?: Body | undefined;
}
