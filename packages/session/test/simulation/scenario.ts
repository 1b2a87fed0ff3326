/** One simulated call, or a few, drawn from a seed: parties, network, moods, what the applications do, and what must hold at the end. */
import { SeededRandom, type SimulatedHost } from '@jackfield/base/testing';
import type { Direction, MediaInit, Session } from '@jackfield/session';
import type { Party } from '@jackfield/session/testing';
import { Actors, driverOf } from './actors.ts';
import { EarlyChanges } from './early-changes.ts';
import { ForkingElement } from './forking-element.ts';
import { GIVE_UP_MS, leaveAlone } from './left-alone.ts';
import { moodySupplement, share, type Mood } from './moods.ts';
import { MoreActs } from './more-acts.ts';
import { Pausing } from './pausing.ts';
import { REFRESH_MS, Refreshing } from './refreshing.ts';
import { played, RING_MS, Stage, type Outcome } from './stage.ts';
import { disagreements } from './standing.ts';
import { strayPracks } from './stray-pracks.ts';
import { Transfers } from './transfers.ts';

const BUSY_LIMIT_MS = 600_000;
const IDLE_MS = 64_000;
/** A BYE and its repeats, and the 64·T1 of whoever waits. */
const END_MS = 120_000;
/** Longer than a response that asks for its PRACK waits for it (64·T1). */
const LONG_RING_MS = 70_000;
/** Of elements that are no party. */
const HOSTS = { fork: '192.0.2.100', stranger: '192.0.2.101' } as const;

export interface Played extends Outcome {
  /** Sessions that stood when they were compared. */
  readonly established: number;
  /** The longest that a side was alone, in ms: where nothing but a refresh tells it of that, calls are refreshed. */
  readonly latest: number;
}

/**
 * What a scenario draws, so that a seed tells for ever what it told when it found something: `plain`, two parties or three, nothing reliable, no forks,
 * pauses, transfers and refreshes; `more`, with all of these; `all`, besides with lost flows, long rings, diverted redirections, and parties left alone.
 */
export type Chances = 'plain' | 'more' | 'all';

export async function play(
  seed: number,
  { ladder = false, chances = 'all' }: { readonly ladder?: boolean; readonly chances?: Chances | undefined } = {},
): Promise<Played> {
  const scenario = new Scenario(seed, chances);
  if (ladder) scenario.stage.trace(scenario.mood);
  return { ...(await played(scenario)), established: scenario.established, latest: scenario.stage.latest };
}

class Scenario {
  readonly stage: Stage;
  readonly mood: Mood;
  established = 0;
  readonly #random: SeededRandom;
  readonly #video: boolean;
  readonly #actors: Actors;
  /** Where everything that is not plain draws its chances. */
  readonly #more: SeededRandom | undefined;
  /** The same for what is drawn in `all` alone. */
  readonly #all: SeededRandom | undefined;
  /** Where the last change draws its chances. */
  readonly #last: SeededRandom;
  readonly #pausings: Pausing[] = [];
  #refreshing: Refreshing | undefined;
  #leaves = false;
  #transfers: Transfers | undefined;
  readonly #earlyChanges: EarlyChanges | undefined;

  constructor(seed: number, chances: Chances) {
    const plain = chances === 'plain';
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#more = plain ? undefined : new SeededRandom(seed ^ 0x5b_d1_e9_95);
    this.#all = chances === 'all' ? new SeededRandom(seed ^ 0x3c_6e_f3_72) : undefined;
    this.#last = new SeededRandom(seed ^ 0x19_c4_02_6d);
    this.stage = new Stage(random, BUSY_LIMIT_MS);
    const early = new SeededRandom(seed ^ 0x2f_6b_c1_07); // so that the chances of everything else are drawn as before
    if (!plain && early.chance(0.12)) this.#earlyChanges = new EarlyChanges(early, this.stage.watch);
    this.mood = {
      fail: share(random, 0.3, 0.05),
      unable: share(random, 0.2, 0.3),
      slow: share(random, 0.5, 0.4),
      stuck: share(random, 0.15, 0.03),
      refuse: share(random, 0.4, 0.4),
      meddle: share(random, 0.3, 0.06),
      pass: this.#more === undefined ? 0 : this.#more.pick([0, 0.1, 0.5]),
      divert: this.#all?.pick([0, 0.6, 0.9]),
    };
    this.#video = random.chance(0.4);
    const { bed, watch } = this.stage;
    this.#actors = new Actors(bed.clock, random.fork(), watch, random.pick([0, 0, 0.2, 0.5]), share(random, 0.1, 0.3));
  }

