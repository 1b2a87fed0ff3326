// npm run bench: Jackfield beside its npm peers, in one run, on one machine. Ratios count; the figures beside them say of what.
//   --quick      shorter rounds, sip alone beside our parser  --node path    servers, parsers and load run by another node
//   --only a,b   of the sections below                       --flags "…"    more flags for the node of servers and workers
//   --steady     calls at a level that has settled           --json f       all figures, every round, into a file
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { compareCalls, compareSteady } from './calls/compare.mjs';
import { measureMemory } from './calls/memory.mjs';
import { compareOptions, DATAGRAM } from './calls/options.mjs';
import { measureSustained } from './calls/sustained.mjs';
import { pinned, runBy } from './lib/children.mjs';
import { fixed, table, whole } from './lib/figures.mjs';
import { compareParsers, compareWriters } from './parse/compare.mjs';
import { measureTimers, measureTransactions } from './transactions/measure.mjs';

const AIMS = { parse: 4, pjsip: 0.5, write: 3, options: 0.6, datagram: 2.5, calls: 1.5, finished: 50_000 };
/** INVITEs per second of CPU, measured once on one machine: PJSIP's parser, and `sip` on Node 24 in that run. Scaled by what `sip` does here. */
const ONCE = { pjsip: 558_000, sip: 125_000 };
const SECTIONS = ['parse', 'write', 'options', 'sustained', 'calls', 'transactions', 'timers', 'memory'];

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    steady: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    node: { type: 'string' },
    flags: { type: 'string', default: '' },
  },
});
const { quick } = flags;
const only = flags.only?.split(',') ?? SECTIONS;
for (const section of only) if (!SECTIONS.includes(section)) throw new Error(`--only knows ${SECTIONS.join(', ')}, not ${section}`);

const started = performance.now();
const node = runBy(
  flags.node,
  flags.flags.split(' ').filter((flag) => flag !== ''),
);
const results = { node, cpu: cpus()[0]?.model, pinned };
const aims = [];
const print = (text) => process.stdout.write(`${text}\n`);
const aim = (what, is, met, wanted) => aims.push([what, is, wanted, met ? 'met' : 'MISSED']);
const times = (ratio, spread) => `${fixed(ratio)}x${spread === undefined ? '' : ` (±${whole(spread * 50)} %)`}`;
const atLeast = (what, { ratio, spread }, wanted) => aim(what, times(ratio, spread), ratio >= wanted, `at least ${wanted}x`);
const atMost = (what, { ratio, spread }, wanted) => aim(what, times(ratio, spread), ratio <= wanted, `at most ${wanted}x`);

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

function showServers(title, { servers, repeated }, unit) {
  const [ours] = Object.keys(servers);
  const row = ([name, { cpu, system, p50, p99, ratio, spread }]) => [
    name,
    fixed(cpu, 3),
    fixed(system, 3),
    name === ours ? '' : times(ratio, spread),
    whole(p50),
    whole(p99),
  ];
  print(table(title, [`CPU s per 1,000 ${unit}`, 'all', 'system', 'ours is', 'p50 µs', 'p99 µs'], Object.entries(servers).map(row)));
  if (repeated > 0) print(`  Rounds run again because the machine stood still and a message was repeated: ${repeated}\n`);
}

function showSustained({ rate, seconds, live, collections, core, per1000, micros, drops, bad }) {
  const shown = (count) => (count === undefined ? 'not known here' : whole(count));
  const rows = [
    ['CPU s per 1,000 calls', fixed(per1000, 3)],
    ['of one core', `${whole(core * 100)} %`],
    ['INVITE to 200, µs: p50, p99, longest', `${whole(micros.p50)}, ${whole(micros.p99)}, ${whole(micros.most)}`],
    ['transactions in their 32 s, at the end', whole(live.finishedTransactions)],
    ['datagrams lost to the receive buffer: server, load', `${shown(drops.server)}, ${shown(drops.load)}`],
    ['messages repeated: by the load, by the server', `${bad.retransmissionsSent}, ${bad.retransmissionsReceived}`],
  ];
  print(table(`${whole(rate)} calls/s for ${seconds} s: INVITE, 200, ACK, BYE, 200 by @jackfield/sip alone`, ['', ''], rows));
  const pauses = Object.entries(collections).map(([kind, { count, total, most }]) => [
    kind,
    whole(count),
    fixed(total / 1000, 3),
    fixed(most, 1),
  ]);
  print(table('Collections of the server meanwhile', ['', 'count', 'all, s', 'longest, ms'], pauses));
}

print(`Node ${node}, ${results.cpu}; ${pinned ? 'servers on core 0, load on core 1' : 'no taskset or one core: nothing is pinned'}\n`);

