/** What a call owes the peer: final responses to its requests, and the ACK of a 2xx. Paid at the end at the latest. */
import type { Method, ServerTransaction } from '@jackfield/sip';
import { CallDialogs } from './call-dialogs.ts';
import type { OpenOffer } from './call-parts.ts';
import { withOne, withoutOne } from './few.ts';
import { sdpOf } from './sdp-body.ts';

/** The part of a call that it is built on, as {@link CallDialogs} is. */
export abstract class CallDebts extends CallDialogs {
  /** Requests of the peer that wait for their final response. */
  pending: readonly ServerTransaction[] = [];
  openOffer: OpenOffer | undefined;
  /** ACKs the 2xx to an INVITE of ours that is in and not acknowledged yet. */
  owedAck: (() => void) | undefined;

  abstract respond(transaction: ServerTransaction, status: number): unknown;

  /** A 2xx to an INVITE of ours is in: `pay` acknowledges it. */
  oweAck(pay: () => void): void {
    this.owedAck = pay;
  }

  /** A 2xx that is in is acknowledged, whatever becomes of the call (RFC 3261 §13.2.2.4). */
  payAck(): void {
    const owed = this.owedAck;
    this.owedAck = undefined;
    this.openOffer?.drop();
    owed?.();
  }

  /** It waits for its final response from now on. */
  owe(transaction: ServerTransaction): void {
    this.pending = withOne(this.pending, transaction);
  }

  /** It has it. */
  owed(transaction: ServerTransaction): void {
    this.pending = withoutOne(this.pending, transaction);
    if (offersInUpdate(transaction)) this.refreshing.drain();
  }

  /** What the peer waits for when the call ends. */
  answerPending(): void {
    for (const transaction of this.pending) this.respond(transaction, inNoDoubt(transaction.request.method) ? 200 : 487);
  }
}

/** An offer of theirs that, while it waits, lets none of ours leave (RFC 3264 §4, RFC 3311 §5.1). */
export const offersInUpdate = ({ request: { method, body } }: ServerTransaction): boolean =>
  method === 'UPDATE' && sdpOf(body) !== undefined;

/** Whose answer does not hang on what becomes of the call. */
const inNoDoubt = (method: Method): boolean => method === 'CANCEL' || method === 'BYE';
