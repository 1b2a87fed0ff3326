/**
 * Our first INVITE while it is out: how long it may ring, how it is given up, by CANCEL once that may leave, and that it outlives its session by 64·T1 at
 * most (RFC 3261 §9.1). Knows nothing of what its responses mean.
 */
import type { Origin, RequestHandle } from '@jackfield/sip';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Call } from './call.ts';
import { sendCancel, Withdrawal } from './withdrawal.ts';

/** What an outgoing INVITE is built on, and not an object of its own: every such call has one. */
export abstract class PendingInvite {
  protected readonly call: Call;
  protected request: RequestHandle | undefined;
  /** Its final response is in. */
  protected answered = false;
  /** CANCEL may leave. */
  protected provisional = false;
  /** It is being given up. */
  protected withdrawal: Withdrawal | undefined;
  #ringing: Disposable | undefined;
  #guard: Disposable | undefined;

  protected constructor(call: Call) {
    this.call = call;
    call.atEnd(() => this.#outlive());
  }

  /** It is given up while its final response is being dealt with. @returns whether that is the end of it */
  protected abstract withdrawnLate(withdrawal: Withdrawal): boolean;

  end(init: ResponseInit & { readonly status?: number | undefined }): void {
    this.call.answerPending(); // who was asked about them is not listened to any more
    this.#withdraw(new Withdrawal(init, undefined, false));
  }

  keepsBye(init: ResponseInit, _origin: Origin, end: SessionEnd): boolean {
    if (this.answered) return false;
    this.#withdraw(new Withdrawal(init, end, false));
    return true;
  }

  protected ring(): void {
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
