/**
 * Offer/answer of one session (RFC 3264, 6337): has m= lines drafted, pins, applies, commits or rolls back. Active and
 * pending are two states: until `commit` nothing that runs is touched but by a handler's own `apply`. Sends nothing.
 */
import { SipError, type Random } from '@jackfield/base';
import type { DialogView } from '@jackfield/sip';
import {
  answerDirection,
  checkAnswer,
  direction,
  sameDescription,
  stepOfferAnswer,
  withDirection,
  type Description,
  type OfferAnswerInput,
  type OfferAnswerState,
} from '@jackfield/sdp';
import type { MediaChange, MediaInit, StreamInit, StreamView } from '../contract/media.ts';
import { hookFailed } from '../plugins/hooks.ts';
import type { Steps } from '../plugins/steps.ts';
import { OwnExchange } from './exchange.ts';
import { LocalDescriptions, type OwnDescription } from './local-description.ts';
import { StreamCalls, type StreamHost } from './stream-calls.ts';
import { draftAnswer, draftOffer, draftTheirs } from './line-drafts.ts';
import { declinedDraft, declinedLine, lineOf, viewOf, type DraftLine, type Line, type LiveStream } from './stream-line.ts';
import { Forks, type Agreement, type SharedOffer } from './forks.ts';

export interface MediaHost extends StreamHost {
  readonly random: Random;
}

interface Pending {
  readonly exchange: OwnExchange;
  drafts: DraftLine[];
  /** Ours, once composed. */
  local: OwnDescription | undefined;
  /** What the streams were applied with last, in this exchange. */
  applied: Description | undefined;
  /** The peer has taken our offer: it counts the lines of that from now on. */
  answered: boolean;
  readonly before: readonly Line[];
}

export class Media {
  readonly #host: MediaHost;
  readonly #descriptions: LocalDescriptions;
  readonly #streams: StreamCalls;
  #state: OfferAnswerState = 'stable';
  #pending: Pending | undefined;
  #lines: readonly Line[] = [];
  #views: readonly StreamView[] | undefined;
  #local: OwnDescription | undefined;
  #forks: Forks | undefined;

  constructor(host: MediaHost) {
    this.#host = host;
    this.#descriptions = new LocalDescriptions(host.random);
    this.#streams = new StreamCalls(host);
  }

  get state(): OfferAnswerState {
    return this.#state;
  }

  /** Our description as sent last in a finished exchange. */
  get localText(): string | undefined {
    return this.#local?.text;
  }

