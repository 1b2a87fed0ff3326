// What an established session costs, and whether it is given back: heap and RSS of the server before, with, and after many held calls; and what
// a session is made of, by a second server that holds fewer.
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from '../lib/children.mjs';
import { difference } from '../lib/heap-classes.mjs';
import { JACKFIELD, OURS } from './compare.mjs';
import { isClean } from './rounds.mjs';

/** A server of ours and the load of its calls. */
class Pair {
  static async start() {
    const pair = new Pair();
    pair.load = await Child.start('calls/load.mjs', { load: true });
    pair.server = await Child.start(JACKFIELD, { flags: ['--expose-gc'] });
    pair.port = await pair.server.ask('port');
    return pair;
  }

  /** `what` of the load: 'run', 'hold' or 'release'. */
  async drive(what, count, rate) {
    isClean(OURS, await this.load.ask(what, { port: this.port, kind: 'call', count, rate })); // a message may be repeated: none is lost by that
  }

  async stop() {
    await this.server?.stop();
    await this.load?.stop();
  }
}

/**
 * @param sampled - sessions of the second server.
 * @param settle - ms after which no transaction of what came before is left.
 * @param meanwhile - called in each of the three waits, while the servers do nothing.
 */
export async function measureHeld({ sessions, sampled, rate, warmUp, settle, afterwards, meanwhile }) {
  const started = [];
  const files = [];
  const start = async () => {
    const pair = await Pair.start();
    started.push(pair);
    return pair;
  };
  try {
    const many = await start();
    const few = await start();
    await many.drive('run', warmUp, rate);
    await few.drive('run', Math.min(warmUp, 2000), rate);
    await Promise.all([sleep(settle), meanwhile()]);
    const before = await many.server.ask('memory');
    files.push(await few.server.ask('snapshot'));

    await many.drive('hold', sessions, rate);
    await few.drive('hold', sampled, rate);
    await Promise.all([sleep(settle), meanwhile()]);
    const during = await many.server.ask('memory');
    const { live } = await many.server.ask('state');
    if (live.sessions !== sessions) throw new Error(`${OURS}: ${live.sessions} of ${sessions} sessions are held`);
    files.push(await few.server.ask('snapshot'));
    await few.stop();
    const classes = await difference(...files, sampled);

    await many.drive('release', sessions, rate);
    await Promise.all([sleep(afterwards), meanwhile()]);
    const after = await many.server.ask('memory');
    const { live: left, errors } = await many.server.ask('state');
    delete left.listeners;
    const remains = Object.entries(left).filter(([, count]) => count > 0);
    if (remains.length > 0 || errors.length > 0) throw new Error(`${OURS}: left over ${JSON.stringify({ remains, errors })}`);
    const perSession = (key) => (during[key] - before[key]) / sessions;
    return {
      sessions,
      sampled,
      heap: perSession('heapUsed'),
      rss: perSession('rss'),
      buffers: perSession('arrayBuffers'),
      leftHeap: after.heapUsed - before.heapUsed,
      leftBuffers: after.arrayBuffers - before.arrayBuffers,
      leftRss: after.rss - before.rss,
      classes,
      before,
      during,
      after,
    };
  } finally {
    for (const pair of started) await pair.stop();
    for (const file of files) await rm(file);
  }
}
