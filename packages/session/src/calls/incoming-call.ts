/** An INVITE outside a dialog on its way to a session: the admission round, which a CANCEL, its own Expires or a lost flow may cut short. Nothing exists yet. */
import { SipError, type Clock } from '@jackfield/base';
import {
  buildResponse,
  isReply,
  newTag,
  readInteger,
  type Reply,
  type ServerTransaction,
  type ServerTransactionUser,
} from '@jackfield/sip';
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
import { Link } from './chain.ts';
import { Mailbox, type MailboxHost } from './mailbox.ts';

const CLOSED: { readonly status: number } = { status: 503 };

/** The service, as a call that may come to be sees it. */
export interface Reception extends CallHome {
  /** No call may begin any more. */
  readonly closed: boolean;
  /** It has begun, and then runs by itself. */
  begun(call: Call): void;
  /** It is asked whether there may be one; until `decided` the service may give it up. */
  asked(round: Link): void;
  decided(round: Link): void;
}

export function receiveCall(home: Reception, transaction: ServerTransaction, standing: Standing): void {
  const cookies = new OwnedCookies(home.cookieFailed);
  if (standing.access === 'open' && home.supplements.having('admitSession').length === 0) {
    const call = begin(home, transaction, standing.endpoint, cookies, 0);
    if (call !== undefined) run(call);
  } else new AdmissionRound(home, transaction, standing, cookies).run();
}

/** An INVITE that no session is made of. */
export function refuse(home: CallHome, transaction: ServerTransaction, status: number, init: Partial<Reply> = {}): void {
  const { reason, headers, body } = init;
  const toTag = newTag(home.core.random);
  transaction.respond(
    buildResponse(transaction.request, status, { toTag, ...(reason && { reason }), ...(headers && { headers }), ...(body && { body }) }),
  );
}

/** Undefined: it was refused. */
function begin(
  home: Reception,
  transaction: ServerTransaction,
  endpoint: Endpoint,
  cookies: OwnedCookies,
  waitedMs: number,
): Call | undefined {
  const refusal = home.closed ? CLOSED : refusalOf(transaction.request, endpoint.reliable ?? home.options.reliable);
  if (refusal !== undefined) {
    cookies.close();
    refuse(home, transaction, refusal.status, refusal);
    return undefined;
  }
  const call = InviteSession.incoming(home, transaction, newTag(home.core.random), endpoint, cookies, waitedMs);
  home.begun(call);
  return call;
}

function run(call: Call): void {
  call.mailbox.post(() => {
    call.begin();
    return call.initial.begin();
  });
}

class AdmissionRound extends Link implements HookHost, MailboxHost, ServerTransactionUser {
  readonly clock: Clock;
  readonly id: string;
  readonly excluded: ReadonlySet<Supplement> | undefined = undefined;
  question = 0;
  readonly #home: Reception;
  readonly #transaction: ServerTransaction;
  readonly #standing: Standing;
  readonly #cookies: OwnedCookies;
  readonly #round: Mailbox;
  readonly #since: number;
  #expiry: Disposable | undefined;

  constructor(home: Reception, transaction: ServerTransaction, standing: Standing, cookies: OwnedCookies) {
    super();
    this.clock = home.core.clock;
    this.id = transaction.request.callId;
    this.#home = home;
    this.#transaction = transaction;
    this.#standing = standing;
    this.#cookies = cookies;
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
    this.#home.asked(this);
    this.#round.post(() => this.#ask());
  }

  /** There is nobody any more to take the call. */
  override drop(): void {
    this.#round.interrupt(() => this.#answer(503));
  }

  cancelled(cancel: ServerTransaction): void {
    this.#round.interrupt(() => {
      this.#transaction.request.abort();
      cancel.respond(buildResponse(cancel.request, 200, { toTag: newTag(this.#home.core.random) }));
      this.#answer(487);
    });
  }

  failed(): void {
    this.drop();
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
    const call = begin(this.#home, this.#transaction, endpoint, this.#cookies, this.clock.now() - this.#since);
    this.#decided();
    if (call !== undefined) run(call);
  }

  #answer(status: number, init: Partial<Reply> = {}): void {
    this.#cookies.close();
    this.#transaction.user = undefined;
    this.#expiry?.[Symbol.dispose]();
    this.#decided();
    refuse(this.#home, this.#transaction, status, init);
    this.#transaction.request.abort();
    this.#round.close();
  }

  #decided(): void {
    this.#home.decided(this);
  }
}
