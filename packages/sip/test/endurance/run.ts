/** Two stacks, hours of calls between them on a virtual clock, and what is left of it. */
import { createSipStack, tcp, udp, type SipCore } from '@jackfield/sip';
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/sip/testing';
import { Callee } from './callee.ts';
import { Caller } from './caller.ts';
import { draw, losing } from './kinds.ts';

export interface EnduranceOptions {
  readonly seed: number;
  /** Of virtual time. */
  readonly seconds: number;
  readonly perSecond: number;
}
export interface EnduranceReport {
  readonly calls: number;
  readonly realMs: number;
  readonly heapBefore: number;
  readonly heapAfter: number;
  /** Live things of both stacks that are not 0. */
  readonly left: Readonly<Record<string, number>>;
  readonly waitingTasks: number;
  readonly unfinished: number;
  readonly caller: Readonly<Record<string, number>>;
  readonly callee: Readonly<Record<string, number>>;
  readonly messages: number;
}

const WARM_UP_SECONDS = 60;
/** Longer than any timer of a call or of a connection. */
const DRAIN_MS = 3_600_000;

export async function endure({ seed, seconds, perSecond }: EnduranceOptions): Promise<EnduranceReport> {
  const clock = new ManualClock();
  const random = new SeededRandom(seed);
  const network = new SimulatedNetwork({
    clock,
    random: random.fork(),
    conditions: { minDelayMs: 1, maxDelayMs: 20, reportUnreachable: true },
  });
  const stack = async (host: string): Promise<SipCore> => {
    const core = createSipStack({
      transports: [udp({ host, port: 5060 }), tcp({ host, port: 5060, idleTimeoutMs: 600_000 })],
      clock,
      random: random.fork(),
      network: losing(network.host(host), random.fork()),
    });
    await core.listen();
    return core;
  };
  const [near, far] = [await stack('192.0.2.1'), await stack('192.0.2.2')];
  far.registerCapabilities({ accept: ['application/sdp'] });
  const caller = new Caller(near, '192.0.2.2');
  const callee = new Callee(far, random.fork());

  async function play(count: number): Promise<void> {
    const until = caller.placed + count;
    const next = (): void => {
      caller.place(draw(random));
      if (caller.placed < until) clock.after(1000 / perSecond, next);
    };
    clock.after(0, next);
    await clock.advance((count * 1000) / perSecond + DRAIN_MS);
  }

  await play(WARM_UP_SECONDS * Math.max(perSecond, 20)); // code compiled, tables at their size
  const heapBefore = await heap();
  const begun = performance.now();
  await play(seconds * perSecond);
  const realMs = performance.now() - begun;
  const heapAfter = await heap();
  const left: Record<string, number> = {};
  for (const [name, core] of Object.entries({ caller: near, callee: far })) {
    for (const [what, count] of Object.entries(core.stats().live)) if (count !== 0 && what !== 'listeners') left[`${name} ${what}`] = count;
  }
  return {
    calls: seconds * perSecond,
    realMs,
    heapBefore,
    heapAfter,
    left,
    waitingTasks: clock.pending,
    unfinished: caller.placed - caller.over + callee.taken - Object.values(callee.ends).reduce((sum, count) => sum + count, 0),
    caller: caller.ends,
    callee: callee.ends,
    messages: (near.stats().total['received'] ?? 0) + (far.stats().total['received'] ?? 0),
  };
}

/** Bytes in use after a full collection. */
async function heap(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