if (only.includes('parse')) {
  const result = (results.parse = await compareParsers(quick ? { count: 3, ms: 120, peers: 1 } : { count: 6, ms: 300 }));
  showRates('Parsing: start line, top Via, From, To, Call-ID, CSeq, Max-Forwards read and compared with the corpus', result);
  for (const [set, one] of Object.entries(result)) atLeast(`parse ${set}, to sip`, one, AIMS.parse);
  // not by the figures of the table: each round's ratio to `sip` has the machine's mood of that round in both
  const pjsip = (result.invite.ratio * ONCE.sip) / ONCE.pjsip;
  atLeast('parse invite, to PJSIP scaled by sip', { ratio: pjsip, spread: result.invite.spread }, AIMS.pjsip);
}

if (only.includes('write')) {
  results.write = await compareWriters(quick ? { count: 3, ms: 120 } : { count: 6, ms: 300 });
  showRates('Writing: a parsed message (write), the 200 to an INVITE (answer)', results.write);
  for (const [kind, one] of Object.entries(results.write)) atLeast(`write ${kind}, to sip`, one, AIMS.write);
}

if (only.includes('options')) {
  const size = quick ? { rounds: 2, requests: 800, warmUp: 2000, rate: 2000 } : { rounds: 5, requests: 1500, warmUp: 3000, rate: 1000 };
  const result = (results.options = await compareOptions(size));
  showServers(`OPTIONS at ${whole(size.rate)}/s`, result, 'requests');
  atMost('CPU of OPTIONS by a service, to sip', result.servers.sip, AIMS.options);
  atMost('CPU of OPTIONS by a service, to a bare socket', result.servers[DATAGRAM], AIMS.datagram);
}

if (only.includes('sustained')) {
  const result = (results.sustained = await measureSustained({ rate: 1500, seconds: quick ? 5 : 60, warmUp: 1500 }));
  showSustained(result);
  const { drops, live } = result;
  if (drops.server !== undefined) aim('datagrams lost at 1,500 calls/s', whole(drops.server), drops.server === 0, 'none');
  const finished = live.finishedTransactions;
  if (!quick) aim('transactions in their 32 s meanwhile', whole(finished), finished >= AIMS.finished, `at least ${whole(AIMS.finished)}`);
}

if (only.includes('calls')) {
  const size = quick ? { rounds: 2, calls: 400, rate: 500, warmUp: 800 } : { rounds: 4, calls: 1000, rate: 500, warmUp: 2000 };
  const result = (results.calls = await compareCalls(size));
  showServers(`Calls: INVITE, 200, ACK, BYE, 200 at ${size.rate}/s; ours with sessions, identity, supplements, audio`, result, 'calls');
  atMost('CPU of a call, to bare sip', result.servers.sip, AIMS.calls);
}

if (flags.steady) {
  const result = (results.steady = await compareSteady({ rounds: 2, rate: 500, settle: 36, seconds: 10 }));
  showServers('Calls at 500/s, after 36 s of them: timers of 32 s end as many transactions as begin', result, 'calls');
  atMost('CPU of a call, steady, to bare sip', result.servers.sip, AIMS.calls);
}

if (only.includes('timers')) {
  const result = (results.timers = await measureTimers(quick ? { count: 100_000, rounds: 2 } : { count: 100_000, rounds: 7 }));
  const rows = result.rows.map(({ name, fired, cancelled }) => [name, whole(fired), whole(cancelled)]);
  const heads = ['events per CPU second', 'armed, rang', 'armed, given up'];
  print(table(`Waits: ${whole(result.count)} in a round; as many others wait while they are given up`, heads, rows));
}

let transactions;
const lookAtTransactions = async () => {
  if (!only.includes('transactions')) return;
  transactions = await measureTransactions(quick ? { count: 10_000, warmUp: 1000 } : { count: 100_000, warmUp: 5000 });
};
let memory;
if (only.includes('memory') && !quick) {
  const size = { sessions: 5000, rate: 1000, warmUp: 1000, settle: 34_000, afterwards: 36_000 };
  memory = await measureMemory({ ...size, meanwhile: lookAtTransactions });
} else await lookAtTransactions();

if (transactions !== undefined) {
  results.transactions = transactions;
  const rows = transactions.rows.map(({ kind, heap, buffers, rss, micros }) => [
    kind,
    ...[heap, buffers, rss].map((bytes) => `${whole(bytes)} B`),
    fixed(micros, 1),
  ]);
  const heads = ['each', 'heap', 'buffers', 'RSS', 'CPU µs to make'];
  print(table(`Memory of transactions: ${whole(transactions.count)} live ones of a kind, no sockets`, heads, rows));
}

if (memory !== undefined) {
  results.memory = memory;
  const left = [`${fixed(memory.leftHeap / 1e6)} MB`, `${fixed(memory.leftRss / 1e6)} MB`];
  const rows = [
    ['a held session', `${whole(memory.heap)} B`, `${whole(memory.rss)} B`],
    ['left 36 s after the last BYE, all together', ...left],
  ];
  print(table(`Memory: ${whole(memory.sessions)} established sessions, all with audio`, ['', 'heap', 'RSS'], rows));
}

if (aims.length > 0) print(table('Aims', ['', 'is', 'wanted', ''], aims));
results.seconds = Math.round((performance.now() - started) / 1000);
print(`${results.seconds} s`);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify({ ...results, aims }, undefined, 1)}\n`);
