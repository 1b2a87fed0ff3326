/** Answers calls as their Request-URI asks, on dialogs and transactions alone: what a session core would do, in little. */
import {
  buildResponse,
  type Dialog,
  type DialogUsage,
  type DialogUser,
  type ServerTransaction,
  type ServerTransactionUser,
  type SipCore,
} from '@jackfield/sip';
import type { SeededRandom } from '@jackfield/sip/testing';

const RING_MS = 1000;
const PATIENCE_MS = 30_000;

class IncomingCall implements ServerTransactionUser, DialogUser {
  readonly #callee: Callee;
  readonly #invite: ServerTransaction;
  readonly #dialog: Dialog;
  readonly #tag: string;
  readonly #contact: string;
  /** Of whatever comes next: an answer, another copy of it, our BYE. */
  #timer: Disposable | undefined;
  #acknowledged = false;
  #over = false;

  constructor(callee: Callee, invite: ServerTransaction, tag: string) {
    const { core } = callee;
    this.#callee = callee;
    this.#invite = invite;
    this.#tag = tag;
    this.#contact = core.contactFor(invite.flow);
    this.#dialog = core.dialogs.fromRequest(invite, tag, this);
    invite.user = this;
    const kind = invite.request.uri.user;
    this.#respond(180);
    if (kind === 'busy' || kind === 'lost-refusal') this.#later(100, () => this.#refuse(486));
    else if (kind === 'no-answer') this.#later(PATIENCE_MS, () => this.#refuse(480));
    else if (kind !== 'cancelled') this.#later(callee.random.integer(2 * RING_MS), () => this.#accept());
  }

  cancelled(cancel: ServerTransaction): void {
    cancel.respond(buildResponse(cancel.request, 200, { toTag: this.#tag }));
    this.#refuse(487);
  }

  failed(): void {
    if (!this.#acknowledged) this.#end('failed');
  }

  request(transaction: ServerTransaction): void {
    transaction.respond(buildResponse(transaction.request, 200));
    if (transaction.request.method === 'BYE') this.#end('bye');
  }

  ack(): void {
    if (this.#acknowledged || this.#over) return;
    this.#acknowledged = true;
    this.#timer?.[Symbol.dispose]();
    if (this.#invite.request.uri.user === 'callee-hangs-up') this.#later(5 * RING_MS, () => this.#hangUp());
  }

  #accept(): void {
    this.#respond(200);
    this.#dialog.confirm(this.#invite.request);
    const { t1, t2 } = this.#callee.core.transactions.timers;
    this.#repeat(t1, t2, 64 * t1);
  }

  /** §13.3.1.4 */
  #repeat(wait: number, most: number, left: number): void {
    this.#later(wait, () => {
      if (left <= 0) return this.#hangUp();
      this.#invite.resend();
      this.#repeat(Math.min(2 * wait, most), most, left - wait);
    });
  }

  #refuse(status: number): void {
    this.#respond(status);
    this.#end(String(status));
  }

  #respond(status: number): void {
    this.#invite.respond(buildResponse(this.#invite.request, status, { toTag: this.#tag, headers: { Contact: this.#contact } }));
  }

  #hangUp(): void {
    const ended = (): void => this.#end(this.#acknowledged ? 'hung up' : 'no ACK');
    this.#dialog.request('BYE', {}, { response: ({ status }) => void (status >= 200 && ended()), failed: ended });
  }

  #later(ms: number, task: () => void): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.#callee.core.clock.after(ms, task);
  }

  #end(how: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.[Symbol.dispose]();
    this.#dialog.terminate();
    this.#callee.ended(how);
  }
}

export class Callee implements DialogUsage {
  readonly name = 'callee';
  readonly methods = ['INVITE'];
  readonly core: SipCore;
  readonly random: SeededRandom;
  taken = 0;
  /** How calls ended here. */
  readonly ends: Record<string, number> = {};

  constructor(core: SipCore, random: SeededRandom) {
    this.core = core;
    this.random = random;
    core.registerUsage(this);
  }

  take(transaction: ServerTransaction): boolean {
    this.taken += 1;
    new IncomingCall(this, transaction, `callee-${this.taken}`);
    return true;
  }

  ended(how: string): void {
    this.ends[how] = (this.ends[how] ?? 0) + 1;
  }
}
