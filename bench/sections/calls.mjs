// Sections of whole calls with all of the session core: calls, steady, latency, max, hooks.
import { compareCalls, compareHooks, compareSteady, OURS } from '../calls/compare.mjs';
import { findMax } from '../calls/max.mjs';
import { fixed, whole } from '../lib/figures.mjs';

const AIMS = { calls: 1.5, steady: 1, micros: 1500, max: 3000, hooks: 1.05 };

/**
 * Before rounds, faster than those that count; `sip` holds no 1,500 a second. Until the compilers are done: Node 24 goes on optimizing what a call runs through
 * once for 35,000 calls, on the core of the server.
 */
const warmed = (quick) => (quick ? { warmUp: 2000, warmRate: 1000 } : { warmUp: 40_000, warmRate: 1000 });
const REGISTERED = 'ours with identity, Reason, session timers, audio';

export async function calls({ quick, report }) {
  const size = { ...warmed(quick), ...(quick ? { rounds: 2, calls: 400 } : { rounds: 3, calls: 1000 }), rate: 500 };
  const result = await compareCalls({ ...size, ports: !quick });
  report.servers(`Calls: INVITE, 200, ACK, BYE, 200 at ${size.rate}/s; ${REGISTERED}`, result, 'calls');
  report.atMost('CPU of a call, to bare sip', result.servers.sip, AIMS.calls);
  return result;
}

export async function steady({ quick, ports, report }) {
  const size = { ...warmed(quick), ...(quick ? { settle: 34, windows: 2, seconds: 3 } : { settle: 34, windows: 5, seconds: 5 }) };
  const result = await compareSteady({ ...size, rate: 500, ports });
  report.servers(
    `Steady: calls at 500/s after ${size.settle} s of them, as many transactions end as begin; ${REGISTERED}`,
    result,
    'calls',
  );
  report.atMost('CPU of a call, steady, to bare sip', result.servers.sip, AIMS.steady);
  return result;
}

export async function latency({ quick, ports, report }) {
  const size = { ...warmed(quick), ...(quick ? { rounds: 2, calls: 400 } : { rounds: 3, calls: 800 }), rate: 200 };
  const result = await compareCalls({ ...size, ports });
  report.servers(`Latency: INVITE to 200 at ${size.rate} calls/s, by the clock of the load; ${REGISTERED}`, result, 'calls');
  const { p99 } = result.servers[OURS];
  report.aim(`p99 of INVITE to 200 at ${size.rate}/s`, `${whole(p99)} µs`, p99 < AIMS.micros, `under ${whole(AIMS.micros)} µs`);
  return result;
}

export async function max({ quick, ports, report }) {
  const size = quick
    ? { from: 1500, growth: 1.5, within: 1.2, seconds: 2, budget: 15, warmUp: 5000 }
    : { from: 2000, growth: 1.25, within: 1.06, seconds: 4, budget: 40, warmUp: 10_000 };
  const bounds = { ...size, warmRate: 1500, most: 12_000 };
  const found = await findMax(bounds);
  show(report, 'Max: whole calls a second, open loop', found);
  const shown = found.fails === undefined ? `${whole(found.max)} and more` : whole(found.max);
  report.aim('calls/s held without loss (Node 24)', shown, found.max >= AIMS.max, `at least ${whole(AIMS.max)}`);
  if (!ports) return found;
  const withPorts = await findMax({ ...bounds, args: ['--ports'] });
  show(report, 'The same, ports with sockets', withPorts);
  return { ...found, withPorts };
}

function show(report, title, { max: held, fails, steps }) {
  const rows = steps.map(({ rate, held: one, share, drops, per1000, loadBusy, micros }) => [
    whole(rate),
    one ? 'held' : 'not held',
    `${fixed(share * 100)} %`,
    whole(drops),
    fixed(per1000, 3),
    `${whole(loadBusy * 100)} %`,
    whole(micros.p99),
  ]);
  const heads = ['calls/s', '', 'failed or repeated', 'lost datagrams', 'CPU s per 1,000', 'load busy', 'p99 µs'];
  report.table(`${title}: ${whole(held)} held${fails === undefined ? '' : `, ${whole(fails)} not`}`, heads, rows);
}

export async function hooks({ quick, report }) {
  const size = quick ? { settle: 4, windows: 3, seconds: 2 } : { settle: 34, windows: 9, seconds: 4 };
  const result = await compareHooks({ ...warmed(quick), ...size, rate: 1000, supplements: 10 });
  report.servers('Hooks: ten supplements more that define every hook and do nothing, at 1,000 calls/s, all at once', result, 'calls');
  const percent = (share) => `${fixed(share * 100, 1)} %`;
  const costs = ({ ratio, spread }) => `${percent(ratio - 1)} (±${whole(spread * 50)})`;
  report.print(`  Ten of as many modules cost ${costs(result.ownCode)}: their code is ten times as much to fetch\n`);
  const one = result.servers[OURS];
  report.aim('ten idle supplements, CPU of a call', costs(one), one.ratio < AIMS.hooks, `under ${percent(AIMS.hooks - 1)}`);
  return result;
}
