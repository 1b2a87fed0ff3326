/**
 * Sends the NOTIFYs of one subscription, one at a time: the next leaves when the one before was answered, so that none overtakes another, and tells what
 * is newest then (RFC 6665 §4.2.2). Ends with the one that says terminated, with an answer that says that nobody listens, or with the session, whose end it
 * holds back until then: the call may end before its subscriptions (RFC 5057 §5.5).
 */
import type { Session } from '@jackfield/session';
import { consequenceOf, formatEvent, formatSubscriptionState } from '@jackfield/sip';
import { writeSipfrag, type Progress } from './sipfrag.ts';

export type Termination = 'noresource' | 'timeout';

interface Notice {
  readonly progress: Progress;
  /** Undefined: it goes on. */
  readonly termination: Termination | undefined;
}

export class Notifier {
  readonly #session: Session;
  readonly #id: number;
  /** Seconds that are left of the subscription. */
  readonly #expires: () => number;
  #next: Notice | undefined;
  #waiting = false;
  #open = true;
  #held: Disposable | undefined;

  constructor(session: Session, id: number, expires: () => number) {
    this.#session = session;
    this.#id = id;
    this.#expires = expires;
  }

  /** Somebody is told. */
  get open(): boolean {
    return this.#open;
  }

  tell(progress: Progress, termination?: Termination): void {
    if (!this.#open) return;
    this.#held ??= this.#session.deferEnd();
    this.#next = { progress, termination };
    if (termination !== undefined) this.#open = false;
    this.#send();
  }

  /** Tells nobody any more. */
  close(): void {
    this.#open = false;
    this.#next = undefined;
    this.#held?.[Symbol.dispose]();
  }

  #send(): void {
    const notice = this.#next;
    if (notice === undefined || this.#waiting) return;
    this.#next = undefined;
    this.#waiting = true;
    const { progress, termination } = notice;
    const state =
      termination === undefined
        ? formatSubscriptionState({ state: 'active', expires: this.#expires() })
        : formatSubscriptionState({ state: 'terminated', reason: termination });
    const headers = { Event: formatEvent('refer', { id: String(this.#id) }), 'Subscription-State': state };
    this.#session.sendRequest('NOTIFY', { headers, body: writeSipfrag(progress) }).then(
      ({ status }) => this.#answered(status),
      () => this.close(), // the session is over, or a hook keeps us from speaking
    );
  }

  #answered(status: number): void {
    this.#waiting = false;
    const consequence = consequenceOf(status, 'NOTIFY');
    const last = !this.#open && this.#next === undefined;
    if (last || consequence === 'usage' || consequence === 'dialog') this.close();
    else this.#send();
  }
}
