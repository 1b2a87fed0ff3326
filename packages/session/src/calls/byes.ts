/**
 * BYE of the peer, with which the call is over, unless a supplement wants credentials (RFC 3261 §15.1.2). It overtakes what is under way, and no other BYE: one
 * is decided at a time, or whoever sends them without end puts off each answer and each deadline. Made with the first.
 */
import type { Dialog, ServerTransaction } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { Call } from './call.ts';
import { proves } from './proof.ts';
import { saidWith } from './session-end.ts';

interface Bye {
  readonly transaction: ServerTransaction;
  readonly dialog: Dialog;
  /** It is yet to be proven. */
  doubted: boolean;
}

export class Byes {
  readonly #call: Call;
  #deciding = false;
  /** They came meanwhile. When the call ends they get their 200 with all that waits. */
  #held: Bye[] | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** @returns false when too many wait already */
  take(transaction: ServerTransaction, dialog: Dialog, doubted: boolean): boolean {
    const bye: Bye = { transaction, dialog, doubted };
    if (!this.#deciding) {
      this.#deciding = true;
      this.#begin(bye);
      return true;
    }
    this.#held ??= [];
    if (this.#held.length >= this.#call.options.mailboxLimit) return false;
    this.#held.push(bye);
    return true;
  }

  #begin(bye: Bye): void {
    this.#call.mailbox.interrupt(() => this.#round(bye));
  }

  *#round(bye: Bye): Steps<void> {
    let givenUp = true;
    try {
      yield* this.#decide(bye);
      givenUp = false;
    } catch (error) {
      givenUp = false; // a mistake of our own: the call ends
      throw error;
    } finally {
      if (givenUp) (this.#held ??= []).unshift(bye); // with a re-INVITE that it had overtaken and that is cancelled: nothing is decided
      this.#next();
    }
  }

  /** Not at once: what the last one overtook goes on by a step, so that BYEs that are refused in a row hold nothing up. */
  #next(): void {
    const held = this.#held;
    if (held === undefined || held.length === 0) this.#deciding = false;
    else void Promise.resolve().then(() => this.#begin(held.shift()!));
  }

  *#decide(bye: Bye): Steps<void> {
    const call = this.#call;
    const { transaction, dialog } = bye;
    if (transaction.answered) return; // the call ended before its turn
    if (dialog.state === 'terminated') return void call.respond(transaction, 481); // its early dialog did
    if (bye.doubted && !(yield* proves(call, transaction))) return;
    bye.doubted = false;
    const decision = yield* call.decide(transaction.request);
    const given = decision === undefined || 'laterMs' in decision ? undefined : decision;
    call.respond(transaction, given?.status ?? 200, given ?? {}, given === undefined ? 'core' : 'application');
    if (given?.status === 401 || given?.status === 407) return;
    if (call.over !== undefined || call.placed?.lose(dialog) === true) return; // or one of several gave up
    call.mailbox.giveUp();
    call.finish(saidWith({ by: 'remote' }, transaction.request.headers));
  }
}
