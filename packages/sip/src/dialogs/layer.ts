/**
 * The dialogs that live (RFC 3261 §12): made from an INVITE (or SUBSCRIBE …) or its response, found by Call-ID and both tags.
 * Requests inside a dialog come in here; the order of their CSeq is checked, what they mean is the user's.
 */
import { Diagnostics } from '@jackfield/base';
import { buildResponse } from '../messages/build.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Awaitable, Stats, Uri } from '../messages/model.ts';
import { detached } from '../messages/tokens.ts';
import { parseUri } from '../messages/uri.ts';
import { flat } from '../transactions/key.ts';
import type { TransactionLayer } from '../transactions/layer.ts';
import type { ClientTransaction, ClientTransactionUser, ServerTransaction } from '../transactions/transaction.ts';
import { FlowIndex } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import { Dialog, type DialogState, type DialogSurroundings, type DialogUser } from './dialog.ts';
import type { RequestHandle, RequestPlan } from './plan.ts';
import { routeSetOf } from './route-set.ts';
import { asksForSips, isSips } from './sips.ts';
import { calleeOf, senderOf, type Sender } from './stream-choice.ts';

export interface DialogLayerOptions {
  readonly transactions: TransactionLayer;
  flowTo(nextHop: Uri): Awaitable<Flow | undefined>;
  /** `flow`, or the stream that a request leaves by which is too long for it. */
  flowFor(request: SipRequest, flow: Flow): Awaitable<Flow>;
  start(plan: RequestPlan, flow: Flow | undefined, user: ClientTransactionUser): RequestHandle;
  /** @param sips - it has to be a `sips` URI. */
  contactFor(flow: Flow, sips: boolean): string;
}

/** `jackfield:sip:dialog`: a dialog began, early ones and those of forks too, or ended. */
export interface DialogNews {
  readonly event: 'began' | 'ended';
  readonly dialog: Dialog;
}
const changes = new Diagnostics<DialogNews>('sip:dialog');

/** Between the parts stands what none of them can hold: no quoted tag makes one dialog's key of another's. */
const keyOf = (callId: string, localTag: string, remoteTag: string | undefined): string => `${callId}\n${localTag}\n${remoteTag ?? ''}`;

/** The dialogs of one stack, for usages: `core.dialogs`. */
export class DialogLayer {
  /** Behind places that are emptied: V8 keeps what a Map held at its last change of table until a full collection, and a dialog holds a whole call. */
  readonly #dialogs = new Map<string, { dialog: Dialog | undefined }>();
  /** By stream alone: of UDP nobody is told. */
  readonly #byFlow = new FlowIndex<Dialog>();
  readonly #around: DialogSurroundings;
  /** Made with the first. */
  #doubted: WeakSet<SipRequest> | undefined;
  #made = 0;
  #outOfOrder = 0;

