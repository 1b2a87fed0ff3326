/**
 * Our first INVITE: admission, the copy that leaves, and what each response to it means: an early dialog, the 2xx that wins, one too many, refusal,
 * redirection (RFC 3261 §13.2, RFC 5407 §3.1.2, RFC 6026).
 */
import { SipError } from '@jackfield/base';
import {
  type HeaderList,
  type ClientTransaction,
  type Dialog,
  type DialogUser,
  type IncomingResponse,
  type SipResponse,
  type Uri,
  type Way,
} from '@jackfield/sip';
import type { InviteOptions, SessionEnd } from '../contract/session.ts';
import { oneOf, RELIABILITIES } from '../endpoints/option-range.ts';
import { headersForStranger } from '../endpoints/other-host.ts';
import type { Steps } from '../plugins/steps.ts';
import { admit } from './admission.ts';
import type { Call } from './call.ts';
import type { PlacedInvite } from './call-parts.ts';
import { addHeaders, RequestDraft } from './draft.ts';
import { EarlyDialogs } from './early-dialogs.ts';
import type { EarlyLeg } from './early-leg.ts';
import { dialogOf, forksTooMuch } from './fork-dialogs.ts';
import { giveUp, hangUp } from './hang-up.ts';
import { HeardResponse, localResponse } from './heard-response.ts';
import { draftInitial, offerAnew, offerOf, routesOf } from './initial-draft.ts';
import { PendingInvite } from './pending-invite.ts';
import { Repeats } from './repeats.ts';
import { reliableSequence } from './reliability.ts';
import { sdpOf, statusOf } from './sdp-body.ts';
import { saidWith } from './session-end.ts';
import { UnwantedAnswers } from './unwanted-success.ts';
import { Winner, type WinnerHost } from './winner.ts';
import type { Withdrawal } from './withdrawal.ts';

/** That it is the offer that the peer does not take (RFC 3261 §21.4.26, §21.6.4), and not the call. */
const UNFIT_OFFER: ReadonlySet<number> = new Set([488, 606]);

export class OutgoingInvite extends PendingInvite implements PlacedInvite, WinnerHost {
  readonly #headers: HeaderList;
  readonly #dialogUser: DialogUser;
  #draft: RequestDraft | undefined;
  #repeats: Repeats | undefined;
  #winner: Winner | undefined;
  /** The failure response that is being dealt with. */
  #failure: IncomingResponse | undefined;
  #early: EarlyDialogs | undefined;
  #unwanted: UnwantedAnswers | undefined;

  /**
   * @param headers - From with our tag, To and Call-ID, and what the application wants in the INVITE
   * @param sequence - the CSeq before its first
   */
  constructor(call: Call, target: Uri, options: InviteOptions, headers: HeaderList, sequence: number, dialogUser: DialogUser) {
    super(call, target, options, sequence);
    this.#headers = headers;
    this.#dialogUser = dialogUser;
    if (options.reliable !== undefined) call.reliable = oneOf('reliable', options.reliable, RELIABILITIES);
  }

  get inviting(): boolean {
    return !this.call.isEstablished;
  }

  get earlyDialog(): Dialog | undefined {
    const { dialogs, media, dialog: selected } = this.call;
    const dialog = media.heard === undefined ? selected : dialogs.find((one) => one === media.heard);
    if (dialog === undefined || this.answered || this.withdrawal !== undefined) return undefined;
    const leg = this.#early?.legOf(dialog);
    return leg?.confirmed === true && leg.failure === undefined && dialog.remoteAllow.has('UPDATE') ? dialog : undefined;
  }

  exchanging(dialog: Dialog): boolean {
    return !this.call.isEstablished && this.#early?.legOf(dialog)?.confirmed !== true;
  }

  unheard(dialog: Dialog): boolean {
    const leg = this.#early?.legOf(dialog);
    return !this.call.media.busy && (leg?.unheard !== undefined || leg?.failure !== undefined);
  }

