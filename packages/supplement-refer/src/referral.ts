/** Our REFER: the peer is asked to call somebody else, and tells how that goes (RFC 3515 §2.4, RFC 4488, RFC 5589). */
import { isSipError, SipError } from '@jackfield/base';
import type { HeaderInit, IncomingRequest, IncomingResponse, Session } from '@jackfield/session';
import { readReferSub, readSubscriptionState, type NameAddr } from '@jackfield/sip';
import { readSipfrag, type Progress } from './sipfrag.ts';

/** How a REFER of ours ended. `done`: the peer said a final status. `untold`: it accepted and wants to say no more (RFC 4488). */
export type ReferralOutcome =
  | { readonly kind: 'done' | 'refused'; readonly status: number; readonly reason: string }
  | { readonly kind: 'untold' }
  /** The news ended without a final status: the peer said so, nothing came in time, `stop()` was called, or the call ended. */
  | { readonly kind: 'terminated' | 'timeout' | 'stopped' | 'ended' };

/** For the first NOTIFY: 64·T1 (timer N of RFC 6665 §4.1.2). */
const FIRST_MS = 32_000;
/** A refresh or a last word may come a little after the term. */
const GRACE_MS = 32_000;

export interface ReferralHome {
  /** No term is longer, whatever the peer says; ms. */
  readonly timeoutMs: number;
  readonly onNotify: ((progress: Progress, referral: Referral) => void) | undefined;
  over(referral: Referral): void;
}

/** Made by `refer`: what the peer tells of the call that we asked it to make. */
export class Referral {
  /** In which we asked. */
  readonly session: Session;
  /** Refer-To as it is sent. */
  readonly target: NameAddr;
  /** Resolves with the peer's 2xx. Rejects `REFER_REFUSED`, `SESSION_ENDED`, `SESSION_STATE`, `SESSION_HOOK_FAILED`. */
  readonly accepted: Promise<void>;
  /** How it ended: once, at the latest with the call. Never rejects. */
  readonly done: Promise<ReferralOutcome>;
  readonly #home: ReferralHome;
  #accept!: () => void;
  #refuse!: (error: unknown) => void;
  #finish!: (outcome: ReferralOutcome) => void;
  /** CSeq of the REFER as it was answered. */
  #id: string | undefined;
  #progress: Progress | undefined;
  #over = false;
  #timer: Disposable | undefined;

  /** @internal Made by `refer`. */
  constructor(home: ReferralHome, session: Session, target: NameAddr) {
    this.#home = home;
    this.session = session;
    this.target = target;
    this.accepted = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    this.accepted.catch(() => {}); // who wants to know listens
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  /** What the peer told last. */
  get progress(): Progress | undefined {
    return this.#progress;
  }

  /** Waits for nothing any more: later news is answered 481. What the peer is doing goes on. */
  stop(): void {
    this.#end({ kind: 'stopped' });
  }

  /** Not answered yet: news may overtake the answer (RFC 3515 §2.4.4). @internal */
  get asking(): boolean {
    return !this.#over && this.#id === undefined;
  }

  /** @param id - of Event; undefined where it says none. @internal */
  isNamed(id: string | undefined): boolean {
    return !this.#over && this.#id !== undefined && (id === undefined || id === this.#id);
  }

  /** @internal */
  send(headers: HeaderInit, signal: AbortSignal | undefined): Promise<void> {
    return this.session.sendRequest('REFER', { headers, signal }).then(
      (response) => this.#answered(response),
      (error: unknown) => {
        this.#refuse(error);
        this.#end({ kind: signal?.aborted === true && !isSipError(error, 'SESSION_ENDED') ? 'stopped' : 'ended' });
      },
    );
  }

  /** A NOTIFY that is ours. @internal */
  hear(request: IncomingRequest): void {
    if (this.#over) return;
    const state = readSubscriptionState(request.headers);
    const progress = readSipfrag(request.body);
    if (progress !== undefined) this.#progress = progress;
    const last = this.#progress;
    const over = state?.state === 'terminated';
    if (over || (last !== undefined && last.status >= 200)) {
      this.#finish(last !== undefined && last.status >= 200 ? { kind: 'done', ...last } : { kind: 'terminated' });
    }
    if (over) this.#end({ kind: 'terminated' });
    else this.#arm(Math.min((state?.expires ?? Infinity) * 1000 + GRACE_MS, this.#home.timeoutMs));
    if (progress !== undefined) this.#home.onNotify?.(progress, this);
  }

  /** The call has ended. @internal */
  lost(): void {
    this.#refuse(new SipError('SESSION_ENDED', 'the call ended before the transfer was accepted', { state: this.session.state }));
    this.#end({ kind: 'ended' });
  }

  #answered({ status, reason, headers }: IncomingResponse): void {
    if (status >= 300) {
      this.#refuse(new SipError('REFER_REFUSED', `the transfer was refused: ${status} ${reason}`.trimEnd(), { status, reason }));
      return this.#end({ kind: 'refused', status, reason });
    }
    this.#accept();
    if (this.#over) return;
    this.#id = headers.get('CSeq')?.split(/\s/, 1)[0] ?? '';
    if (readReferSub(headers)) this.#arm(FIRST_MS);
    else this.#end({ kind: 'untold' });
  }

  #arm(ms: number): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.session.after(ms, () => this.#end({ kind: 'timeout' }));
  }

  #end(outcome: ReferralOutcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.[Symbol.dispose]();
    this.#finish(outcome);
    this.#home.over(this);
  }
}
