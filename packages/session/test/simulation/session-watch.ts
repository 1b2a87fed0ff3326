/** What one party's plug-ins and promises promise, kept count of: begin and end, cookies, streams, hooks of dead sessions, open promises, foreign errors. */
import { isSipError, SipError, type Clock } from '@jackfield/base';
import {
  defineCookie,
  type IncomingRequest,
  type IncomingResponse,
  type RefreshOutcome,
  type ReinviteOptions,
  type Session,
  type Supplement,
} from '@jackfield/session';

/** What a plug-in of the simulation throws on purpose. */
export class Injected extends Error {
  override readonly name = 'Injected';
}

/** Whether an error comes from an injected one. */
export function isInjected(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof Injected || (at instanceof SipError && at.code === 'SESSION_HOOK_DEADLINE')) return true;
  }
  return false;
}

/** Longer than a scenario: of a timer that only the end of its session takes out of the clock. */
const OUTLIVING_MS = 10 * 3_600_000;

export interface Leg {
  readonly session: Session;
  readonly party: string;
  /** Calls of `sessionEnd`. */
  ended: number;
  /** When the first came. */
  endedAt: number | undefined;
  /** It was established once. */
  stood: boolean;
  /** When its last INVITE left, while that has no final response. */
  invitedAt: number | undefined;
}

