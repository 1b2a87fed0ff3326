/** One simulated call, or a few, drawn from a seed: parties, network, moods, what the applications do, and what must hold at the end. */
import { SeededRandom, type SimulatedHost } from '@jackfield/base/testing';
import type { SipError } from '@jackfield/base';
import type { Session } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';
import { Actors, driverOf } from './actors.ts';
import { ForkingElement } from './forking-element.ts';
import { gist, moodyHandler, moodySupplement, type Mood, type MoodyHandler, type PlainStream } from './moods.ts';
import { MoreActs } from './more-acts.ts';
import { conditions } from './networks.ts';
import { Pausing } from './pausing.ts';
import { REFRESH_MS, Refreshing } from './refreshing.ts';
import { describe, isExpected } from './reports.ts';
import { isInjected, SessionWatch, type Leg } from './session-watch.ts';
import { strayPracks } from './stray-pracks.ts';
import { Transfers } from './transfers.ts';
import { WireWatch } from './wire-watch.ts';

const BUSY_LIMIT_MS = 600_000;
const IDLE_MS = 64_000;
/** A BYE and its repeats, and the 64·T1 of whoever waits. */
const END_MS = 120_000;
/** Of elements that are no party. */
const HOSTS = { fork: '192.0.2.100', stranger: '192.0.2.101' } as const;

export interface Played {
  readonly complaints: readonly string[];
  /** Messages and hooks, when asked for. */
  readonly ladder: readonly string[];
  readonly established: number;
}

