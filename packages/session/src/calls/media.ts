/**
 * Offer/answer of one session (RFC 3264, 6337): walks m= lines through SDP handlers, pins, applies, commits or rolls back. Active and
 * pending are two states: until `commit` nothing that runs is touched but by a handler's own `apply`. Sends nothing.
 */
import { SipError, type Random } from '@jackfield/base';
import type { DialogView } from '@jackfield/sip';
import {
  answerDirection,
  checkAnswer,
  declinedSection,
  direction,
  isDeclined,
  mid,
  sameDescription,
  stepOfferAnswer,
  withDirection,
  type Description,
  type Direction,
  type MediaSection,
  type OfferAnswerInput,
  type OfferAnswerState,
} from '@jackfield/sdp';
import type { MediaChange, MediaInit, StreamInit, StreamView } from '../contract/media.ts';
import type { CreatedStream, SdpHandler } from '../contract/sdp-handler.ts';
import type { Session } from '../contract/session.ts';
import { ask, hookFailed, nonsense, type HookHost } from '../plugins/hooks.ts';
import type { SdpHandlerSet } from '../plugins/sdp-handler-registry.ts';
import { isThenable, type Steps } from '../plugins/steps.ts';
import { OwnExchange } from './exchange.ts';
import { LocalDescriptions, type OwnDescription } from './local-description.ts';
import { matchWishes } from './stream-wishes.ts';
import { viewOf, type DraftLine, type Line, type LiveStream } from './stream-line.ts';

export interface MediaHost extends HookHost {
  readonly session: Session;
  readonly handlers: SdpHandlerSet;
  readonly random: Random;
}

interface Pending {
  readonly exchange: OwnExchange;
  drafts: DraftLine[];
  /** Ours, once composed. */
  local: OwnDescription | undefined;
  /** What the streams were applied with last, in this exchange. */
  applied: Description | undefined;
  readonly before: readonly Line[];
}

export class Media {
  readonly #host: MediaHost;
  readonly #descriptions: LocalDescriptions;
  #state: OfferAnswerState = 'stable';
  #pending: Pending | undefined;
  #lines: readonly Line[] = [];
  #live: LiveStream[] = [];
  #views: readonly StreamView[] | undefined;
  #local: OwnDescription | undefined;

