/** What every scenario stands on: a network with parties, who watches, what was reported, and how it comes to its end. What happens on it is the scenario's. */
import type { SeededRandom } from '@jackfield/base/testing';
import type { SipError } from '@jackfield/base';
import { Testbed, type Party, type PartyOptions } from '@jackfield/session/testing';
import { moodyHandler, type Kind, type Mood, type MoodHost, type MoodyHandler } from './moods.ts';
import { conditions } from './networks.ts';
import { describe, isExpected } from './reports.ts';
import { isInjected, SessionWatch, type Leg } from './session-watch.ts';
import { delays } from './standing.ts';
import { WireWatch } from './wire-watch.ts';

/** Longer than a connection stays that nobody uses. */
const IDLE_CONNECTION_MS = 2 * 3_600_000;

/** Of the transactions that end a session, with their 64·T1 twice over. */
const LAST_MS = 64_000;

export const RING_MS = 20_000;

export interface Scenario {
  readonly stage: Stage;
  run(): Promise<void>;
}

export interface Outcome {
  readonly complaints: readonly string[];
  /** Messages and hooks, when they are traced. */
  readonly ladder: readonly string[];
}

/** Plays a scenario. What it throws, and a promise that nobody heeds, are complaints as well. */
export async function played(scenario: Scenario): Promise<Outcome> {
  const { watch, bed } = scenario.stage;
  const unhandled = (error: unknown): void => watch.complain(`unhandled rejection: ${String(error)}`);
  process.on('unhandledRejection', unhandled);
  try {
    await scenario.run();
  } catch (error) {
    watch.complain(`thrown out: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  } finally {
    process.off('unhandledRejection', unhandled);
  }
  return { complaints: watch.complaints, ladder: bed.steps };
}

export class Stage {
  readonly bed: Testbed;
  readonly watch: SessionWatch;
  readonly wire: WireWatch;
  readonly handlers: MoodyHandler[] = [];
  /** The longest that a side was found to be alone, in ms. */
  latest = 0;
  readonly #busyLimitMs: number;
  readonly #errors: SipError[] = [];

  /** @param busyLimitMs - virtual time in which the applications are through, and everything is closed */
  constructor(random: SeededRandom, busyLimitMs: number) {
    this.bed = new Testbed({ seed: random.integer(2 ** 32), conditions: conditions(random) });
    this.watch = new SessionWatch(this.bed.clock);
    this.wire = new WireWatch(this.bed.network);
    this.watch.accepted = ({ dialog }) => this.wire.accepted(dialog);
    this.#busyLimitMs = busyLimitMs;
  }

  trace(mood: Mood): void {
    const { bed, watch } = this;
    bed.trace();
    const began = bed.clock.now();
    watch.write = (step) => bed.steps.push(`${step} @${bed.clock.now() - began}`);
    for (const line of [JSON.stringify(mood), JSON.stringify(bed.network.conditions)]) bed.steps.push(line);
  }

  party(name: string, options: PartyOptions): Promise<Party> {
    const onError = (error: SipError): void => {
      this.#errors.push(error);
      this.watch.write(`${name}: reported ${describe(error)}`);
    };
    return this.bed.party(name, { traced: false, ringMs: RING_MS, onError, ...options });
  }

  handle(party: Party, host: MoodHost, kind: Kind, name?: string): void {
    const handler = moodyHandler(host, kind, name);
    this.handlers.push(handler);
    party.service.registerSdpHandler(handler, kind);
  }

  /** Breaks the connections of a party, or those with another. */
  cut(one: Party, other?: Party): void {
    this.watch.write(`cut: ${one.name} ${other?.name ?? ''}`);
    this.wire.cut(one.host.addresses[0]!, other?.host.addresses[0]);
    this.bed.network.cut(one.host, other?.host);
  }

  /** Each side of a call that stood has ended at most so long after the other. */
  inTime(withinMs: number): void {
    for (const { party, ms } of delays(this.watch.legs, this.bed.clock.now())) {
      this.latest = Math.max(this.latest, ms);
      if (ms > withinMs) this.watch.complain(`${party}: alone for ${ms} ms`);
    }
  }

  /** Within so many ms one party is out of reach of all others, for up to `forMs`. */
  vanish(random: SeededRandom, withinMs: number, forMs: number): void {
    const { clock, network, parties } = this.bed;
    clock.after(random.integer(withinMs), () => {
      const gone = random.pick(parties).host;
      const others = parties.map(({ host }) => host).filter((host) => host !== gone);
      const partition = network.partition(gone, others);
      clock.after(random.integer(forMs), () => partition[Symbol.dispose]());
    });
  }

  /** Until the applications have done what they had in mind, and every verb has settled. */
  async untilQuiet(busy: () => number): Promise<void> {
    const { clock } = this.bed;
    const started = clock.now();
    while (busy() > 0 || this.#open.length > 0) {
      if (clock.now() - started > this.#busyLimitMs) {
        this.watch.complain(`still open: ${this.#open.join(', ') || 'actors'}`);
        return;
      }
      await clock.advance(1000);
    }
  }

  /** Both sides have been idle for `ms`: nobody asked for anything meanwhile, and nothing that was asked for settled. */
  async idle(ms: number, busy: () => number): Promise<void> {
    const { clock } = this.bed;
    const started = clock.now();
    await clock.advance(ms);
    for (;;) {
      await this.untilQuiet(busy);
      const leftMs = this.watch.settledAt + ms - clock.now();
      if (leftMs <= 0 || clock.now() - started > this.#busyLimitMs) return;
      await clock.advance(leftMs);
    }
  }

  /** What was asked for and has not come to its end; a call that is placed may ring for as long as it likes. */
  get #open(): string[] {
    return [...this.watch.open.values()].filter((name) => !/ (ended|established)$/.test(name));
  }

  /** One side of each call that is left hangs up, or all of them at once; the others follow within `withinMs`, unless they may have been left alone. */
  async end(random: SeededRandom, withinMs: number, mayBeAlone = false): Promise<void> {
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
    await this.bed.clock.advance(withinMs);
    if (mayBeAlone) return;
    for (const { session, party } of this.watch.legs) {
      if (session.state !== 'ended') this.watch.complain(`${party} is still ${session.state} after its peer hung up`);
    }
  }

  /** Where every session has ended, nothing of them is left once the last of their transactions can be over, and nobody has to close anything for that. */
  async #ended(): Promise<void> {
    const { bed, watch } = this;
    if (watch.legs.some(({ session }) => session.state !== 'ended')) return;
    const last = Math.max(0, ...watch.legs.map(({ endedAt }) => endedAt ?? 0));
    await bed.clock.advance(Math.max(0, last + LAST_MS - bed.clock.now()));
    for (const [what, count] of Object.entries(bed.leftOver())) {
      const ofConnections = what === 'timers' && bed.network.connections > 0; // idle ones
      if (!ofConnections) watch.complain(`left over before the close: ${count} ${what}`);
    }
  }

  /** Closes everything; what is left over then, and what was reported and is a surprise, is complained of. */
  async close(): Promise<void> {
    const { bed, watch } = this;
    await this.#ended();
    const closing = bed.parties.map(({ service, name }) => watch.track(`${name} close`, 'sure', service.close()));
    await bed.clock.runAll(this.#busyLimitMs);
    await Promise.race([Promise.all(closing), bed.clock.advance(0)]);
    if (bed.network.connections > 0) await bed.clock.advance(IDLE_CONNECTION_MS);
    const left = bed.leftOver();
    if (bed.network.connections > 0) watch.complain(`left over: ${bed.network.connections} connections`);
    for (const [what, count] of Object.entries(left)) watch.complain(`left over: ${count} ${what}`);
    for (const { live } of this.handlers) if (live > 0) watch.complain(`left over: ${live} streams of the handler`);
    for (const error of this.#errors) if (!isInjected(error) && !isExpected(error)) watch.complain(`reported: ${describe(error)}`);
    for (const complaint of this.wire.complaints()) watch.complain(complaint);
    watch.finish();
    await Promise.all(bed.parties.map(({ stack }) => stack.close()));
  }
}
