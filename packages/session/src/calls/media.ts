/**
 * Offer/answer of one session (RFC 3264, 6337): has m= lines drafted, pins, applies, concludes or rolls back. Active and
 * pending are two states: until the exchange is through nothing that runs is touched but by a handler's own `applyNegotiatedStream`. Sends nothing.
 */
import { SipError, type Random } from '@jackfield/base';
import type { DialogView } from '@jackfield/sip';
import { sameDescription, type Description, type OfferAnswerInput, type OfferAnswerState } from '@jackfield/sdp';
import type { MediaChange, MediaInit, StreamInit, StreamView } from '../contract/media.ts';
import type { Steps } from '../plugins/steps.ts';
import { ActiveMedia } from './active-media.ts';
import { offeredBundles } from './bundles.ts';
import { OwnBundle } from './own-bundle.ts';
import { settleForks, startAgain, turnTo } from './fork-turns.ts';
import { draftAnswer, draftOffer, draftTheirs, nothingClaimed } from './line-drafts.ts';
import { LocalDescriptions } from './local-description.ts';
import { mergeStreams } from './merge-streams.ts';
import { Negotiation, type Pending } from './negotiation.ts';
import { StreamCalls, type StreamHost } from './stream-calls.ts';
import type { StreamLimits } from './stream-limits.ts';
import { declinedDraft, type Line } from './stream-line.ts';
import { matchWishes, placed, type Wishes } from './stream-wishes.ts';
import { readAnswer } from './their-answer.ts';

export interface MediaHost extends StreamHost {
  readonly random: Random;
  readonly options: { readonly maxStreams: StreamLimits };
}

export class Media {
  readonly #host: MediaHost;
  readonly #descriptions: LocalDescriptions;
  readonly #streams: StreamCalls;
  readonly #active: ActiveMedia;
  readonly #negotiation: Negotiation;

  constructor(host: MediaHost) {
    this.#host = host;
    this.#descriptions = new LocalDescriptions(host.random);
    this.#streams = new StreamCalls(host);
    this.#active = new ActiveMedia(this.#streams);
    this.#negotiation = new Negotiation(host, this.#active, this.#streams);
  }

  get state(): OfferAnswerState {
    return this.#negotiation.state;
  }

  /** Our description as sent last in a finished exchange. */
  get localText(): string | undefined {
    return this.#active.local?.text;
  }

  get streams(): readonly StreamView[] {
    return this.#active.views;
  }

  /** As agreed on; another array after every exchange. */
  get lines(): readonly Line[] {
    return this.#active.lines;
  }

  /** An exchange is under way that is not about the offer of the INVITE: no other early dialog can be heard before it is over. */
  get busy(): boolean {
    const { forks } = this.#active;
    const { pending } = this.#negotiation;
    return pending !== undefined && forks !== undefined && pending !== forks.opened;
  }

  /** Of several early dialogs the one whose agreement is in force, or under way; undefined where none has an agreement of its own. */
  get heard(): DialogView | undefined {
    return this.#active.forks?.heard;
  }

  /** Live streams; 0 after `stop`. */
  get liveCount(): number {
    return this.#streams.live.length;
  }

