/**
 * One dialog (RFC 3261 §12): identifiers, parties, target, route set, sequence numbers, and the requests we send inside it.
 * It knows no usage: what a request inside it means is the user's affair. Made by `DialogLayer` only.
 */
import type { DigestClient } from '../auth/client.ts';
import type { HeaderList } from '../messages/headers.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Awaitable, Body, DialogView, HeaderInit, Method, Uri } from '../messages/model.ts';
import type { Party } from '../messages/name-addr.ts';
import { detached } from '../messages/tokens.ts';
import { parseUri } from '../messages/uri.ts';
import type { ClientTransactionUser, ServerTransaction } from '../transactions/transaction.ts';
import type { FlowPlace } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import { SuccessAck, type AckSurroundings } from './ack.ts';
import { allows, NO_TOKENS, supports } from './peer-capabilities.ts';
import type { RequestHandle, RequestPlan } from './plan.ts';
import { CARRIES_CONTACT, composeRequest } from './request.ts';
import { routeSetOf, routeTo, type Routing } from './route-set.ts';
import { asSips, isSips } from './sips.ts';
import { leadsTo, type Sender } from './stream-choice.ts';

/** Told by a dialog. Nothing here may wait. */
export interface DialogUser {
  /** Any request inside the dialog but ACK and CANCEL; the order of CSeq was checked (§12.2.2). */
  request(transaction: ServerTransaction): void;
  /** The ACK of a 2xx to INVITE; repeated ones too. */
  ack(request: SipRequest): void;
  /** The stream that the dialog last heard from is gone. */
  flowLost?(flow: Flow): void;
}

/** A request inside a dialog, as its usage has it. */
export interface DialogRequestInit {
  /** What the user wants in it. Fields that the dialog owns (Via, From, To, Call-ID, CSeq, Route, Max-Forwards; Contact in those that carry one) are replaced. */
  readonly headers?: HeaderList | HeaderInit | undefined;
  readonly body?: Body | undefined;
  /** How often it may be repeated elsewhere or with credentials; 3. */
  readonly repeats?: number | undefined;
}

/** What a dialog asks of the layers below and around it. */
export interface DialogSurroundings extends AckSurroundings {
  /** A flow to the first target of `nextHop` that can be reached, if it can be of the listener of `heardBy`; undefined when there is none. Never rejects. */
  flowTo(nextHop: Uri, heardBy: Flow): Awaitable<Flow | undefined>;
  /** @param sips - it has to be a `sips` URI. */
  contactFor(flow: Flow, sips: boolean): string;
  /** @param flow - the way of the first copy; undefined: to be found, as by `flowTo`. */
  start(plan: RequestPlan, flow: Flow | undefined, heardBy: Flow, user: ClientTransactionUser): RequestHandle;
  forget(dialog: Dialog): void;
}

/** What the peer was heard by. */
export interface Heard {
  /** Highest CSeq; undefined before its first request. */
  readonly sequence: number | undefined;
  readonly flow: Flow;
  /** Whose the flow is, where the peer opened it. */
  readonly sender: Sender | undefined;
}

export interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string | undefined;
  readonly role: 'uac' | 'uas';
  readonly localParty: string;
  readonly remoteParty: string;
  readonly remoteTarget: Uri;
  readonly routeSet: readonly Party[];
  readonly localSequence: number;
  /** Our Contact has to be `sips`. */
  readonly sips: boolean;
  /** The Request-URI of what made it was `sips`. */
  readonly secured: boolean;
  readonly heard: Heard;
}

const CREDENTIALS = ['Authorization', 'Proxy-Authorization'] as const;

