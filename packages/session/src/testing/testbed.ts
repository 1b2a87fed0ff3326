/** Session services on one simulated network and one virtual clock, and a ladder with their messages and hooks in one list. */
import type { Address, Clock, Network, SipError } from '@jackfield/base';
import { ManualClock, SeededRandom, SimulatedNetwork, type NetworkConditions, type SimulatedHost } from '@jackfield/base/testing';
import { createSipStack, tcp, udp, type Resolver, type SipStack } from '@jackfield/sip';
import { Ladder, RawPeer } from '@jackfield/sip/testing';
import type { SessionService } from '../contract/service.ts';
import { createSessionService, type SessionServiceOptions } from '../service.ts';
import { testAudio, type TestAudio } from './test-audio.ts';
import { tracer } from './tracer.ts';

/** For `Testbed`. */
export interface TestbedOptions {
  /** Of the network and of every party's tags and ports; 1 unless given. */
  readonly seed?: number | undefined;
  /** A delay of 5 ms, nothing else, unless given. */
  readonly conditions?: Partial<NetworkConditions> | undefined;
}

/** For `Testbed.party`: the options of its service, and what the bed adds. */
export interface PartyOptions extends SessionServiceOptions {
  /** Registers a supplement and an audio handler that write every hook into the ladder. Default true. */
  readonly traced?: boolean | undefined;
  /** What the party sees of the clock and of its host, where that is not all: one whose process pauses. */
  readonly clock?: Clock | undefined;
  readonly network?: ((host: SimulatedHost) => Network) | undefined;
  /** Where its requests to names go. */
  readonly resolver?: Resolver | undefined;
}

/** One side of a test bed: a stack with a session service, listening. */
export interface Party {
  readonly name: string;
  readonly host: SimulatedHost;
  readonly stack: SipStack;
  readonly service: SessionService;
  /** The audio handler of a traced party. */
  readonly audio: TestAudio;
  /** What the service reported, in order. */
  readonly errors: SipError[];
  /** Of a user of this party, by UDP unless `transport` says otherwise. */
  uri(user?: string, transport?: 'tcp'): string;
}

const PORT = 5060;

/** Parties, scripted peers, and time that stands until it is turned. `close()` at the end of a test. */
export class Testbed {
  readonly clock = new ManualClock();
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  /** Messages as they are sent and hooks as they run. */
  readonly steps: string[] = [];
  readonly parties: Party[] = [];
  readonly #names: Record<string, string> = {};
  #hosts = 0;
  #tracing = false;
  #pauseMs = Infinity;
  #lastAt = this.clock.now();

  constructor(options: TestbedOptions = {}) {
    this.random = new SeededRandom(options.seed ?? 1);
    this.network = new SimulatedNetwork({
      clock: this.clock,
      random: this.random.fork(),
      conditions: { minDelayMs: 5, maxDelayMs: 5, ...options.conditions },
    });
  }

  /** A stack with a session service on a host of its own, listening on UDP and TCP. */
  async party(name: string, options: PartyOptions = {}): Promise<Party> {
    const [host, address] = this.#host(name);
    const transports = [udp({ host: address, port: PORT }), tcp({ host: address, port: PORT })];
    const network = options.network?.(host) ?? host;
    const { clock = this.clock, resolver } = options;
    const stack = createSipStack({ transports, clock, random: this.random.fork(), network, resolver });
    const errors: SipError[] = [];
    const service = createSessionService(stack, { onError: (error) => errors.push(error), ...options });
    const traced = options.traced ?? true;
    const write = (step: string): void => this.write(`${name}: ${step}`);
    const audio = testAudio(write);
    if (traced) {
      service.registerSupplement(tracer(write));
      service.registerSdpHandler(audio, 'audio');
    }
    await stack.listen();
    const uri = (user = name, transport?: 'tcp'): string =>
      `sip:${user}@${address}:${PORT}${transport === undefined ? '' : ';transport=tcp'}`;
    const party = { name, host, stack, service, audio, errors, uri };
    this.parties.push(party);
    return party;
  }

  /** A scripted peer on a host of its own: on UDP, or accepting TCP connections. Its `withinMs` turns the clock of the bed. */
  peer(name: string, transport: 'udp' | 'tcp' = 'udp'): Promise<RawPeer> {
    const [host, address] = this.#host(name);
    const options = { host: address, port: PORT, clock: this.clock };
    return transport === 'udp' ? RawPeer.bind(host, options) : RawPeer.listen(host, options);
  }

  /** A scripted peer that connects to `to`, by TCP, each time it is called; it accepts no connections. */
  caller(name: string, to: Address): () => Promise<RawPeer> {
    const [host] = this.#host(name);
    return () => this.clock.until(RawPeer.connect(host, to, { clock: this.clock }), 1000);
  }

  /** Writes messages into `steps` from now on, once. A description in it is marked `sdp`. @param pauseMs - from how long on a pause is a step too; none is unless given */
  trace({ pauseMs = Infinity }: { readonly pauseMs?: number } = {}): this {
    if (this.#tracing) return this;
    this.#tracing = true;
    this.#pauseMs = pauseMs;
    const ladder = new Ladder(this.network, this.#names);
    let written = 0;
    this.network.tap((event) => {
      if (event.what !== 'sent') return;
      const sdp = Buffer.from(event.bytes).includes('\r\nContent-Type: application/sdp') ? ' sdp' : '';
      for (const line of ladder.list().slice(written)) this.write(line + sdp);
      written = ladder.steps.length;
    });
    return this;
  }

  /** A step more: what a hook of your own was asked, or what the application does. */
  write(step: string): void {
    const pause = this.clock.now() - this.#lastAt;
    this.#lastAt = this.clock.now();
    if (pause >= this.#pauseMs && this.steps.length > 0) this.steps.push(`(+${pause} ms)`);
    this.steps.push(step);
  }

  /** When the last step was written, ms of the clock. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Whatever lives anywhere: all 0 when the calls are over and their transactions have gone. */
  leftOver(): Record<string, number> {
    const left: Record<string, number> = {};
    const count = (key: string, value: number): void => {
      if (value !== 0) left[key] = value;
    };
    for (const { name, stack, service, audio } of this.parties) {
      for (const [key, value] of Object.entries(service.stats().live)) count(`${name} ${key}`, value);
      for (const [key, value] of Object.entries(stack.stats().live))
        if (!PERMANENT.has(key.replace(/:.*/, ''))) count(`${name} ${key}`, value);
      count(`${name} test audio`, audio.live);
    }
    count('timers', this.clock.pending);
    return left;
  }

  async close(): Promise<void> {
    const closing = this.parties.map(async ({ service, stack }) => {
      await service.close();
      await stack.close();
    });
    await this.clock.advance(64_000);
    await Promise.all(closing);
  }

  #host(name: string): [SimulatedHost, string] {
    this.#hosts += 1;
    const address = `192.0.2.${this.#hosts}`;
    this.#names[address] = name;
    return [this.network.host(address), address];
  }
}

/** What a listening stack keeps; a part may stand behind a colon. */
const PERMANENT: ReadonlySet<string> = new Set(['listeners', 'connections', 'flows']);
