/**
 * Our re-INVITEs and UPDATEs, and offers in a PRACK: one at a time, in order, behind whatever exchange is pending; repeated after 491 in the
 * windows of RFC 3261 §14.1 and after 500 with Retry-After; rolled back when refused; each settled exactly once.
 */
import { SipError } from '@jackfield/base';
import { HeaderList, type Dialog } from '@jackfield/sip';
import type { StreamInit } from '../contract/media.ts';
import type { RefreshOutcome, ReinviteOptions } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { onAbort } from './abort-listener.ts';
import type { Call } from './call.ts';
import type { Acknowledging, Refreshing } from './call-parts.ts';
import { offersInUpdate } from './call-debts.ts';
import { Deferred } from './deferred.ts';
import { addHeaders } from './draft.ts';
import { EarlyRefresh } from './early-refresh.ts';
import { giveUp } from './hang-up.ts';
import { carriedOver, isNothing } from './merge-streams.ts';
import { showCapabilities } from './own-capabilities.ts';
import { RefreshAnswer, type RefreshHost } from './refresh-answer.ts';
import { earlyWay, entryOf, fitsPrack, type Entry } from './refresh-entry.ts';
import { reliableSequence } from './reliability.ts';
import { MAX_REPEATS, RequestRun } from './request-run.ts';
import { sdpBody } from './sdp-body.ts';

/** The last INVITE of the peer: while it is open, ours would cross it. */
interface TheirInvite {
  readonly invite: { readonly open: boolean } | undefined;
}

export class RefreshQueue implements Refreshing, RefreshHost {
  readonly #call: Call;
  #waiting: Entry[] = [];
  #current: Entry | undefined;
  #inviting = false;
  /** The INVITE of ours that is out, or was last. */
  #run: RequestRun | undefined;
  #pause: Disposable | undefined;
  /** The pause before the last repeat: over when what the peer has under way is. */
  #patient = false;
  readonly #theirs: TheirInvite;

  constructor(call: Call, theirs: TheirInvite) {
    this.#call = call;
    this.#theirs = theirs;
  }

  get inviting(): boolean {
    return this.#inviting;
  }

  get unsettled(): boolean {
    return this.#inviting && (this.#call.media.state !== 'stable' || this.#current?.early?.confirmed === false);
  }

