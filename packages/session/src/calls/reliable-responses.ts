/**
 * Provisional responses of ours that wait for their PRACK (RFC 3262 §3): one at a time, repeated after T1, 2·T1, 4·T1 …, lost after 64·T1; those that the
 * application gave meanwhile stand in line. Made with the first of a call.
 */
import type { Random } from '@jackfield/base';
import { readRAck, type ServerTransaction, type SipRequest } from '@jackfield/sip';
import type { ResponseInit } from '../contract/session.ts';
import type { Call } from './call.ts';
import type { Deferred } from './deferred.ts';

/** What the application asked for by `progress`. */
export interface Progress {
  readonly status: number;
  readonly init: ResponseInit & { readonly reliable?: boolean | undefined };
  /** Undefined for what the core says of itself. */
  readonly done: Deferred<void> | undefined;
}

export interface Unacknowledged {
  readonly sequence: number;
  /** Its part in the exchange of the INVITE. */
  readonly carries: 'nothing' | 'answer' | 'offer';
  readonly progress: Progress;
  /** Its PRACK came; it may not have had its turn yet. */
  acknowledged: boolean;
}

export class ReliableResponses {
  /** Behind the one that is open. */
  line: Progress[] = [];
  #open: Unacknowledged | undefined;
  #sequence: number;
  #repeat: Disposable | undefined;
  #patience: Disposable | undefined;
  /** Wait before the next copy, ms. */
  #intervalMs = 0;
  /** When the patience is over, ms of the clock. */
  #lostAt = 0;
  /** What was left of it when the PRACK came, ms. */
  #leftMs = 0;
  readonly #call: Call;
  readonly #transaction: ServerTransaction;
  readonly #lost: () => void;

  constructor(call: Call, transaction: ServerTransaction, lost: () => void) {
    this.#call = call;
    this.#transaction = transaction;
    this.#lost = lost;
    this.#sequence = firstSequence(call.random) - 1;
  }

  /** The one whose PRACK is not through. */
  get open(): Unacknowledged | undefined {
    return this.#open;
  }

  /** RSeq of the next. */
  next(): number {
    return (this.#sequence += 1);
  }

  sent(sequence: number, carries: Unacknowledged['carries'], progress: Progress): void {
    this.#open = { sequence, carries, progress, acknowledged: false };
    const { t1 } = this.#call.timers;
    this.#wait(64 * t1, t1);
  }

  /** A PRACK came. True when it names what is open, which is not sent again then. */
  came(prack: SipRequest): boolean {
    const rack = readRAck(prack.headers);
    const open = this.#open;
    const { sequence } = this.#transaction.request.cseq;
    if (open === undefined || open.acknowledged || rack?.response !== open.sequence) return false;
    if (rack.sequence !== sequence || rack.method !== 'INVITE') return false;
    open.acknowledged = true;
    this.#leftMs = this.#lostAt - this.#call.clock.now();
    this.stop();
    return true;
  }

  /** That PRACK was challenged: one with credentials is waited for, for as long as was left. @param repeated - false: the final response has left */
  challenged(repeated: boolean): void {
    if (this.#open === undefined) return;
    this.#open.acknowledged = false;
    if (repeated) this.#wait(this.#leftMs, this.#intervalMs);
  }

  /** Its PRACK is through. */
  close(): void {
    this.#open = undefined;
  }

  /** Nothing is sent again; a PRACK may come yet. */
  stop(): void {
    this.#repeat?.[Symbol.dispose]();
    this.#patience?.[Symbol.dispose]();
  }

  #wait(ms: number, intervalMs: number): void {
    this.#lostAt = this.#call.clock.now() + ms;
    this.#patience = this.#call.timer(ms, this.#lost);
    this.#again(intervalMs);
  }

  #again(afterMs: number): void {
    this.#intervalMs = afterMs;
    this.#repeat = this.#call.timer(afterMs, () => {
      this.#transaction.resend();
      this.#again(2 * afterMs); // without a ceiling: each PRACK is repeated by itself
    });
  }
}

/** 1 to 2^31 - 1, each as likely (RFC 3262 §3). */
function firstSequence(random: Random): number {
  return 1 + random.integer(2 ** 31 - 1);
}
