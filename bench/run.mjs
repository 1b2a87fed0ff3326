// npm run bench: Jackfield beside its npm peers, in one run, on one machine. Ratios count; the figures beside them say of what.
//   --quick      shorter rounds, sip alone beside our parser  --node path    servers, parsers and load run by another node
//   --only a,b   of the sections below                       --flags="…"    more flags for the node of servers and workers
//   --ports      media ports with sockets beside it          --json f       all figures, every round, into a file
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { pinned, runBy } from './lib/children.mjs';
import { fixed } from './lib/figures.mjs';
import { Report } from './lib/report.mjs';
import { calls, hooks, latency, max, steady } from './sections/calls.mjs';
import { held } from './sections/held.mjs';
import { parse, write } from './sections/messages.mjs';
import { options, sustained, timers, transactions } from './sections/stack.mjs';

/** `held` waits thrice, the third time for a minute: the first three of these are run meanwhile, where it is run. They want no server. */
const WAITING = { transactions, write, parse, timers };
const SECTIONS = { held, ...WAITING, options, sustained, calls, hooks, latency, max, steady };
/** Not of `--quick`, unless named. */
const LONG = new Set(['held', 'max', 'steady']);

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    ports: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    node: { type: 'string' },
    flags: { type: 'string', default: '' },
  },
});
const { quick, ports } = flags;
const all = Object.keys(SECTIONS);
const wanted = flags.only?.split(',') ?? all.filter((section) => !quick || !LONG.has(section));
for (const section of wanted) if (!all.includes(section)) throw new Error(`--only knows ${all.join(', ')}, not ${section}`);

const started = performance.now();
const node = runBy(
  flags.node,
  flags.flags.split(' ').filter((flag) => flag !== ''),
);
const report = new Report();
const busy = () =>
  loadavg()
    .map((value) => fixed(value))
    .join(' ');
const results = { node, cpu: cpus()[0]?.model, pinned, load: [busy()], seconds: {} };
report.print(`Node ${node}, ${results.cpu}; ${pinned ? 'servers on core 0, load on core 1' : 'no taskset or one core: nothing is pinned'}`);
report.print(`Load average of the machine before: ${busy()}\n`);

const waiting = Object.keys(WAITING).filter((section) => wanted.includes(section));
async function run(section) {
  const from = performance.now();
  try {
    results[section] = await SECTIONS[section]({ quick, ports, report, meanwhile });
  } catch (error) {
    results[section] = { error: String(error) };
    report.aim(section, 'no measurement', false, 'one');
    report.print(`${section} was not measured: ${error.stack}\n`);
    process.exitCode = 1;
  }
  results.seconds[section] = Math.round((performance.now() - from) / 1000);
}

/** The next of what can be done while servers wait. */
async function meanwhile() {
  const section = waiting.shift();
  if (section !== undefined) await run(section);
}

if (wanted.includes('held')) await run('held');
while (waiting.length > 0) await meanwhile();
for (const section of wanted) if (results[section] === undefined) await run(section);

report.end();
results.load.push(busy());
results.seconds.all = Math.round((performance.now() - started) / 1000);
report.print(`${results.seconds.all} s; load average of the machine, this run included: ${busy()}`);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ ...results, aims: report.aims }, undefined, 1)}\n`);
