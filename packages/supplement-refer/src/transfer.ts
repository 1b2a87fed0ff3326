/**
 * A REFER of the peer: what it asks for, the decision, and the subscription that comes with it (RFC 3515 §2.4, RFC 4488). It holds no call: what the
 * application does about it is the application's, or `follow`'s.
 */
import { SipError } from '@jackfield/base';
import { reply, type Reply, type Session } from '@jackfield/session';
import type { IncomingRequest, NameAddr, ReadonlyHeaders, Replaces, Uri } from '@jackfield/sip';
import { Notifier } from './notifier.ts';
import type { ReferRequest } from './refer-request.ts';
import { progressOf, type Progress } from './sipfrag.ts';

/** `'asked'`: nothing is decided yet. `'over'`: its end was told, or nobody is there to be told. */
export type TransferState = 'asked' | 'accepted' | 'refused' | 'over';

export interface TransferHome {
  /** Of the subscription, ms. */
  readonly expiresMs: number;
  now(): number;
  /** Goes on when the call has ended, and is disposed at the end of its session at the latest. */
  after(ms: number, task: () => void): Disposable;
  find(replaces: Replaces): Session | undefined;
  /** It takes no place any more. */
  over(transfer: Transfer): void;
}

/** Given to `onRefer`: what the peer asks for, and the verbs that decide and tell it how that goes. */
export class Transfer {
  /** In which it was asked. */
  readonly session: Session;
  /** The REFER. */
  readonly request: IncomingRequest;
  /** CSeq of the REFER, and id of its subscription. */
  readonly id: number;
  /** Whom the peer wants to be called: Refer-To without the headers and the method in its URI. */
  readonly target: Uri;
  /** Of Refer-To. */
  readonly displayName: string | undefined;
  /** What is wanted of the target; `INVITE` for a call. */
  readonly method: string;
  /** Which call at the target the new one shall take the place of: an attended transfer. */
  readonly replaces: Replaces | undefined;
  /** All headers in the URI: the peer's wishes. `follow` takes Replaces from it and nothing else. */
  readonly headers: ReadonlyHeaders;
  /** Referred-By: who asks, as it says itself. */
  readonly by: NameAddr | undefined;
  /** False: the peer wants to hear nothing of it. */
  readonly wantsNews: boolean;
  readonly #home: TransferHome;
  readonly #notifier: Notifier;
  #state: TransferState = 'asked';
  /** The hook that asked has not returned: the decision is its answer. */
  #asking = true;
  #decision: Reply | undefined;
  #last: Progress = progressOf(100);
  #until = 0;
  #expiry: Disposable | undefined;

  /** @internal Made for each REFER. */
  constructor(home: TransferHome, session: Session, request: IncomingRequest, wanted: ReferRequest) {
    this.#home = home;
    this.session = session;
    this.request = request;
    this.id = wanted.id;
    this.target = wanted.target;
    this.displayName = wanted.displayName;
    this.method = wanted.method;
    this.replaces = wanted.replaces;
    this.headers = wanted.headers;
    this.by = wanted.by;
    this.wantsNews = wanted.wantsNews;
    this.#notifier = new Notifier(session, this.id, () => Math.ceil(Math.max(0, this.#until - home.now()) / 1000));
  }

  /** What was decided, and how far it is. */
  get state(): TransferState {
    return this.#state;
  }

  /** What was told last. */
  get progress(): Progress {
    return this.#last;
  }

  /** The call that `replaces` names, where it is one of this very service: the peer joins two of its calls with us. */
  get replacesSession(): Session | undefined {
    return this.replaces === undefined ? undefined : this.#home.find(this.replaces);
  }

  /** A subscription is open. @internal */
  get subscribed(): boolean {
    return this.#state === 'accepted' && this.#notifier.open;
  }