/** A dialog as its usage holds it. Requests inside it leave by {@link request}; it ends by {@link terminate}, or with its stack. */
export class Dialog implements DialogView {
  readonly callId: string;
  readonly localTag: string;
  /** Undefined for a peer of RFC 2543 that sends no tag. */
  readonly remoteTag: string | undefined;
  /** Who sent the request that made it: `uac`, we did. */
  readonly role: 'uac' | 'uas';
  /** From or To of our requests, tag included, as header text. */
  readonly localParty: string;
  /** Likewise of the peer: To or From. */
  readonly remoteParty: string;
  /** Early until a 2xx (§12.3). `terminated`: in no table any more. */
  state: 'early' | 'confirmed' | 'terminated' = 'early';
  /** @internal */
  places: FlowPlace<Dialog> | undefined = undefined;
  /** Its table's, of our tag. @internal */
  hash = 0;
  /** Another one with our tag. @internal */
  sibling: Dialog | undefined = undefined;
  /** Request-URI of our requests: the peer's Contact, as the last target refresh has it (§12.2). */
  remoteTarget: Uri;
  /** From Record-Route of what made it, in the order of our requests (§12.1). Does not change once confirmed. */
  routeSet: readonly Party[];
  /** Of the last request that we sent. */
  localSequence: number;
  /** What the peer was heard by last. Changed by {@link hear}. */
  heard: Heard;
  /** The same of its last request that was answered, and not with a challenge: what {@link heard} goes back to after one. */
  accepted: Heard;
  /** Methods of the peer's last Allow; empty when it sent none. */
  remoteAllow = NO_TOKENS;
  /** Option tags of the peer's last Supported, lower-case; empty when it sent none. */
  remoteSupported = NO_TOKENS;
  /** The usage that hears the requests inside it; without one they are 481. */
  user: DialogUser | undefined;
  /** Answers challenges to our requests in it, in place of the stack's. */
  digest: DigestClient | undefined = undefined;
  /** Its requests leave for where the peer was last heard from, whatever its Contact says: it is behind a NAT. A route set is kept all the same. */
  toSource = false;
  readonly #around: DialogSurroundings;
  /** The request that made it called for `sips` (§12.1.1). */
  readonly #sips: boolean;
  /** It was made by a request to a `sips` URI: nothing in it leaves in the clear, whatever Contact and Record-Route say. */
  readonly #secured: boolean;
  #routing: Routing | undefined;
  /** {@link flow} is a stream that leads to the next hop; undefined: not judged since either changed. */
  #leads: boolean | undefined;

  constructor(state: DialogState, around: DialogSurroundings, user: DialogUser | undefined) {
    this.callId = state.callId;
    this.localTag = state.localTag;
    this.remoteTag = state.remoteTag;
    this.role = state.role;
    this.localParty = state.localParty;
    this.remoteParty = state.remoteParty;
    this.remoteTarget = state.remoteTarget;
    this.routeSet = state.routeSet;
    this.localSequence = state.localSequence;
    this.#sips = state.sips;
    this.#secured = state.secured;
    this.heard = state.heard;
    this.accepted = state.heard;
    this.#around = around;
    this.user = user;
  }

  /** What it lies by in the table. @internal */
  get key(): string {
    return this.localTag;
  }

  /** Highest that we got; undefined before the first. */
  get remoteSequence(): number | undefined {
    return this.heard.sequence;
  }

  /** Over which we last heard from the peer. */
  get flow(): Flow {
    return this.heard.flow;
  }

  /** A 2xx to the INVITE (sent or received), or its ACK. As caller, target and route set are taken anew from the 2xx (§13.2.2.4). */
  confirm(message: SipRequest | SipResponse): void {
    if (this.state === 'terminated') return;
    const first = this.state === 'early';
    this.state = 'confirmed';
    if (message.kind !== 'response' || this.role !== 'uac') return;
    if (first) {
      this.routeSet = routeSetOf(message, 'uac');
      this.#routing = undefined;
      this.#leads = undefined;
    }
    this.#retarget(message, first);
  }

  /** Something of the peer's came. Called by the layer. */
  hear(heard: Heard): void {
    if (heard.flow !== this.heard.flow) this.#leads = undefined;
    this.heard = heard;
  }

  /**
   * Contact, Allow and Supported of a target refresh (INVITE, UPDATE …, §12.2). A message without Contact leaves the target; so does a response that is
   * neither a 2xx nor a reliable provisional one (RFC 6141 §4.7): its Contact is no promise, or that of somebody else. A request is handed in
   * when its 2xx or reliable provisional response leaves (§4.6): one that is refused has changed nothing.
   */
  refreshTarget(message: SipRequest | SipResponse): void {
    this.#retarget(message, false);
  }