  constructor(options: DialogLayerOptions) {
    this.#around = {
      transactions: options.transactions,
      flowTo: (nextHop) => options.flowTo(nextHop),
      flowFor: (request, flow) => options.flowFor(request, flow),
      start: (plan, flow, user) => options.start(plan, flow, user),
      contactFor: (flow, sips) => options.contactFor(flow, sips),
      forget: (dialog) => {
        const key = keyOf(dialog.callId, dialog.localTag, dialog.remoteTag);
        const place = this.#dialogs.get(key);
        if (place?.dialog === dialog) {
          place.dialog = undefined;
          this.#dialogs.delete(key); // not one that took its place
        }
        this.#byFlow.delete(dialog.flow, dialog);
        if (changes.hasSubscribers) changes.publish({ event: 'ended', dialog });
      },
    };
    const isInside = (request: SipRequest): boolean => this.#of(request)?.user !== undefined;
    options.transactions.isInside = isInside;
  }

  /** How many live. */
  get live(): number {
    return this.#dialogs.size;
  }

  /** The dialog of a request outside a dialog that we shall answer with `localTag` in the To (§12.1.1). Early until `confirm`. */
  fromRequest(transaction: ServerTransaction, localTag: string, user?: DialogUser): Dialog {
    const request = transaction.request;
    const { tag } = request.from;
    const target = targetOf(request) ?? request.from.uri;
    const [callId, remoteTag, to, remoteParty, targetText] = copied([
      request.callId,
      tag ?? '',
      request.to.toString(),
      request.from.toString(),
      target.toString(),
    ]);
    return this.#add(
      {
        callId: callId!,
        localTag,
        remoteTag: tag === undefined ? undefined : remoteTag,
        role: 'uas',
        localParty: `${to};tag=${localTag}`,
        remoteParty: remoteParty!,
        remoteTarget: parseUri(targetText!) ?? target,
        routeSet: routeSetOf(request, 'uas'),
        localSequence: 0,
        remoteSequence: request.cseq.sequence,
        sips: asksForSips(request),
        flow: transaction.flow,
        sender: senderOf(request, transaction.flow),
      },
      request,
      user,
    );
  }

  /**
   * The dialog of a response to our request (§12.1.2): a 1xx with a To tag, or a 2xx. Early until `confirm`. A response without a
   * Contact leaves our Request-URI as target. Each fork has its own; ask `find` first.
   */
  fromResponse(transaction: ClientTransaction, response: SipResponse, user?: DialogUser): Dialog {
    const request = transaction.request;
    return this.#add(
      {
        callId: request.callId,
        localTag: request.from.tag ?? '',
        remoteTag: response.to.tag === undefined ? undefined : detached(response.to.tag),
        role: 'uac',
        localParty: request.from.toString(),
        remoteParty: detached(response.to.toString()),
        remoteTarget: detachedUri(targetOf(response) ?? request.uri),
        routeSet: routeSetOf(response, 'uac'),
        localSequence: request.cseq.sequence,
        remoteSequence: undefined,
        sips: isSips(request.uri) || isSips(request.routes[0]?.uri),
        flow: transaction.flow,
        sender: calleeOf(request, transaction.flow),
      },
      response,
      user,
    );
  }

  find(callId: string, localTag: string, remoteTag: string | undefined): Dialog | undefined {
    return this.#dialogs.get(keyOf(callId, localTag, remoteTag))?.dialog;
  }

  /** A request with a To tag, admitted. False: no dialog of ours, or one that nobody uses. */
  receive(transaction: ServerTransaction): boolean {
    const request = transaction.request;
    const dialog = this.#of(request);
    if (dialog?.user === undefined) return false;
    const { sequence } = request.cseq;
    if (dialog.remoteSequence !== undefined && sequence < dialog.remoteSequence) {
      this.#outOfOrder += 1;
      transaction.respond(buildResponse(request, 500));
      return true;
    }
    this.#heard(dialog, transaction.flow, request);
    dialog.remoteSequence = sequence; // gaps are fine: a challenged request may have used the numbers between. Until `answered`, for what comes meanwhile
    dialog.learn(request);
    dialog.user.request(transaction);
    return true;
  }

  /** Nobody knows yet whether this request is the peer's: until {@link believe}, whatever it is answered counts as a challenge does. */
  doubt(request: SipRequest): void {
    (this.#doubted ??= new WeakSet()).add(request);
  }

  believe(request: SipRequest): void {
    this.#doubted?.delete(request);
  }

  /**
   * A final response to a request inside a dialog leaves. What was challenged has changed nothing: who has seen the tags of a call, and cannot prove to
   * be its peer, must not raise the CSeq beyond what the peer will reach, nor draw our requests to another connection. Any other refusal is the peer's,
   * and its number counts (§12.2.2).
   */
  answered(request: SipRequest, status: number): void {
    if (request.method === 'CANCEL') return; // it has the number of another, and is answered without proof
    const dialog = this.#of(request);
    if (dialog === undefined || dialog.remoteSequence !== request.cseq.sequence) return;
    if (status !== 401 && status !== 407 && this.#doubted?.has(request) !== true) {
      dialog.acceptedSequence = dialog.remoteSequence;
      dialog.acceptedFlow = dialog.flow;
      dialog.acceptedSender = dialog.sender;
      return;
    }
    dialog.remoteSequence = dialog.acceptedSequence;
    if (!dialog.acceptedFlow.closed) this.#move(dialog, dialog.acceptedFlow, dialog.acceptedSender);
  }

  /** An ACK that belongs to no failed INVITE. False: no dialog of ours. */
  acknowledged(request: SipRequest, flow: Flow): boolean {
    const dialog = this.#of(request);
    if (dialog?.user === undefined) return false;
    this.#heard(dialog, flow, request);
    dialog.user.ack(request);
    return true;
  }

  /** A stream ended: the dialogs that last heard from it are told. */
  flowLost(flow: Flow): void {
    for (const dialog of this.#byFlow.of(flow)) {
      this.#byFlow.delete(flow, dialog); // told once, however often somebody still tries to send by it
      dialog.user?.flowLost?.(flow);
    }
  }

  /** Ends all, and tells nobody. */
  close(): void {
    for (const { dialog } of this.#dialogs.values()) dialog?.terminate();
  }

  stats(): Stats {
    return { live: { dialogs: this.#dialogs.size }, total: { dialogs: this.#made, requestsOutOfOrder: this.#outOfOrder } };
  }

  /** The peer answered a request of ours by `flow`, after the one it was heard by is gone. */
  heardBy(dialog: Dialog, flow: Flow): void {
    if (dialog.state !== 'terminated' && !flow.closed) this.#move(dialog, flow, undefined);
  }

  #heard(dialog: Dialog, flow: Flow, request: SipRequest): void {
    if (dialog.flow !== flow) this.#move(dialog, flow, senderOf(request, flow));
  }

  #move(dialog: Dialog, flow: Flow, sender: Sender | undefined): void {
    if (dialog.flow === flow) return;
    this.#byFlow.delete(dialog.flow, dialog);
    dialog.hear(flow, sender);
    if (flow.reliable) this.#byFlow.add(flow, dialog);
  }

  #of(request: SipRequest): Dialog | undefined {
    const localTag = request.to.tag;
    return localTag === undefined ? undefined : this.find(request.callId, localTag, request.from.tag);
  }

  #add(state: DialogState, message: SipRequest | SipResponse, user: DialogUser | undefined): Dialog {
    const dialog = new Dialog(state, this.#around, user);
    dialog.learn(message);
    if (state.flow.reliable) this.#byFlow.add(state.flow, dialog);
    this.#dialogs.set(flat(keyOf(state.callId, state.localTag, state.remoteTag)), { dialog });
    this.#made += 1;
    if (changes.hasSubscribers) changes.publish({ event: 'began', dialog });
    return dialog;
  }
}

function targetOf(message: SipRequest | SipResponse): Uri | undefined {
  const contacts = message.contacts;
  return contacts === '*' ? undefined : contacts?.[0]?.uri;
}

const detachedUri = (uri: Uri): Uri => parseUri(detached(uri.toString())) ?? uri;

/** Each text cut loose from its message, all at the price of one: they share a copy that holds nothing else. */
function copied(texts: readonly string[]): readonly string[] {
  const all = detached(texts.join(''));
  const copies: string[] = [];
  let at = 0;
  for (const { length } of texts) {
    copies.push(all.slice(at, at + length));
    at += length;
  }
  return copies;
}
