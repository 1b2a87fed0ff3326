/** What applications do besides, in scenarios with everything: reliable progress, refreshes before the answer, video taken in and out, transfers. */
import type { ManualClock, SeededRandom } from '@jackfield/base/testing';
import type { MediaInit, MediaSection, RefreshOutcome, ReinviteOptions, Session } from '@jackfield/session';
import type { SessionWatch } from './session-watch.ts';

const GONE: MediaSection = { kind: 'video', port: 0, protocol: 'RTP/AVP', formats: ['96'], lines: [] };
const CHANGES: readonly MediaInit[] = [
  'same',
  [{ kind: 'audio', direction: 'sendonly' }],
  [{ kind: 'audio', direction: 'sendrecv' }],
  [{ kind: 'video' }],
  [{ kind: 'audio' }, { kind: 'video', direction: 'recvonly' }],
  [{ kind: 'video', section: GONE }],
  [{ kind: 'video', section: GONE }],
];

export class MoreActs {
  /** Actions that are still to come. */
  busy = 0;
  /** Nothing stands in the way of a re-INVITE but another one. */
  #undisturbed: boolean;
  readonly #clock: ManualClock;
  readonly #random: SeededRandom;
  readonly #watch: SessionWatch;
  /** Whom callers can be transferred to. */
  readonly #targets: readonly string[];

  constructor(clock: ManualClock, random: SeededRandom, watch: SessionWatch, targets: readonly string[], undisturbed: boolean) {
    this.#clock = clock;
    this.#random = random;
    this.#watch = watch;
    this.#targets = targets;
    this.#undisturbed = undisturbed;
  }

  /** Something does. */
  disturb(): void {
    this.#undisturbed = false;
  }

  /** Before the answer, by the callee. */
  async ring(name: string, session: Session): Promise<void> {
    const random = this.#random;
    for (let step = random.integer(4); step > 0 && session.state !== 'ended'; step -= 1) {
      const reliable = random.chance(0.8) ? { reliable: true } : {};
      const media = random.chance(0.6) ? { media: 'same' as const } : {};
      const said = this.#watch.track(`${name} progress`, 'verb', session.progress(random.pick([183, 183, 180]), { ...reliable, ...media }));
      if (random.chance(0.8)) await said;
      if (random.chance(0.4)) this.#refresh(name, session, { media: random.pick(CHANGES), method: random.pick(['UPDATE', 'auto']) });
      await this.#sleep(random.integer(1200));
    }
  }

  /** By either side, from the INVITE on. */
  live(name: string, session: Session): void {
    const random = this.#random;
    if (random.chance(0.3)) this.#later(3000, () => this.#refresh(name, session, { media: random.pick(CHANGES), method: 'UPDATE' }));
    void session.established.then(
      () => this.#talk(name, session),
      () => undefined,
    );
  }

  #talk(name: string, session: Session): void {
    const random = this.#random;
    // both sides at the same moment, now and then
    for (let step = random.integer(4); step > 0; step -= 1) this.#later(random.chance(0.3) ? 1 : 6000, () => this.#act(name, session));
  }

  #act(name: string, session: Session): void {
    const random = this.#random;
    if (session.state === 'ended') return;
    if (random.chance(0.85)) return this.#refresh(name, session, { media: random.pick(CHANGES) });
    const headers = { 'Refer-To': `<${random.pick(this.#targets)}>` };
    void this.#watch.track(`${name} REFER`, 'verb', session.sendRequest('REFER', { headers }));
  }

  #refresh(name: string, session: Session, options: ReinviteOptions): void {
    const early = session.state !== 'established'; // then an exchange may stand open for as long as it rings
    const check = (outcome: RefreshOutcome | undefined): void => {
      if (!early && this.#undisturbed && outcome?.kind === 'refused' && outcome.response.status === 491)
        this.#watch.complain(`${name}: 491 is all that came of a refresh`);
    };
    void this.#watch.refresh(`${name} change`, session, options).then(check);
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