  /**
   * Their offer, stream by stream. Takes nothing yet.
   *
   * @param mustClaim - false where the application may answer without handlers
   * @throws SESSION_NEGOTIATION `section-count` where lines are missing that are there already (RFC 3264 §8), `nothing-claimed`; SESSION_HOOK_FAILED
   */
  *takeOffer(remote: Description, mustClaim = true): Steps<void> {
    const pending = this.#negotiation.begin('receiveOffer', 'answerer', remote);
    const { lines } = this.#active;
    const [fewest, count] = [lines.length, remote.sections.length];
    if (count < fewest)
      throw new SipError('SESSION_NEGOTIATION', `an offer of ${count} m= lines after ${fewest}`, { rule: 'section-count' });
    pending.bundles = offeredBundles(remote, lines, () => this.#bundle());
    const { maxStreams } = this.#host.options;
    const { offered, taken } = yield* draftTheirs(this.#streams, pending, remote, lines, pending.bundles, maxStreams);
    const declined = !offered && fewest === 0 && count > 0; // an offer without lines is one of a call without media (RFC 3264 §5)
    if (mustClaim && (declined || (offered && !taken))) throw nothingClaimed(this.#host, remote, lines);
  }

  /** Creates the streams of the answer and applies them. @throws SESSION_HOOK_FAILED, SESSION_NEGOTIATION */
  *answer(wanted: MediaInit | undefined, dialog: DialogView): Steps<string> {
    const pending = this.#negotiation.expect('remote-offer');
    const remote = pending.exchange.remote!;
    const asked = Array.isArray(wanted) ? (wanted as readonly StreamInit[]) : [];
    yield* draftAnswer(this.#streams, pending, remote, asked, pending.bundles);
    const local = (pending.local = this.#descriptions.compose(pending.drafts, this.#host.localAddress, pending.sessionLines));
    let applied = false;
    try {
      yield* this.#apply(pending, remote, dialog);
      applied = true;
    } finally {
      if (!applied) this.#descriptions.withdraw(local);
    }
    return local.text;
  }

  /** An answer to the offer that is open, if one is, which takes nothing: every line declined. The exchange ends with it. */
  declineOpenOffer(): string | undefined {
    const offered = this.state === 'remote-offer' ? this.#negotiation.pending?.exchange.remote : undefined;
    if (offered === undefined) return undefined;
    const text = this.decline(offered);
    this.rollback();
    return text;
  }

  /** As {@link declineOpenOffer}, to one that is none of ours to take. */
  decline({ sections }: Description): string {
    return this.#descriptions.compose(sections.map(declinedDraft), this.#host.localAddress).text;
  }

  /** What is to be done for streams that were asked for when these were the lines. */
  wishes(asked: readonly StreamInit[], standing: readonly Line[]): Wishes {
    return mergeStreams(asked, standing, this.lines, this.#host.options.maxStreams);
  }

  /**
   * Creates an offer. `'same'`: what is active; before anything was agreed on, one stream of each kind that has a handler. An empty list: no more than is active.
   *
   * @throws SESSION_NO_MEDIA, SESSION_HOOK_FAILED
   */
  *offer(wanted: 'same' | readonly StreamInit[] | Wishes): Steps<string> {
    const pending = this.#negotiation.begin('sendOffer', 'offerer', undefined);
    const { lines } = this.#active;
    const wishes = typeof wanted === 'object' && 'added' in wanted ? wanted : this.#wishesFor(wanted);
    yield* draftOffer(this.#streams, pending, lines, wishes);
    const known = pending.drafts.length > 0 || this.#active.local !== undefined;
    const nothingAsked = wanted === 'same' ? known : Array.isArray(wanted) && wanted.length === 0;
    if (!nothingAsked && !pending.drafts.some(({ active }) => active)) {
      const kinds = [...wishes.at, ...wishes.added].flatMap((wish) => wish?.kind ?? []);
      throw new SipError('SESSION_NO_MEDIA', `no SDP handler makes a stream for this offer (${kinds.join(', ') || 'nothing asked for'})`, {
        kinds,
      });
    }
    pending.local = this.#descriptions.compose(pending.drafts, this.#host.localAddress, pending.sessionLines);
    return pending.local.text;
  }

  /**
   * The same, for a peer that asks what we can do: streams that it declined or ended are offered again, each in its place (RFC 6337 §5.2.5). Where that
   * cannot be done, what is active. In a call without lines, all that there are handlers for.
   */
  *offerAll(): Steps<string> {
    const again = this.#again();
    if (again === undefined) return yield* this.offer('same');
    try {
      return yield* this.offer(again);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      if (error.code !== 'SESSION_NO_MEDIA') this.#host.report(error);
      this.withdraw();
      return yield* this.offer('same');
    }
  }

  /** Whether the offer just made says what is active already. */
  get offersNothingNew(): boolean {
    const [local, active] = [this.#negotiation.pending?.local, this.#active.local];
    return local !== undefined && active !== undefined && sameDescription(local.description, active.description);
  }

  /**
   * Their answer. A provisional one (18x) may be followed by another, of the same or another early dialog; the same description twice is applied once.
   *
   * @throws SESSION_NEGOTIATION with the broken rule, SESSION_HOOK_FAILED
   * @returns what changed; undefined when nothing did
   */
  *takeAnswer(answered: Description, dialog: DialogView, final: boolean): Steps<MediaChange | undefined> {
    const pending = this.#negotiation.expect('local-offer');
    pending.answered = true;
    const remote = readAnswer(pending.local!.description, answered, pending.drafts);
    pending.exchange.remote = remote;
    const again = pending.applied !== undefined && sameDescription(pending.applied, remote);
    if (!again) yield* this.#apply(pending, remote, dialog);
    if (final) return this.#conclude('receiveAnswer', !again);
    return again ? undefined : this.#publish(pending, remote);
  }

  /** Our answer has left: pending becomes active. */
  commitAnswer(): MediaChange {
    return this.#conclude('sendAnswer', true)!;
  }

  /** The 2xx came without the answer that a provisional response already carried: that one stands. False when there was none. */
  settleForProvisional(): boolean {
    if (this.#negotiation.pending?.applied === undefined) return false;
    this.#conclude('receiveAnswer', false);
    return true;
  }

  /** The exchange under way has failed: what was active stays, what was made for it is stopped. New lines of an offer that was answered stay declined. */
  rollback(): void {
    this.#negotiation.fail();
  }

  /** The same for an offer that has not left: the next description follows the one before it. */
  withdraw(): void {
    const local = this.#negotiation.pending?.local;
    this.rollback();
    if (local !== undefined) this.#descriptions.withdraw(local);
  }

  /**
   * Makes the agreement of an early dialog the one in force: what was agreed with it is applied again; without such, the offer of the INVITE is open once
   * more, or nothing is. An exchange under way with another one is given up.
   *
   * @returns what changed
   * @throws SESSION_HOOK_FAILED
   */
  turnTo(dialog: DialogView): Steps<MediaChange | undefined> {
    return turnTo(this.#active, this.#negotiation, this.#streams, dialog);
  }

  /** The INVITE is answered: of its early dialogs, the one in force is left. */
  settle(): void {
    settleForks(this.#active, this.#negotiation);
  }

  /** The INVITE goes out once more, to somebody else, with the same offer; whoever has answered it counts no more. */
  startAgain(): void {
    startAgain(this.#active, this.#negotiation);
  }

  /** The same, and what we are heard at has changed: the next offer is the first of all. */
  forgetOffer(): void {
    this.rollback();
    this.#active.lines = [];
    this.#active.local = undefined;
    this.#descriptions.forget();
  }

  /** For the time in which nothing is negotiated. */
  rest(): void {
    if (this.#negotiation.pending !== undefined) return;
    this.#descriptions.settle();
    this.#active.rest();
  }

  /** The end: every stream is stopped, last first. */
  stop(): void {
    this.#active.stop();
    this.#negotiation.giveUp();
  }

  #wishesFor(wanted: 'same' | readonly StreamInit[]): Wishes {
    const { lines, local } = this.#active;
    const first = lines.length === 0 && local === undefined; // once something was agreed on, what is active may be nothing
    return matchWishes(lines, wanted !== 'same' ? wanted : first ? ofEachKind(this.#host) : [], this.#host.options.maxStreams);
  }

  #again(): Wishes | undefined {
    const { lines, local } = this.#active;
    const { handlers, options } = this.#host;
    if (lines.length === 0) return local === undefined ? undefined : matchWishes(lines, ofEachKind(this.#host), options.maxStreams);
    if (!lines.some(({ active, standing }) => standing && !active)) return undefined;
    const at = lines.map(({ kind, active, standing }) => (standing && !active && handlers.forKind(kind).length > 0 ? { kind } : undefined));
    const wishes = placed(lines, at, [], options.maxStreams);
    return wishes.at.some((wish) => wish !== undefined) ? wishes : undefined;
  }

  #bundle(): OwnBundle {
    return this.#active.opened(new OwnBundle((error, cookie) => this.#negotiation.report(error, cookie)));
  }

  *#apply(pending: Pending, remote: Description, dialog: DialogView): Steps<void> {
    yield* this.#streams.apply(pending, remote, dialog);
    pending.applied = remote;
  }

  /** Shows the outcome in `streams` without retiring anything. */
  #publish({ drafts, local, exchange }: Pending, remote: Description): MediaChange {
    return { exchange, before: this.#active.show(drafts, local!, remote), after: this.streams };
  }

  #conclude(input: OfferAnswerInput, changed: boolean): MediaChange | undefined {
    const pending = this.#negotiation.pending!;
    const change = this.#publish(pending, pending.applied!);
    this.#negotiation.conclude(input);
    return changed ? change : undefined;
  }
}

const ofEachKind = ({ handlers }: MediaHost): readonly StreamInit[] => handlers.kinds.map((kind) => ({ kind }));