  /**
   * 202 and a NOTIFY of 100; 200 and nothing more where the peer wants no news. From now on the end of the session waits for the last of the news (`deferEnd`).
   *
   * @returns false where it is too late: the call has ended, or the REFER was answered 504 meanwhile
   * @throws {@link SipError} `REFER_STATE` when it was decided before
   */
  accept(): boolean {
    if (!this.#decide('accept', 'accepted', this.wantsNews ? reply(202) : reply(200, { headers: { 'Refer-Sub': 'false' } }))) return false;
    this.#arm(this.#home.expiresMs);
    if (this.wantsNews) this.#notifier.tell(this.#last);
    else this.#notifier.close();
    return true;
  }

  /** @param status - 300 to 699; 603 unless given. @returns as `accept`. @throws {@link SipError} `REFER_STATE`, `REFER_STATUS` */
  reject(status = 603, reason?: string): boolean {
    assertStatus(status, 300);
    if (!this.#decide('reject', 'refused', reply(status, { reason }))) return false;
    this.#home.over(this);
    return true;
  }

  /**
   * Tells how far it is. A final status is the last: the subscription ends with it. Where nobody is to be told, nothing is sent; after the end, nothing
   * happens.
   *
   * @param status - 100 to 699.
   * @throws {@link SipError} `REFER_STATE` before `accept` or after `reject`, `REFER_STATUS`
   */
  notify(status: number, reason?: string): void {
    assertStatus(status, 100);
    this.#mayTell('notify');
    if (this.#state === 'over') return;
    this.#last = progressOf(status, reason);
    if (status < 200) this.#notifier.tell(this.#last);
    else this.#finish();
  }

  /** Tells no more: the subscription ends with what was told last. @throws {@link SipError} `REFER_STATE` before `accept` or after `reject` */
  end(): void {
    this.#mayTell('end');
    if (this.#state !== 'over') this.#finish();
  }

  /** The hook returns: what it answers. @internal */
  settle(): Reply | undefined {
    this.#asking = false;
    return this.#decision;
  }

  /** A SUBSCRIBE of the peer (RFC 3515 §2.4.4): a new term, or the end of the news and of nothing else. @returns the term that it gets, ms. @internal */
  renew(wantedMs: number | undefined): number {
    if (wantedMs === 0) {
      this.#notifier.tell(this.#last, 'timeout');
      return 0;
    }
    const ms = Math.min(wantedMs ?? this.#home.expiresMs, this.#home.expiresMs);
    this.#arm(ms);
    this.#notifier.tell(this.#last);
    return ms;
  }

  /** It was not decided in time: the core has answered. @internal */
  expired(): void {
    if (this.#state !== 'asked') return;
    this.#state = 'over';
    this.#home.over(this);
  }

  /** The session has ended. @internal */
  lost(): void {
    this.#expiry?.[Symbol.dispose]();
    this.#notifier.close();
    if (this.#state !== 'refused') this.#state = 'over';
  }

  #decide(verb: string, state: TransferState, decision: Reply): boolean {
    if (this.#state !== 'asked' && this.#state !== 'over') throw wrongState(verb, this.#state);
    if (this.#state === 'over' || this.request.signal.aborted) {
      this.#state = 'over';
      this.#home.over(this);
      return false;
    }
    this.#state = state;
    if (this.#asking) this.#decision = decision;
    else this.session.sendResponse(this.request, decision.status, { reason: decision.reason, headers: decision.headers });
    return true;
  }

  #mayTell(verb: string): void {
    if (this.#state === 'asked' || this.#state === 'refused') throw wrongState(verb, this.#state);
  }

  #finish(termination: 'noresource' | 'timeout' = 'noresource'): void {
    this.#state = 'over';
    this.#expiry?.[Symbol.dispose]();
    this.#notifier.tell(this.#last, termination);
    this.#home.over(this);
  }

  #arm(ms: number): void {
    this.#expiry?.[Symbol.dispose]();
    this.#until = this.#home.now() + ms;
    this.#expiry = this.#home.after(ms, () => this.#finish('timeout'));
  }
}

function wrongState(verb: string, state: TransferState): SipError<'REFER_STATE'> {
  return new SipError('REFER_STATE', `${verb}: this transfer is ${state}`, { verb, state });
}

function assertStatus(status: number, from: number): void {
  if (!Number.isInteger(status) || status < from || status > 699)
    throw new SipError('REFER_STATUS', `a status from ${from} to 699, not ${status}`, { status });
}
