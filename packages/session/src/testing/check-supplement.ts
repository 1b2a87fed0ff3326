/** The conformance suite for plug-ins: walks one through calls on the simulated network, and says what of the contract it does not keep. Needs no test runner. */
import { settle } from '@jackfield/base/testing';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Session } from '../contract/session.ts';
import { SCENARIOS } from './conformance-scenarios.ts';
import { ConformanceWorld, type Check, type CheckedRequest, type RegisterPlugin } from './conformance-world.ts';
import { FloatingWork } from './floating-work.ts';
import { WatchedPlugin, type WatchedHook } from './watched-plugin.ts';

/** For `checkSupplement`. */
export interface CheckOptions {
  /** What both sides send inside calls, beside INFO, OPTIONS, MESSAGE, NOTIFY, REFER and an unknown method: what the plug-in is there for. */
  readonly requests?: readonly CheckedRequest[] | undefined;
  /** Calls of each kind (ours and theirs, answered and refused) after which next to nothing of them may be left in memory; 40. 0: this is not looked at. */
  readonly memoryCalls?: number | undefined;
}

/** What `checkSupplement` found: `failures` is empty where the plug-in keeps the contract. */
export interface SupplementReport {
  /** Names of the supplements that were registered. */
  readonly supplements: readonly string[];
  /** Names of the SDP handlers that were registered. */
  readonly handlers: readonly string[];
  /** What was walked through. */
  readonly scenarios: readonly string[];
  /** How often each hook ran: one that is not there was never needed, and so not tried. */
  readonly hooks: Readonly<Partial<Record<WatchedHook, number>>>;
  /** What it does not keep of the contract, each once, with the scenario in which it was first seen. */
  readonly failures: readonly string[];
}

/** A plug-in does not keep to the contract; `report.failures` say how, and so does the message. */
export class SupplementUnfit extends Error {
  override readonly name = 'SupplementUnfit';
  readonly report: SupplementReport;

  constructor(report: SupplementReport) {
    super(
      `${[...report.supplements, ...report.handlers].join(', ') || 'the plug-in'} is not fit:\n${report.failures.map((failure) => `- ${failure}`).join('\n')}`,
    );
    this.report = report;
  }
}

/** The check that began last. One at a time: what floats in the process is that one's. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Registers a plug-in, again and again, and makes calls: incoming and outgoing, refused, challenged, redirected, cancelled, forked, held, ended from both
 * sides, lost, with PRACK, with changes that are refused or cross, over a network that loses a fifth of what is sent, with requests it knows and such as
 * nobody knows, beside a neighbour that behaves and beside neighbours that do not. No hook may throw, reject or give back what its contract does not allow;
 * nothing may be left when a call is over and the plug-in unregistered. An SDP handler is registered with the peer too, which offers what it takes, and takes what it offers.
 * Of several that are called at once each waits for the one before.
 *
 * @param register - what an application would call, with its options: `(sessions) => registerReason(sessions, { cause: 16 })`.
 * @returns what was seen; it is without failures.
 * @throws SupplementUnfit with all failures.
 */
export async function checkSupplement(register: RegisterPlugin, options: CheckOptions = {}): Promise<SupplementReport> {
  const walk = turn.then(() => walked(register, options));
  turn = walk.catch(() => undefined);
  return walk;
}

async function walked(register: RegisterPlugin, { requests = [], memoryCalls = 40 }: CheckOptions): Promise<SupplementReport> {
  using floating = new FloatingWork();
  const plugin = new WatchedPlugin(floating);
  const check: Check = { plugin, register, requests };
  for (const scenario of SCENARIOS) {
    if (plugin.givenUp) break;
    plugin.begin(scenario.name);
    await scenario.run(check);
    await settle(); // unhandled rejections, and timers that were disposed, are told a turn later
    for (const left of floating.left()) plugin.fault(left);
  }
  if (memoryCalls > 0 && !plugin.givenUp) {
    plugin.begin(`${memoryCalls} calls of each kind`);
    await seekKept(check, memoryCalls);
  }
  const report: SupplementReport = {
    supplements: [...plugin.names],
    handlers: [...plugin.handlerNames],
    scenarios: SCENARIOS.map(({ name }) => name),
    hooks: plugin.runs,
    failures: Array.from(plugin.faults, ([fault, scenario]) => `${fault} (${scenario})`),
  };
  if (report.failures.length > 0) throw new SupplementUnfit(report);
  return report;
}

const answered = (session: Session): Promise<void> => session.accept();
const refused = (session: Session): Promise<void> => session.reject(486);
const KINDS = {
  'incoming calls, answered': ['incoming', answered],
  'outgoing calls, answered': ['outgoing', answered],
  'incoming calls, refused': ['incoming', refused],
  'outgoing calls, refused': ['outgoing', refused],
} as const;

/** Sessions that nobody can have a use for, and that are still there. The plug-in stays registered: what it keeps of its own is kept. */
async function seekKept({ plugin, register }: Check, calls: number): Promise<void> {
  const world = await ConformanceWorld.open(plugin, register);
  const { clock } = world.bed;
  const ownTimers = clock.pending;
  const seen: { readonly kind: string; readonly refs: readonly WeakRef<object>[] }[] = [];
  for (const [kind, [direction, answer]] of Object.entries(KINDS)) {
    for (let call = 0; call < calls; call += 1) {
      const { caller } = world.call(direction, answer);
      await world.advance(1000);
      void caller?.end();
      await world.advance(1000);
    }
    seen.push({ kind, refs: Array.from(world.sessions, (session) => new WeakRef(session)) });
    world.sessions.clear();
  }
  await world.advance(64_000);
  const timers = clock.pending - ownTimers;
  if (timers > calls / 2) plugin.fault(`${timers} timers wait after ${seen.length * calls} calls that are over`);
  const collect = collector();
  const tooMany = (): string[] =>
    seen.flatMap(({ kind, refs }) => {
      const kept = refs.filter((ref) => ref.deref() !== undefined).length;
      return kept > calls / 2 ? [`${kept} of ${calls} sessions are kept in memory after their end: ${kind}`] : [];
    });
  let faults: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    collect(); // of a large heap each takes long
    await settle();
    faults = tooMany();
    if (faults.length === 0) break;
    await settle(); // what was looked at stays until the turn is over
  }
  for (const fault of faults) plugin.fault(fault);
  await world.close();
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void; // sound: the flag puts it there
}
