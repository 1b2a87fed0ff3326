/**
 * Parties with the real session timers and transfers, drawn from a seed: they call one another over a bad network, by UDP or TCP, some calls fork, with
 * moody plug-ins beside these two; they transfer each other, stand still, lose their connections, and are parted. Acts, moods and watches are those of the session's own simulation.
 */
import { SeededRandom } from '@jackfield/base/testing';
import type { Session } from '@jackfield/session';
import type { Party } from '@jackfield/session/testing';
import { registerSessionTimers, sessionTimer } from '@jackfield/supplement-session-timers';
import { Actors, driverOf } from '../../packages/session/test/simulation/actors.ts';
import { ForkingElement } from '../../packages/session/test/simulation/forking-element.ts';
import { moodySupplement, share, type Mood } from '../../packages/session/test/simulation/moods.ts';
import { MoreActs } from '../../packages/session/test/simulation/more-acts.ts';
import { Pausing } from '../../packages/session/test/simulation/pausing.ts';
import { played, Stage, type Outcome } from '../../packages/session/test/simulation/stage.ts';
import { disagreements } from '../../packages/session/test/simulation/standing.ts';
import { Transferring } from './transferring.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave'] as const;
const BUSY_LIMIT_MS = 900_000;
/** The shortest interval that there is (RFC 4028 §4). */
const INTERVAL_S = 90;
/** A BYE and its repeats, and the 64·T1 of whoever waits. */
const END_MS = 120_000;
/** 64·T1: a refresh that nobody answers. */
const GIVE_UP_MS = 32_000;
/** Of an element that is no party. */
const FORK = '192.0.2.100';
/** Longer than a refresh and its repeats. */
const REFRESH_MS = 70_000;

export interface Played extends Outcome {
  /** How the transfers went that were asked for. */
  readonly transfers: readonly string[];
  /** Calls whose place another took. */
  readonly replaced: number;
  /** Sessions that were ended because nobody refreshed them, and UPDATEs and re-INVITEs with a timer. */
  readonly expired: number;
  readonly refreshed: number;
  /** Sessions that outlived several intervals. */
  readonly stood: number;
  /** The longest that a side was alone, in ms. */
  readonly latest: number;
}

export async function play(seed: number, { ladder = false } = {}): Promise<Played> {
  const scenario = new Scenario(seed);
  if (ladder) scenario.stage.trace(scenario.mood);
  const outcome = await played(scenario);
  const { transferring, expired, refreshed, stood } = scenario;
  const { outcomes: transfers, replaced } = transferring;
  return { ...outcome, transfers, replaced, expired, refreshed, stood, latest: scenario.stage.latest };
}

