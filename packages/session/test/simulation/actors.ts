/** What applications do with their calls in the simulation: place, answer, refuse, hold, refresh, ask, defer, hang up, each when chance says. */
import type { ManualClock, SeededRandom } from '@jackfield/base/testing';
import type {
  Direction,
  IncomingRequest,
  IncomingResponse,
  InviteOptions,
  MediaInit,
  ReinviteOptions,
  Session,
  StreamInit,
} from '@jackfield/session';
import type { Party } from '@jackfield/session/testing';
import type { MoreActs } from './more-acts.ts';
import { Injected, type SessionWatch } from './session-watch.ts';

const DIRECTIONS: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
const PATIENCE_MS = 180_000;

export class Actors {
  /** Actions that are still to come, or under way. */
  busy = 0;
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #watch: SessionWatch;
  /** Share of the calls that somebody hangs up while things go on. */
  readonly #hasty: number;
  readonly #throws: number;
  /** In scenarios with everything. */
  more: MoreActs | undefined;

  constructor(clock: ManualClock, random: SeededRandom, watch: SessionWatch, hasty: number, throws: number) {
    this.#clock = clock;
    this.#random = random;
    this.#watch = watch;
    this.#hasty = hasty;
    this.#throws = throws;
  }

  /** A call from start to whenever it is let go. */
  place(from: Party, target: string, follow: boolean): Session {
    const random = this.#random;
    const { options, answering } = this.#inviteOptions(from);
    const session = from.service.create(target, {
      ...options,
      ...(follow && { endpoint: { name: 'x', trusted: false, redirects: 'follow' } }),
    });
    answering(session);
    if (random.chance(this.#hasty))
      this.#later(random.chance(0.3) ? 40 : 6000, () => void this.#watch.track(`${from.name} end`, 'sure', session.end()));
    const patience = this.#clock.after(PATIENCE_MS, () => void session.end()); // nothing else ends a call that is never answered after a 100
    void session.established.then(
      () => patience[Symbol.dispose](),
      () => patience[Symbol.dispose](),
    );
    void this.#live(from.name, session, session.established);
    this.more?.live(from.name, session);
    return session;
  }

  /** The driver of a party; with `to`, it sends callers there or bridges them. */
  async answer(
    party: Party,
    session: Session,
    to: { readonly uri: string; readonly how: 'redirect' | 'bridge' } | undefined,
  ): Promise<void> {
    const random = this.#random;
    const name = party.name;
    const verb = (what: string, promise: Promise<unknown>): Promise<unknown> => this.#watch.track(`${name} ${what}`, 'verb', promise);
    if (random.chance(this.#throws)) throw new Injected('driver');
    if (random.chance(this.#hasty))
      this.#later(random.chance(0.3) ? 40 : 6000, () => void this.#watch.track(`${name} end`, 'sure', session.end()));
    if (to?.how === 'redirect') return void (await verb('redirect', session.reject(302, { headers: { Contact: `<${to.uri}>` } })));
    if (to?.how === 'bridge') return this.#bridge(party, session, to.uri);
    this.more?.live(name, session);
    await this.more?.ring(name, session);
    for (let step = random.integer(3); step > 0; step -= 1) {
      await this.#sleep(random.integer(1500));
      if (session.state === 'ended') return;
      await verb('progress', session.progress(random.pick([180, 183, 183, 182]), random.chance(0.2) ? { media: 'same' } : {}));
    }
    await this.#sleep(random.chance(0.3) ? 0 : random.integer(3000));
    const way = random.fraction();
    if (way < 0.08) return void (await verb('reject', session.reject(random.pick([404, 480, 486, 603]))));
    if (way < 0.11) return; // rings on: CANCEL, or the ring time
    if (random.chance(this.#throws)) throw new Injected('driver, later');
    const media = random.chance(0.2) ? this.#wishes() : 'same';
    const accepted = session.accept({ media });
    void verb('accept', accepted);
    await this.#live(name, session, accepted);
  }

  async #bridge(party: Party, session: Session, uri: string): Promise<void> {
    const other = this.place(party, uri, false);
    void other.ended.then(() => void this.#watch.track('bridge end', 'sure', session.end()));
    void session.ended.then(() => void this.#watch.track('bridge end', 'sure', other.end()));
    try {
      await other.established;
    } catch {
      return;
    }
    const accepted = session.accept();
    void this.#watch.track('bridge accept', 'verb', accepted);
    await this.#live(party.name, session, accepted);
  }

  async #live(name: string, session: Session, ready: Promise<void>): Promise<void> {
    const random = this.#random;
    this.busy += 1;
    try {
      if (random.chance(0.9)) await ready.catch(() => {});
      for (let step = random.integer(5); step > 0 && session.state !== 'ended'; step -= 1) {
        await this.#sleep(random.chance(0.3) ? 0 : random.integer(2500));
        this.#act(name, session);
      }
      if (random.chance(this.#hasty / 2)) void this.#watch.track(`${name} hang up`, 'sure', session.end());
    } finally {
      this.busy -= 1;
    }
  }

  #act(name: string, session: Session): void {
    const random = this.#random;
    const what = random.integer(12);
    if (what < 4) this.#refresh(name, session, { media: this.#wishes() });
    else if (what < 6) this.#refresh(name, session, { media: 'same' });
    else if (what < 7) this.#refresh(name, session, { media: 'none', method: 'UPDATE' });
    else if (what < 8) this.#refreshLate(name, session);
    else if (what < 11) {
      const method = random.pick(['INFO', 'OPTIONS', 'INFO', 'REFER', 'X-NEW']);
      void this.#watch.track(`${name} ${method}`, 'verb', session.sendRequest(method, { signal: this.#signal(session) }));
    } else {
      const held = session.deferEnd();
      if (random.chance(0.8)) this.#later(8000, () => held[Symbol.dispose]());
      session.after(random.integer(4000), () => {
        if (session.state === 'ended') this.#watch.complain('a timer of an ended session ran');
      });
    }
  }

  #wishes(): readonly StreamInit[] {
    const random = this.#random;
    const kinds = random.pick([['audio'], ['audio'], ['video'], ['audio', 'video']]);
    return kinds.map((kind) => ({ kind, direction: random.pick(DIRECTIONS) }));
  }

  #refresh(name: string, session: Session, options: ReinviteOptions): void {
    const method = options.method ?? this.#random.pick(['INVITE', 'UPDATE', 'auto']);
    void this.#watch.refresh(`${name} ${method}`, session, { ...options, method, signal: this.#signal(session) });
  }

  #refreshLate(name: string, session: Session): void {
    if (this.#random.chance(0.5)) return void this.#watch.refresh(`${name} late`, session, { media: 'late' });
    const answer = this.#lateAnswer(name);
    const onResponse = (response: IncomingResponse): void => answer(session, response);
    void this.#watch.refresh(`${name} late`, session, { media: 'late', onResponse });
  }

  #inviteOptions(from: Party): { options: InviteOptions; answering: (session: Session) => void } {
    const random = this.#random;
    const media: MediaInit = random.pick<MediaInit>(['same', 'same', 'late', [{ kind: 'audio' }], this.#wishes()]);
    if (random.chance(0.6)) return { options: { media }, answering: () => undefined };
    let session: Session | undefined;
    const answer = this.#lateAnswer(from.name);
    const onResponse = (response: IncomingResponse): void => {
      if (media === 'late') answer(session!, response);
    };
    return { options: { media, onResponse }, answering: (made) => (session = made) };
  }

  /** Who listens to responses answers late offers itself; sometimes too late. */
  #lateAnswer(name: string): (session: Session, response: IncomingResponse) => void {
    return (session, { status }) => {
      if (status < 200 || status >= 300) return;
      const answer = (): void => void this.#watch.track(`${name} answerOffer`, 'verb', session.answerOffer({ media: 'same' }));
      if (this.#random.chance(0.3)) answer();
      else this.#later(this.#random.chance(0.1) ? 9000 : 2000, answer);
    };
  }

  #signal(session: Session): AbortSignal | undefined {
    if (!this.#random.chance(0.15)) return undefined;
    if (this.#random.chance(0.5)) return session.signal;
    const controller = new AbortController();
    this.#later(4000, () => controller.abort());
    return controller.signal;
  }

  #later(withinMs: number, task: () => void): void {
    this.busy += 1;
    this.#clock.after(this.#random.integer(withinMs), () => {
      this.busy -= 1;
      task();
    });
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(ms, resolve));
  }
}

/** What a driver of `party` does with each call. */
export function driverOf(
  actors: Actors,
  party: Party,
  to: Parameters<Actors['answer']>[2],
): (session: Session, invite: IncomingRequest) => Promise<void> {
  return (session) => actors.answer(party, session, to);
}