export class SessionWatch {
  readonly legs: Leg[] = [];
  readonly complaints: string[] = [];
  /** Promises given to the application and not settled. */
  readonly open = new Map<object, string>();
  /** When a promise settled last. */
  settledAt = 0;
  /** Errors that verbs may reject with besides injected ones. */
  readonly #allowed: ReadonlySet<string> = new Set([
    'SESSION_ENDED',
    'SESSION_REFUSED',
    'SESSION_STATE',
    'SESSION_NO_MEDIA',
    'SESSION_NEGOTIATION',
    'SIP_UNREACHABLE',
  ]);
  readonly #bySession = new Map<Session, Leg>();
  /** Final responses made. A 2xx to INVITE that a hook keeps back is followed by another. */
  readonly #answers = new WeakMap<IncomingRequest, number>();
  /** Calls of `sessionEnd` for each session that began, by supplement. */
  readonly #heard = new Map<string, Map<Session, number>>();
  /** CSeq of the last request shown, by session and sender. */
  readonly #sequences = new WeakMap<Session, Map<string, number>>();
  /** RSeq of the last reliable response shown, by session, To and CSeq. */
  readonly #reliable = new WeakMap<Session, Map<string, number>>();
  #cookies = 0;
  readonly #clock: Clock;
  /** Hears every hook; for the ladder. */
  write: (step: string) => void = () => undefined;
  /** Hears of every 2xx to a first INVITE, before it leaves. */
  accepted: (session: Session) => void = () => undefined;
  readonly cookie = defineCookie<{ destroyed: number }>('watch', (value) => {
    this.#cookies -= 1;
    value.destroyed += 1;
    if (value.destroyed > 1) this.complaints.push('a cookie was destroyed twice');
  });

  /** Is put on every session at its beginning, and taken off by the first request. */
  readonly #fleeting = defineCookie<{ destroyed: number }>('fleeting', (value) => {
    this.#cookies -= 1;
    value.destroyed += 1;
    if (value.destroyed > 1) this.complaints.push('a cookie was destroyed twice');
  });

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  complain(what: string): void {
    this.complaints.push(what);
  }

  newCookie(): { destroyed: number } {
    this.#cookies += 1;
    return { destroyed: 0 };
  }

  /** @param kind - `'verb'`: may reject with what the contract names. `'sure'`: never rejects. */
  track<T>(name: string, kind: 'verb' | 'sure', promise: Promise<T>): Promise<T | undefined> {
    const key = {};
    this.open.set(key, name);
    this.write(`  begins: ${name}`);
    return promise.then(
      (value) => {
        this.write(`  settles: ${name}`);
        this.#settled(key);
        return value;
      },
      (error: unknown) => {
        this.write(`  rejects: ${name}: ${String(error)}`);
        this.#settled(key);
        const code = error instanceof SipError ? error.code : '';
        const named = this.#allowed.has(code) || isInjected(error) || (error instanceof Error && error.name === 'AbortError');
        if (kind === 'sure' || !named) this.complain(`${name} rejected: ${String(error)}`);
        return undefined;
      },
    );
  }

  #settled(key: object): void {
    this.open.delete(key);
    this.settledAt = this.#clock.now();
  }

  /** As {@link track}; one asked for in time names the end as its outcome. */
  refresh(name: string, session: Session, options: ReinviteOptions): Promise<RefreshOutcome | undefined> {
    const late = session.state === 'ending' || session.state === 'ended';
    const outcome = session.sendReinvite(options);
    outcome.catch((error: unknown) => {
      const given = error === options.signal?.reason;
      if (!late && !given && isSipError(error, 'SESSION_ENDED')) this.complain(`${name} rejected, and was asked for in time`);
    });
    return this.track(name, 'verb', outcome);
  }

  alive(session: Session, hook: string): Leg | undefined {
    const leg = this.#bySession.get(session);
    if (leg === undefined) this.complain(`${hook} before sessionBegin`);
    else if (leg.ended > 0) this.complain(`${hook} after sessionEnd`);
    return leg;
  }

  /** A supplement, named with its party, was told of a session: it will be told of its end, once. */
  began(supplement: string, session: Session): void {
    let sessions = this.#heard.get(supplement);
    if (sessions === undefined) this.#heard.set(supplement, (sessions = new Map()));
    if (sessions.has(session)) this.complain(`${supplement}: sessionBegin twice`);
    sessions.set(session, 0);
  }

  heardEnd(supplement: string, session: Session): void {
    const times = this.#heard.get(supplement)?.get(session);
    if (times === undefined) this.complain(`${supplement}: sessionEnd without sessionBegin`);
    else this.#heard.get(supplement)!.set(session, times + 1);
  }

  /** First in the list: it begins first and hears the end last. */
  supplement(party: string): Supplement {
    const alive =
      (hook: string) =>
      (session: Session, message?: { readonly method?: string; readonly status?: number; readonly request?: unknown }) => {
        this.write(`${party}: ${hook} ${message?.status ?? message?.method ?? ''}`);
        this.alive(session, hook);
      };
    return {
      name: 'watch',
      order: 'early',
      admitSession: ({ cookies }) => cookies.set(this.cookie, this.newCookie()),
      sessionBegin: (session) => {
        this.write(`${party}: sessionBegin`);
        const leg: Leg = { session, party, ended: 0, endedAt: undefined, stood: false, invitedAt: undefined };
        if (this.#bySession.has(session)) this.complain('sessionBegin twice');
        this.#bySession.set(session, leg);
        this.legs.push(leg);
        if (session.cookies.get(this.cookie) === undefined) this.complain('a cookie of admission is not there in sessionBegin');
        session.cookies.add(this.#fleeting, this.newCookie());
        session.after(OUTLIVING_MS, () => this.complain('a timer outlived its session'));
        void this.track(`${party} established`, 'verb', session.established);
        session.established.then(
          () => (leg.stood = true),
          () => undefined,
        );
        void this.track(`${party} ended`, 'sure', session.ended);
      },
      sessionEnd: (session, end) => {
        this.write(`${party}: sessionEnd by ${end.by} ${end.status ?? ''}`);
        const leg = this.alive(session, 'sessionEnd');
        if (leg !== undefined) {
          leg.ended += 1;
          leg.endedAt ??= this.#clock.now();
        }
        if (session.cookies.get(this.cookie) === undefined) this.complain('cookies are gone in sessionEnd');
      },
      incomingRequest: (session, request) => {
        alive('incomingRequest')(session, request);
        session.cookies.remove(this.#fleeting);
        this.#inOrder(party, session, request);
      },
      incomingResponse: (session, response) => {
        alive('incomingResponse')(session, response);
        const leg = this.#bySession.get(session);
        if (leg !== undefined && response.request.method === 'INVITE' && response.status >= 200) leg.invitedAt = undefined;
        this.#oneByOne(party, session, response);
      },
      outgoingRequest: (session, request) => {
        alive('outgoingRequest')(session, request);
        const leg = this.#bySession.get(session);
        if (leg !== undefined && request.method === 'INVITE') leg.invitedAt = this.#clock.now();
      },
      outgoingResponse: (session, response) => {
        alive('outgoingResponse')(session, response);
        const { status, request } = response;
        if (request.initial && status >= 200 && status < 300) this.accepted(session);
        const before = this.#answers.get(request);
        if (before !== undefined && !(request.method === 'INVITE' && before < 300))
          this.complain(`${request.method} is answered ${before} and ${status}`);
        if (status >= 200) this.#answers.set(request, status);
      },
      redirected: (session) => void this.alive(session, 'redirected'),
      mediaChanged: (session) => void this.alive(session, 'mediaChanged'),
    };
  }

  /** RFC 3261 §12.2.2. ACK and CANCEL have the number of their INVITE. */
  #inOrder(party: string, session: Session, { method, headers }: IncomingRequest): void {
    if (method === 'ACK' || method === 'CANCEL') return;
    let known = this.#sequences.get(session);
    if (known === undefined) this.#sequences.set(session, (known = new Map()));
    const from = headers.get('From') ?? '';
    const sequence = Number.parseInt(headers.get('CSeq') ?? '', 10);
    const before = known.get(from) ?? 0;
    if (!(sequence >= before)) this.complain(`${party}: ${method} ${sequence} was shown after ${before}`);
    else known.set(from, sequence);
  }

  /**
   * RFC 3262 §4: of the reliable responses of a dialog, each but the first is the next, whatever the network makes of them. A refused PRACK, or a 481, may be
   * the end of its dialog, and a copy on its way then begins another.
   */
  #oneByOne(party: string, session: Session, { status, headers, request }: IncomingResponse): void {
    if (status === 481 || (request.method === 'PRACK' && status >= 300)) this.#reliable.delete(session);
    const number = status < 200 ? headers.get('RSeq') : undefined;
    if (number === undefined) return;
    let known = this.#reliable.get(session);
    if (known === undefined) this.#reliable.set(session, (known = new Map()));
    const key = `${headers.get('To')} ${headers.get('CSeq')}`;
    const before = known.get(key);
    if (before !== undefined && Number(number) !== before + 1) this.complain(`${party}: RSeq ${number} was shown after ${before}`);
    known.set(key, Number(number));
  }

  /** At the end of everything. */
  finish(): string[] {
    for (const { party, ended, session } of this.legs) {
      if (ended !== 1) this.complain(`${party}: ${ended} sessionEnd for one sessionBegin (${session.state})`);
      if (session.state !== 'ended') this.complain(`${party}: a session is still ${session.state}`);
    }
    for (const [supplement, sessions] of this.#heard) {
      for (const times of sessions.values()) if (times !== 1) this.complain(`${supplement} heard ${times} sessionEnd of a session`);
    }
    if (this.#cookies !== 0) this.complain(`${this.#cookies} cookies were not destroyed`);
    for (const name of this.open.values()) this.complain(`${name} never settled`);
    return this.complaints;
  }
}
