/** What parties of the simulation do with one another's calls: blind transfers and attended ones (RFC 3515, RFC 3891), asked for, followed, refused, forgotten. */
import { isSipError } from '@jackfield/base';
import type { ManualClock, SeededRandom } from '@jackfield/base/testing';
import type { Session, Supplement } from '@jackfield/session';
import type { Party } from '@jackfield/session/testing';
import {
  follow,
  refer,
  registerRefer,
  type Referral,
  type ReferralOutcome,
  type Replacement,
  type Transfer,
} from '@jackfield/supplement-refer';
import type { SessionWatch } from '../../packages/session/test/simulation/session-watch.ts';

/** Of one scenario: every call that comes of one may be transferred itself. */
const MOST = 4;
const PATIENCE_MS = 180_000;
/**
 * Of a BYE with all its repeats, and the NOTIFY with all of its own that ends a subscription then; or of the news of a REFER, which the end waits for;
 * hooks before them, and a process that stands still meanwhile.
 */
const END_MS = 120_000;

export class Transferring {
  /** Transfers that are still to be asked for. */
  busy = 0;
  /** How our REFERs ended: `blind done 200`, `left ended`. */
  readonly outcomes: string[] = [];
  /** Calls whose place another took. */
  replaced = 0;
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #watch: SessionWatch;
  /** Share of the INVITEs with Replaces that are not let in. */
  readonly #strict: number;
  #asked = 0;
  #followed = 0;

  constructor(clock: ManualClock, random: SeededRandom, watch: SessionWatch) {
    this.#clock = clock;
    this.#random = random;
    this.#watch = watch;
    this.#strict = random.pick([0, 0, 0.3]);
  }

  register(party: Party, targets: () => readonly string[]): void {
    const { service, name } = party;
    registerRefer(service, {
      authorize: () => !this.#random.chance(this.#strict),
      onRefer: (transfer) => this.#decide(party, transfer),
      onReplaces: (replacement) => this.#replace(name, replacement),
      expiresMs: 20_000 + this.#random.integer(60_000),
    });
    const supplement: Supplement = {
      name: 'transferring',
      sessionBegin: (session) => {
        if (this.#random.chance(0.5)) return;
        session.established.then(
          () => this.#later(() => this.#ask(name, session, [...service.sessions], targets())),
          () => undefined,
        );
      },
    };
    service.registerSupplement(supplement);
  }

  #ask(name: string, session: Session, all: readonly Session[], targets: readonly string[]): void {
    const random = this.#random;
    if (session.state !== 'established' || this.#asked === MOST) return;
    this.#asked += 1;
    const others = all.filter((other) => other !== session && other.state === 'established');
    const attended = others.length > 0 && random.chance(0.8) ? random.pick(others) : undefined;
    const leaves = attended === undefined && this.#asked % 2 === 0;
    const how = attended === undefined ? (leaves ? 'left' : 'blind') : 'attended';
    const third = targets.filter((uri) => !uri.includes(`@${session.dialog.remoteTarget?.host}:`)); // not the peer itself
    const referral = refer(session, attended ?? random.pick(third), { news: !random.chance(0.1), timeoutMs: 60_000 });
    const refused = (error: unknown): void => {
      if (!isSipError(error, 'REFER_REFUSED')) throw error;
    };
    void this.#watch.track(`${name} ${how} REFER`, 'verb', referral.accepted.catch(refused));
    void this.#watch.track(`${name} ${how} transfer`, 'sure', referral.done).then((outcome) => {
      this.outcomes.push(`${how} ${said(outcome!)}`);
      if (outcome?.kind !== 'done' || outcome.status >= 300) return;
      for (const over of [session, attended]) if (over !== undefined) void this.#watch.track(`${name} leaves`, 'sure', over.end());
    });
    if (random.chance(0.08)) this.#later(() => referral.stop());
    if (leaves) void this.#leave(name, session, referral);
  }

  /** Hangs up as soon as the peer has accepted, and hears of it all the same (RFC 5057 §5.5). */
  async #leave(name: string, session: Session, referral: Referral): Promise<void> {
    const left = await referral.accepted.then(
      () => session.state === 'established',
      () => false,
    );
    if (!left) return;
    const held = session.deferEnd();
    void this.#watch.track(`${name} leaves at once`, 'sure', session.end());
    await referral.done;
    held[Symbol.dispose]();
  }

  /** As without `onReplaces`, and the call whose place was taken is over soon. */
  async #replace(name: string, replacement: Replacement): Promise<void> {
    await replacement.accept();
    this.replaced += 1;
    const { replaced } = replacement;
    this.#clock.after(END_MS, () => {
      if (replaced.state !== 'ended') this.#watch.complain(`${name}: a call that was replaced is ${replaced.state}`);
    });
  }

  #decide({ service, name }: Party, transfer: Transfer): void {
    const random = this.#random;
    const how = random.integer(12);
    if (how === 0 || this.#followed === MOST) return void transfer.reject();
    this.#followed += 1;
    if (how === 1) return void transfer.session.after(1000, () => transfer.accept()); // and says no more
    if (how === 2) {
      transfer.accept();
      return void this.#watch.track(`${name} end in a transfer`, 'sure', transfer.session.end());
    }
    follow(service, transfer, { onSession: (session) => this.#limit(session) });
  }

  /** As every call that is placed: nothing else ends one that gets a 100 and no answer. */
  #limit(session: Session): void {
    const patience = this.#clock.after(PATIENCE_MS, () => void session.end());
    const over = (): void => patience[Symbol.dispose]();
    session.established.then(over, over);
  }

  #later(task: () => void): void {
    this.busy += 1;
    this.#clock.after(this.#random.integer(12_000), () => {
      this.busy -= 1;
      task();
    });
  }
}

const said = (outcome: ReferralOutcome): string => ('status' in outcome ? `${outcome.kind} ${outcome.status}` : outcome.kind);