  async run(): Promise<void> {
    const { stage } = this;
    const { bed, watch } = stage;
    const random = this.#random;
    const { names, forks, disturbed } = this.#prepare();
    const [alice, bob] = [await this.#party('alice'), await this.#party('bob')];
    const how = random.pick([undefined, undefined, undefined, undefined, 'redirect', 'bridge'] as const);
    const carol = how === undefined ? undefined : await this.#party('carol');
    for (const name of names) if (!bed.parties.some((party) => party.name === name)) await this.#party(name);
    const transport = random.chance(0.15) || this.#all?.chance(0.05) === true ? 'tcp' : undefined;
    bob.service.onIncoming(driverOf(this.#actors, bob, carol && how && { uri: carol.uri('carol', transport), how }));
    alice.service.onIncoming(driverOf(this.#actors, alice, undefined));
    for (const party of bed.parties.slice(2)) party.service.onIncoming(driverOf(this.#actors, party, undefined));
    const called = forks ? await this.#fork() : bob.uri('bob', transport);
    await this.#embellish(disturbed, transport === 'tcp' || this.#all === undefined);
    this.#actors.place(alice, called, how === 'redirect');
    if (random.chance(0.15)) this.#actors.place(bob, alice.uri('alice', transport), false);
    const parts = random.chance(0.08);
    if (parts) this.#part(alice, bob);
    const parted = parts || disturbed;
    if (transport === 'tcp' && random.chance(0.3)) bed.clock.after(random.integer(10_000), () => stage.cut(alice));
    if (transport === 'tcp') this.#breakFlows();

    const busy = (): number => this.#actors.busy + (this.#actors.more?.busy ?? 0);
    await stage.untilQuiet(busy);
    const mayBeAlone = parted || transport === 'tcp';
    if (this.#leaves && transport === undefined) await leaveAlone(stage, this.#all!);
    const alone = await this.#findOut(mayBeAlone);
    await stage.idle(IDLE_MS, busy);
    this.#compare(alone);
    await this.#changeOnce();
    this.#compare(alone);
    this.established = watch.legs.filter(({ session }) => session.state === 'established').length;
    await stage.end(random, END_MS, mayBeAlone);
    const byeToNobodyMs = this.#leaves ? GIVE_UP_MS : 0; // whoever finds out says so to one who is out of reach
    if ((this.#refreshing !== undefined && this.#refreshesLeave) || !mayBeAlone) stage.inTime(REFRESH_MS + GIVE_UP_MS + byeToNobodyMs);
    await stage.close();
  }

  /** Who takes part besides alice and bob, and what the world does to them. */
  #prepare(): { readonly names: readonly string[]; readonly forks: boolean; readonly disturbed: boolean } {
    const more = this.#more;
    if (more === undefined) return { names: [], forks: false, disturbed: false };
    const { stage } = this;
    const forks = more.chance(0.25);
    const names = forks || more.chance(0.15) ? (more.chance(0.3) ? ['carol', 'dave'] : ['carol']) : [];
    const heavy = more.chance(0.08);
    if (heavy) stage.bed.network.change({ loss: 0.3 + more.fraction() * 0.1, reordering: 0.3, reorderMs: 300, duplication: 0.1 });
    const vanishes = more.chance(0.06);
    if (vanishes) stage.vanish(more, 5000, 100_000);
    if (more.chance(0.2)) this.#refreshing = new Refreshing(more.fork(), stage.watch);
    if (this.#all?.chance(0.2) === true && this.#refreshing === undefined && this.#refreshesLeave) {
      this.#leaves = true;
      this.#refreshing = new Refreshing(this.#all.fork(), stage.watch, true);
    }
    if (more.chance(0.4)) this.#transfers = new Transfers(more.fork(), stage.watch);
    return { names, forks, disturbed: heavy || vanishes };
  }

  /** No plug-in keeps a refresh back. */
  get #refreshesLeave(): boolean {
    const { fail, stuck, meddle } = this.mood;
    return fail + stuck + meddle === 0;
  }

  /** Connections break that are there, in the middle of calls. */
  #breakFlows(): void {
    const all = this.#all;
    if (all === undefined) return;
    const { bed } = this.stage;
    for (let count = all.integer(4); count > 0; count -= 1) {
      const one = all.pick(bed.parties);
      bed.clock.after(all.integer(30_000), () => this.stage.cut(one));
    }
  }

  /** What calls bob and all but alice at once. */
  async #fork(): Promise<string> {
    const { bed } = this.stage;
    const host = this.#element(HOSTS.fork);
    const targets = bed.parties.slice(1).map((party) => ({ host: party.host.addresses[0]!, user: party.name }));
    return (await ForkingElement.on(host, bed.clock, targets, this.#more!)).uri;
  }

  #element(address: string): SimulatedHost {
    this.stage.wire.between.add(address);
    return this.stage.bed.network.host(address);
  }

  /** @param cuts - there are connections that can break */
  async #embellish(disturbed: boolean, cuts: boolean): Promise<void> {
    const more = this.#more;
    if (more === undefined) return;
    const { bed, watch } = this.stage;
    const { loss, maxDelayMs } = bed.network.conditions;
    const paused = more.chance(0.15);
    if (paused) {
      for (let count = 1 + more.integer(3); count > 0; count -= 1) {
        const pausing = more.pick(this.#pausings);
        bed.clock.after(more.integer(12_000), () => pausing.pause(more.integer(more.chance(0.3) ? 9000 : 1500)));
      }
    }
    if (more.chance(0.1)) {
      for (let count = 1 + more.integer(3); count > 0; count -= 1) {
        const [one, other] = [more.pick(bed.parties), more.pick(bed.parties)];
        const withinMs = more.integer(15_000);
        if (cuts) bed.clock.after(withinMs, () => this.stage.cut(one, other));
      }
    }
    if (more.chance(0.5)) await strayPracks(bed.network, this.#element(HOSTS.stranger), more.fork(), (what) => watch.complain(what));
    const { fail, unable, slow, stuck, refuse } = this.mood;
    const undisturbed = !paused && !disturbed && loss === 0 && maxDelayMs < 150 && fail + unable + slow + stuck + refuse === 0;
    const targets = bed.parties.map((party) => party.uri());
    this.#actors.more = new MoreActs(bed.clock, more.fork(), watch, targets, undisturbed);
  }

  #compare(alone: boolean): void {
    const { bed, watch, handlers } = this.stage;
    for (const wrong of disagreements(watch.legs, handlers, alone)) watch.complain(wrong);
    for (const { name, stack, service } of bed.parties) {
      const sessions = [...service.sessions];
      const dialogs = stack.stats().live['dialogs'] ?? 0; // of the early ones of a fork, the winner's is left
      if (sessions.every(({ state }) => state === 'established') && dialogs > sessions.length)
        watch.complain(`${name} has ${dialogs} dialogs for ${sessions.length} sessions`);
    }
  }

  /** A last change by one side of some of the calls that stand, after which both sides agree again. */
  async #changeOnce(): Promise<void> {
    const { watch, bed } = this.stage;
    const random = this.#last;
    for (const { session, party } of watch.legs) {
      if (session.state !== 'established' || random.chance(0.6)) continue;
      const direction = random.pick<Direction>(['sendonly', 'sendrecv', 'inactive']);
      const media = random.pick<MediaInit>(['same', [{ kind: 'audio', direction }]]);
      void watch.refresh(`${party} last change`, session, { media, method: random.pick(['INVITE', 'auto']) });
    }
    await bed.clock.advance(2 * IDLE_MS);
  }

  /** Where calls are refreshed, a side left alone finds out in time. @returns whether one may be left alone yet */
  async #findOut(mayBeAlone: boolean): Promise<boolean> {
    if (this.#refreshing === undefined) return mayBeAlone;
    await this.stage.bed.clock.advance(2 * REFRESH_MS + END_MS);
    this.#refreshing.on = false;
    return false;
  }

  async #party(name: string): Promise<Party> {
    const { stage, mood } = this;
    const { bed, watch } = stage;
    const more = this.#more;
    const pausing = more === undefined ? undefined : new Pausing(bed.clock);
    if (pausing !== undefined) this.#pausings.push(pausing);
    const party = await stage.party(name, {
      reliable: more?.pick(['supported', 'supported', 'preferred', 'preferred', 'required', 'off']),
      earlyMedia: more === undefined ? undefined : { select: more.pick(['latest', 'latest', 'first', 'answered']) },
      flowLost: this.#all?.pick([undefined, 'keep', 'refresh', 'end']),
      ringMs: this.#all?.pick([RING_MS, RING_MS, LONG_RING_MS]) ?? RING_MS,
      clock: pausing,
      network: pausing === undefined ? undefined : (own) => pausing.network(own),
    });
    const host = { clock: bed.clock, random: bed.random.fork(), watch, mood };
    party.service.registerSupplement(watch.supplement(name));
    if (this.#refreshing !== undefined) party.service.registerSupplement(this.#refreshing.supplement(name));
    const call = (uri: string): Session => this.#actors.place(party, uri, false);
    if (this.#transfers !== undefined) party.service.registerSupplement(this.#transfers.supplement(name, call));
    if (this.#earlyChanges !== undefined) party.service.registerSupplement(this.#earlyChanges.supplement(name));
    party.service.registerSupplement(moodySupplement(host, name));
    for (const kind of this.#video && this.#random.chance(0.8) ? (['audio', 'video'] as const) : (['audio'] as const)) {
      for (const suffix of mood.pass > 0 ? ['', '-second'] : ['']) stage.handle(party, host, kind, `moody-${kind}${suffix}`);
    }
    return party;
  }

  #part(one: Party, other: Party): void {
    const { clock, network } = this.stage.bed;
    this.#actors.more?.disturb();
    clock.after(this.#random.integer(10_000), () => {
      const partition = network.partition(one.host, other.host);
      clock.after(this.#random.integer(40_000), () => partition[Symbol.dispose]());
    });
  }
}
