/**
 * One dialog (RFC 3261 §12): identifiers, parties, target, route set, sequence numbers, and the requests we send inside it.
 * It knows no usage: what a request inside it means is the user's affair. Made by `DialogLayer` only.
 */
import type { DigestClient } from '../auth/client.ts';
import type { HeaderList } from '../messages/headers.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Awaitable, Body, DialogView, HeaderInit, Method, Uri } from '../messages/model.ts';
import type { Party } from '../messages/name-addr.ts';
import { readTokens } from '../messages/typed-headers.ts';
import { detached } from '../messages/tokens.ts';
import { parseUri } from '../messages/uri.ts';
import type { TransactionLayer } from '../transactions/layer.ts';
import type { ClientTransactionUser, ServerTransaction } from '../transactions/transaction.ts';
import type { FlowPlace } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import { isPromise } from './next-hop.ts';
import type { RequestHandle, RequestPlan } from './plan.ts';
import { CARRIES_CONTACT, composeRequest } from './request.ts';
import { routeSetOf, routeTo, type Routing } from './route-set.ts';
import { isSips } from './sips.ts';
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
  /** What the user wants in it. Fields that the dialog owns (Via, From, To, Call-ID, CSeq, Contact, Route, Max-Forwards) are replaced. */
  readonly headers?: HeaderList | HeaderInit | undefined;
  readonly body?: Body | undefined;
  /** How often it may be repeated elsewhere or with credentials; 3. */
  readonly repeats?: number | undefined;
}

/** What a dialog asks of the layers below and around it. */
export interface DialogSurroundings {
  readonly transactions: TransactionLayer;
  /** A flow to the first target of `nextHop` that can be reached; undefined when there is none. Never rejects. */
  flowTo(nextHop: Uri): Awaitable<Flow | undefined>;
  /** `flow`, or the stream that a request leaves by which is too long for it (§18.1.1). */
  flowFor(request: SipRequest, flow: Flow): Awaitable<Flow>;
  contactFor(flow: Flow, sips: boolean): string;
  /** @param flow - the way of the first copy; undefined: to be found. */
  start(plan: RequestPlan, flow: Flow | undefined, user: ClientTransactionUser): RequestHandle;
  forget(dialog: Dialog): void;
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
  readonly remoteSequence: number | undefined;
  readonly sips: boolean;
  readonly flow: Flow;
  readonly sender: Sender | undefined;
}