  *turnTo(dialog: Dialog): Steps<void> {
    if (this.call.isEstablished || dialog.state === 'terminated') return;
    this.call.select(dialog);
    if (this.#early?.reliable !== true) return;
    const failure = yield* this.#early.turnTo(dialog);
    if (failure !== undefined) throw failure;
  }

  lose(lost: Dialog): boolean {
    const { call } = this;
    const other = call.isEstablished ? undefined : call.dialogs.findLast((one) => one !== lost);
    if (other === undefined) return false;
    const { dialog: selected = other } = call;
    call.drop(lost);
    if (lost === selected || lost === call.media.heard) call.mailbox.post(() => this.#hear(lost === selected ? other : selected));
    return true;
  }

  *#hear(dialog: Dialog): Steps<void> {
    const { call } = this;
    try {
      yield* this.turnTo(dialog);
      call.refreshing.drain();
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      giveUp(call, { error });
    }
  }

  *begin(): Steps<void> {
    const call = this.call;
    try {
      const refusal = yield* admit(call, call.supplements, {
        direction: 'outgoing',
        request: undefined,
        target: this.target,
        endpoint: call.endpoint,
        headers: this.#headers,
        cookies: call.cookies,
        signal: () => call.end.signal,
      });
      if (refusal !== undefined) return call.finish({ by: 'local', status: refusal.status, reason: refusal.reason });
      call.begin();
      this.routes = routesOf(this.#headers);
      const reached = yield* this.wayTo(this.target);
      call.reachedBy(reached.flow);
      const draft = yield* draftInitial(call, this.#headers, this.options);
      this.#draft = draft;
      call.invite = draft;
      this.start(draft.headers.list, draft.body, this.target, reached, 0);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.finish({ by: 'core', error });
    }
  }

  protected override withdrawnLate({ init, origin, end }: Withdrawal): boolean {
    if (this.#winner?.acknowledged === false) hangUp(this.call, init, origin, end);
    else if (this.#failure !== undefined) this.#over(this.#failure);
    else return false;
    return true;
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    if (response.status !== 100) this.#take(response, transaction);
    if (response.status < 200) this.proceeds();
  }

  #take(response: SipResponse, transaction: ClientTransaction): void {
    const success = response.status >= 200 && response.status < 300;
    if (this.answered || transaction !== this.request?.transaction) {
      // of another fork, or of an INVITE that the one under way has followed
      if (!success) return;
      if (this.#winner?.acknowledged === true && this.#winner.dialog.remoteTag === response.to.tag) return this.#winner.again();
      return this.#unwantedAnswers.refuseInTurn(response, transaction);
    }
    if (response.status >= 200) this.settled();
    if (this.call.over !== undefined) {
      if (success) this.#unwantedAnswers.refuse(response, transaction);
      return;
    }
    if (success) this.call.oweAck(() => this.#unwantedAnswers.refuse(response, transaction));
    this.call.mailbox.post(() => this.#heard(response, transaction));
  }

  get #unwantedAnswers(): UnwantedAnswers {
    return (this.#unwanted ??= new UnwantedAnswers(this.call, this.#draft!));
  }

  /** The early dialogs were those of the copy before. */
  repeated(): void {
    this.provisional = false;
    this.call.mailbox.post(() => this.#dropDialogs());
  }

  failed(cause: 'timeout' | 'transport'): void {
    if (this.answered) return;
    this.settled();
    this.call.mailbox.post(() => {
      const response = localResponse(cause, this.#draft!, this.call.view);
      this.call.heard(response);
      this.#failure = response;
      const other = this.withdrawal === undefined ? this.#repeats?.another() : undefined;
      if (other !== undefined) return this.#repeat(other);
      this.call.tell(this.options.onResponse, response);
      return this.#refused(response, 'core');
    });
  }

  *#heard(response: SipResponse, transaction: ClientTransaction): Steps<void> {
    const call = this.call;
    if (forksTooMuch(call, response)) return;
    const dialog = dialogOf(call, response, transaction, this.#dialogUser);
    const sequence = dialog === undefined ? undefined : reliableSequence(response, call.reliable);
    let leg: EarlyLeg | undefined;
    if (dialog !== undefined && sequence !== undefined) {
      leg = this.#earlyDialogs().next(response, dialog, sequence);
      if (leg === undefined) return;
    }
    const heard = new HeardResponse(response, this.#draft!, dialog ?? call.view);
    const wish = call.heard(heard);
    if (response.status < 200) {
      const sdp = sdpOf(response.body);
      const bare = response.status === 183 && call.options.earlyMedia.ignoreBare183 === true && sdp === undefined;
      if (!bare) call.tell(this.options.onResponse, heard);
      if (call.state === 'starting') call.state = 'early';
      if (dialog === undefined) return;
      call.select(dialog);
      if (leg !== undefined) return yield* this.#earlyDialogs().take(response, leg, this.options.onResponse !== undefined);
      if (sdp !== undefined) yield* this.#earlyDialogs().preview(response, dialog, sdp);
      return;
    }
    if (response.status < 300) {
      call.tell(this.options.onResponse, heard);
      if (dialog === undefined) return;
      this.#winner = new Winner(call, this, dialog, transaction.request);
      return yield* this.#winner.take(response, this.#early, this.options.onResponse !== undefined);
    }
    this.#failure = heard;
    this.#repeats ??= new Repeats(call, this.target);
    const next = this.withdrawal === undefined ? yield* this.#repeats.after(response, wish, this.request?.repeats ?? 0) : undefined;
    if (next === undefined) return this.#over(heard);
    if (wish !== undefined) addHeaders(this.#draft!.headers.list, wish.headers);
    yield* this.#repeat(next);
  }

  #over(response: IncomingResponse): void {
    const { call } = this;
    if (UNFIT_OFFER.has(response.status) && call.media.state === 'local-offer') call.home.refused(call.session, response);
    this.call.tell(this.options.onResponse, response);
    this.#refused(response, 'remote');
  }

  /** The same message once more, elsewhere or with more headers: hooks do not run again. */
  *#repeat(target: Uri): Steps<void> {
    const call = this.call;
    const repeats = this.#repeats!;
    let reached: Way;
    try {
      reached = yield* this.wayTo(target);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      const other = this.withdrawal === undefined ? repeats.another() : undefined;
      if (other !== undefined) return yield* this.#repeat(other);
      return this.#refused(localResponse('transport', this.#draft!, call.view), 'core');
    }
    try {
      this.#dropDialogs();
      if (call.reachedBy(reached.flow)) call.invite = this.#draft = yield* offerAnew(call, this.#draft!, this.options);
      const { headers, body } = this.#draft!;
      if (this.routes.length === 0) call.endpoint = repeats.endpointAt(target);
      this.answered = false;
      this.provisional = false;
      this.#failure = undefined;
      const shown = call.endpoint === repeats.endpoint ? headers.list : headersForStranger(headers.list, repeats.endpoint);
      this.start(shown, body, target, reached, repeats.count);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.finish({ by: 'core', error });
    }
  }

  #earlyDialogs(): EarlyDialogs {
    return (this.#early ??= new EarlyDialogs(this.call, this, offerOf(this.options) !== undefined));
  }

  #dropDialogs(): void {
    this.#early?.forget();
    this.#early = undefined;
    for (const dialog of this.call.dialogs) this.call.drop(dialog);
  }

  established(failure: SipError | undefined): void {
    const call = this.call;
    call.media.settle();
    this.#early = undefined;
    if (this.withdrawal !== undefined) {
      const { init, origin, end } = this.withdrawal;
      return hangUp(call, init, origin, end);
    }
    if (failure !== undefined) return giveUp(call, { status: statusOf(failure), error: failure });
    call.establish();
    call.refreshing.drain();
  }

  #refused(response: IncomingResponse, by: SessionEnd['by']): void {
    const { status, reason } = response;
    this.call.finish(this.withdrawal?.endOf(response) ?? saidWith({ by, status, reason }, response.headers));
  }
}