/** @param plain - two parties or three, nothing reliable, no forks, pauses, transfers and refreshes: what the first seeds were found with */
export async function play(seed: number, { ladder = false, plain = false } = {}): Promise<Played> {
  const scenario = new Scenario(seed, plain);
  if (ladder) scenario.trace();
  const unhandled = (error: unknown): void => scenario.watch.complain(`unhandled rejection: ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    await scenario.run();
  } catch (error) {
    scenario.watch.complain(`thrown out: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  const { watch, bed } = scenario;
  return { complaints: watch.complaints, ladder: bed.steps, established: scenario.established };
}

class Scenario {
  readonly bed: Testbed;
  readonly watch = new SessionWatch();
  established = 0;
  readonly #random: SeededRandom;
  readonly #wire: WireWatch;
  readonly #handlers: MoodyHandler[] = [];
  readonly #video: boolean;
  readonly #mood: Mood;
  readonly #actors: Actors;
  readonly #errors: SipError[] = [];
  /** Where everything that is not plain draws its chances. */
  readonly #more: SeededRandom | undefined;
  readonly #pausings: Pausing[] = [];
  #refreshing: Refreshing | undefined;
  #transfers: Transfers | undefined;

  constructor(seed: number, plain: boolean) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.#more = plain ? undefined : new SeededRandom(seed ^ 0x5b_d1_e9_95);
    this.bed = new Testbed({ seed: random.integer(2 ** 32), conditions: conditions(random) });
    this.#wire = new WireWatch(this.bed.network);
    const share = (chance: number, most: number): number => (random.chance(chance) ? random.fraction() * most : 0);
    this.#mood = {
      fail: share(0.3, 0.05),
      unable: share(0.2, 0.3),
      slow: share(0.5, 0.4),
      stuck: share(0.15, 0.03),
      refuse: share(0.4, 0.4),
      meddle: share(0.3, 0.06),
      pass: this.#more === undefined ? 0 : this.#more.pick([0, 0.1, 0.5]),
    };
    this.#video = random.chance(0.4);
    const { clock } = this.bed;
    this.#actors = new Actors(clock, random.fork(), this.watch, random.pick([0, 0, 0.2, 0.5]), share(0.1, 0.3));
  }

  async run(): Promise<void> {
    const { bed } = this;
    const random = this.#random;
    const { names, forks, disturbed } = this.#prepare();
    const [alice, bob] = [await this.#party('alice'), await this.#party('bob')];
    const how = random.pick([undefined, undefined, undefined, undefined, 'redirect', 'bridge'] as const);
    const carol = how === undefined ? undefined : await this.#party('carol');
    for (const name of names) if (!bed.parties.some((party) => party.name === name)) await this.#party(name);
    const transport = random.chance(0.15) ? 'tcp' : undefined;
    bob.service.onIncoming(driverOf(this.#actors, bob, carol && how && { uri: carol.uri('carol', transport), how }));
    alice.service.onIncoming(driverOf(this.#actors, alice, undefined));
    for (const party of bed.parties.slice(2)) party.service.onIncoming(driverOf(this.#actors, party, undefined));
    const called = forks ? await this.#fork() : bob.uri('bob', transport);
    await this.#embellish(disturbed);
    this.#actors.place(alice, called, how === 'redirect');
    if (random.chance(0.15)) this.#actors.place(bob, alice.uri('alice', transport), false);
    const parts = random.chance(0.08);
    if (parts) this.#part(alice, bob);
    const parted = parts || disturbed;
    if (transport === 'tcp' && random.chance(0.3)) bed.clock.after(random.integer(10_000), () => bed.network.cut(alice.host));

    await this.#untilQuiet(parted);
    const alone = await this.#findOut(parted || transport === 'tcp');
    await bed.clock.advance(IDLE_MS);
    this.established = this.watch.legs.filter(({ session }) => session.state === 'established').length;
    this.#compareDescriptions(alone);
    await this.#end(parted || transport === 'tcp');
    await this.#close();
  }

  /** Who takes part besides alice and bob, and what the world does to them. */
  #prepare(): { readonly names: readonly string[]; readonly forks: boolean; readonly disturbed: boolean } {
    const more = this.#more;
    if (more === undefined) return { names: [], forks: false, disturbed: false };
    const { network } = this.bed;
    const forks = more.chance(0.25);
    const names = forks || more.chance(0.15) ? (more.chance(0.3) ? ['carol', 'dave'] : ['carol']) : [];
    const heavy = more.chance(0.08);
    if (heavy) network.change({ loss: 0.3 + more.fraction() * 0.1, reordering: 0.3, reorderMs: 300, duplication: 0.1 });
    const vanishes = more.chance(0.06);
    if (vanishes) this.#vanish(more);
    if (more.chance(0.2)) this.#refreshing = new Refreshing(more.fork(), this.watch);
    if (more.chance(0.4)) this.#transfers = new Transfers(more.fork(), this.watch);
    return { names, forks, disturbed: heavy || vanishes };
  }

  /** One party is out of reach of all others for longer than any request waits, or for a moment. */
  #vanish(more: SeededRandom): void {
    const { bed } = this;
    bed.clock.after(more.integer(5000), () => {
      const gone = more.pick(bed.parties).host;
      const others = bed.parties.map(({ host }) => host).filter((host) => host !== gone);
      const partition = bed.network.partition(gone, others);
      bed.clock.after(more.integer(100_000), () => partition[Symbol.dispose]());
    });
  }

  /** What calls bob and all but alice at once. */
  async #fork(): Promise<string> {
    const { bed } = this;
    const host = this.#element(HOSTS.fork);
    const targets = bed.parties.slice(1).map((party) => ({ host: party.host.addresses[0]!, user: party.name }));
    return (await ForkingElement.on(host, bed.clock, targets, this.#more!)).uri;
  }

  #element(address: string): SimulatedHost {
    this.#wire.between.add(address);
    return this.bed.network.host(address);
  }

  async #embellish(disturbed: boolean): Promise<void> {
    const more = this.#more;
    if (more === undefined) return;
    const { bed, watch } = this;
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
        bed.clock.after(more.integer(15_000), () => bed.network.cut(one.host, other.host));
      }
    }
    if (more.chance(0.5)) await strayPracks(bed.network, this.#element(HOSTS.stranger), more.fork(), (what) => watch.complain(what));
    const { fail, unable, slow, stuck, refuse } = this.#mood;
    const undisturbed = !paused && !disturbed && loss === 0 && maxDelayMs < 150 && fail + unable + slow + stuck + refuse === 0;
    const targets = bed.parties.map((party) => party.uri());
    this.#actors.more = new MoreActs(bed.clock, more.fork(), watch, targets, undisturbed);
  }

  /** Where calls are refreshed, a side left alone finds out in time. @returns whether one may be left alone yet */
  async #findOut(mayBeAlone: boolean): Promise<boolean> {
    if (this.#refreshing === undefined) return mayBeAlone;
    await this.bed.clock.advance(2 * REFRESH_MS + END_MS);
    this.#refreshing.on = false;
    return false;
  }

  trace(): void {
    const { bed, watch } = this;
    bed.trace();
    const began = bed.clock.now();
    watch.write = (step) => bed.steps.push(`${step} @${bed.clock.now() - began}`);
    for (const line of [JSON.stringify(this.#mood), JSON.stringify(bed.network.conditions)]) bed.steps.push(line);
  }

  async #party(name: string): Promise<Party> {
    const { bed, watch } = this;
    const onError = (error: SipError): void => {
      this.#errors.push(error);
      watch.write(`${name}: reported ${describe(error)}`);
    };
    const more = this.#more;
    const pausing = more === undefined ? undefined : new Pausing(bed.clock);
    if (pausing !== undefined) this.#pausings.push(pausing);
    const party = await bed.party(name, {
      traced: false,
      ringMs: 20_000,
      onError,
      reliable: more?.pick(['supported', 'supported', 'preferred', 'preferred', 'required', 'off']),
      earlyMedia: more === undefined ? undefined : { select: more.pick(['latest', 'latest', 'first', 'answered']) },
      clock: pausing,
      network: pausing === undefined ? undefined : (own) => pausing.network(own),
    });
    const host = { clock: bed.clock, random: bed.random.fork(), watch, mood: this.#mood };
    party.service.registerSupplement(watch.supplement(name));
    if (this.#refreshing !== undefined) party.service.registerSupplement(this.#refreshing.supplement(name));
    const call = (uri: string): Session => this.#actors.place(party, uri, false);
    if (this.#transfers !== undefined) party.service.registerSupplement(this.#transfers.supplement(name, call));
    party.service.registerSupplement(moodySupplement(host, name));
    for (const kind of this.#video && this.#random.chance(0.8) ? (['audio', 'video'] as const) : (['audio'] as const)) {
      for (const suffix of this.#mood.pass > 0 ? ['', '-second'] : ['']) {
        const handler = moodyHandler(host, kind, `moody-${kind}${suffix}`);
        this.#handlers.push(handler);
        party.service.registerSdpHandler(handler, kind);
      }
    }
    return party;
  }

  #part(one: Party, other: Party): void {
    const { clock, network } = this.bed;
    clock.after(this.#random.integer(10_000), () => {
      const partition = network.partition(one.host, other.host);
      clock.after(this.#random.integer(40_000), () => partition[Symbol.dispose]());
    });
  }

  /** Until the applications have done what they had in mind, and every verb has settled. An INVITE that got its 100 and nothing else has no end of its own. */
  async #untilQuiet(parted: boolean): Promise<void> {
    const { clock } = this.bed;
    const started = clock.now();
    const open = (): string[] => [...this.watch.open.values()].filter((name) => !/ (ended|established)$/.test(name));
    while (this.#actors.busy > 0 || (this.#actors.more?.busy ?? 0) > 0 || open().length > 0) {
      if (clock.now() - started > BUSY_LIMIT_MS) {
        if (!parted) this.watch.complain(`still open: ${open().join(', ') || 'actors'}`);
        return;
      }
      await clock.advance(1000);
    }
  }

  /** Two sides of a call that have been idle for 64 s see the same streams, and their handlers run them. */
  #compareDescriptions(mayDiffer: boolean): void {
    const running = this.#handlers.reduce((sum, { live }) => sum + live, 0);
    const shown = this.watch.legs.reduce((sum, { session }) => sum + (session.state === 'established' ? session.streams.length : 0), 0);
    const settled = this.watch.legs.every(({ session }) => session.state === 'established' || session.state === 'ended');
    if (settled && running !== shown) this.watch.complain(`handlers run ${running} streams, sessions show ${shown}`);
    for (const one of this.watch.legs) {
      if (one.session.state !== 'established') continue;
      const { streams, dialog } = one.session;
      for (const { local, remote, stream } of streams) {
        const { agreed, stopped } = stream as PlainStream;
        if (stopped > 0) this.watch.complain(`${one.party}: a stream in use is stopped`);
        else if (agreed === undefined || gist(agreed.local) !== gist(local) || gist(agreed.remote) !== gist(remote)) {
          this.watch.complain(`${one.party}: the handler runs ${agreed && gist(agreed.local)}, the session says ${gist(local)}`);
        }
      }
      const other = this.watch.legs.find(
        ({ session }) => session !== one.session && session.dialog.callId === dialog.callId && session.dialog.localTag === dialog.remoteTag,
      );
      if (mayDiffer && other?.session.state !== 'established') continue;
      if (other === undefined || other.session.state !== 'established') {
        this.watch.complain(`${one.party} is established, its peer is ${other?.session.state ?? 'not there'}`);
        continue;
      }
      const mine = streams.map(({ local }) => gist(local)).join(' | ');
      const theirs = other.session.streams.map(({ remote }) => gist(remote)).join(' | ');
      if (mine !== theirs) this.watch.complain(`${one.party} sent ${mine}, ${other.party} has ${theirs}`);
    }
  }

  /** One side of each call that is left hangs up, or both at once; the other follows. */
  async #end(mayBeAlone: boolean): Promise<void> {
    const random = this.#random;
    const calls = new Map<string, Leg[]>();
    for (const leg of this.watch.legs) {
      if (leg.session.state === 'ended') continue;
      const { callId } = leg.session.dialog;
      calls.set(callId, [...(calls.get(callId) ?? []), leg]);
    }
    for (const legs of calls.values()) {
      const enders = random.chance(0.2) ? legs : [random.pick(legs)];
      for (const { session, party } of enders) void this.watch.track(`${party} last end`, 'sure', session.end());
    }
    await this.bed.clock.advance(END_MS);
    if (mayBeAlone) return;
    for (const { session, party } of this.watch.legs) {
      if (session.state !== 'ended') this.watch.complain(`${party} is still ${session.state} after its peer hung up`);
    }
  }

  async #close(): Promise<void> {
    const { bed, watch } = this;
    const closing = bed.parties.map(({ service, name }) => watch.track(`${name} close`, 'sure', service.close()));
    await bed.clock.runAll(BUSY_LIMIT_MS);
    await Promise.race([Promise.all(closing), bed.clock.advance(0)]);
    const left = bed.leftOver();
    if (bed.network.connections > 0) delete left['timers']; // a connection waits to be idle
    for (const [what, count] of Object.entries(left)) watch.complain(`left over: ${count} ${what}`);
    for (const { live } of this.#handlers) if (live > 0) watch.complain(`left over: ${live} streams of the handler`);
    for (const error of this.#errors) if (!isInjected(error) && !isExpected(error)) watch.complain(`reported: ${describe(error)}`);
    for (const complaint of this.#wire.complaints()) watch.complain(complaint);
    watch.finish();
    await Promise.all(bed.parties.map(({ stack }) => stack.close()));
  }
}
