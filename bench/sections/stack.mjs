// Sections of @jackfield/sip alone: options, sustained, transactions, timers.
import { compareOptions, DATAGRAM } from '../calls/options.mjs';
import { measureSustained } from '../calls/sustained.mjs';
import { fixed, whole } from '../lib/figures.mjs';
import { measureTimers, measureTransactions } from '../transactions/measure.mjs';

const AIMS = { options: 0.6, datagram: 2.5, finished: 50_000 };

/** Of servers at work, which take several messages a turn of their loop. */
export async function options({ quick, report }) {
  const size = quick ? { settle: 3, windows: 2, seconds: 2, warmUp: 4000 } : { settle: 20, windows: 4, seconds: 3, warmUp: 40_000 };
  const rate = quick ? 2000 : 3000;
  const { sip, datagrams } = await compareOptions({ ...size, rate, warmRate: 2000 });
  for (const result of [sip, datagrams]) report.servers(`OPTIONS at ${whole(rate)}/s, to both at once on one core`, result, 'requests');
  report.atMost('CPU of OPTIONS by a service, to sip', sip.servers.sip, AIMS.options);
  report.atMost('CPU of OPTIONS by a service, to a bare socket', datagrams.servers[DATAGRAM], AIMS.datagram);
  return { sip, datagrams };
}

export async function sustained({ quick, report }) {
  const result = await measureSustained({ rate: 1500, seconds: quick ? 5 : 60, warmUp: 1500 });
  const { rate, seconds, live, collections, core, per1000, micros, drops, bad } = result;
  const shown = (count) => (count === undefined ? 'not known here' : whole(count));
  const rows = [
    ['CPU s per 1,000 calls', fixed(per1000, 3)],
    ['of one core', `${whole(core * 100)} %`],
    ['INVITE to 200, µs: p50, p99, longest', `${whole(micros.p50)}, ${whole(micros.p99)}, ${whole(micros.most)}`],
    ['transactions in their 32 s, at the end', whole(live.finishedTransactions)],
    ['datagrams lost to the receive buffer: server, load', `${shown(drops.server)}, ${shown(drops.load)}`],
    ['messages repeated: by the load, by the server', `${bad.retransmissionsSent}, ${bad.retransmissionsReceived}`],
  ];
  report.table(`${whole(rate)} calls/s for ${seconds} s: INVITE, 200, ACK, BYE, 200 by @jackfield/sip alone`, ['', ''], rows);
  const pauses = Object.entries(collections).map(([kind, { count, total, most }]) => [
    kind,
    whole(count),
    fixed(total / 1000, 3),
    fixed(most, 1),
  ]);
  report.table('Collections of the server meanwhile', ['', 'count', 'all, s', 'longest, ms'], pauses);
  if (drops.server !== undefined) report.aim('datagrams lost at 1,500 calls/s', whole(drops.server), drops.server === 0, 'none');
  const finished = live.finishedTransactions;
  if (!quick)
    report.aim('transactions in their 32 s meanwhile', whole(finished), finished >= AIMS.finished, `at least ${whole(AIMS.finished)}`);
  return result;
}

export async function transactions({ quick, report }) {
  const result = await measureTransactions(quick ? { count: 10_000, warmUp: 1000 } : { count: 100_000, warmUp: 5000 });
  const rows = result.rows.map(({ kind, heap, buffers, rss, micros }) => [
    kind,
    ...[heap, buffers, rss].map((bytes) => `${whole(bytes)} B`),
    fixed(micros, 1),
  ]);
  const heads = ['each', 'heap', 'buffers', 'RSS', 'CPU µs to make'];
  report.table(`Memory of transactions: ${whole(result.count)} live ones of a kind, no sockets`, heads, rows);
  return result;
}

export async function timers({ quick, report }) {
  const result = await measureTimers(quick ? { count: 100_000, rounds: 2 } : { count: 100_000, rounds: 7 });
  const rows = result.rows.map(({ name, fired, cancelled }) => [name, whole(fired), whole(cancelled)]);
  const heads = ['events per CPU second', 'armed, rang', 'armed, given up'];
  report.table(`Waits: ${whole(result.count)} in a round; as many others wait while they are given up`, heads, rows);
  return result;
}
