// Sections of messages alone: parse, write.
import { fixed, whole } from '../lib/figures.mjs';
import { compareParsers, compareWriters } from '../parse/compare.mjs';

const AIMS = { parse: 4, pjsip: 0.5, write: 3 };
/** INVITEs per second of CPU, measured once on one machine: PJSIP's parser, and `sip` on Node 24 in that run. Scaled by what `sip` does here. */
const ONCE = { pjsip: 558_000, sip: 125_000 };

function showRates(report, title, result) {
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
  report.table(title, heads, names.map(row));
}

export async function parse({ quick, report }) {
  const result = await compareParsers(quick ? { count: 3, ms: 120, peers: 1 } : { count: 6, ms: 300 });
  showRates(report, 'Parsing: start line, top Via, From, To, Call-ID, CSeq, Max-Forwards read and compared with the corpus', result);
  for (const [set, one] of Object.entries(result)) report.atLeast(`parse ${set}, to sip`, one, AIMS.parse);
  // not by the figures of the table: each round's ratio to `sip` has the machine's mood of that round in both
  const pjsip = (result.invite.ratio * ONCE.sip) / ONCE.pjsip;
  report.atLeast('parse invite, to PJSIP scaled by sip', { ratio: pjsip, spread: result.invite.spread }, AIMS.pjsip);
  return result;
}

export async function write({ quick, report }) {
  const result = await compareWriters(quick ? { count: 3, ms: 120 } : { count: 6, ms: 300 });
  showRates(report, 'Writing: a parsed message (write), the 200 to an INVITE (answer)', result);
  report.atLeast('write, to sip', result.write, AIMS.write);
  return result;
}
