// Simulated calls in bulk: seeds in portions, two at a time, until there were enough or the time is over. What fails is named by its seed.
import { shown, test } from './children.mjs';

/** Where a simulation stands, and how it is told of the number of its seeds. */
export const SESSIONS = { path: 'packages/session/test/simulation', count: 'SEEDS' };
export const TRANSFERS = { path: 'test/simulation/simulated-transfers.test.ts', count: 'TRANSFER_SEEDS' };
/** Seeds of one portion: a process is begun for each, so not few; a time limit is kept by portions, so not many. */
const PORTION = 2000;
/** More would all say the same. */
const MOST_FAILED = 20;

/** @returns the seeds that the output names, each once, with what was wrong */
export function failedSeeds(output) {
  const found = new Map();
  for (const [, seed, what] of output.matchAll(/SEED=(\d+): ([^"\n]*)/g)) if (!found.has(seed)) found.set(seed, what);
  return found;
}

/** Plays one portion. @returns `wrong`: what cannot be put down to a seed */
async function playPortion(simulation, first, count) {
  const { output, passed } = await test({ paths: [simulation.path], env: { FIRST: first, [simulation.count]: count, ONLY_SEEDS: 1 } });
  const failed = failedSeeds(output);
  return { failed, wrong: passed || failed.size > 0 ? undefined : output.split('\n').slice(-60).join('\n') };
}

/**
 * @param {object} options
 * @param {typeof SESSIONS} [options.simulation]
 * @param {number} options.first the first seed
 * @param {number} options.seeds how many
 * @param {number | undefined} [options.minutes] as many more as fit
 * @param {number} [options.workers]
 * @param {(simulation: typeof SESSIONS, first: number, count: number) => Promise<{ failed: Map<string, string>, wrong: string | undefined }>} [options.play]
 * @param {() => number} [options.now] ms
 */
export async function playSessions({ simulation = SESSIONS, first, seeds, minutes, workers = 2, play = playPortion, now = Date.now }) {
  const begun = now();
  const failed = new Map();
  const wrong = [];
  let next = first;
  const end = minutes === undefined ? first + seeds : Infinity;
  const goesOn = () =>
    failed.size < MOST_FAILED &&
    wrong.length === 0 &&
    (next < first + seeds || (minutes !== undefined && now() - begun < minutes * 60_000));
  const work = async () => {
    while (goesOn()) {
      const from = next;
      const count = Math.min(PORTION, end - from);
      next += count;
      const portion = await play(simulation, from, count);
      for (const [seed, what] of portion.failed) failed.set(seed, what);
      if (portion.wrong !== undefined) wrong.push(portion.wrong);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = Math.max((now() - begun) / 1000, 0.001);
  const played = next - first;
  const output = [
    ...[...failed].map(([seed, what]) => `  SEED=${seed}: ${what}\n  again: ${shown({ paths: [simulation.path], env: { SEED: seed } })}`),
    ...wrong,
  ];
  return {
    passed: output.length === 0,
    figures: `${played} seeds from ${first} on, ${failed.size} failed, ${(played / seconds).toFixed(0)} a second by ${workers} workers`,
    output: output.join('\n'),
  };
}
