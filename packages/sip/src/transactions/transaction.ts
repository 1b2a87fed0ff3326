/**
 * What a transaction shows to its user, and what it tells it (RFC 3261 §17, RFC 6026). Types only: the tables are in
 * `*.machine.ts`, what drives them in `client.ts` and `server.ts`.
 */
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Flow } from '../transport/transport.ts';
import type { InviteClientState } from './invite-client.machine.ts';
import type { InviteServerState } from './invite-server.machine.ts';
import type { NonInviteClientState } from './non-invite-client.machine.ts';
import type { NonInviteServerState } from './non-invite-server.machine.ts';

/** Of an INVITE (RFC 3261 §17.1.1, RFC 6026) and of any other request (§17.1.2). */
export type ClientState = InviteClientState | NonInviteClientState;
/** Of an INVITE (RFC 3261 §17.2.1, RFC 6026) and of any other request (§17.2.2). */
export type ServerState = InviteServerState | NonInviteServerState;
/** Nobody answered in time, or it could not be sent. */
export type TransactionFailure = 'timeout' | 'transport';

/** Told by a server transaction. Whatever it throws surfaces as an uncaught error; nothing here may wait. */
export interface ServerTransactionUser {
  /**
   * INVITE only: a CANCEL for it came while it had no final response. The user answers the CANCEL through `cancel` and the
   * INVITE with 487. Without this method the layer answers both.
   */
  cancelled?(cancel: ServerTransaction): void;
  /** INVITE only: the ACK to our final response of 300 and up came. */
  acknowledged?(): void;
  /**
   * A response could not be sent, the stream it came by is gone, or time ran out: no ACK to a response of 300 and up before timer H (INVITE), no final
   * response within 64·T1 (any other: its client has given up, and nothing more is sent) or within `maxUnansweredMs` (INVITE: answered 408 after this call).
   */
  failed?(cause: TransactionFailure): void;
  /** Out of the table: nothing follows. */
  terminated?(): void;
}

/** A request that came, and what it is answered with: for dialog usages. */
export interface ServerTransaction {
  /** As it came. */
  readonly request: SipRequest;
  /** By which the request came. */
  readonly flow: Flow;
  readonly state: ServerState;
  /** Who is told what becomes of it; set once it is known. */
  user: ServerTransactionUser | undefined;
  /** True as soon as a final response was passed to `respond`. */
  readonly answered: boolean;
  /** Sends. After a final response, any other is ignored and counted (`responsesIgnored`). */
  respond(response: SipResponse): void;
  /**
   * The last response once more, same bytes. For the 2xx to an INVITE (RFC 6026 state `accepted`) and reliable provisional
   * responses, whose timing is the user's (RFC 3261 §13.3.1.4, RFC 3262 §3). Nothing once it is terminated.
   */
  resend(): void;
}

/** Told by a client transaction. */
export interface ClientTransactionUser {
  /** Every response, 100 included; a 2xx to INVITE may come several times, from several forks (RFC 6026), and after a failure. */
  response(response: SipResponse, transaction: ClientTransaction): void;
  /** Timer B or F fired, the INVITE was given up 64·T1 after its CANCEL, or the flow failed. Nothing but `terminated` follows. */
  failed(cause: TransactionFailure, transaction: ClientTransaction | undefined, error?: Error): void;
  /** The first copy of a request that may have had to wait for its flow has left. */
  started?(transaction: ClientTransaction): void;
  /** Another copy is about to leave: what came of the one before counts no more. */
  repeated?(): void;
  /** Out of the table: nothing follows. */
  terminated?(transaction: ClientTransaction): void;
}

/** A request of ours on one flow: for dialog usages. A repeat elsewhere is a transaction of its own. */
export interface ClientTransaction {
  /** As sent, Via included. */
  readonly request: SipRequest;
  /** By which it leaves. */
  readonly flow: Flow;
  readonly state: ClientState;
  /** Of its topmost Via. */
  readonly branch: string;
}

/** The user of all transactions together: told what belongs to none, and asked about what is new. */
export interface TransactionLayerUser {
  /** A new request, ACK and CANCEL excepted. */
  request(transaction: ServerTransaction): void;
  /** An ACK that acknowledges no failure response of ours. */
  ack(request: SipRequest, flow: Flow): void;
  /** A CANCEL for which there is no INVITE: 481 (§9.2). */
  cancelUnmatched(transaction: ServerTransaction): void;
  strayResponse(response: SipResponse, flow: Flow): void;
  /** True for a request of a dialog that lives. What a peer merely claims to be inside a dialog counts as outside. */
  isInside?(request: SipRequest): boolean;
  /** Every message that is no copy, before anything is made of it. */
  incoming?(message: SipRequest | SipResponse, transaction: ClientTransaction | undefined): void;
  /** Every message once, before it is written; `request` is what a response answers. */
  outgoing?(message: SipRequest | SipResponse, request: SipRequest | undefined): void;
}
