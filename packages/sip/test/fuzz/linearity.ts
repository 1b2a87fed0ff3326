/** Whether a reader takes more than in proportion to what it reads: by time, on a machine that others use as well. */

/** Times what half of it takes. Linear is 2, quadratic is 4. */
const MOST = 2.5;
/** µs that one element may take altogether: enough for every try of a reader that is linear, on a busy machine too. */
const BUDGET_US = 5_000_000;
/** Below this, the clock and the collector are what is measured. µs. */
const FLOOR_US = 150;

type Read = (bytes: Uint8Array) => void;

/** µs of one reading, by the clock or by the processor's time, whichever says less. */
function timed(read: Read, bytes: Uint8Array): number {
  const used = process.cpuUsage();
  const begun = process.hrtime.bigint();
  read(bytes);
  const took = Number(process.hrtime.bigint() - begun) / 1000;
  const { user, system } = process.cpuUsage(used);
  return Math.min(took, Math.max(user + system, 1));
}

/** The least of many; of the small one two in a row, and half of that: one alone may find room in a memory where as much as the large one leaves is collected. */
function leastOf(runs: number, read: Read, small: Uint8Array, large: Uint8Array): readonly [small: number, large: number] {
  let [first, second, spent] = [Infinity, Infinity, 0];
  for (let run = 0; run < runs && spent < BUDGET_US; run += 1) {
    const [one, other, two] = [timed(read, small), timed(read, small), timed(read, large)]; // by turns: a busy moment of the machine hits both
    first = Math.min(first, (one + other) / 2);
    second = Math.min(second, two);
    spent += one + other + two;
  }
  return [first, second];
}

/**
 * @param large - twice as long as `small`
 * @param tries - rounds of each try: a reader is wrong when all of them say so
 * @returns what is wrong, if it takes more than 2.5 times as long; undefined: nothing
 */
export function tooSteep(read: Read, small: Uint8Array, large: Uint8Array, tries: readonly number[] = [6, 20, 60]): string | undefined {
  let figures = '';
  for (const runs of tries) {
    const [one, two] = leastOf(runs, read, small, large);
    if (two <= MOST * Math.max(one, FLOOR_US)) return undefined;
    figures = `${one.toFixed(0)} µs, then ${two.toFixed(0)} µs`;
  }
  return `${(large.length / 1024).toFixed(0)} KiB take more than ${MOST} times what half of it takes: ${figures}`;
}
