/**
 * Our re-INVITEs and UPDATEs: one at a time, in order, behind whatever exchange is pending; repeated after 491 in the windows of RFC 3261
 * §14.1 and after 500 with Retry-After; rolled back when refused; each settled exactly once.
 */
import { SipError } from '@jackfield/base';
import { HeaderList, readRetryAfter, type Dialog, type IncomingResponse, type SipResponse } from '@jackfield/sip';
import type { StreamInit } from '../contract/media.ts';
import type { RefreshOutcome, ReinviteOptions, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import type { Refreshing } from './call-parts.ts';
import { Deferred } from './deferred.ts';
import { addHeaders, RequestDraft } from './draft.ts';
import { EarlyRefresh } from './early-refresh.ts';
import { glareWaitMs } from './glare.ts';
import { endsCall, hangUp } from './hang-up.ts';
import { LateOffer } from './late-offer.ts';
import { carriedOver, isNothing } from './merge-streams.ts';
import { showCapabilities } from './own-capabilities.ts';
import { earlyWay, entryOf, type Entry } from './refresh-entry.ts';
import { reliableSequence } from './reliability.ts';
import { MAX_REPEATS, RequestRun } from './request-run.ts';
import { readSdp, sdpBody, sdpOf } from './sdp-body.ts';

/** The last INVITE of the peer: while it is open, ours would cross it. */
interface TheirInvite {
  readonly invite: { readonly open: boolean } | undefined;
}

export class RefreshQueue implements Refreshing {
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

  add(options: ReinviteOptions, done: Deferred<RefreshOutcome>): void {
    if (options.signal?.aborted === true) return done.reject(options.signal.reason);
    const entry = entryOf(options, done, false, this.#call.media.lines);
    this.#waiting.push(entry);
    options.signal?.addEventListener('abort', () => this.#giveUp(entry), { once: true });
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

  over(end: SessionEnd): void {
    for (const { done } of this.#entries()) done.resolve({ kind: 'ended', end });
    this.#run?.outlive();
  }

  #entries(): readonly Entry[] {
    return this.#current === undefined ? this.#waiting : [this.#current, ...this.#waiting];
  }

  #next(): Steps<void> | undefined {
    const call = this.#call;
    const [entry] = this.#waiting;
    if (entry === undefined || this.#current !== undefined || this.#pause !== undefined || call.media.state !== 'stable') return undefined;
    const early = call.state === 'early';
    const dialog = early ? earlyWay(entry, call) : call.dialog;
    if (dialog === undefined || (!early && (call.state !== 'established' || this.#theirs.invite?.open === true))) return undefined;
    this.#waiting.shift();
    this.#current = entry;
    return this.#start(entry, dialog, early || entry.options.method === 'UPDATE' ? 'UPDATE' : 'INVITE');
  }

  *#start(entry: Entry, dialog: Dialog, method: 'INVITE' | 'UPDATE'): Steps<void> {
    const call = this.#call;
    const { options } = entry;
    const media = options.media ?? 'same';
    try {
      if (media === (method === 'INVITE' ? 'none' : 'late')) {
        throw new SipError('SESSION_STATE', `${method} with media ${media} does not exist`, { verb: 'sendReinvite', state: call.state });
      }
      const wishes = Array.isArray(media) ? call.media.wishes(media as readonly StreamInit[], entry.standing) : undefined;
      if (wishes !== undefined && entry.standing !== call.media.lines && isNothing(wishes, call.media.lines)) {
        return this.#settle(entry, { kind: 'unchanged' });
      }
      entry.sent = wishes && { wishes, before: call.media.lines };
      const text = media === 'late' || media === 'none' ? undefined : yield* call.media.offer(call.localAddress, wishes ?? 'same');
      if (wishes !== undefined && call.media.offersNothingNew) {
        call.media.withdraw();
        return this.#settle(entry, { kind: 'unchanged' });
      }
      const headers = new HeaderList();
      addHeaders(headers, options.headers);
      showCapabilities(headers, call);
      const draft = call.prepare(method, headers, text === undefined ? undefined : sdpBody(text), entry.origin, entry.attempt);
      if (!(draft instanceof RequestDraft)) throw draft;
      this.#inviting = method === 'INVITE';
      entry.offered = text !== undefined;
      entry.early = undefined;
      const run: RequestRun = new RequestRun(call, dialog, draft, {
        admits: (wire) => {
          const sequence = reliableSequence(wire, call.reliable);
          return sequence === undefined || (entry.early ??= new EarlyRefresh(call, dialog)).admits(sequence);
        },
        provisional: (response, wire) => {
          call.tell(options.onResponse, response);
          if (reliableSequence(wire, call.reliable) === undefined) return undefined;
          return entry.early?.take(wire, entry.offered, options.onResponse !== undefined);
        },
        final: (response, wire) => this.#final(entry, run, dialog, response, wire),
      });
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
      if (entry.restoring) hangUp(call, {}, 'core', { by: 'core', error });
      else this.#go();
    }
  }

  *#final(entry: Entry, run: RequestRun, dialog: Dialog, response: IncomingResponse, wire: SipResponse | undefined): Steps<void> {
    const call = this.#call;
    const { status } = response;
    if (call.over !== undefined) return;
    if (dialog !== call.dialog && dialog.state === 'terminated') return this.#again(entry, 0); // another early dialog has answered the INVITE
    const invited = response.request.method === 'INVITE';
    const late = invited && (entry.options.media ?? 'same') === 'late';
    if (status >= 200 && status < 300 && wire !== undefined) {
      dialog.refreshTarget(wire);
      call.tell(entry.options.onResponse, response);
      const acknowledge = (sdp: string | undefined): void => {
        if (!invited) return;
        const ack = call.prepare('ACK', new HeaderList(), sdp === undefined ? undefined : sdpBody(sdp), 'core');
        call.owedAck = undefined;
        if (ack instanceof RequestDraft) run.acknowledge(ack.headers.list, ack.body);
        this.#inviting = false;
      };
      if (call.byeSent) return acknowledge(undefined);
      if (invited) call.oweAck(() => acknowledge(call.media.declineOpenOffer(call.localAddress)));
      if (invited && entry.early?.settled === true) return this.#agreedEarly(entry, response, entry.early, acknowledge);
      if (late) return yield* this.#late(entry, dialog, response, wire, acknowledge);
      return yield* this.#agreed(entry, dialog, response, wire, acknowledge);
    }
    this.#inviting = false;
    if (entry.offered) call.media.rollback();
    const waitMs = repeatAfterMs(response, dialog, call);
    if (waitMs !== undefined && entry.attempt <= MAX_REPEATS && entry.options.signal?.aborted !== true) {
      return this.#again(entry, status === 491 ? this.#untilTheirsIsOver(entry, waitMs) : waitMs);
    }
    call.tell(entry.options.onResponse, response);
    if (endsCall(status, response.request.method)) return hangUp(call, {}, 'core', { by: 'core', status, reason: response.reason });
    // whether the peer has it, nobody knows; or it had agreed, and then refused (RFC 6141 §3.4)
    if (((wire === undefined && entry.offered) || entry.early?.settled === true) && entry.origin === 'application') this.restore();
    this.#settle(entry, { kind: 'refused', response });
    if (entry.restoring) hangUp(call, {}, 'core', { by: 'core', status, reason: response.reason });
  }

  #agreedEarly(entry: Entry, response: IncomingResponse, { failure }: EarlyRefresh, acknowledge: (sdp: undefined) => void): void {
    acknowledge(undefined);
    if (failure !== undefined && !entry.restoring) this.restore();
    this.#settle(entry, { kind: failure === undefined ? 'agreed' : 'refused', response });
    if (failure !== undefined && entry.restoring) hangUp(this.#call, {}, 'core', { by: 'core', status: 488, error: failure });
  }

  *#agreed(
    entry: Entry,
    dialog: Dialog,
    response: IncomingResponse,
    wire: SipResponse,
    acknowledge: (sdp: undefined) => void,
  ): Steps<void> {
    const call = this.#call;
    if (!entry.offered) {
      acknowledge(undefined); // no offer was made: an UPDATE that only refreshes
      return this.#settle(entry, { kind: 'agreed', response });
    }
    try {
      const sdp = sdpOf(wire.body);
      if (sdp === undefined) throw new SipError('SESSION_NEGOTIATION', 'the 2xx brings no answer to our offer', { rule: 'answer-missing' });
      const change = yield* call.media.takeAnswer(readSdp(sdp), dialog, true);
      acknowledge(undefined);
      call.changed(change);
      this.#settle(entry, { kind: 'agreed', response });
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      acknowledge(undefined);
      call.report(error);
      call.media.rollback();
      if (entry.restoring) {
        this.#settle(entry, { kind: 'refused', response });
        return hangUp(call, {}, 'core', { by: 'core', status: 488, error });
      }
      this.restore(); // the peer has switched and we could not
      this.#settle(entry, { kind: 'refused', response });
    }
  }

  *#late(
    entry: Entry,
    dialog: Dialog,
    response: IncomingResponse,
    wire: SipResponse,
    acknowledge: (sdp: string | undefined) => void,
  ): Steps<void> {
    const call = this.#call;
    const offer = new LateOffer(call, dialog, acknowledge, (failure) => {
      if (failure === undefined) return this.#settle(entry, { kind: 'agreed', response });
      this.#settle(entry, { kind: 'refused', response });
      hangUp(call, {}, 'core', { by: 'core', status: 488, error: failure });
    });
    yield* offer.take(wire, entry.options.onResponse !== undefined);
  }

  /**
   * The peer has a request of its own under way, which may be lost as often as it is sent: then we do not hear of it, and it ends 64·T1 after it began.
   * The last repeat of ours is kept for then, or for when it has come after all and is over.
   */
  #untilTheirsIsOver(entry: Entry, waitMs: number): number {
    const { clock, timers } = this.#call;
    entry.crossedAt ??= clock.now();
    this.#patient = entry.attempt === MAX_REPEATS;
    return this.#patient ? entry.crossedAt + 64 * timers.t1 - clock.now() + waitMs : waitMs;
  }

  #again(entry: Entry, waitMs: number): void {
    entry.attempt += 1;
    this.#current = undefined;
    this.#waiting.unshift(entry);
    this.#pause = this.#call.timer(waitMs, () => {
      this.stop();
      this.#go();
    });
  }

  #settle(entry: Entry, outcome: RefreshOutcome): void {
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
    if (entry.attempt > 1) {
      this.stop();
      this.#go();
    }
  }
}

/** How long until the request is built anew; undefined when this failure stands. */
function repeatAfterMs(response: IncomingResponse, dialog: Dialog, call: Call): number | undefined {
  if (response.status === 491) return glareWaitMs(dialog.role, call.random);
  if (response.status !== 500) return undefined;
  const seconds = readRetryAfter(response.headers)?.seconds;
  return seconds === undefined || seconds * 1000 > 64 * call.timers.t1 ? undefined : seconds * 1000;
}