  get streams(): readonly StreamView[] {
    return (this.#views ??= this.#lines.flatMap((line, index) => (line.active ? [viewOf(line, index)] : [])));
  }

  /** An exchange is under way that is not about the offer of the INVITE: no other early dialog can be heard before it is over. */
  get busy(): boolean {
    return this.#pending !== undefined && this.#forks !== undefined && this.#pending !== this.#forks.opened;
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
    const pending = this.#begin('receiveOffer', 'answerer', remote);
    const [fewest, lines] = [this.#lines.length, remote.sections.length];
    if (lines < fewest)
      throw new SipError('SESSION_NEGOTIATION', `an offer of ${lines} m= lines after ${fewest}`, { rule: 'section-count' });
    const { offered, taken } = yield* draftTheirs(this.#streams, pending, remote, this.#lines);
    if (mustClaim && (offered ? !taken : this.#lines.length === 0)) {
      throw new SipError('SESSION_NEGOTIATION', 'no handler takes any stream of the offer', { rule: 'nothing-claimed' });
    }
  }

  /** Creates the streams of the answer and applies them. @throws SESSION_HOOK_FAILED, SESSION_NEGOTIATION */
  *answer(localAddress: string, wanted: MediaInit | undefined, dialog: DialogView): Steps<string> {
    const pending = this.#expect('remote-offer');
    const remote = pending.exchange.remote!;
    const sessionLines = new Set<string>();
    yield* draftAnswer(
      this.#streams,
      pending,
      remote,
      localAddress,
      Array.isArray(wanted) ? (wanted as readonly StreamInit[]) : [],
      sessionLines,
    );
    pending.local = this.#descriptions.compose(pending.drafts, localAddress, sessionLines);
    yield* this.#apply(pending, remote, dialog);
    return pending.local.text;
  }

  /** An answer to the offer that is open, if one is, which takes nothing: every line declined. The exchange ends with it. */
  declineOpenOffer(localAddress: string): string | undefined {
    const offered = this.#state === 'remote-offer' ? this.#pending?.exchange.remote : undefined;
    if (offered === undefined) return undefined;
    const drafts = offered.sections.map(declinedDraft);
    const { text } = this.#descriptions.compose(drafts, localAddress, new Set());
    this.rollback();
    return text;
  }

  /** Creates an offer. `'same'`: what is active; before anything is, one stream of each kind that has a handler. @throws SESSION_NO_MEDIA, SESSION_HOOK_FAILED */
  *offer(localAddress: string, wanted: 'same' | readonly StreamInit[]): Steps<string> {
    const handlers = this.#host.handlers;
    const pending = this.#begin('sendOffer', 'offerer', undefined);
    const asked = wanted === 'same' ? (this.#lines.length === 0 ? handlers.kinds.map((kind) => ({ kind })) : []) : wanted;
    const sessionLines = new Set<string>();
    yield* draftOffer(this.#streams, pending, this.#lines, localAddress, asked, sessionLines);
    const refreshes = wanted === 'same' && pending.drafts.length > 0; // what is active may be nothing
    if (!refreshes && !pending.drafts.some(({ active }) => active)) {
      const kinds = asked.map(({ kind }) => kind);
      throw new SipError('SESSION_NO_MEDIA', `no SDP handler makes a stream for this offer (${kinds.join(', ') || 'nothing asked for'})`, {
        kinds,
      });
    }
    pending.local = this.#descriptions.compose(pending.drafts, localAddress, sessionLines);
    return pending.local.text;
  }

  /** Whether the offer just made says what is active already. */
  get offersNothingNew(): boolean {
    const local = this.#pending?.local;
    return local !== undefined && this.#local !== undefined && sameDescription(local.description, this.#local.description);
  }

  /**
   * Their answer. A provisional one (18x) may be followed by another, of the same or another early dialog; the same description twice is applied once.
   *
   * @throws SESSION_NEGOTIATION with the broken rule, SESSION_HOOK_FAILED
   * @returns what changed; undefined when nothing did
   */
  *takeAnswer(answered: Description, dialog: DialogView, final: boolean): Steps<MediaChange | undefined> {
    const pending = this.#expect('local-offer');
    pending.answered = true;
    const offer = pending.local!.description;
    const fault = checkAnswer(offer, answered);
    if (fault !== undefined && fault.rule !== 'direction') {
      throw new SipError('SESSION_NEGOTIATION', `the answer breaks offer/answer in m= line ${fault.section}: ${fault.rule}`, {
        rule: fault.rule,
      });
    }
    const remote = fault === undefined ? answered : withLegalDirections(offer, answered);
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
    if (this.#pending?.applied === undefined) return false;
    this.#conclude('receiveAnswer', false);
    return true;
  }

  /** The exchange under way has failed: what was active stays, what was made for it is stopped. New lines of an offer that was answered stay declined. */
  rollback(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#state = stepOfferAnswer(this.#state, 'rollback').to;
    const { before, drafts } = pending;
    this.#setLines(pending.answered ? [...before, ...drafts.slice(before.length).map(declinedLine)] : before);
    for (const draft of drafts.toReversed()) {
      if (draft.live === undefined) continue;
      if (draft.live !== draft.current) this.#release(draft.live);
      else this.#streams.rollback(draft.live);
    }
    pending.exchange.end('aborted');
  }

  /**
   * Makes the agreement of an early dialog the one in force: what was agreed with it is applied again; without such, the offer of the INVITE is open once
   * more, or nothing is. An exchange under way with another one is given up.
   *
   * @returns what changed
   * @throws SESSION_HOOK_FAILED
   */
  *turnTo(dialog: DialogView): Steps<MediaChange | undefined> {
    const forks = (this.#forks ??= new Forks(this.#state === 'local-offer' ? this.#pending : undefined));
    const before = forks.heard;
    if (before === dialog) return undefined;
    forks.heard = dialog;
    if (before === undefined) return undefined; // what is open is about this one
    const previewed = this.#pending !== undefined && this.#pending === forks.opened;
    if (previewed) this.#giveUp();
    else {
      this.rollback();
      forks.keep(before, { lines: this.#lines, local: this.#local, remote: forks.remote ?? NOTHING });
    }
    const known = forks.agreementOf(dialog);
    if (known !== undefined) return yield* this.#return(known, dialog, forks);
    if (forks.offer !== undefined) this.#reopen(forks, forks.offer);
    else this.#setLines([]);
    return undefined;
  }

  /** The INVITE is answered: of its early dialogs, the one in force is left. */
  settle(): void {
    if (this.#forks === undefined) return;
    this.#forks = undefined;
    const kept = new Set([...this.#lines, ...(this.#pending?.drafts ?? [])].map(({ live }) => live));
    for (const live of this.#streams.live.toReversed()) if (!kept.has(live)) this.#streams.stop(live);
  }

  /** The INVITE goes out once more, to somebody else, with the same offer; whoever has answered it counts no more. */
  startAgain(): void {
    const forks = this.#forks;
    if (forks === undefined) return;
    if (this.#pending === forks.opened) this.#giveUp();
    else this.rollback();
    this.#setLines([]);
    if (forks.offer !== undefined) this.#reopen(forks, forks.offer);
    this.settle();
  }

  /** The end: every stream is stopped, last first. */
  stop(): void {
    this.#forks = undefined;
    for (const live of this.#streams.live.toReversed()) this.#streams.stop(live);
    this.#pending?.exchange.end('aborted');
    this.#pending = undefined;
    this.#state = 'stable';
  }

  #begin(input: OfferAnswerInput, role: 'offerer' | 'answerer', remote: Description | undefined): Pending {
    const edge = stepOfferAnswer(this.#state, input);
    if (edge.effect !== 'propose')
      throw new SipError('SESSION_NEGOTIATION', `an exchange is under way (${this.#state})`, { rule: edge.effect });
    this.#state = edge.to;
    return (this.#pending = {
      exchange: this.#exchange(role, remote),
      drafts: [],
      local: undefined,
      applied: undefined,
      answered: false,
      before: this.#lines,
    });
  }

  #exchange(role: 'offerer' | 'answerer', remote: Description | undefined): OwnExchange {
    return new OwnExchange(role, remote, (error, cookie) => this.#host.report(hookFailed(cookie, 'destroy', error)));
  }

  #expect(state: OfferAnswerState): Pending {
    if (this.#state !== state || this.#pending === undefined) {
      throw new SipError('SESSION_NEGOTIATION', `no such exchange is under way (${this.#state})`, { rule: 'no-exchange' });
    }
    return this.#pending;
  }

  *#apply(pending: Pending, remote: Description, dialog: DialogView): Steps<void> {
    yield* this.#streams.apply(pending, remote, dialog);
    pending.applied = remote;
  }

  /** Shows the outcome in `streams` without retiring anything. */
  #publish(pending: Pending, remote: Description): MediaChange {
    const before = this.streams;
    this.#setLines(pending.drafts.map((draft, index) => lineOf(draft, remote.sections[index]!)));
    return { exchange: pending.exchange, before, after: this.streams };
  }

  #conclude(input: OfferAnswerInput, changed: boolean): MediaChange | undefined {
    const pending = this.#pending!;
    const change = this.#publish(pending, pending.applied!);
    this.#pending = undefined;
    this.#state = stepOfferAnswer(this.#state, input).to;
    this.#local = pending.local!;
    if (this.#forks !== undefined) this.#forks.remote = pending.applied;
    const kept = new Set(this.#lines.map(({ live }) => live));
    for (const live of this.#streams.live.toReversed()) if (!kept.has(live)) this.#release(live);
    pending.exchange.end('done');
    return changed ? change : undefined;
  }

  #reopen(forks: Forks, { drafts, local }: SharedOffer): void {
    const exchange = this.#exchange('offerer', undefined);
    this.#pending = { exchange, drafts: drafts.map((draft) => ({ ...draft })), local, applied: undefined, answered: false, before: [] };
    this.#state = 'local-offer';
    forks.opened = this.#pending;
  }

  *#return(known: Agreement, dialog: DialogView, forks: Forks): Steps<MediaChange> {
    const before = this.streams;
    const exchange = this.#exchange(forks.offer === undefined ? 'answerer' : 'offerer', known.remote);
    const drafts = known.lines.map(({ live, local }) => ({ live, section: local }));
    try {
      yield* this.#streams.apply({ exchange, drafts }, known.remote, dialog);
    } finally {
      exchange.end('done');
    }
    this.#setLines(known.lines);
    this.#local = known.local;
    forks.remote = known.remote;
    return { exchange, before, after: this.streams };
  }

  /** Nothing is open any more, and nothing is stopped for that. */
  #giveUp(): void {
    this.#pending?.exchange.end('aborted');
    this.#pending = undefined;
    this.#state = 'stable';
  }

  #release(live: LiveStream): void {
    if (this.#forks?.holds(live) !== true) this.#streams.stop(live);
  }

  #setLines(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#views = undefined;
  }
}

const NOTHING: Description = { lines: [], sections: [] };

/** An answer that wants more than the offer leaves, cut down to what it may have: phones that answer hold with sendrecv. */
function withLegalDirections(offer: Description, answer: Description): Description {
  const sections = answer.sections.map((section, index) => {
    const asked = direction(offer.sections[index]!, offer);
    return withDirection(section, answerDirection(asked, direction(section, answer)));
  });
  return { ...answer, sections };
}
