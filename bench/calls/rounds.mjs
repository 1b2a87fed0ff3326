// The same load on several servers in turn: CPU of each per 1,000, medians of rounds, and no round with a message lost or repeated.
import { Child } from '../lib/children.mjs';
import { median, spread } from '../lib/figures.mjs';

/** Attempts at one round: on a machine that others use too, a process may stand still for longer than T1 (500 ms). */
const ATTEMPTS = 4;

/** A call that failed, or an answer to nothing asked, is never forgiven; a message that had to be repeated makes the round void. */
export function isClean(name, { bad, calls }) {
  if (bad.failed > 0 || bad.unexpected > 0) throw new Error(`${name}: of ${calls} calls or requests ${JSON.stringify(bad)}`);
  return bad.retransmissionsSent + bad.retransmissionsReceived === 0;
}

export const total = ({ user, system }) => user + system;

/** Between two states of a server: as many calls established, by ours with an identity each, or requests seen, and no error. */
export function assertSeen(name, before, after, kind, count) {
  const { errors } = after;
  const more = (key) => (after[key] === undefined ? count : after[key] - before[key]);
  const seen = kind === 'call' ? more('established') === count && more('identified') === count : more('requests') >= count;
  if (!seen || errors.length > 0) throw new Error(`${name}: of ${count}, ${JSON.stringify({ before, after })}`);
}

export async function round(server, load, { name, kind, count, rate }) {
  for (let attempt = 1; ; attempt += 1) {
    const before = await server.ask('state');
    await server.ask('begin');
    const done = await load.ask('run', { port: server.port, kind: server.kind ?? kind, count, rate });
    const cpu = await server.ask('cpu');
    if (isClean(name, done)) {
      assertSeen(name, before, await server.ask('state'), kind, count);
      const per1000 = (total(cpu) / count) * 1000;
      return { per1000, system: (cpu.system / count) * 1000, attempt, ...done.micros };
    }
    if (attempt === ATTEMPTS) throw new Error(`${name}: ${ATTEMPTS} rounds, and messages repeated in each: ${JSON.stringify(done.bad)}`);
  }
}

/** Before anything counts: enough for the compilers to be done, for tables and pools to have grown. Messages may be repeated here. */
export async function warm(server, load, { name, kind, count, rate }) {
  isClean(name, await load.ask('run', { port: server.port, kind: server.kind ?? kind, count, rate }));
}

const TURNS = 16;

/** {@link warm} for all, in turns: who waits for a minute while the others are warmed has cold code again, since the engine forgets what is not used. */
export async function warmInTurns(servers, { count, ...size }) {
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const [name, server] of Object.entries(servers))
      await warm(server, server.load, { ...size, name, count: Math.ceil(count / TURNS) });
}

/** A round of each server, as often as said, after the warm-up of all; in every other round in the other order. */
export async function interleaved(servers, load, { rounds: count, warmUp, warmRate, ...size }) {
  const names = Object.keys(servers);
  await warmInTurns(servers, { ...size, count: warmUp, rate: warmRate });
  const rounds = Object.fromEntries(names.map((name) => [name, []]));
  for (let at = 0; at < count; at += 1)
    for (const name of at % 2 === 0 ? names : names.toReversed()) rounds[name].push(await round(servers[name], load, { ...size, name }));
  return rounds;
}

/** @param ours - the ratios are of it to each other one, round by round: what both had in common cancels out. */
export function summary(rounds, ours) {
  const of = (name, key) => rounds[name].map((one) => one[key]);
  const servers = {};
  for (const name of Object.keys(rounds)) {
    const ratios = of(ours, 'per1000').map((own, at) => own / rounds[name][at].per1000);
    servers[name] = {
      cpu: median(of(name, 'per1000')),
      system: median(of(name, 'system')),
      p50: median(of(name, 'p50')),
      p99: median(of(name, 'p99')),
      ratio: median(ratios),
      spread: spread(ratios),
    };
  }
  const repeated = Object.keys(rounds).reduce((sum, name) => sum + of(name, 'attempt').reduce((more, attempt) => more + attempt - 1, 0), 0);
  return { servers, repeated, rounds };
}

/**
 * Starts one load and all servers (`file`, `args`, `kind` of load where it is not the common one), and stops them whatever comes. `loadEach`: a load for each
 * server, as its `load`.
 */
export async function together(wanted, use, { loadEach = false } = {}) {
  const children = [];
  const start = async (file, options) => {
    const child = await Child.start(file, options);
    children.push(child);
    return child;
  };
  try {
    const load = await start('calls/load.mjs', { load: true });
    const servers = {};
    for (const [name, { file, args, kind }] of Object.entries(wanted)) {
      const server = (servers[name] = await start(file, { args }));
      const own = loadEach ? await start('calls/load.mjs', { load: true }) : load;
      Object.assign(server, { port: await server.ask('port'), kind, load: own });
    }
    return await use(servers, load);
  } finally {
    for (const child of children) await child.stop();
  }
}
