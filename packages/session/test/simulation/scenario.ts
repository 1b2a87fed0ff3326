/** One simulated call, or a few, drawn from a seed: parties, network, moods, what the applications do, and what must hold at the end. */
import { SeededRandom, type NetworkConditions } from '@jackfield/base/testing';
import type { SipError } from '@jackfield/base';
import { Testbed, type Party } from '@jackfield/session/testing';
import { Actors, driverOf } from './actors.ts';
import { gist, moodyHandler, moodySupplement, type Mood, type MoodyHandler, type PlainStream } from './moods.ts';
import { isInjected, SessionWatch, type Leg } from './session-watch.ts';
import { WireWatch } from './wire-watch.ts';

const BUSY_LIMIT_MS = 600_000;
const IDLE_MS = 64_000;
/** A BYE and its repeats, and the 64·T1 of whoever waits. */
const END_MS = 120_000;

export interface Played {
  readonly complaints: readonly string[];
  /** Messages and hooks, when asked for. */
  readonly ladder: readonly string[];
  readonly established: number;
}

export async function play(seed: number, ladder = false): Promise<Played> {
  const scenario = new Scenario(seed);
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

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
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
    };
    this.#video = random.chance(0.4);
    const { clock } = this.bed;
    this.#actors = new Actors(clock, random.fork(), this.watch, random.pick([0, 0, 0.2, 0.5]), share(0.1, 0.3));
  }

  async run(): Promise<void> {
    const { bed } = this;
    const random = this.#random;
    const [alice, bob] = [await this.#party('alice'), await this.#party('bob')];
    const how = random.pick([undefined, undefined, undefined, undefined, 'redirect', 'bridge'] as const);
    const carol = how === undefined ? undefined : await this.#party('carol');
    const transport = random.chance(0.15) ? 'tcp' : undefined;
    bob.service.onIncoming(driverOf(this.#actors, bob, carol && how && { uri: carol.uri('carol', transport), how }));
    alice.service.onIncoming(driverOf(this.#actors, alice, undefined));
    carol?.service.onIncoming(driverOf(this.#actors, carol, undefined));
    this.#actors.place(alice, bob.uri('bob', transport), how === 'redirect');
    if (random.chance(0.15)) this.#actors.place(bob, alice.uri('alice', transport), false);
    const parted = random.chance(0.08);
    if (parted) this.#part(alice, bob);
    if (transport === 'tcp' && random.chance(0.3)) bed.clock.after(random.integer(10_000), () => bed.network.cut(alice.host));

    await this.#untilQuiet(parted);
    await bed.clock.advance(IDLE_MS);
    this.established = this.watch.legs.filter(({ session }) => session.state === 'established').length;
    this.#compareDescriptions(parted || transport === 'tcp');
    await this.#end(parted || transport === 'tcp');
    await this.#close();
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
    const party = await bed.party(name, { traced: false, ringMs: 20_000, onError });
    const host = { clock: bed.clock, random: bed.random.fork(), watch, mood: this.#mood };
    party.service.registerSupplement(watch.supplement(name));
    party.service.registerSupplement(moodySupplement(host, name));
    for (const kind of this.#video && this.#random.chance(0.8) ? (['audio', 'video'] as const) : (['audio'] as const)) {
      const handler = moodyHandler(host, kind);
      this.#handlers.push(handler);
      party.service.registerSdpHandler(handler, kind);
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
    while (this.#actors.busy > 0 || open().length > 0) {
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

/** Half of the seeds have a network that works; the others lose, repeat and reorder up to 30 %. */
function conditions(random: SeededRandom): Partial<NetworkConditions> {
  const delay = { minDelayMs: 1 + random.integer(20), maxDelayMs: 20 + random.integer(random.chance(0.2) ? 1500 : 100) };
  if (random.chance(0.4)) return delay;
  const share = (): number => random.fraction() * 0.3;
  return { ...delay, loss: share(), duplication: share(), reordering: share(), reorderMs: 10 + random.integer(600) };
}

/** What the core reports of what the simulation did on purpose. */
function isExpected(error: SipError): boolean {
  const rule = (error.info as { readonly rule?: string } | undefined)?.rule;
  return (
    error.code === 'SESSION_NO_MEDIA' || (error.code === 'SESSION_NEGOTIATION' && (rule === 'nothing-claimed' || rule === 'answer-missing'))
  );
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.message}${error.cause === undefined ? '' : ` <- ${describe(error.cause)}`}` : String(error);
}
