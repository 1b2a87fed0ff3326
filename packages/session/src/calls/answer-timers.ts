/** The clocks of an INVITE of the peer: how long it may ring, by our word and by its own, provisional responses said again, the 2xx repeated until its ACK (RFC 3261 §13.3.1). */
import { readInteger, type SipRequest } from '@jackfield/sip';
import type { Call } from './call.ts';
import type { Task } from './mailbox.ts';

/** §13.3.1.1: proxies forget a call that says nothing for three minutes. */
const SAY_AGAIN_MS = 60_000;
/** The same where what is said arrives (RFC 3262 §3). */
export const SAY_RELIABLY_MS = 150_000;

export class AnswerTimers {
  readonly #call: Call;
  /** For the next step of the peer or of the application. */
  #patience: Disposable | undefined;
  /** What is sent once more. */
  #again: Disposable | undefined;
  /** Made where the caller says how long it waits. */
  #expiry: Disposable | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** §13.3.1: the caller's own limit for the final response, where its INVITE names one. @param waitedMs - since it came */
  expire({ headers }: SipRequest, waitedMs: number, over: () => void): void {
    const seconds = readInteger(headers, 'Expires');
    if (seconds !== undefined) this.#expiry = this.#call.alarm(Math.max(seconds * 1000 - waitedMs, 0), over);
  }

  /** The application has `ms` for its final response. */
  ring(ms: number, over: () => void): void {
    this.#patience = this.#call.timer(ms, over);
  }

  /** A provisional response left: again every minute. */
  progressed(say: Task, ms = SAY_AGAIN_MS): void {
    this.#again?.[Symbol.dispose]();
    this.#again = this.#call.timer(ms, () => {
      this.progressed(say, ms);
      return say();
    });
  }

  /** The 2xx left: again after T1, 2·T1 … T2, on streams as well, since a proxy may lose it further on (§13.3.1.4); after 64·T1 it is lost. */
  answered(resend: () => void, lost: Task): void {
    this.stop();
    const { t1 } = this.#call.timers;
    this.#repeat(t1, 64 * t1, resend, lost);
  }

  stop(): void {
    this.#patience?.[Symbol.dispose]();
    this.#again?.[Symbol.dispose]();
    this.#expiry?.[Symbol.dispose]();
    this.#patience = this.#again = this.#expiry = undefined;
  }

  /** One timer for both: nearly every 2xx is acknowledged before it rings. */
  #repeat(afterMs: number, leftMs: number, resend: () => void, lost: Task): void {
    this.#again = this.#call.timer(Math.min(afterMs, leftMs), () => {
      if (leftMs <= afterMs) return lost();
      resend();
      return this.#repeat(Math.min(2 * afterMs, this.#call.timers.t2), leftMs - afterMs, resend, lost);
    });
  }
}