  #retarget(message: SipRequest | SipResponse, first: boolean): void {
    this.learn(message);
    if (message.kind === 'response' && !refreshes(message)) return;
    const contacts = message.contacts;
    const contact = contacts === '*' ? undefined : contacts?.[0];
    if (contact === undefined) return;
    const text = contact.uri.toString();
    if (text === this.remoteTarget.toString()) return;
    // who answered on a stream of its own is at home at its first Contact, and not at each that follows
    const { sender } = this.heard;
    if (!first && sender !== undefined && sender.host === undefined) {
      const settled = { ...sender, host: this.remoteTarget.host };
      if (this.accepted.sender === sender) this.accepted = { ...this.accepted, sender: settled };
      this.heard = { ...this.heard, sender: settled };
    }
    this.remoteTarget = parseUri(detached(text)) ?? this.remoteTarget;
    this.#routing = undefined;
    this.#leads = undefined;
  }

  /** Allow and Supported of any message of the peer. */
  learn({ headers }: SipRequest | SipResponse): void {
    this.remoteAllow = allows.of(headers) ?? this.remoteAllow;
    this.remoteSupported = supports.of(headers) ?? this.remoteSupported;
  }

  /**
   * Sends a request by the stream that the dialog last heard from, or a flow that reaches the next hop. CSeq counts up at once, even when the flow must be waited
   * for. `user.started` gives the transaction, also where it is there at once; `user.failed('transport')` says that there is no way.
   */
  request(method: Method, init: DialogRequestInit, user: ClientTransactionUser): RequestHandle {
    const nextHop = this.#nextHop();
    const plan: RequestPlan = {
      nextHop,
      digest: this.digest,
      nonces: this.role === 'uas' ? this.callId : undefined, // whom we call, we chose; a caller's domain is what it says
      repeats: init.repeats,
      nextSequence: () => (this.localSequence += 1),
      compose: (flow, sequence) => {
        const contact = CARRIES_CONTACT.has(method) ? this.#around.contactFor(flow, this.#showsSips()) : undefined;
        return composeRequest(this, this.#route(), method, sequence, init, contact);
      },
    };
    return this.#around.start(plan, this.#stream(nextHop), this.flow, user);
  }

  /**
   * ACKs the 2xx to an INVITE.
   *
   * @param invite - as it was sent: its credentials go into the ACK, which nobody can challenge (§22.1).
   * @returns what sends the same ACK again: for each repeated 2xx (§13.2.2.4).
   */
  acknowledge(invite: SipRequest, init: DialogRequestInit = {}): () => void {
    const ack = new SuccessAck(
      this.#around,
      () => this.#ackOf(invite, init),
      () => this.#way(),
    );
    ack.send();
    return () => ack.again();
  }

  /** Takes it out of the table: from now on requests for it get 481. */
  terminate(): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    this.#around.forget(this);
  }

  #ackOf(invite: SipRequest, init: DialogRequestInit): SipRequest {
    const ack = composeRequest(this, this.#route(), 'ACK', invite.cseq.sequence, init, undefined);
    for (const name of CREDENTIALS) ack.headers.copyFrom(invite.headers, name);
    return ack;
  }

  #way(): Awaitable<Flow | undefined> {
    const nextHop = this.#nextHop();
    return this.#stream(nextHop) ?? this.#around.flowTo(nextHop, this.flow);
  }

  #route(): Routing {
    return (this.#routing ??= routeTo(this.#secured ? asSips(this.remoteTarget) : this.remoteTarget, this.routeSet));
  }

  #showsSips(): boolean {
    return this.#sips || isSips(this.remoteTarget) || isSips(this.routeSet[0]?.uri);
  }

  #nextHop(): Uri {
    const { nextHop } = this.#route();
    const { reliable, kind, remote } = this.flow;
    if (!this.toSource || this.#secured || reliable || this.routeSet.length > 0) return nextHop; // what came by a stream leaves by it, while it is open
    const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
    return parseUri(`sip:${host}:${remote.port};transport=${kind.toLowerCase()}`) ?? nextHop;
  }

  /** The stream it last heard from, while that is open and leads to the next hop. */
  #stream(nextHop: Uri): Flow | undefined {
    const last = this.flow;
    if (!last.reliable || last.closed || (this.#secured && !last.secure)) return undefined;
    const routed = this.routeSet.length > 0;
    this.#leads ??= leadsTo(last, nextHop, routed, this.heard.sender);
    return this.#leads || (this.toSource && !routed) ? last : undefined;
  }
}

const refreshes = (response: SipResponse): boolean =>
  response.status >= 200 ? response.status < 300 : response.headers.get('RSeq') !== undefined;