  constructor(host: MediaHost) {
    this.#host = host;
    this.#descriptions = new LocalDescriptions(host.random);
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

  /** Live streams; 0 after `stop`. */
  get liveCount(): number {
    return this.#live.length;
  }

  /**
   * Their offer, stream by stream. Takes nothing yet.
   *
   * @param mustClaim - false where the application may answer without handlers
   * @throws SESSION_NEGOTIATION `nothing-claimed`, SESSION_HOOK_FAILED
   */
  *takeOffer(remote: Description, mustClaim = true): Steps<void> {
    const pending = this.#begin('receiveOffer', 'answerer', remote);
    let [offered, taken] = [false, false];
    for (const [index, section] of remote.sections.entries()) {
      const line = this.#lines[index];
      const known = line?.kind === section.kind ? line : undefined;
      const shown = mid(section);
      const base = { kind: section.kind, protocol: section.protocol, mid: shown ?? known?.mid ?? `${section.kind}-${index}`, midShown: shown !== undefined };
      let handler: SdpHandler | undefined;
      let passed = false;
      if (!isDeclined(section)) {
        offered = true;
        passed = known?.active === true && known.live === undefined;
        if (!passed) handler = yield* this.#claim(pending, index, base.mid, section, known?.live);
        taken ||= passed || handler !== undefined;
      }
      const current = known?.live?.handler === handler ? known?.live : undefined;
      pending.drafts.push({
        ...base,
        handler,
        current,
        wanted: known?.wanted ?? 'sendrecv',
        active: passed || handler !== undefined,
        live: undefined,
        section: passed ? withDirection(known!.local, answerDirection(direction(section, remote), known!.wanted)) : undefined,
      });
    }
    if (mustClaim && (offered ? !taken : this.#lines.length === 0)) {
      throw new SipError('SESSION_NEGOTIATION', 'no handler takes any stream of the offer', { rule: 'nothing-claimed' });
    }
  }

  /** Creates the streams of the answer and applies them. @throws SESSION_HOOK_FAILED, SESSION_NEGOTIATION */
  *answer(localAddress: string, wanted: MediaInit | undefined, dialog: DialogView): Steps<string> {
    const pending = this.#expect('remote-offer');
    const remote = pending.exchange.remote!;
    const sessionLines = new Set<string>();
    const wishes = matchWishes(pending.drafts, Array.isArray(wanted) ? (wanted as readonly StreamInit[]) : []);
    for (const [index, draft] of pending.drafts.entries()) {
      const section = remote.sections[index]!;
      const wish = wishes.at[index];
      if (wish?.direction !== undefined) draft.wanted = wish.direction;
      const allowed = answerDirection(direction(section, remote), draft.wanted);
      if (wish?.section !== undefined) this.#passThrough(draft, wish.section);
      else if (draft.handler !== undefined) yield* this.#create(pending, draft, index, draft.handler, localAddress, allowed, section, sessionLines);
      if (!draft.active) draft.section = declinedSection(section);
    }
    pending.local = this.#descriptions.compose(pending.drafts, localAddress, sessionLines);
    yield* this.#apply(pending, remote, dialog);
    return pending.local.text;
  }

  /** An answer that takes nothing: every line declined. The exchange ends with it. */
  declineAll(localAddress: string): string {
    const pending = this.#expect('remote-offer');
    const sections = pending.exchange.remote!.sections;
    const drafts = pending.drafts.map((draft, index) => ({ ...draft, active: false, handler: undefined, live: undefined, section: declinedSection(sections[index]!) }));
    const { text } = this.#descriptions.compose(drafts, localAddress, new Set());
    this.rollback();
    return text;
  }

  /** Creates an offer. `'same'`: what is active; before anything is, one stream of each kind that has a handler. @throws SESSION_NO_MEDIA, SESSION_HOOK_FAILED */
  *offer(localAddress: string, wanted: 'same' | readonly StreamInit[]): Steps<string> {
    const handlers = this.#host.handlers;
    const pending = this.#begin('sendOffer', 'offerer', undefined);
    const asked = wanted === 'same' ? (this.#lines.length === 0 ? handlers.kinds.map((kind) => ({ kind })) : []) : wanted;
    const wishes = matchWishes(this.#lines, asked);
    const sessionLines = new Set<string>();
    for (const [index, line] of this.#lines.entries()) {
      const wish = wishes.at[index];
      const draft = draftOf(line.kind, wish?.protocol ?? line.protocol, line.mid, line.midShown, line, wish);
      if (wish?.section !== undefined) this.#passThrough(draft, wish.section);
      else if (line.live !== undefined) yield* this.#create(pending, draft, index, line.live.handler, localAddress, draft.wanted, undefined, sessionLines);
      else if (line.active) this.#passThrough(draft, withDirection(line.local, draft.wanted));
      else if (wish !== undefined) yield* this.#firstCreator(pending, draft, index, localAddress, sessionLines);
      draft.section ??= declinedSection(line.local);
      pending.drafts.push(draft);
    }
    for (const wish of wishes.added) {
      const index = pending.drafts.length;
      const draft = draftOf(wish.kind, wish.protocol ?? '', `${wish.kind}-${index}`, false, undefined, wish);
      if (wish.section !== undefined) this.#passThrough(draft, wish.section);
      else yield* this.#firstCreator(pending, draft, index, localAddress, sessionLines);
      if (draft.active) pending.drafts.push(draft);
    }
    if (!pending.drafts.some(({ active }) => active)) {
      const kinds = asked.map(({ kind }) => kind);
      throw new SipError('SESSION_NO_MEDIA', `no SDP handler makes a stream for this offer (${kinds.join(', ') || 'nothing asked for'})`, { kinds });
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
    const offer = pending.local!.description;
    const fault = checkAnswer(offer, answered);
    if (fault !== undefined && fault.rule !== 'direction') {
      throw new SipError('SESSION_NEGOTIATION', `the answer breaks offer/answer in m= line ${fault.section}: ${fault.rule}`, { rule: fault.rule });
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

  /** The exchange under way has failed: what was active stays, what was made for it is stopped. */
  rollback(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#state = stepOfferAnswer(this.#state, 'rollback').to;
    this.#setLines(pending.before);
    for (const draft of pending.drafts.toReversed()) {
      if (draft.live === undefined) continue;
      if (draft.live !== draft.current) this.#stop(draft.live);
      else this.#quietly(draft.live, 'rollbackStream', () => draft.live!.handler.rollbackStream(this.#host.session, draft.live!.stream));
    }
    pending.exchange.end('aborted');
  }

  /** The end: every stream is stopped, last first. */
  stop(): void {
    for (const live of this.#live.toReversed()) this.#stop(live);
    this.#pending?.exchange.end('aborted');
    this.#pending = undefined;
    this.#state = 'stable';
  }

  #begin(input: OfferAnswerInput, role: 'offerer' | 'answerer', remote: Description | undefined): Pending {
    const edge = stepOfferAnswer(this.#state, input);
    if (edge.effect !== 'propose') throw new SipError('SESSION_NEGOTIATION', `an exchange is under way (${this.#state})`, { rule: edge.effect });
    this.#state = edge.to;
    const report = (error: unknown, cookie: string): void => this.#host.report(hookFailed(cookie, 'destroy', error));
    const exchange = new OwnExchange(role, remote, report);
    return (this.#pending = { exchange, drafts: [], local: undefined, applied: undefined, before: this.#lines });
  }

  #expect(state: OfferAnswerState): Pending {
    if (this.#state !== state || this.#pending === undefined) {
      throw new SipError('SESSION_NEGOTIATION', `no such exchange is under way (${this.#state})`, { rule: 'no-exchange' });
    }
    return this.#pending;
  }

  /** Who takes an offered stream: its pinned handler alone, else the first of the kind that claims it. */
  *#claim(pending: Pending, index: number, name: string, remote: MediaSection, live: LiveStream | undefined): Steps<SdpHandler | undefined> {
    const { session, handlers } = this.#host;
    for (const handler of live !== undefined ? [live.handler] : handlers.forKind(remote.kind)) {
      const offered = { index, mid: name, kind: remote.kind, remote, current: live?.stream, exchange: pending.exchange, bundle: undefined };
      const hook = 'handleIncomingStream';
      const answer: unknown = yield* ask(this.#host, handler.name, hook, handler.deadlineMs, () => handler.handleIncomingStream(session, offered));
      if (answer === 'claimed') return handler;
      if (answer === 'declined') return undefined;
      if (answer !== undefined) throw this.#failed(handler, hook, nonsense(handler.name, hook));
    }
    return undefined;
  }

  *#firstCreator(pending: Pending, draft: DraftLine, index: number, localAddress: string, sessionLines: Set<string>): Steps<void> {
    for (const handler of this.#host.handlers.forKind(draft.kind)) {
      const done = yield* this.#create(pending, draft, index, handler, localAddress, draft.wanted, undefined, sessionLines);
      if (done) return;
    }
  }

  /** Asks one handler for the line. @returns whether the round for the line is over. */
  *#create(
    pending: Pending,
    draft: DraftLine,
    index: number,
    handler: SdpHandler,
    localAddress: string,
    wanted: Direction,
    remote: MediaSection | undefined,
    sessionLines: Set<string>,
  ): Steps<boolean> {
    const hook = 'createOutgoingStream';
    const slot = {
      index,
      mid: draft.mid,
      kind: draft.kind,
      protocol: draft.protocol === '' ? undefined : draft.protocol,
      direction: wanted,
      localAddress,
      remote,
      current: draft.current?.stream,
      exchange: pending.exchange,
      bundle: undefined,
    };
    const made: unknown = yield* ask(this.#host, handler.name, hook, handler.deadlineMs, () => handler.createOutgoingStream(this.#host.session, slot));
    if (made === undefined || made === 'declined') {
      draft.active = false;
      return made === 'declined';
    }
    if (!isCreated(made) || made.section.kind !== draft.kind) throw this.#failed(handler, hook, nonsense(handler.name, hook));
    if (draft.current !== undefined && draft.current.stream === made.stream) draft.live = draft.current;
    else this.#live.push((draft.live = { handler, stream: made.stream }));
    draft.section = made.section;
    draft.active = true;
    for (const line of made.sessionLines ?? []) sessionLines.add(line);
    return true;
  }

  #passThrough(draft: DraftLine, section: MediaSection): void {
    draft.section = section;
    draft.active = section.port !== 0;
  }

  *#apply(pending: Pending, remote: Description, dialog: DialogView): Steps<void> {
    for (const [index, draft] of pending.drafts.entries()) {
      const live = draft.live;
      const section = remote.sections[index];
      if (live === undefined || section === undefined || isDeclined(section)) continue;
      const agreed = { local: draft.section!, remote: section, exchange: pending.exchange, dialog };
      const hook = 'applyNegotiatedStream';
      const { handler, stream } = live;
      const given: unknown = yield* ask(this.#host, handler.name, hook, handler.deadlineMs, () =>
        handler.applyNegotiatedStream(this.#host.session, stream, agreed),
      );
      if (given !== undefined) throw this.#failed(handler, hook, nonsense(handler.name, hook));
    }
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
    const kept = new Set(this.#lines.map(({ live }) => live));
    for (const live of this.#live.toReversed()) if (!kept.has(live)) this.#stop(live);
    pending.exchange.end('done');
    return changed ? change : undefined;
  }

  #setLines(lines: readonly Line[]): void {
    this.#lines = lines;
    this.#views = undefined;
  }

  #stop(live: LiveStream): void {
    const at = this.#live.indexOf(live);
    if (at === -1) return;
    this.#live.splice(at, 1);
    this.#quietly(live, 'stopStream', () => live.handler.stopStream(this.#host.session, live.stream));
  }

  #quietly(live: LiveStream, hook: string, call: () => unknown): void {
    try {
      const given = call();
      if (given === undefined) return;
      this.#host.report(hookFailed(live.handler.name, hook, nonsense(live.handler.name, hook)));
      if (isThenable(given)) given.then(undefined, (cause: unknown) => this.#host.report(hookFailed(live.handler.name, hook, cause)));
    } catch (cause) {
      this.#host.report(hookFailed(live.handler.name, hook, cause));
    }
  }

  #failed(handler: SdpHandler, hook: string, cause: SipError): SipError {
    return hookFailed(handler.name, hook, cause);
  }
}

function draftOf(kind: string, protocol: string, name: string, midShown: boolean, line: Line | undefined, wish: StreamInit | undefined): DraftLine {
  const wanted = wish?.direction ?? line?.wanted ?? 'sendrecv';
  const live = line?.live;
  return { kind, protocol, mid: name, midShown, handler: live?.handler, current: live, wanted, active: false, live: undefined, section: undefined };
}

function lineOf(draft: DraftLine, remote: MediaSection): Line {
  const active = draft.active && !isDeclined(remote);
  const { kind, mid: name, midShown, wanted } = draft;
  return { kind, protocol: remote.protocol, mid: name, midShown, live: active ? draft.live : undefined, wanted, local: draft.section!, remote, active };
}

/** An answer that wants more than the offer leaves, cut down to what it may have: phones that answer hold with sendrecv. */
function withLegalDirections(offer: Description, answer: Description): Description {
  const sections = answer.sections.map((section, index) => {
    const asked = direction(offer.sections[index]!, offer);
    return withDirection(section, answerDirection(asked, direction(section, answer)));
  });
  return { ...answer, sections };
}

function isCreated(value: unknown): value is CreatedStream<unknown> {
  if (typeof value !== 'object' || value === null || !('stream' in value) || !('section' in value)) return false;
  const section: unknown = value.section;
  if (typeof section !== 'object' || section === null) return false;
  const { kind, port, protocol, formats, lines } = section as Partial<Record<keyof MediaSection, unknown>>;
  return typeof kind === 'string' && typeof port === 'number' && typeof protocol === 'string' && Array.isArray(formats) && Array.isArray(lines);
}
