// The same calls to a server with all of the session core and to one that is the package `sip` alone.
import { setTimeout as sleep } from 'node:timers/promises';
import { isClean, round, summary, together, total } from './rounds.mjs';

export const SERVERS = { '@jackfield/session': { file: 'calls/server-jackfield.mjs' }, sip: { file: 'calls/server-sip.mjs' } };
const [OURS] = Object.keys(SERVERS);

/** At a rate that has gone on for longer than transactions are kept, so that each second ends as many as it begins. */
async function steadyRound(server, load, { name, kind, rate, settle, seconds }) {
  const run = load.ask('run', { port: server.port, kind, count: rate * (settle + seconds), rate });
  const measured = sleep(settle * 1000).then(async () => {
    await server.ask('begin');
    await sleep(seconds * 1000);
    return server.ask('cpu');
  });
  const [done, cpu] = await Promise.all([run, measured]);
  if (!isClean(name, done)) throw new Error(`${name}: messages were repeated: ${JSON.stringify(done.bad)}`);
  const thousands = (rate * seconds) / 1000;
  return { per1000: total(cpu) / thousands, system: cpu.system / thousands, attempt: 1, ...done.micros };
}

/** What the servers themselves saw: every call established, by ours with an identity, and no error. */
async function assertSeen(servers) {
  for (const [name, server] of Object.entries(servers)) {
    const calls = server.begun;
    const { established, identified = calls, errors } = await server.ask('state');
    if (established === calls && identified === calls && errors.length === 0) continue;
    throw new Error(`${name}: ${JSON.stringify({ calls, established, identified, errors })}`);
  }
}

const none = () => Object.fromEntries(Object.keys(SERVERS).map((name) => [name, []]));

export function compareCalls({ rounds: count, calls, rate, warmUp }) {
  return together(SERVERS, async (servers, load) => {
    const rounds = none();
    for (let at = -1; at < count; at += 1) {
      for (const [name, server] of Object.entries(servers)) {
        const one = await round(server, load, { name, kind: 'call', count: at < 0 ? warmUp : calls, rate });
        if (at >= 0) rounds[name].push(one);
      }
    }
    await assertSeen(servers);
    return summary(rounds, OURS);
  });
}

export function compareSteady({ rounds: count, rate, settle, seconds }) {
  return together(SERVERS, async (servers, load) => {
    const rounds = none();
    for (let at = 0; at < count; at += 1)
      for (const [name, server] of Object.entries(servers))
        rounds[name].push(await steadyRound(server, load, { name, kind: 'call', rate, settle, seconds }));
    return summary(rounds, OURS);
  });
}
