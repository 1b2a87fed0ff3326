// Servers at the same time on one core, each at a rate that goes on for longer than transactions are kept, so that each second ends as many as it begins; then
// windows. What the machine does meanwhile it does to all of them: in turn, minutes apart, one may have had twice the machine of the other.
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSeen, isClean, total, warmInTurns } from './rounds.mjs';

/**
 * Share of messages that may be repeated in a run, which cannot be done again for the sake of one: on a shared machine a process may stand still for longer
 * than T1, and so does `sip` when it has collected 90,000 transactions.
 */
const REPEATED = 0.01;
const repeatedShare = ({ bad, calls }) => (bad.retransmissionsSent + bad.retransmissionsReceived) / calls;

/** @param running - as `together` gives them with `loadEach`. @returns rounds as `interleaved` does, one a window. */
export async function steadyRounds(running, { kind, rate, settle, windows, seconds, warmUp, warmRate }) {
  const count = rate * (settle + windows * seconds + 1); // a second more, so that the last window ends before the load does
  const rounds = {};
  const all = Object.entries(running);
  await warmInTurns(running, { kind, count: warmUp, rate: warmRate });
  const before = await Promise.all(all.map(([, server]) => server.ask('state')));
  const runs = Promise.all(
    all.map(([, { load, port, kind: own }]) => load.ask('run', { port, kind: own ?? kind, count, rate, skip: rate * settle })),
  );
  const measured = sleep(settle * 1000).then(async () => {
    for (const [name] of all) rounds[name] = [];
    for (let at = 0; at < windows; at += 1) {
      const window = await Promise.all(all.map(([, server]) => steadyWindow(server, rate, seconds)));
      for (const [index, [name]] of all.entries()) rounds[name].push(window[index]);
    }
  });
  const [done] = await Promise.all([runs, measured]);
  for (const [index, [name, server]] of all.entries()) {
    const run = done[index];
    if (!isClean(name, run) && repeatedShare(run) > REPEATED)
      throw new Error(`${name}: messages were repeated: ${JSON.stringify(run.bad)}`);
    assertSeen(name, before[index], await server.ask('state'), kind, count);
    for (const window of rounds[name]) Object.assign(window, run.micros);
  }
  return rounds;
}

async function steadyWindow(server, rate, seconds) {
  await server.ask('begin');
  const start = performance.now();
  await sleep(seconds * 1000);
  const cpu = await server.ask('cpu');
  const thousands = (rate * (performance.now() - start)) / 1e6;
  return { per1000: total(cpu) / thousands, system: cpu.system / thousands, attempt: 1 };
}
