// npm run bench: Jackfield beside its npm peers, in one run, on one machine. Ratios count; the figures beside them say of what.
//   --quick         shorter rounds, no memory        --steady   calls at a level that has settled (3 minutes more)
//   --only a,b      of parse, write, calls, memory   --json f   all figures, every round, into a file
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { compareCalls, compareSteady, SERVERS } from './calls/compare.mjs';
import { measureMemory } from './calls/memory.mjs';
import { pinned } from './lib/children.mjs';
import { fixed, table, whole } from './lib/figures.mjs';
import { compareParsers, compareWriters } from './parse/compare.mjs';

const AIMS = { parse: 3, calls: 1.5 };
const SECTIONS = ['parse', 'write', 'calls', 'memory'];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const { quick } = flags;
const only = flags.only?.split(',') ?? SECTIONS;
for (const section of only) if (!SECTIONS.includes(section)) throw new Error(`--only knows ${SECTIONS.join(', ')}, not ${section}`);

const results = { node: process.version, cpu: cpus()[0]?.model, pinned };
const aims = [];
const print = (text) => process.stdout.write(`${text}\n`);

function aim(what, ratio, met, wanted) {
  aims.push([what, `${fixed(ratio)}x`, wanted, met ? 'met' : 'MISSED']);
}

function showRates(title, result) {
  const sets = Object.keys(result);
  const names = Object.keys(result[sets[0]].perCpuSecond);
  const heads = ['messages per CPU second', ...sets.flatMap((set) => [set, 'ours is'])];
  const row = (name) => [
    name,
    ...sets.flatMap((set) => {
      const { perCpuSecond } = result[set];
      return [whole(perCpuSecond[name]), name === names[0] ? '' : `${fixed(perCpuSecond[names[0]] / perCpuSecond[name])}x`];
    }),
  ];
  print(table(title, heads, names.map(row)));
}

function showCalls(title, result, unit) {
  const [ours] = Object.keys(SERVERS);
  const row = (name) => {
    const { cpu, system, p50, p99 } = result.servers[name];
    const ratio = name === ours ? `${fixed(result.ratio)}x (±${whole(result.spread * 50)} %)` : '1.00x';
    return [name, fixed(cpu, 3), fixed(system, 3), ratio, whole(p50), whole(p99)];
  };
  print(table(title, [`CPU s per 1,000 ${unit}`, 'all', 'system', 'ratio', 'p50 µs', 'p99 µs'], Object.keys(SERVERS).map(row)));
  if (result.repeated > 0) print(`  Rounds run again because the machine stood still and a message was repeated: ${result.repeated}\n`);
}

const showing = pinned ? 'servers on core 0, load on core 1' : 'no taskset or one core: nothing is pinned';
print(`Node ${process.version}, ${results.cpu}; ${showing}\n`);

if (only.includes('parse')) {
  const result = (results.parse = await compareParsers(quick ? { count: 3, ms: 200 } : { count: 9, ms: 400 }));
  showRates('Parsing: start line, top Via, From, To, Call-ID, CSeq, Max-Forwards read and compared with the corpus', result);
  for (const [set, { ratio, fastest }] of Object.entries(result))
    aim(`parse ${set}, to ${fastest}`, ratio, ratio >= AIMS.parse, `at least ${AIMS.parse}x`);
}

if (only.includes('write')) {
  results.write = await compareWriters(quick ? { count: 3, ms: 200 } : { count: 9, ms: 400 });
  showRates('Writing: a parsed message (write), the 200 to an INVITE (answer)', results.write);
}

if (only.includes('calls')) {
  const size = quick
    ? { rounds: 3, calls: 1000, rate: 500, warmUp: 1500, options: 2000, optionsRate: 1000 }
    : { rounds: 7, calls: 2500, rate: 500, warmUp: 4000, options: 5000, optionsRate: 1000 };
  const result = (results.calls = await compareCalls(size));
  showCalls(`Calls: INVITE, 200, ACK, BYE, 200 at ${size.rate}/s; ours with sessions, identity, supplements, audio`, result.call, 'calls');
  showCalls(`OPTIONS at ${size.optionsRate}/s`, result.options, 'requests');
  aim('CPU of a call, to bare sip', result.call.ratio, result.call.ratio <= AIMS.calls, `at most ${AIMS.calls}x`);
}

if (flags.steady) {
  const result = (results.steady = await compareSteady({ rounds: 2, rate: 500, settle: 36, seconds: 10 }));
  showCalls('Calls at 500/s, after 36 s of them: timers of 32 s end as many transactions as begin', result, 'calls');
  aim('CPU of a call, steady, to bare sip', result.ratio, result.ratio <= AIMS.calls, `at most ${AIMS.calls}x`);
}

if (only.includes('memory') && !quick) {
  const result = (results.memory = await measureMemory({ sessions: 10_000, rate: 500, warmUp: 1000, settle: 34_000, afterwards: 40_000 }));
  const left = [`${fixed(result.leftHeap / 1e6)} MB`, `${fixed(result.leftRss / 1e6)} MB`];
  const rows = [
    ['a held session', `${whole(result.heap)} B`, `${whole(result.rss)} B`],
    ['left 40 s after the last BYE, all together', ...left],
  ];
  print(table(`Memory: ${whole(result.sessions)} established sessions, all with audio`, ['', 'heap', 'RSS'], rows));
}

if (aims.length > 0) print(table('Aims', ['', 'is', 'wanted', ''], aims));
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ ...results, aims }, undefined, 1)}\n`);