class Scenario {
  readonly stage: Stage;
  readonly mood: Mood;
  readonly transferring: Transferring;
  expired = 0;
  refreshed = 0;
  stood = 0;
  readonly #random: SeededRandom;
  /** Where transports, forks, pauses and cuts draw their chances, so that those of everything else are drawn as before. */
  readonly #more: SeededRandom;
  readonly #pausings: Pausing[] = [];
  readonly #actors: Actors;
  /** Nothing keeps a refresh from getting through: who talks on is not hung up. */
  readonly #undisturbed: boolean;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#more = new SeededRandom(seed ^ 0x51_ab_77);
    this.stage = new Stage(random, BUSY_LIMIT_MS);
    this.mood = {
      fail: share(random, 0.2, 0.03),
      unable: share(random, 0.1, 0.2),
      slow: share(random, 0.5, 0.4),
      stuck: share(random, 0.1, 0.02),
      refuse: share(random, 0.2, 0.3),
      meddle: share(random, 0.2, 0.05),
      pass: 0,
    };
    const { fail, unable, slow, stuck, refuse } = this.mood;
    const { bed, watch } = this.stage;
    const { clock, network } = bed;
    this.#undisturbed = network.conditions.loss === 0 && fail + unable + slow + stuck + refuse === 0;
    this.#actors = new Actors(clock, random.fork(), watch, random.pick([0, 0, 0.2, 0.5]), share(random, 0.1, 0.3));
    this.transferring = new Transferring(clock, random.fork(), watch);
  }

  async run(): Promise<void> {
    const { stage } = this;
    const { bed, watch } = stage;
    const random = this.#random;
    for (const name of NAMES.slice(0, random.chance(0.3) ? 4 : 3)) await this.#party(name);
    const transport = this.#more.chance(0.25) ? 'tcp' : undefined;
    const targets = bed.parties.map((party) => party.uri(party.name, transport));
    this.#actors.more = new MoreActs(bed.clock, random.fork(), watch, targets, false);
    for (const party of bed.parties) party.service.onIncoming(driverOf(this.#actors, party, undefined));
    const [alice, ...others] = bed.parties as [Party, ...Party[]];
    for (const other of others) this.#actors.place(alice, other.uri(other.name, transport), false);
    if (this.#more.chance(0.35)) this.#actors.place(alice, await this.#fork(others), false);
    if (!this.#undisturbed) this.#disturb();
    if (random.chance(0.3)) this.#actors.place(others[0]!, others[1]!.uri(), false);
    if (!this.#undisturbed && random.chance(0.3)) stage.vanish(random, 15_000, 300_000); // longer than any call lives without a refresh

    await stage.untilQuiet(() => this.#actors.busy + this.#actors.more!.busy + this.transferring.busy);
    await this.#findOut();
    await this.#compare();
    await stage.end(random, 2 * INTERVAL_S * 1000 + END_MS);
    stage.inTime(INTERVAL_S * 1000 + GIVE_UP_MS);
    await stage.close();
  }

  /** What calls all of them at once. */
  async #fork(called: readonly Party[]): Promise<string> {
    const { wire, bed } = this.stage;
    wire.between.add(FORK);
    const targets = called.map(({ name, host }) => ({ host: host.addresses[0]!, user: name }));
    return (await ForkingElement.on(bed.network.host(FORK), bed.clock, targets, this.#more)).uri;
  }

  /** Processes stand still, connections break, and now and then hardly anything gets through. */
  #disturb(): void {
    const { bed } = this.stage;
    const more = this.#more;
    for (let count = more.integer(3); count > 0; count -= 1) {
      const pausing = more.pick(this.#pausings);
      bed.clock.after(more.integer(60_000), () => pausing.pause(more.integer(more.chance(0.3) ? 9000 : 1500)));
    }
    for (let count = more.integer(4); count > 0; count -= 1) {
      const [one, other] = [more.pick(bed.parties), more.pick(bed.parties)];
      bed.clock.after(more.integer(60_000), () => this.stage.cut(one, other));
    }
    if (more.chance(0.2)) bed.network.change({ loss: 0.3 + more.fraction() * 0.1, reordering: 0.3, reorderMs: 300, duplication: 0.1 });
  }

  async #party(name: string): Promise<void> {
    const { stage, mood } = this;
    const { bed, watch } = stage;
    const random = this.#random;
    const reliable = random.pick(['supported', 'preferred', 'off'] as const);
    const pausing = new Pausing(bed.clock);
    this.#pausings.push(pausing);
    const party = await stage.party(name, { reliable, clock: pausing, network: (own) => pausing.network(own) });
    const { service } = party;
    const host = { clock: bed.clock, random: bed.random.fork(), watch, mood };
    service.registerSupplement(watch.supplement(name));
    registerSessionTimers(service, {
      mode: random.pick(['supported', 'supported', 'always', 'required']),
      refresher: random.pick(['auto', 'local', 'remote']),
      sessionExpires: INTERVAL_S,
    });
    service.registerSupplement({
      name: 'counting',
      order: 'late', // after the timers
      outgoingRequest: (_session, { initial, headers }) => {
        if (!initial && headers.get('Session-Expires') !== undefined) this.refreshed += 1;
      },
      sessionEnd: (session) => this.#count(session),
    });
    this.transferring.register(party, () => bed.parties.map((other) => other.uri()));
    service.registerSupplement(moodySupplement(host, name));
    for (const kind of random.chance(0.3) ? (['audio', 'video'] as const) : (['audio'] as const)) stage.handle(party, host, kind);
  }

  #count(session: Session): void {
    if (sessionTimer(session)?.expired !== true) return;
    this.expired += 1;
    this.stage.watch.write(`expired: ${session.dialog.callId}`);
  }

  /** Whoever was left alone has found out by now: a refresh fails, or does not come. */
  async #findOut(): Promise<void> {
    const { network, clock } = this.stage.bed;
    network.heal();
    await clock.advance(2 * INTERVAL_S * 1000 + END_MS);
  }

  async #compare(): Promise<void> {
    const { watch, bed, handlers } = this.stage;
    const wrong = (): string[] => disagreements(watch.legs, handlers);
    for (let tries = 3; tries > 0 && wrong().length > 0; tries -= 1) await bed.clock.advance(REFRESH_MS);
    for (const complaint of wrong()) watch.complain(complaint);
    if (this.#undisturbed && this.expired > 0) watch.complain('a session expired although every refresh gets through');
    this.stood += watch.legs.filter(({ session }) => session.state === 'established').length;
  }
}
