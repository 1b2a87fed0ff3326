// Rounds of all parsers in turn, and of both writers: the machine's moods hit all alike.
import { Child } from '../lib/children.mjs';
import { median, spread } from '../lib/figures.mjs';
import { parsers } from './parsers.mjs';
import { writers } from './writers.mjs';

const OURS = '@jackfield/sip';
const PEER = 'sip';

async function rounds(names, ask, { count, ms }) {
  const children = new Map();
  const rates = Object.fromEntries(names.map((name) => [name, []]));
  try {
    for (const name of names) children.set(name, await Child.start('parse/worker.mjs', { args: [name] }));
    for (const name of names) await ask(children.get(name), 2 * ms); // to warm up
    for (let round = 0; round < count; round += 1) for (const name of names) rates[name].push(await ask(children.get(name), ms));
  } finally {
    for (const child of children.values()) await child.stop();
  }
  const perCpuSecond = Object.fromEntries(names.map((name) => [name, median(rates[name])]));
  const peers = names.filter((name) => name !== OURS);
  const fastest = peers.reduce((best, name) => (perCpuSecond[name] > perCpuSecond[best] ? name : best));
  // a ratio of each round on its own: what both had in common cancels out
  const ratios = rates[OURS].map((ours, round) => ours / rates[PEER][round]);
  return { perCpuSecond, fastest, ratio: median(ratios), spread: spread(ratios), rates };
}

/** @param options.peers - how many of the others, in the order of parsers.mjs; all by default. */
export async function compareParsers(options) {
  const names = Object.keys(parsers).slice(0, 1 + (options.peers ?? Infinity));
  const result = {};
  for (const set of ['invite', 'call']) result[set] = await rounds(names, (child, ms) => child.ask('parse', { set, ms }), options);
  return result;
}

export async function compareWriters(options) {
  const result = {};
  for (const kind of ['write', 'answer'])
    result[kind] = await rounds(Object.keys(writers), (child, ms) => child.ask('write', { kind, ms }), options);
  return result;
}
