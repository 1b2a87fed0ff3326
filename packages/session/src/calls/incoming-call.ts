/** An INVITE outside a dialog on its way to a session: the admission round, which a CANCEL, its own Expires or a lost flow may cut short. Nothing exists yet. */
import { SipError, randomToken, type Clock } from '@jackfield/base';
import { buildResponse, isReply, readInteger, type Reply, type ServerTransaction, type ServerTransactionUser } from '@jackfield/sip';
import type { Endpoint } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { OwnedCookies } from '../cookies.ts';
import { authenticatedUser, type Standing } from '../endpoints/gate.ts';
import { hookFailed, wasLate, type HookHost } from '../plugins/hooks.ts';
import { admit } from './admission.ts';
import type { Call } from './call.ts';
import type { CallHome } from './call-home.ts';
import { InviteSession } from './invite-session.ts';
import { refusalOf } from './reliability.ts';
import { Mailbox, type MailboxHost } from './mailbox.ts';

const TAG_BYTES = 8;

/** @param admitted - gets the call when it is one; it then runs by itself */
export function receiveCall(home: CallHome, transaction: ServerTransaction, standing: Standing, admitted: (call: Call) => void): void {
  const cookies = new OwnedCookies(home.cookieFailed);
  if (standing.access === 'open' && home.supplements.having('admitSession').length === 0) {
    return begin(home, transaction, standing.endpoint, cookies, admitted, 0);
  }
  new AdmissionRound(home, transaction, standing, cookies, admitted).run();
}

function begin(
  home: CallHome,
  transaction: ServerTransaction,
  endpoint: Endpoint,
  cookies: OwnedCookies,
  admitted: (call: Call) => void,
  waitedMs: number,
): void {
  const { request } = transaction;
  const refusal = refusalOf(request, endpoint.reliable ?? home.options.reliable);
  if (refusal !== undefined) {
    cookies.close();
    return transaction.respond(
      buildResponse(request, refusal.status, { toTag: randomToken(home.core.random, TAG_BYTES), headers: refusal.headers ?? {} }),
    );
  }
  const call = InviteSession.incoming(home, transaction, randomToken(home.core.random, TAG_BYTES), endpoint, cookies, waitedMs);
  admitted(call);
  call.mailbox.post(() => {
    call.begin();
    return call.initial!.begin();
  });
}

class AdmissionRound implements HookHost, MailboxHost, ServerTransactionUser {
  readonly clock: Clock;
  readonly id: string;
  readonly excluded: ReadonlySet<Supplement> | undefined = undefined;
  question = 0;
  readonly #home: CallHome;
  readonly #transaction: ServerTransaction;
  readonly #standing: Standing;
  readonly #cookies: OwnedCookies;
  readonly #admitted: (call: Call) => void;
  readonly #round: Mailbox;
  readonly #since: number;
  #expiry: Disposable | undefined;

  constructor(home: CallHome, transaction: ServerTransaction, standing: Standing, cookies: OwnedCookies, admitted: (call: Call) => void) {
    this.clock = home.core.clock;
    this.id = transaction.request.callId;
    this.#home = home;
    this.#transaction = transaction;
    this.#standing = standing;
    this.#cookies = cookies;
    this.#admitted = admitted;
    this.#round = new Mailbox(1, this);
    this.#since = this.clock.now();
    transaction.user = this;
  }

  fault(error: unknown): void {
    this.report(error instanceof SipError ? error : hookFailed('@jackfield/session', 'admission', error));
    this.#answer(500);
  }

  report(error: SipError): void {
    this.#home.report(error, undefined);
  }

  run(): void {
    const expires = readInteger(this.#transaction.request.headers, 'Expires');
    if (expires !== undefined) this.#expiry = this.clock.after(expires * 1000, () => this.#round.interrupt(() => this.#answer(487)));
    this.#round.post(() => this.#ask());
  }

  cancelled(cancel: ServerTransaction): void {
    this.#round.interrupt(() => {
      this.#transaction.request.abort();
      cancel.respond(buildResponse(cancel.request, 200, { toTag: this.#tag() }));
      this.#answer(487);
    });
  }

  failed(): void {
    this.#round.interrupt(() => this.#answer(503));
  }

  *#ask() {
    const { request } = this.#transaction;
    const { endpoint, access } = this.#standing;
    let refusal: Reply | undefined;
    try {
      if (access !== 'open') {
        const verdict = yield* this.#home.gate.admit(this, this.#standing, request);
        if (isReply(verdict)) return this.#answer(verdict.status, verdict);
        if (verdict.username !== undefined) this.#cookies.set(authenticatedUser, verdict.username);
      }
      refusal = yield* admit(this, this.#home.supplements, {
        direction: 'incoming',
        request,
        target: request.uri,
        endpoint,
        headers: undefined,
        cookies: this.#cookies,
        signal: () => request.signal,
      });
    } catch (error) {
      if (!(error instanceof SipError)) throw error;
      this.report(error);
      return this.#answer(wasLate(error) ? 503 : 500);
    }
    if (refusal !== undefined) return this.#answer(refusal.status, refusal);
    if (this.#transaction.answered) return; // cancelled while the last supplement was asked
    this.#transaction.user = undefined;
    this.#expiry?.[Symbol.dispose]();
    begin(this.#home, this.#transaction, endpoint, this.#cookies, this.#admitted, this.clock.now() - this.#since);
  }

  #answer(status: number, init: Partial<Reply> = {}): void {
    const { request } = this.#transaction;
    this.#cookies.close();
    const { reason, headers, body } = init;
    this.#transaction.user = undefined;
    this.#expiry?.[Symbol.dispose]();
    this.#transaction.respond(
      buildResponse(request, status, { toTag: this.#tag(), ...(reason && { reason }), ...(headers && { headers }), ...(body && { body }) }),
    );
    request.abort();
    this.#round.close();
  }

  #tag(): string {
    return randomToken(this.#home.core.random, TAG_BYTES);
  }
}
