// Calls at a rate that goes on for longer than transactions are kept: what is lost in the receive buffer, and how long collections stop the server.
import { setTimeout as sleep } from 'node:timers/promises';
import { isClean, together, total } from './rounds.mjs';

const NAME = '@jackfield/sip';

const lost = (before, after) => (before === undefined || after === undefined ? undefined : after - before);

/** @param seconds - of the rate; what is asked of the server is asked in the last of them. */
export function measureSustained({ rate, seconds, warmUp }) {
  return together({ [NAME]: { file: 'calls/server-stack.mjs' } }, async ({ [NAME]: server }, load) => {
    await load.ask('run', { port: server.port, kind: 'call', count: warmUp, rate });
    const before = { server: await server.ask('drops'), load: await load.ask('drops') };
    await server.ask('watchCollections');
    await server.ask('begin');
    const count = rate * seconds;
    const run = load.ask('run', { port: server.port, kind: 'call', count, rate });
    const late = sleep(seconds * 1000 - 500).then(async () => ({ cpu: await server.ask('cpu'), state: await server.ask('state') }));
    const [done, { cpu, state }] = await Promise.all([run, late]);
    const collections = await server.ask('collections');
    const clean = isClean(NAME, done);
    const { established, ended, total: all, errors } = await server.ask('state');
    if (established < count + warmUp || ended !== count + warmUp || errors.length > 0)
      throw new Error(`${NAME}: ${JSON.stringify({ calls: count + warmUp, established, ended, all, errors })}`);
    const drops = { server: lost(before.server, await server.ask('drops')), load: lost(before.load, await load.ask('drops')) };
    const measured = seconds - 0.5;
    return {
      rate,
      seconds,
      clean,
      bad: done.bad,
      drops,
      collections,
      live: state.live,
      core: total(cpu) / measured,
      per1000: (total(cpu) / (rate * measured)) * 1000,
      micros: done.micros,
    };
  });
}
