/**
 * Parties with the real session timers and transfers, drawn from a seed: they call one another over a bad network, with moody plug-ins beside these two,
 * transfer each other, and are parted. Acts, moods and watches are those of the session's own simulation.
 */
import type { SipError } from '@jackfield/base';
import { SeededRandom } from '@jackfield/base/testing';
import type { Session } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';
import { registerSessionTimers, sessionTimer } from '@jackfield/supplement-session-timers';
import { Actors, driverOf } from '../../packages/session/test/simulation/actors.ts';
import { moodyHandler, moodySupplement, type Mood, type MoodyHandler } from '../../packages/session/test/simulation/moods.ts';
import { MoreActs } from '../../packages/session/test/simulation/more-acts.ts';
import { conditions } from '../../packages/session/test/simulation/networks.ts';
import { describe, isExpected } from '../../packages/session/test/simulation/reports.ts';
import { isInjected, SessionWatch } from '../../packages/session/test/simulation/session-watch.ts';
import { WireWatch } from '../../packages/session/test/simulation/wire-watch.ts';
import { disagreements } from './standing.ts';
import { Transferring } from './transferring.ts';

const NAMES = ['alice', 'bob', 'carol', 'dave'] as const;
const BUSY_LIMIT_MS = 900_000;
/** The shortest interval that there is (RFC 4028 §4). */
const INTERVAL_S = 90;
/** A BYE and its repeats, and the 64·T1 of whoever waits. */
const END_MS = 120_000;
/** Longer than a refresh and its repeats. */
const REFRESH_MS = 70_000;

export interface Played {
  readonly complaints: readonly string[];
  /** Messages and hooks, when asked for. */
  readonly ladder: readonly string[];
  /** How the transfers went that were asked for. */
  readonly transfers: readonly string[];
  /** Calls whose place another took. */
  readonly replaced: number;
  /** Sessions that were ended because nobody refreshed them, and UPDATEs and re-INVITEs with a timer. */
  readonly expired: number;
  readonly refreshed: number;
  /** Sessions that outlived several intervals. */
  readonly stood: number;
}

export async function play(seed: number, { ladder = false } = {}): Promise<Played> {
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
  const { watch, bed, transferring, expired, refreshed, stood } = scenario;
  const { outcomes: transfers, replaced } = transferring;
  return { complaints: watch.complaints, ladder: bed.steps, transfers, replaced, expired, refreshed, stood };
}

class Scenario {
  readonly bed: Testbed;
  readonly watch = new SessionWatch();
  readonly transferring: Transferring;
  expired = 0;
  refreshed = 0;
  stood = 0;
  readonly #random: SeededRandom;
  readonly #wire: WireWatch;
  readonly #handlers: MoodyHandler[] = [];
  readonly #mood: Mood;
  readonly #actors: Actors;
  readonly #errors: SipError[] = [];
  /** Nothing keeps a refresh from getting through: who talks on is not hung up. */
  readonly #undisturbed: boolean;

