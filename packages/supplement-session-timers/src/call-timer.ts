/** Drives the table of one call: its timers on the session's clock, its refreshes, and the BYE when nobody refreshes (RFC 4028 §10). Lies in a cookie. */
import { defineCookie, type CookieJar, type IncomingResponse, type Session } from '@jackfield/session';
import type { Agreement } from './negotiation.ts';
import { endMs, halfMs, step, type Effect, type Input, type State } from './timer.machine.ts';

/** After what says of itself that it may pass: this, or a quarter of the time that is left when we begin to refresh, where that is less. */
const PAUSE_MS = 10_000;
const MAY_PASS: ReadonlySet<number> = new Set([491, 500, 502, 503, 504]);
const HAS_NO_UPDATE: ReadonlySet<number> = new Set([405, 501]);
const REASON = 'SIP;cause=408;text="Session timer expired"';

const pauseMs = (seconds: number): number => Math.min(PAUSE_MS, Math.floor((endMs(seconds) - halfMs(seconds)) / 4));

export class CallTimer {
  agreement: Agreement | undefined;
  /** The largest Min-SE that the peer and proxies have told. */
  minSE: number | undefined;
  #state: State = 'off';
  #timer: Disposable | undefined;
  #pause: Disposable | undefined;
  /** Of our refresh that is under way. */
  #sending: AbortController | undefined;
  #noUpdate = false;
  readonly #session: Session;

  static readonly #effects: Readonly<Record<Effect, (timer: CallTimer) => void>> = {
    armHalf: (timer) => timer.#arm('half', halfMs(timer.agreement!.seconds)),
    armEnd: (timer) => timer.#arm('end', endMs(timer.agreement!.seconds)),
    armRest: (timer) => timer.#arm('end', endMs(timer.agreement!.seconds) - halfMs(timer.agreement!.seconds)),
    armPause: (timer) => (timer.#pause = timer.#session.after(pauseMs(timer.agreement!.seconds), () => timer.#feed('pause'))),
    disarm: (timer) => timer.#disarm(),
    giveUp: (timer) => timer.#giveUp(),
    send: (timer) => timer.#send(),
    hangUp: (timer) => void timer.#session.end({ headers: { Reason: REASON } }),
  };

  constructor(session: Session) {
    this.#session = session;
  }

  get running(): boolean {
    return this.#state !== 'off';
  }

  /** The call was ended because nobody refreshed it. */
  get expired(): boolean {
    return this.#state === 'over';
  }

  learn(minSE: number): void {
    this.minSE = Math.max(minSE, this.minSE ?? 0);
  }

  /** A 2xx of either side says this; undefined: no timer. */
  renew(agreement: Agreement | undefined): void {
    this.agreement = agreement;
    this.#feed(agreement?.refresher ?? 'none');
  }

  destroy(): void {
    this.#giveUp();
    this.#disarm();
  }

  #feed(input: Input): void {
    const { to, effects } = step(this.#state, input);
    this.#state = to;
    for (const effect of effects) CallTimer.#effects[effect](this);
  }

  #arm(input: Input, ms: number): void {
    this.#timer = this.#session.after(ms, () => this.#feed(input));
  }

  #disarm(): void {
    this.#timer?.[Symbol.dispose]();
    this.#pause?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#pause = undefined;
  }

  #giveUp(): void {
    const sending = this.#sending;
    this.#sending = undefined;
    sending?.abort();
  }

  /** Waits for its turn behind exchanges that are under way; what it brings is heard as any 2xx. */
  #send(): void {
    const sending = new AbortController();
    this.#sending = sending;
    const { signal } = sending;
    const byUpdate = !this.#noUpdate && this.#session.dialog.remoteAllow.has('UPDATE');
    this.#session.sendReinvite(byUpdate ? { method: 'UPDATE', media: 'none', signal } : { media: 'same', signal }).then(
      (outcome) => {
        if (this.#sending === sending && outcome.kind === 'refused') this.#refused(outcome.response);
      },
      () => {
        if (this.#sending === sending) this.#feed('busy'); // it could not be built: a plug-in failed, perhaps not for ever
      },
    );
  }

  #refused({ status, request }: IncomingResponse): void {
    this.#sending = undefined;
    if (request.method === 'UPDATE' && HAS_NO_UPDATE.has(status)) {
      this.#noUpdate = true;
      this.#feed('unknown');
    } else this.#feed(MAY_PASS.has(status) ? 'busy' : 'refused');
  }
}

const timerCookie = defineCookie<CallTimer>('session-timers.timer', (timer) => timer.destroy());

export function timerOf({ cookies }: { readonly cookies: CookieJar }): CallTimer | undefined {
  return cookies.get(timerCookie);
}

/** Made when it is first needed: a call without a timer has none. */
export function needTimer(session: Session): CallTimer {
  const there = timerOf(session);
  if (there !== undefined) return there;
  const timer = new CallTimer(session);
  session.cookies.add(timerCookie, timer);
  return timer;
}
