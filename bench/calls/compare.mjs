// The same calls to a server with all of the session core and to one that is the package `sip` alone: many rounds, a level that has settled, latency;
// and to the first with supplements that do nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { assertSeen, interleaved, isClean, summary, together, total, warmInTurns } from './rounds.mjs';

export const OURS = '@jackfield/session';
export const JACKFIELD = 'calls/server-jackfield.mjs';
const PLAIN = { [OURS]: { file: JACKFIELD } };
const PORTS = { [`${OURS}, ports with sockets`]: { file: JACKFIELD, args: ['--ports'] } };
const SIP = { sip: { file: 'calls/server-sip.mjs' } };

/** @param ports - with it, our server with real media ports is measured too. */
const servers = (ports) => ({ ...PLAIN, ...(ports ? PORTS : {}), ...SIP });

function compare(wanted, ours, size) {
  return together(wanted, async (running, load) => {
    const rounds = await interleaved(running, load, { ...size, kind: 'call', count: size.calls });
    return summary(rounds, ours);
  });
}

export const compareCalls = ({ ports, ...size }) => compare(servers(ports), OURS, size);

/** Ratios are of the server with supplements to the one without. */
export function compareHooks({ supplements, ...size }) {
  const more = `${OURS}, ${supplements} supplements more`;
  return compare({ [more]: { file: JACKFIELD, args: ['--hooks', String(supplements)] }, ...PLAIN }, more, size);
}

/** Of calls, in a run that cannot be repeated for the sake of one message: on a shared machine a process may stand still for longer than T1. */
const REPEATED = 0.002;
const repeatedShare = ({ bad, calls }) => (bad.retransmissionsSent + bad.retransmissionsReceived) / calls;

/**
 * Two servers at once, each at a rate that goes on for longer than transactions are kept, so that each second ends as many as it begins; then windows. They
 * share the core, so what the machine does meanwhile it does to both: in turn, minutes apart, one may have had twice the machine of the other.
 */
export async function compareSteady({ ports, ...size }) {
  const rounds = await steadyPair({ ...PLAIN, ...SIP }, size);
  return summary(ports ? { ...(await steadyPair({ ...PORTS, ...SIP }, size)), ...rounds } : rounds, OURS);
}

function steadyPair(wanted, { rate, settle, windows, seconds, warmUp, warmRate }) {
  const count = rate * (settle + windows * seconds + 1); // a second more, so that the last window ends before the load does
  return together(
    wanted,
    async (running) => {
      const rounds = {};
      const all = Object.entries(running);
      await warmInTurns(running, { kind: 'call', count: warmUp, rate: warmRate });
      const before = await Promise.all(all.map(([, server]) => server.ask('state')));
      const runs = Promise.all(all.map(([, { load, port }]) => load.ask('run', { port, kind: 'call', count, rate, skip: rate * settle })));
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
        assertSeen(name, before[index], await server.ask('state'), 'call', count);
        for (const window of rounds[name]) Object.assign(window, run.micros);
      }
      return rounds;
    },
    { loadEach: true },
  );
}

async function steadyWindow(server, rate, seconds) {
  await server.ask('begin');
  const start = performance.now();
  await sleep(seconds * 1000);
  const cpu = await server.ask('cpu');
  const thousands = (rate * (performance.now() - start)) / 1e6;
  return { per1000: total(cpu) / thousands, system: cpu.system / thousands, attempt: 1 };
}
