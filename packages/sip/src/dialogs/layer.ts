/**
 * The dialogs that live (RFC 3261 §12): made from an INVITE (or SUBSCRIBE …) or its response, found by Call-ID and both tags.
 * Requests inside a dialog come in here; the order of their CSeq is checked, what they mean is the user's.
 */
import { Diagnostics } from '@jackfield/base';
import { buildResponse } from '../messages/build.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Stats, Uri } from '../messages/model.ts';
import { detached } from '../messages/tokens.ts';
import { parseUri } from '../messages/uri.ts';
import type { ClientTransaction, ServerTransaction } from '../transactions/transaction.ts';
import { FlowIndex } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import { DialogTable } from './dialog-table.ts';
import { Dialog, type DialogState, type DialogSurroundings, type DialogUser, type Heard } from './dialog.ts';
import { routeSetOf } from './route-set.ts';
import { asksForSips, isSips } from './sips.ts';
import { calleeOf, senderOf } from './stream-choice.ts';

/** What the dialogs ask of the layers below and around them. */
export type DialogLayerOptions = Omit<DialogSurroundings, 'forget'>;

/** `jackfield:sip:dialog`: a dialog began, early ones and those of forks too, or ended. */
export interface DialogNews {
  readonly event: 'began' | 'ended';
  readonly dialog: Dialog;
}
const changes = new Diagnostics<DialogNews>('sip:dialog');

/** The dialogs of one stack, for usages: `core.dialogs`. */
export class DialogLayer {
  readonly #dialogs = new DialogTable();
  /** By stream alone: of UDP nobody is told. */
  readonly #byFlow = new FlowIndex<Dialog>();
  readonly #around: DialogSurroundings;
  /** Made with the first. */
  #doubted: WeakSet<SipRequest> | undefined;
  /** The request whose dialog was looked for last, which is several times in a row, and what was found. */
  #asked: SipRequest | undefined;
  #found: Dialog | undefined;
  #made = 0;
  #outOfOrder = 0;

  constructor(options: DialogLayerOptions) {
    this.#around = {
      ...options,
      forget: (dialog) => {
        this.#dialogs.delete(dialog);
        this.#asked = this.#found = undefined;
        this.#byFlow.delete(dialog.flow, dialog);
        if (changes.hasSubscribers) changes.publish({ event: 'ended', dialog });
      },
    };
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
        sips: asksForSips(request),
        secured: isSips(request.uri),
        heard: { sequence: request.cseq.sequence, flow: transaction.flow, sender: senderOf(request, transaction.flow) },
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
        sips: isSips(request.uri) || isSips(request.routes[0]?.uri),
        secured: isSips(request.uri),
        heard: { sequence: undefined, flow: transaction.flow, sender: calleeOf(request, transaction.flow) },
      },
      response,
      user,
    );
  }

  find(callId: string, localTag: string, remoteTag: string | undefined): Dialog | undefined {
    return this.#dialogs.find(callId, localTag, remoteTag);
  }

  /** Of a dialog that lives, and that somebody uses. */
  isInside(request: SipRequest): boolean {
    return this.#of(request)?.user !== undefined;
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
    const { flow } = transaction;
    const sender = dialog.flow === flow ? dialog.heard.sender : senderOf(request, flow);
    // gaps are fine: a challenged request may have used the numbers between. Until `answered`, for what comes meanwhile
    this.#hear(dialog, { sequence, flow, sender });
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
      dialog.accepted = dialog.heard;
      return;
    }
    const { accepted, heard } = dialog;
    this.#hear(dialog, accepted.flow.closed ? { ...heard, sequence: accepted.sequence } : accepted);
  }

  /**
   * An ACK that belongs to no failed INVITE. False: no dialog of ours. Nobody can be asked to prove one (RFC 3261 §22.1), so that it
   * moves no dialog away from a flow that is open.
   */
  acknowledged(request: SipRequest, flow: Flow): boolean {
    const dialog = this.#of(request);
    if (dialog?.user === undefined) return false;
    if (dialog.flow.closed && dialog.flow !== flow) this.#hear(dialog, { ...dialog.heard, flow, sender: senderOf(request, flow) });
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
    for (const dialog of this.#dialogs.values()) dialog.terminate();
  }

  stats(): Stats {
    return { live: { dialogs: this.#dialogs.size }, total: { dialogs: this.#made, requestsOutOfOrder: this.#outOfOrder } };
  }

  /** The peer answered a request of ours by `flow`, after the one it was heard by is gone. */
  heardBy(dialog: Dialog, flow: Flow): void {
    if (dialog.state === 'terminated' || flow.closed || dialog.flow === flow) return;
    this.#hear(dialog, { ...dialog.heard, flow, sender: undefined });
  }

  #hear(dialog: Dialog, heard: Heard): void {
    const { flow } = dialog;
    dialog.hear(heard);
    if (heard.flow === flow) return;
    this.#byFlow.delete(flow, dialog);
    if (heard.flow.reliable) this.#byFlow.add(heard.flow, dialog);
  }

  #of(request: SipRequest): Dialog | undefined {
    if (request === this.#asked) return this.#found;
    const localTag = request.to.tag;
    this.#found = localTag === undefined ? undefined : this.find(request.callId, localTag, request.from.tag);
    this.#asked = request;
    return this.#found;
  }

  #add(state: DialogState, message: SipRequest | SipResponse, user: DialogUser | undefined): Dialog {
    const dialog = new Dialog(state, this.#around, user);
    dialog.learn(message);
    const { flow } = state.heard;
    if (flow.reliable) this.#byFlow.add(flow, dialog);
    this.#dialogs.add(dialog);
    this.#asked = undefined;
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
  let all = '';
  for (const text of texts) all += text; // Array.join costs twice as much
  all = detached(all);
  const copies: string[] = [];
  let at = 0;
  for (const { length } of texts) {
    copies.push(all.slice(at, at + length));
    at += length;
  }
  return copies;
}
