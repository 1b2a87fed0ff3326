/**
 * Our first INVITE while it is out: the way of each copy, how long it may ring, how it is given up, by CANCEL once that may leave, and that it outlives its
 * session by 64·T1 at most (RFC 3261 §9.1). Knows nothing of what its responses mean.
 */
import { isPromise } from '@jackfield/base';
import type {
  Body,
  ClientTransaction,
  ClientTransactionUser,
  HeaderList,
  Origin,
  Party,
  RequestHandle,
  SipResponse,
  Uri,
  Way,
} from '@jackfield/sip';
import type { InviteOptions, ResponseInit, SessionEnd } from '../contract/session.ts';
import { within } from '../endpoints/option-range.ts';
import { wait, type Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import type { Why } from './call-parts.ts';
import type { GivenToEnd } from './given.ts';
import { giveUp } from './hang-up.ts';
import { ownParties } from './own-parties.ts';
import { MAX_REPEATS } from './request-run.ts';
import { sendCancel, Withdrawal } from './withdrawal.ts';

/** What an outgoing INVITE is built on, and not an object of its own: every such call has one. */
export abstract class PendingInvite implements ClientTransactionUser {
  protected readonly call: Call;
  protected readonly options: InviteOptions;
  protected readonly target: Uri;
  /** The proxies it goes through: Route as the application and admission left it. */
  protected routes: readonly Party[] = [];
  protected request: RequestHandle | undefined;
  /** Its final response is in. */
  protected answered = false;
  /** CANCEL may leave. */
  protected provisional = false;
  /** It is being given up. */
  protected withdrawal: Withdrawal | undefined;
  /** CSeq of the copy that left last. */
  #sequence: number;
  #ringing: Disposable | undefined;
  #guard: Disposable | undefined;

  protected constructor(call: Call, target: Uri, options: InviteOptions, sequence: number) {
    this.call = call;
    this.target = target;
    this.options = options;
    within('maxForwards', options.maxForwards, 0, 255);
    this.#sequence = sequence;
    call.end.atEnd(() => this.#outlive());
  }

  abstract response(response: SipResponse, transaction: ClientTransaction): void;
  abstract failed(cause: 'timeout' | 'transport'): void;

  /** It is given up while its final response is being dealt with. @returns whether that is the end of it */
  protected abstract withdrawnLate(withdrawal: Withdrawal): boolean;

  get sequence(): number {
    return this.#sequence;
  }

  get givenUpFor(): unknown {
    return this.options.signal?.reason;
  }

  end(init: GivenToEnd): void {
    this.call.answerPending(); // who was asked about them is not listened to any more
    this.#withdraw(new Withdrawal(init, undefined, false));
  }

  giveUp(why: Why): void {
    giveUp(this.call, why);
  }

  keepsBye(init: ResponseInit, _origin: Origin, end: SessionEnd): boolean {
    if (this.answered) return false;
    this.#withdraw(new Withdrawal(init, end, false));
    return true;
  }

  /** The first hop to a target, as far as that can be told. */
  protected *wayTo(target: Uri): Steps<Way> {
    const way = this.call.core.wayTo(target, this.routes);
    return isPromise(way) ? yield* wait(way) : way;
  }

  /** A copy leaves, and rings. @param before - how often it was repeated */
  protected start(headers: HeaderList, body: Body | undefined, target: Uri, way: Way, before: number): void {
    const { core, view, digest } = this.call;
    const { routes, options } = this;
    ownParties(headers, view);
    const { maxForwards } = options;
    const nextSequence = (): number => (this.#sequence += 1);
    const repeatable = { headers, body, routes, maxForwards, repeats: MAX_REPEATS - before, digest, nextSequence };
    this.request = core.startInitial('INVITE', target, repeatable, way, this);
    this.#ringing = this.call.timer(this.call.options.ringMs, () => {
      if (!this.answered) this.#withdraw(new Withdrawal({}, undefined, true));
    });
  }

  /** A provisional response came, 100 too. */
  protected proceeds(): void {
    if (this.provisional) return;
    this.provisional = true;
    if (this.withdrawal !== undefined) this.call.mailbox.post(() => this.#cancel());
  }

  /** Its final response came, or never will. */
  protected settled(): void {
    this.answered = true;
    this.#guard?.[Symbol.dispose]();
    this.#ringing?.[Symbol.dispose]();
  }

  #withdraw(withdrawal: Withdrawal): void {
    if (this.withdrawal !== undefined) return; // on its way out already
    this.call.state = 'ending';
    this.withdrawal = withdrawal;
    if (this.request === undefined) return this.call.finish(withdrawal.verdict ?? { by: 'local' });
    this.request.stopRepeating();
    if (this.withdrawnLate(withdrawal)) return;
    if (this.provisional) this.#cancel(); // else the final response has its turn after us, or CANCEL waits for a provisional one
  }

  #cancel(): void {
    const { init, origin } = this.withdrawal!;
    if (!this.answered) sendCancel(this.call, this.request, this.call.view, init, origin);
  }

  #outlive(): void {
    const { clock, timers } = this.call;
    const { request } = this;
    if (request !== undefined && !this.answered) this.#guard = clock.after(64 * timers.t1, () => request.cancel());
  }
}
