// Section of established sessions: what each keeps, what it is made of, what is left of them.
import { measureHeld } from '../calls/held.mjs';
import { fixed, whole } from '../lib/figures.mjs';

const AIMS = { heap: 8192, left: 0.01 };
const ROWS = 40;

export async function held({ quick, report, meanwhile }) {
  const size = quick ? { sessions: 2000, sampled: 500, warmUp: 2000 } : { sessions: 20_000, sampled: 2000, warmUp: 10_000 };
  const waits = { settle: 34_000, afterwards: 60_000 }; // transactions live for 32 s
  const result = await measureHeld({ ...size, ...waits, rate: quick ? 1000 : 2000, meanwhile });
  const { sessions, sampled, heap, rss, buffers, leftHeap, leftBuffers, leftRss, classes } = result;
  const bytes = (value) => `${whole(value)} B`;
  const megabytes = (value) => `${fixed(value / 1e6)} MB`;
  const rows = [
    ['a held session', bytes(heap), bytes(buffers), bytes(rss)],
    ['left a minute after the last BYE, all together', megabytes(leftHeap), megabytes(leftBuffers), megabytes(leftRss)],
  ];
  report.table(`Held: ${whole(sessions)} established sessions, all with audio`, ['', 'heap', 'buffers', 'RSS'], rows);

  const shown = classes.slice(0, ROWS);
  const others = classes.slice(ROWS);
  const sum = (some, key) => some.reduce((total, one) => total + one[key], 0);
  const total = (name, some) => ({ name, count: sum(some, 'count'), bytes: sum(some, 'bytes') });
  const row = ({ name, count, bytes: each }) => [name, fixed(count), whole(each)];
  report.table(
    `What a session is made of: constructors, and what hangs on a property of theirs (heap snapshots with 0 and ${whole(sampled)} sessions)`,
    ['per session', 'count', 'bytes'],
    [...shown, total('all others', others), total('all', classes)].map(row),
  );
  report.aim('heap of an established session', bytes(heap), heap <= AIMS.heap, `at most ${bytes(AIMS.heap)}`);
  const share = leftHeap / (heap * sessions);
  const wanted = `none: no entry, under ${AIMS.left * 100} %`;
  report.aim('heap left of them after a minute', `${megabytes(leftHeap)}, ${fixed(share * 100, 2)} %`, share < AIMS.left, wanted);
  return result;
}