  add(options: ReinviteOptions, done: Deferred<RefreshOutcome>): void {
    if (options.signal?.aborted === true) return done.reject(options.signal.reason);
    const entry = entryOf(options, done, false, this.#call.media.lines);
    onAbort(options.signal, done, () => this.#giveUp(entry)); // first: it throws for what is no AbortSignal
    this.#waiting.push(entry);
    this.#go();
  }

  drain(): void {
    if (this.#patient) this.stop();
    this.#go();
  }

  #go(): void {
    if (this.#current === undefined && this.#waiting.length > 0) this.#call.mailbox.post(() => this.#next());
  }

  restore(): void {
    this.#waiting.unshift(entryOf({}, new Deferred(), true, this.#call.media.lines));
    this.#go();
  }

  renew(options: ReinviteOptions): Promise<RefreshOutcome> {
    const entry = entryOf(options, new Deferred(), false, this.#call.media.lines, 'core');
    this.#waiting.unshift(entry);
    this.#go();
    return entry.done.promise;
  }

  stop(): void {
    this.#pause?.[Symbol.dispose]();
    this.#pause = undefined;
    this.#patient = false;
  }

  inviteOver(): void {
    this.#inviting = false;
  }

  over(): void {
    this.#run?.outlive();
  }

  lost(dialog: Dialog): void {
    const entry = this.#current;
    if (entry?.dialog === dialog) this.again(entry, 0);
  }

  /** No exchange is under way, ours or theirs. */
  #mayOffer(): boolean {
    const { media, pending } = this.#call;
    return this.#current === undefined && this.#pause === undefined && media.state === 'stable' && !pending.some(offersInUpdate);
  }

  /** The first alone: what was asked for last is to be what holds in the end, so that an UPDATE which could go early waits behind an INVITE, which cannot. */
  #next(): Steps<void> | undefined {
    const call = this.#call;
    const [entry] = this.#waiting;
    if (entry === undefined || !this.#mayOffer()) return undefined;
    const early = call.state === 'early';
    const dialog = early ? earlyWay(entry, call) : call.dialog;
    if (dialog === undefined || (!early && (call.state !== 'established' || this.#theirs.invite?.open === true))) return undefined;
    this.#waiting.shift();
    this.#current = entry;
    return this.#start(entry, dialog, early || entry.options.method === 'UPDATE' ? 'UPDATE' : 'INVITE');
  }

  *offerInPrack(leg: Acknowledging, rack: string): Steps<boolean> {
    const call = this.#call;
    const [entry] = this.#waiting;
    if (entry === undefined || !this.#mayOffer()) return false;
    if (call.state !== 'early' || leg.dialog.state === 'terminated' || !fitsPrack(entry, leg.dialog)) return false;
    this.#waiting.shift();
    this.#current = entry;
    entry.prack = { leg, rack };
    yield* this.#start(entry, leg.dialog, 'PRACK');
    return this.#current === entry;
  }

  *#start(entry: Entry, dialog: Dialog, method: 'INVITE' | 'UPDATE' | 'PRACK'): Steps<void> {
    const call = this.#call;
    const { options } = entry;
    const media = options.media ?? 'same';
    try {
      if (media === (method === 'INVITE' ? 'none' : 'late')) {
        throw new SipError('SESSION_STATE', `${method} with media ${media} does not exist`, { verb: 'sendReinvite', state: call.state });
      }
      const wishes = Array.isArray(media) ? call.media.wishes(media as readonly StreamInit[], entry.standing) : undefined;
      if (wishes !== undefined && !entry.unsure && entry.standing !== call.media.lines && isNothing(wishes, call.media.lines)) {
        return this.settle(entry, { kind: 'unchanged' });
      }
      entry.sent = wishes && { wishes, before: call.media.lines };
      const text = media === 'late' || media === 'none' ? undefined : yield* call.media.offer(wishes ?? 'same');
      if (wishes !== undefined && !entry.unsure && call.media.offersNothingNew) {
        call.media.withdraw();
        return this.settle(entry, { kind: 'unchanged' });
      }
      const headers = new HeaderList();
      addHeaders(headers, options.headers);
      if (method !== 'PRACK') showCapabilities(headers, call);
      const draft = call.prepareAsked(method, headers, sdpBody(text), entry.origin, entry.attempt);
      if (entry.prack !== undefined) draft.headers.list.set('RAck', entry.prack.rack);
      this.#inviting = method === 'INVITE';
      entry.offered = text !== undefined;
      entry.early = undefined;
      const run: RequestRun = new RequestRun(call, dialog, draft, {
        repeated: entry,
        admits: (wire) => {
          const sequence = reliableSequence(wire, call.reliable);
          return sequence === undefined || (entry.early ??= new EarlyRefresh(call, dialog)).admits(sequence);
        },
        provisional: (response, wire) => {
          call.tell(options.onResponse, response);
          if (reliableSequence(wire, call.reliable) === undefined) return undefined;
          return entry.early?.take(wire, entry.offered, options.onResponse !== undefined);
        },
        final: (response, wire) => {
          if (entry.dialog !== dialog) return undefined; // it is lost, and what was asked for went elsewhere
          entry.dialog = undefined;
          return new RefreshAnswer(this, call, entry, run, dialog, response).take(wire);
        },
        overtaken: () => {
          if (!entry.restoring && call.state === 'established') this.restore();
        },
      });
      entry.dialog = dialog;
      run.send();
      if (this.#inviting) {
        this.#run = run;
        run.limit(call.options.reinviteMs);
      }
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      call.media.withdraw();
      this.#current = undefined;
      entry.done.reject(error);
      if (entry.restoring) giveUp(call, { error });
      else if (entry.unsure)
        this.restore(); // a copy of before may have been taken, and nothing follows it
      else this.#go();
    }
  }

  /**
   * The peer has a request of its own under way, which may be lost as often as it is sent: then we do not hear of it, and it ends 64·T1 after it began.
   * The last repeat of ours is kept for then, or for when it has come after all and is over.
   */
  crossed(entry: Entry, waitMs: number): void {
    const { clock, timers } = this.#call;
    entry.crossedAt ??= clock.now();
    this.#patient = entry.repeats === MAX_REPEATS - 1;
    this.again(entry, this.#patient ? entry.crossedAt + 64 * timers.t1 - clock.now() + waitMs : waitMs);
  }

  again(entry: Entry, waitMs: number): void {
    entry.attempt += 1;
    entry.repeats += 1;
    entry.prack = undefined;
    entry.dialog = undefined;
    this.#current = undefined;
    this.#waiting.unshift(entry);
    this.#pause = this.#call.timer(waitMs, () => {
      this.stop();
      this.#go();
    });
  }

  settle(entry: Entry, outcome: RefreshOutcome): void {
    this.#current = undefined;
    if (outcome.kind === 'agreed' && entry.sent !== undefined) {
      const { before, wishes } = entry.sent;
      for (const next of this.#waiting) next.standing = carriedOver(next.standing, before, wishes, this.#call.media.lines);
    }
    entry.done.resolve(outcome);
    this.#go();
  }

  #giveUp(entry: Entry): void {
    if (!this.#waiting.includes(entry)) return;
    this.#waiting = this.#waiting.filter((other) => other !== entry);
    entry.done.reject(entry.options.signal!.reason);
    if (entry.unsure) this.restore();
    if (entry.attempt > 1) {
      this.stop();
      this.#go();
    }
  }
}
