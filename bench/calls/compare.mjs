// The same calls to both servers in turn: CPU of the server per 1,000, medians of rounds, and no round with a message lost or repeated.
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../lib/children.mjs';
import { median, spread } from '../lib/figures.mjs';

export const SERVERS = { '@jackfield/session': 'calls/server-jackfield.mjs', sip: 'calls/server-sip.mjs' };
const [OURS, PEER] = Object.keys(SERVERS);

/** Attempts at one round: on a machine that others use too, a process may stand still for longer than T1 (500 ms). */
const ATTEMPTS = 4;

/** A call that failed, or an answer to nothing asked, is never forgiven; a message that had to be repeated makes the round void. */
function isClean(name, { bad, calls }) {
  if (bad.failed > 0 || bad.unexpected > 0) throw new Error(`${name}: of ${calls} calls or requests ${JSON.stringify(bad)}`);
  return bad.retransmissionsSent + bad.retransmissionsReceived === 0;
}

const total = ({ user, system }) => user + system;

async function round(server, load, { name, kind, count, rate }) {
  for (let attempt = 1; ; attempt += 1) {
    await server.ask('begin');
    const done = await load.ask('run', { port: server.port, kind, count, rate });
    const cpu = await server.ask('cpu');
    server.begun += count;
    if (isClean(name, done)) return { per1000: (total(cpu) / count) * 1000, system: (cpu.system / count) * 1000, attempt, ...done.micros };
    if (attempt === ATTEMPTS) throw new Error(`${name}: ${ATTEMPTS} rounds, and messages repeated in each: ${JSON.stringify(done.bad)}`);
  }
}

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

function summary(rounds) {
  const of = (name, key) => rounds[name].map((one) => one[key]);
  const ratios = of(OURS, 'per1000').map((ours, at) => ours / rounds[PEER][at].per1000);
  const servers = {};
  for (const name of Object.keys(SERVERS)) {
    const figures = { cpu: median(of(name, 'per1000')), system: median(of(name, 'system')) };
    servers[name] = { ...figures, p50: median(of(name, 'p50')), p99: median(of(name, 'p99')) };
  }
  const repeated = Object.keys(SERVERS).reduce(
    (sum, name) => sum + of(name, 'attempt').reduce((more, attempt) => more + attempt - 1, 0),
    0,
  );
  return { servers, ratio: median(ratios), spread: spread(ratios), repeated, rounds };
}

async function together(use) {
  const children = [];
  const start = async (file, options) => {
    const child = await Child.start(file, options);
    children.push(child);
    return child;
  };
  try {
    const load = await start('calls/load.mjs', { load: true });
    const servers = {};
    for (const [name, file] of Object.entries(SERVERS)) {
      servers[name] = await start(file);
      servers[name].port = await servers[name].ask('port');
      servers[name].begun = 0;
    }
    return await use(servers, load);
  } finally {
    for (const child of children) await child.stop();
  }
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

export function compareCalls({ rounds: count, calls, rate, warmUp, options, optionsRate }) {
  return together(async (servers, load) => {
    const result = {};
    for (const [kind, each, pace] of [
      ['call', calls, rate],
      ['options', options, optionsRate],
    ]) {
      const rounds = { [OURS]: [], [PEER]: [] };
      for (let at = -1; at < count; at += 1) {
        const number = at < 0 ? warmUp : each;
        for (const [name, server] of Object.entries(servers)) {
          const one = await round(server, load, { name, kind, count: number, rate: pace });
          if (at >= 0) rounds[name].push(one);
        }
      }
      result[kind] = summary(rounds);
      if (kind === 'call') await assertSeen(servers);
    }
    return result;
  });
}

export function compareSteady({ rounds: count, rate, settle, seconds }) {
  return together(async (servers, load) => {
    const rounds = { [OURS]: [], [PEER]: [] };
    for (let at = 0; at < count; at += 1)
      for (const [name, server] of Object.entries(servers))
        rounds[name].push(await steadyRound(server, load, { name, kind: 'call', rate, settle, seconds }));
    return summary(rounds);
  });
}
