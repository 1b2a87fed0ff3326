/**
 * What we say to an INVITE before its final response: provisional responses, reliable ones too, and the exchange of media that may be through with them
 * (RFC 3261 §13.3.1.1, RFC 3262 §3 and §5, RFC 6337 §3.1). Made with the first of a call.
 */
import { SipError } from '@jackfield/base';
import type { Body, Dialog, ServerTransaction, SipRequest } from '@jackfield/sip';
import type { StreamInit } from '../contract/media.ts';
import type { ResponseInit } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { SAY_RELIABLY_MS, type AnswerTimers } from './answer-timers.ts';
import type { Call } from './call.ts';
import type { Deferred } from './deferred.ts';
import { refuseDescription } from './own-body.ts';
import { isReliable } from './reliability.ts';
import { ReliableResponses, type Progress, type Unacknowledged } from './reliable-responses.ts';
import { readSdp, sdpBody, sdpOf, statusOf } from './sdp-body.ts';

/** The INVITE that it is about. */
export interface EarlyAnswerHost {
  readonly transaction: ServerTransaction;
  readonly dialog: Dialog;
  readonly timers: AnswerTimers;
  readonly answered: boolean;
  /** @throws SESSION_STATE where nothing can be said any more, or not yet */
  mayAnswer(verb: string): void;
  accept(init: ResponseInit, done: Deferred<void>): Steps<void>;
  /** @param error - why; it was reported */
  refuse(status: number, error: SipError | undefined): void;
}

interface HeldAccept {
  readonly init: ResponseInit;
  readonly done: Deferred<void>;
}

export class EarlyAnswer {
  /** How far it is with the exchange of the INVITE: an answer may be shown before it counts, and is said once. */
  exchange: 'open' | 'previewed' | 'said' | 'settled' = 'open';
  readonly #call: Call;
  readonly #host: EarlyAnswerHost;
  #reliable: ReliableResponses | undefined;
  #held: HeldAccept | undefined;
  /** What the caller was sent, where that counts. */
  #said: Set<number> | undefined;

  constructor(call: Call, host: EarlyAnswerHost) {
    this.#call = call;
    this.#host = host;
  }

  /** A 2xx waits for the PRACK of a description (RFC 3262 §3). */
  get holds(): boolean {
    return this.#held !== undefined;
  }

  /** True when the 2xx has to wait; then it leaves by itself. */
  hold(init: ResponseInit, done: Deferred<void>): boolean {
    if (this.exchange !== 'said') return false;
    this.#held = { init, done };
    return true;
  }

