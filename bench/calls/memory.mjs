// What an established session costs, and whether it is given back: heap and RSS of the server before, with, and after many held calls.
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../lib/children.mjs';
import { SERVERS } from './compare.mjs';

const NAME = '@jackfield/session';

function assertClean({ bad, calls }) {
  if (Object.values(bad).some((count) => count > 0)) throw new Error(`${NAME}: of ${calls} held calls ${JSON.stringify(bad)}`);
}

/**
 * @param settle - ms after which no transaction of what came before is left.
 * @param meanwhile - done while the server does nothing, the first time.
 */
export async function measureMemory({ sessions, rate, warmUp, settle, afterwards, meanwhile }) {
  const load = await Child.start('calls/load.mjs', { load: true });
  const server = await Child.start(SERVERS[NAME].file, { flags: ['--expose-gc'] });
  try {
    const port = await server.ask('port');
    assertClean(await load.ask('run', { port, kind: 'call', count: warmUp, rate }));
    await Promise.all([sleep(settle), meanwhile()]);
    const before = await server.ask('memory');
    assertClean(await load.ask('hold', { port, count: sessions, rate }));
    await sleep(settle);
    const during = await server.ask('memory');
    const { live } = await server.ask('state');
    if (live.sessions !== sessions) throw new Error(`${NAME}: ${live.sessions} of ${sessions} sessions are held`);
    assertClean(await load.ask('release', { rate }));
    await sleep(afterwards);
    const after = await server.ask('memory');
    const { live: left, errors } = await server.ask('state');
    delete left.listeners;
    const remains = Object.entries(left).filter(([, count]) => count > 0);
    if (remains.length > 0 || errors.length > 0) throw new Error(`${NAME}: left over ${JSON.stringify({ remains, errors })}`);
    const perSession = (key) => (during[key] - before[key]) / sessions;
    return {
      sessions,
      heap: perSession('heapUsed'),
      rss: perSession('rss'),
      buffers: perSession('arrayBuffers'),
      leftHeap: after.heapUsed - before.heapUsed,
      leftRss: after.rss - before.rss,
      before,
      during,
      after,
    };
  } finally {
    await server.stop();
    await load.stop();
  }
}