const CREDENTIALS = ['Authorization', 'Proxy-Authorization'] as const;
const NO_TOKENS: ReadonlySet<string> = new Set();

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
  /** Request-URI of our requests: the peer's Contact, as the last target refresh has it (§12.2). */
  remoteTarget: Uri;
  /** From Record-Route of what made it, in the order of our requests (§12.1). Does not change once confirmed. */
  routeSet: readonly Party[];
  /** Of the last request that we sent. */
  localSequence: number;
  /** Highest that we got; undefined before the first. */
  remoteSequence: number | undefined;
  /** Of the last request of theirs that was answered, and not with a challenge: where number and way go back to after one. */
  acceptedSequence: number | undefined;
  acceptedFlow: Flow;
  acceptedSender: Sender | undefined;
  /** Over which we last heard from the peer. Changed by {@link hear}. */
  flow: Flow;
  /** Whose that is, where the peer opened it. */
  sender: Sender | undefined;
  /** The usage that hears the requests inside it; without one they are 481. */
  user: DialogUser | undefined;
  /** Answers challenges to our requests in it, in place of the stack's. */
  digest: DigestClient | undefined = undefined;
  /** Its requests leave for where the peer was last heard from, whatever its Contact says: it is behind a NAT. A route set is kept all the same. */
  toSource = false;
  readonly #around: DialogSurroundings;
  #allow: readonly string[] | undefined;
  #supported: readonly string[] | undefined;
  #remoteAllow: ReadonlySet<string> | undefined;
  #remoteSupported: ReadonlySet<string> | undefined;
  /** The request that made it called for `sips` (§12.1.1). */
  readonly #sips: boolean;
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
    this.remoteSequence = state.remoteSequence;
    this.acceptedSequence = state.remoteSequence;
    this.#sips = state.sips;
    this.flow = state.flow;
    this.acceptedFlow = state.flow;
    this.sender = state.sender;
    this.acceptedSender = state.sender;
    this.#around = around;
    this.user = user;
  }

  /** Methods of the peer's last Allow; empty when it sent none. */
  get remoteAllow(): ReadonlySet<string> {
    return (this.#remoteAllow ??= tokens(this.#allow, 'Allow'));
  }

  /** Option tags of the peer's last Supported, lower-case; empty when it sent none. */
  get remoteSupported(): ReadonlySet<string> {
    return (this.#remoteSupported ??= tokens(this.#supported, 'Supported', true));
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

  /** Something of the peer's came by `flow`; `sender` says whose that is. Called by the layer. */
  hear(flow: Flow, sender: Sender | undefined): void {
    this.flow = flow;
    this.sender = sender;
    this.#leads = undefined;
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
    if (!first && this.sender !== undefined && this.sender.host === undefined)
      this.sender = { ...this.sender, host: this.remoteTarget.host };
    this.remoteTarget = parseUri(detached(text)) ?? this.remoteTarget;
    this.#routing = undefined;
    this.#leads = undefined;
  }

  /** Allow and Supported of any message of the peer. */
  learn(message: SipRequest | SipResponse): void {
    const allow = message.headers.getAll('Allow');
    if (allow.length > 0 && !same(allow, this.#allow)) {
      this.#allow = allow.map(detached);
      this.#remoteAllow = undefined;
    }
    const supported = message.headers.getAll('Supported');
    if (supported.length > 0 && !same(supported, this.#supported)) {
      this.#supported = supported.map(detached);
      this.#remoteSupported = undefined;
    }
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
    return this.#around.start(plan, this.#stream(nextHop), user);
  }

  /**
   * ACKs the 2xx to an INVITE.
   *
   * @param invite - as it was sent: its credentials go into the ACK, which nobody can challenge (§22.1). Or its CSeq alone.
   * @returns what sends the same ACK again: for each repeated 2xx (§13.2.2.4).
   */
  acknowledge(invite: SipRequest | number, init: DialogRequestInit = {}): () => void {
    const sequence = typeof invite === 'number' ? invite : invite.cseq.sequence;
    let by: Flow | undefined;
    let bytes: Uint8Array | undefined;
    const send = (): void => {
      const ack = composeRequest(this, this.#route(), 'ACK', sequence, init, undefined);
      if (typeof invite === 'object') for (const name of CREDENTIALS) ack.headers.copyFrom(invite.headers, name);
      const leave = (flow: Flow): void => {
        by = flow;
        bytes = this.#around.transactions.sendStateless(ack, flow);
      };
      const reached = (found: Flow | undefined): void => {
        if (found === undefined) return; // its 2xx will come again until it gives up
        const flow = this.#around.flowFor(ack, found);
        if (isPromise(flow)) void flow.then(leave);
        else leave(flow);
      };
      const nextHop = this.#nextHop();
      const flow = this.#stream(nextHop) ?? this.#around.flowTo(nextHop);
      if (isPromise(flow))
        void flow.then(reached); // at once then: before the next request, which may wait for the same connection
      else reached(flow);
    };
    send();
    return () => {
      if (by === undefined || bytes === undefined || by.closed) send();
      else by.send(bytes);
    };
  }

  /** Takes it out of the table: from now on requests for it get 481. */
  terminate(): void {
    if (this.state === 'terminated') return;
    this.state = 'terminated';
    this.#around.forget(this);
  }

  #route(): Routing {
    return (this.#routing ??= routeTo(this.remoteTarget, this.routeSet));
  }

  #showsSips(): boolean {
    return this.#sips || isSips(this.remoteTarget) || isSips(this.routeSet[0]?.uri);
  }

  #nextHop(): Uri {
    const { nextHop } = this.#route();
    const { reliable, kind, remote } = this.flow;
    if (!this.toSource || reliable || this.routeSet.length > 0) return nextHop; // what came by a stream leaves by it, while it is open
    const host = remote.host.includes(':') ? `[${remote.host}]` : remote.host;
    return parseUri(`sip:${host}:${remote.port};transport=${kind.toLowerCase()}`) ?? nextHop;
  }

  /** The stream it last heard from, while that is open and leads to the next hop. */
  #stream(nextHop: Uri): Flow | undefined {
    const last = this.flow;
    if (!last.reliable || last.closed) return undefined;
    const routed = this.routeSet.length > 0;
    this.#leads ??= leadsTo(last, nextHop, routed, this.sender);
    return this.#leads || (this.toSource && !routed) ? last : undefined;
  }
}

const refreshes = (response: SipResponse): boolean =>
  response.status >= 200 ? response.status < 300 : response.headers.get('RSeq') !== undefined;

const same = (a: readonly string[], b: readonly string[] | undefined): boolean =>
  b !== undefined && a.length === b.length && a.every((value, at) => value === b[at]);

function tokens(values: readonly string[] | undefined, name: string, lower = false): ReadonlySet<string> {
  if (values === undefined) return NO_TOKENS;
  const found = readTokens({ get: () => values[0], getAll: () => values }, name);
  return new Set(lower ? found.map((token) => token.toLowerCase()) : found);
}