  *progress(progress: Progress): Steps<void> {
    this.#host.mayAnswer('progress');
    const { status, init, done } = progress;
    if (!Number.isInteger(status) || status <= 100 || status >= 200)
      throw new SipError('SESSION_REPLY_RANGE', `progress wants 101 to 199, got ${status}`, { status });
    refuseDescription(init.body);
    if (this.#reliable?.open !== undefined) return void this.#reliable.line.push(progress);
    const call = this.#call;
    const { transaction, timers } = this.#host;
    const shown = this.#shown(status);
    if (done !== undefined && this.#saidAlready(shown, init)) return done.resolve();
    const reliable = isReliable(transaction.request, call.reliable, init.reliable);
    const fresh = call.media.state === 'remote-offer' && this.exchange === 'open';
    const [body, carries] = yield* this.#describe(shown, init.media, reliable);
    const origin = done === undefined ? 'core' : 'application';
    const waiting = reliable ? this.#reliably() : undefined;
    const sequence = waiting?.next();
    call.respond(transaction, shown, init, origin, body, sequence);
    this.#said?.add(shown);
    if (fresh && this.exchange !== 'open') call.changed(call.media.commitAnswer());
    if (call.state === 'starting') call.state = 'early';
    if (waiting !== undefined && sequence !== undefined) return waiting.sent(sequence, carries, progress);
    timers.progressed(() => void call.respond(transaction, shown, init, 'core', body));
    done?.resolve();
  }

  /** A PRACK came. True when it names the response that waits, which is not sent again then. */
  prackCame(prack: SipRequest): boolean {
    return this.#reliable?.came(prack) === true;
  }

  /**
   * Its turn. It never gets an error from us (RFC 3262 §3): what is wrong with its description ends the INVITE. A challenged one comes
   * again with credentials, and counts then.
   *
   * @param given - the status that a supplement has answered it with; undefined: none has
   */
  *pracked(transaction: ServerTransaction, given: number | undefined): Steps<void> {
    const open = this.#reliable?.open;
    if (open === undefined) return;
    if (given === 401 || given === 407) return this.#reliable!.challenged(!this.#host.answered);
    const { media } = this.#call;
    let failure: SipError | undefined;
    try {
      if (given === undefined) yield* this.#takePrack(transaction, open);
      else if (open.carries === 'offer')
        throw new SipError('SESSION_NEGOTIATION', 'the PRACK with the answer was refused', { rule: 'answer-missing' });
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      failure = error;
      this.#call.report(error);
      const declined = open.carries === 'answer' || this.exchange === 'settled' ? media.declineOpenOffer() : undefined;
      this.#call.respond(transaction, 200, {}, 'core', sdpBody(declined));
    }
    this.#reliable?.close();
    if (failure !== undefined && !this.#host.answered) return this.#host.refuse(statusOf(failure), failure);
    if (open.carries !== 'nothing') this.exchange = 'settled';
    yield* this.#acknowledged(open.progress);
  }

  /** A final response leaves: what stands in line does not, and nothing is repeated. */
  stop(): void {
    const reliable = this.#reliable;
    if (reliable === undefined) return;
    reliable.stop();
    for (const { done } of reliable.line) done?.reject(answeredError(this.#call, 'progress'));
    reliable.line = [];
  }

  /** The peer has our 2xx, and need not acknowledge what came before. @returns whether a PRACK may come yet */
  overtaken(): boolean {
    const open = this.#reliable?.open;
    open?.progress.done?.reject(answeredError(this.#call, 'progress'));
    return open !== undefined;
  }

  /** What a response says of media, and what that is in the exchange of the INVITE. */
  *#describe(status: number, asked: ResponseInit['media'], reliable: boolean): Steps<[Body | undefined, Unacknowledged['carries']]> {
    const { media } = this.#call;
    if (this.exchange === 'settled') return [undefined, 'nothing']; // it has been said
    const { transaction, dialog } = this.#host;
    const wanted = asked ?? (status === 183 ? 'same' : 'none');
    try {
      if (sdpOf(transaction.request.body) === undefined) {
        if (!reliable) return [undefined, 'nothing']; // our offer waits for a response that arrives, and is in the first that does
        const text = yield* media.offer(streamsOf(asked));
        this.exchange = 'said';
        return [sdpBody(text), 'offer'];
      }
      if (wanted === 'none') return [undefined, 'nothing'];
      const text = this.exchange === 'open' ? yield* media.answer(asked, dialog) : media.localText!;
      this.exchange = reliable ? 'said' : 'previewed';
      return [sdpBody(text), reliable ? 'answer' : 'nothing'];
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.#call.report(error);
      this.#host.refuse(statusOf(error), error);
      throw error;
    }
  }

  /** Whether the policy has it that this is not said again. */
  #saidAlready(status: number, { headers, body, media, reason }: ResponseInit): boolean {
    if (this.#call.options.earlyMedia.once !== true) return false;
    this.#said ??= new Set();
    const bare = headers === undefined && body === undefined && media === undefined && reason === undefined;
    return bare && this.#said.has(status);
  }

  /** A 180 as the policy for early media has it. */
  #shown(status: number): number {
    const { inband = false, ringingAfterMedia = 183 } = this.#call.options.earlyMedia;
    if (status !== 180) return status;
    return inband || (this.exchange !== 'open' && ringingAfterMedia === 183) ? 183 : 180;
  }

  #reliably(): ReliableResponses {
    return (this.#reliable ??= new ReliableResponses(this.#call, this.#host.transaction, () => {
      if (!this.#host.answered) this.#host.refuse(504, undefined);
    }));
  }

  *#takePrack(transaction: ServerTransaction, { carries }: Unacknowledged): Steps<void> {
    const { media } = this.#call;
    const { dialog } = this.#host;
    const sdp = sdpOf(transaction.request.body);
    if (carries === 'offer') {
      if (sdp === undefined)
        throw new SipError('SESSION_NEGOTIATION', 'the PRACK brings no answer to our offer', { rule: 'answer-missing' });
      const change = yield* media.takeAnswer(readSdp(sdp), dialog, true);
      this.#call.respond(transaction, 200);
      return this.#call.changed(change);
    }
    if (sdp === undefined) return void this.#call.respond(transaction, 200);
    if (carries === 'nothing' && this.exchange !== 'settled')
      throw new SipError('SESSION_NEGOTIATION', 'the PRACK brings an offer before the first has its answer', { rule: 'busy' });
    yield* media.takeOffer(readSdp(sdp));
    const text = yield* media.answer(undefined, dialog);
    this.#call.respond(transaction, 200, {}, 'core', sdpBody(text));
    this.#call.changed(media.commitAnswer());
  }

  /** A PRACK is through: what waited for that goes on. */
  *#acknowledged({ status, init, done }: Progress): Steps<void> {
    done?.resolve();
    if (this.#host.answered) return;
    const { media, ...rest } = init;
    const again: Progress = { status, init: { ...rest, reliable: true, media: media === undefined ? undefined : 'none' }, done: undefined };
    this.#host.timers.progressed(() => this.#goOn(again), SAY_RELIABLY_MS);
    this.#call.refreshing.drain();
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) return yield* this.#host.accept(held.init, held.done);
    while (this.#reliable?.open === undefined) {
      const next = this.#reliable?.line.shift();
      if (next === undefined) return;
      yield* this.#goOn(next); // what is not sent reliably, or not at all, holds up nothing
    }
  }

  /** What nobody waits for is left out where it cannot be said. */
  *#goOn(progress: Progress): Steps<void> {
    if (progress.done === undefined && (this.#host.answered || this.holds || this.#reliable?.open !== undefined)) return;
    try {
      yield* this.progress(progress);
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      progress.done?.reject(error);
    }
  }
}

export function answeredError(call: Call, verb: string): SipError {
  return new SipError('SESSION_STATE', `${verb}: the INVITE has been answered`, { verb, state: call.state });
}

/** Streams to be offered, where somebody names some. */
export function streamsOf(asked: ResponseInit['media']): 'same' | readonly StreamInit[] {
  return Array.isArray(asked) ? (asked as readonly StreamInit[]) : 'same';
}
