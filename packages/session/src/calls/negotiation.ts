/**
 * The exchange under way, if there is one: begun, given up, failed, opened again (RFC 3264 §4, RFC 6337 §2). Until it has succeeded nothing that runs is touched but
 * by a handler's own `apply`. Asks no handler for anything.
 */
import { SipError } from '@jackfield/base';
import { stepOfferAnswer, type Description, type OfferAnswerInput, type OfferAnswerState } from '@jackfield/sdp';
import { hookFailed } from '../plugins/hooks.ts';
import type { ActiveMedia } from './active-media.ts';
import type { OwnBundle } from './own-bundle.ts';
import { OwnExchange } from './exchange.ts';
import type { SharedOffer } from './forks.ts';
import type { KeptDescription } from './kept-description.ts';
import type { StreamCalls, StreamHost } from './stream-calls.ts';
import { declinedLine, type DraftLine, type Line } from './stream-line.ts';

export interface Pending {
  readonly exchange: OwnExchange;
  drafts: DraftLine[];
  /** Ours, once composed. */
  local: KeptDescription | undefined;
  /** What the streams were applied with last, in this exchange. */
  applied: Description | undefined;
  /** The peer has taken our offer: it counts the lines of that from now on. */
  answered: boolean;
  readonly before: readonly Line[];
  /** Groups of streams that their offer proposes. */
  bundles: readonly OwnBundle[] | undefined;
  /** Of our description, beyond those that all have; undefined: none. */
  sessionLines: Set<string> | undefined;
}

export class Negotiation {
  state: OfferAnswerState = 'stable';
  pending: Pending | undefined;
  readonly #host: StreamHost;
  readonly #active: ActiveMedia;
  readonly #streams: StreamCalls;

  constructor(host: StreamHost, active: ActiveMedia, streams: StreamCalls) {
    this.#host = host;
    this.#active = active;
    this.#streams = streams;
  }

  /** @throws SESSION_NEGOTIATION when another is under way */
  begin(input: OfferAnswerInput, role: 'offerer' | 'answerer', remote: Description | undefined): Pending {
    const edge = stepOfferAnswer(this.state, input);
    if (edge.effect !== 'propose')
      throw new SipError('SESSION_NEGOTIATION', `an exchange is under way (${this.state})`, { rule: edge.effect });
    this.state = edge.to;
    return (this.pending = pendingOf(this.exchange(role, remote), this.#active.lines, [], undefined));
  }

  /** @throws SESSION_NEGOTIATION unless it is this one that is under way */
  expect(state: OfferAnswerState): Pending {
    if (this.state !== state || this.pending === undefined) {
      throw new SipError('SESSION_NEGOTIATION', `no such exchange is under way (${this.state})`, { rule: 'no-exchange' });
    }
    return this.pending;
  }

  /** It has succeeded: its lines are those in force, and what is on none of them any more is stopped. */
  conclude(input: OfferAnswerInput): void {
    const pending = this.pending!;
    const active = this.#active;
    this.pending = undefined;
    this.state = stepOfferAnswer(this.state, input).to;
    active.local = pending.local!;
    if (active.forks !== undefined) active.forks.remote = pending.applied;
    settleBundles(pending, true);
    active.retire();
    pending.exchange.end('done');
  }

  /** It has failed: what was active stays, what was made for it is stopped. New lines of an offer that was answered stay declined. */
  fail(): void {
    const { pending } = this;
    if (pending === undefined) return;
    this.pending = undefined;
    this.state = stepOfferAnswer(this.state, 'rollback').to;
    const { before, drafts } = pending;
    this.#active.lines = pending.answered ? [...before, ...drafts.slice(before.length).map(declinedLine)] : before;
    for (const draft of drafts.toReversed()) {
      if (draft.live === undefined) continue;
      if (draft.live !== draft.current) this.#active.release(draft.live);
      else this.#streams.rollback(draft.live);
    }
    settleBundles(pending, false);
    this.#active.closeBundles();
    pending.exchange.end('aborted');
  }

  /** Nothing is open any more, and nothing is stopped for that. */
  giveUp(): void {
    this.pending?.exchange.end('aborted');
    this.pending = undefined;
    this.state = 'stable';
  }

  /** The offer of the INVITE waits for the answer of one more early dialog. */
  reopen({ drafts, local }: SharedOffer): Pending {
    const copies = drafts.map((draft) => ({ ...draft }));
    this.state = 'local-offer';
    return (this.pending = pendingOf(this.exchange('offerer', undefined), [], copies, local));
  }

  exchange(role: 'offerer' | 'answerer', remote: Description | undefined): OwnExchange {
    return new OwnExchange(role, remote, (error, cookie) => this.report(error, cookie));
  }

  /** What destroying a cookie threw. */
  report(error: unknown, cookie: string): void {
    this.#host.report(hookFailed(cookie, 'destroy', error));
  }
}

function pendingOf(exchange: OwnExchange, before: readonly Line[], drafts: DraftLine[], local: KeptDescription | undefined): Pending {
  return { exchange, drafts, local, applied: undefined, answered: false, before, bundles: undefined, sessionLines: undefined };
}

/** The groups that were proposed, and those there were. */
function settleBundles({ bundles, before, drafts }: Pending, success: boolean): void {
  if (bundles !== undefined) for (const bundle of bundles) bundle.settle(success);
  for (const { bundle } of before) bundle?.settle(success);
  for (const { bundle } of drafts) bundle?.settle(success);
}