  constructor(seed: number) {
    const random = new SeededRandom(seed);
    this.#random = random;
    this.bed = new Testbed({ seed: random.integer(2 ** 32), conditions: conditions(random) });
    this.#wire = new WireWatch(this.bed.network);
    const share = (chance: number, most: number): number => (random.chance(chance) ? random.fraction() * most : 0);
    this.#mood = {
      fail: share(0.2, 0.03),
      unable: share(0.1, 0.2),
      slow: share(0.5, 0.4),
      stuck: share(0.1, 0.02),
      refuse: share(0.2, 0.3),
      meddle: share(0.2, 0.05),
      pass: 0,
    };
    const { fail, unable, slow, stuck, refuse } = this.#mood;
    const { clock, network } = this.bed;
    this.#undisturbed = network.conditions.loss === 0 && fail + unable + slow + stuck + refuse === 0;
    this.#actors = new Actors(clock, random.fork(), this.watch, random.pick([0, 0, 0.2, 0.5]), share(0.1, 0.3));
    this.transferring = new Transferring(clock, random.fork(), this.watch);
  }

  trace(): void {
    const { bed, watch } = this;
    bed.trace();
    const began = bed.clock.now();
    watch.write = (step) => bed.steps.push(`${step} @${bed.clock.now() - began}`);
    for (const line of [JSON.stringify(this.#mood), JSON.stringify(bed.network.conditions)]) bed.steps.push(line);
  }

  async run(): Promise<void> {
    const { bed, watch } = this;
    const random = this.#random;
    for (const name of NAMES.slice(0, random.chance(0.3) ? 4 : 3)) await this.#party(name);
    const targets = bed.parties.map((party) => party.uri());
    this.#actors.more = new MoreActs(bed.clock, random.fork(), watch, targets, false);
    for (const party of bed.parties) party.service.onIncoming(driverOf(this.#actors, party, undefined));
    const [alice, ...others] = bed.parties as [Party, ...Party[]];
    for (const other of others) this.#actors.place(alice, other.uri(), false);
    if (random.chance(0.3)) this.#actors.place(others[0]!, others[1]!.uri(), false);
    if (!this.#undisturbed && random.chance(0.3)) this.#vanish();

    await this.#untilQuiet();
    await this.#findOut();
    await this.#compare();
    await this.#end();
    await this.#close();
  }

  async #party(name: string): Promise<void> {
    const { bed, watch } = this;
    const random = this.#random;
    const onError = (error: SipError): void => {
      this.#errors.push(error);
      watch.write(`${name}: reported ${describe(error)}`);
    };
    const reliable = random.pick(['supported', 'preferred', 'off'] as const);
    const party = await bed.party(name, { traced: false, ringMs: 20_000, onError, reliable });
    const { service } = party;
    const host = { clock: bed.clock, random: bed.random.fork(), watch, mood: this.#mood };
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
    for (const kind of random.chance(0.3) ? (['audio', 'video'] as const) : (['audio'] as const)) {
      const handler = moodyHandler(host, kind);
      this.#handlers.push(handler);
      service.registerSdpHandler(handler, kind);
    }
  }

  #count(session: Session): void {
    if (sessionTimer(session)?.expired !== true) return;
    this.expired += 1;
    this.watch.write(`expired: ${session.dialog.callId}`);
  }

  /** One party is out of reach of all others, for a moment or for longer than any call lives without a refresh. */
  #vanish(): void {
    const { clock, network, parties } = this.bed;
    const random = this.#random;
    clock.after(random.integer(15_000), () => {
      const gone = random.pick(parties).host;
      const partition = network.partition(
        gone,
        parties.map(({ host }) => host).filter((host) => host !== gone),
      );
      clock.after(random.integer(300_000), () => partition[Symbol.dispose]());
    });
  }

  /** Until the applications have done what they had in mind, and every verb has settled. */
  async #untilQuiet(): Promise<void> {
    const { clock } = this.bed;
    const started = clock.now();
    const open = (): string[] => [...this.watch.open.values()].filter((name) => !/ (ended|established)$/.test(name));
    while (this.#actors.busy + this.#actors.more!.busy + this.transferring.busy > 0 || open().length > 0) {
      if (clock.now() - started > BUSY_LIMIT_MS) return this.watch.complain(`still open: ${open().join(', ') || 'actors'}`);
      await clock.advance(1000);
    }
  }

  /** Whoever was left alone has found out by now: a refresh fails, or does not come. */
  async #findOut(): Promise<void> {
    this.bed.network.heal();
    await this.bed.clock.advance(2 * INTERVAL_S * 1000 + END_MS);
  }

  async #compare(): Promise<void> {
    const { legs } = this.watch;
    for (let tries = 3; tries > 0 && disagreements(legs, this.#handlers).length > 0; tries -= 1) await this.bed.clock.advance(REFRESH_MS);
    for (const wrong of disagreements(legs, this.#handlers)) this.watch.complain(wrong);
    if (this.#undisturbed && this.expired > 0) this.watch.complain('a session expired although every refresh gets through');
    this.stood += legs.filter(({ session }) => session.state === 'established').length;
  }

  /** One side of each call that is left hangs up, or both at once; the other follows, or expires. */
  async #end(): Promise<void> {
    const random = this.#random;
    const { legs } = this.watch;
    const ended = new Set<string>();
    for (const { session, party } of legs) {
      const { callId } = session.dialog;
      if (session.state === 'ended' || (ended.has(callId) && random.chance(0.8))) continue;
      ended.add(callId);
      void this.watch.track(`${party} last end`, 'sure', session.end());
    }
    await this.bed.clock.advance(2 * INTERVAL_S * 1000 + END_MS);
    for (const { session, party } of legs) {
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
