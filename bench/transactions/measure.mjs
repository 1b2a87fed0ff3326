// What a live transaction keeps, by kind and state; and how many waits a second are armed and ring, or are armed and given up.
import { Child } from '../lib/children.mjs';
import { median } from '../lib/figures.mjs';

const FILE = 'transactions/worker.mjs';

async function withWorker(flags, use) {
  const worker = await Child.start(FILE, { flags });
  try {
    return await use(worker);
  } finally {
    await worker.stop();
  }
}

/** Each kind in a process of its own. */
export async function measureTransactions({ count, warmUp }) {
  const names = await withWorker([], (worker) => worker.ask('kinds'));
  const rows = [];
  for (const kind of names) rows.push(await withWorker(['--expose-gc'], (worker) => worker.ask('measure', { kind, count, warmUp })));
  return { count, rows };
}

/** Rounds of all in turn. */
export function measureTimers({ count, rounds }) {
  return withWorker([], async (worker) => {
    const names = await worker.ask('wheels');
    const all = Object.fromEntries(names.map((name) => [name, []]));
    for (let at = -1; at < rounds; at += 1) {
      for (const name of names) {
        const one = await worker.ask('wheel', { name, count });
        if (at >= 0) all[name].push(one);
      }
    }
    const of = (name, key) => median(all[name].map((one) => one[key]));
    return { count, rows: names.map((name) => ({ name, fired: of(name, 'fired'), cancelled: of(name, 'cancelled') })) };
  });
}
