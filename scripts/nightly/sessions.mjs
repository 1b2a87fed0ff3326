// Simulated calls in bulk: seeds in portions, two at a time, until there were enough or the time is over. What fails is named by its seed.
import { shown, test } from './children.mjs';

const SIMULATION = 'packages/session/test/simulation';
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
async function playPortion(first, count) {
  const { output, passed } = await test({ paths: [SIMULATION], env: { FIRST: first, SEEDS: count, ONLY_SEEDS: 1 } });
  const failed = failedSeeds(output);
  return { failed, wrong: passed || failed.size > 0 ? undefined : output.split('\n').slice(-60).join('\n') };
}

/**
 * @param {object} options
 * @param {number} options.first the first seed
 * @param {number} options.seeds how many; without a time limit
 * @param {number | undefined} options.minutes in place of `seeds`: as many as fit
 * @param {number} [options.workers]
 * @param {(first: number, count: number) => Promise<{ failed: Map<string, string>, wrong: string | undefined }>} [options.play]
 * @param {() => number} [options.now] ms
 */
export async function playSessions({ first, seeds, minutes, workers = 2, play = playPortion, now = Date.now }) {
  const begun = now();
  const failed = new Map();
  const wrong = [];
  let next = first;
  const end = minutes === undefined ? first + seeds : Infinity;
  const goesOn = () =>
    next < end && failed.size < MOST_FAILED && wrong.length === 0 && (minutes === undefined || now() - begun < minutes * 60_000);
  const work = async () => {
    while (goesOn()) {
      const from = next;
      const count = Math.min(PORTION, end - from);
      next += count;
      const portion = await play(from, count);
      for (const [seed, what] of portion.failed) failed.set(seed, what);
      if (portion.wrong !== undefined) wrong.push(portion.wrong);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  const seconds = Math.max((now() - begun) / 1000, 0.001);
  const played = next - first;
  const output = [
    ...[...failed].map(([seed, what]) => `  SEED=${seed}: ${what}\n  again: ${shown({ paths: [SIMULATION], env: { SEED: seed } })}`),
    ...wrong,
  ];
  return {
    passed: output.length === 0,
    figures: `${played} seeds from ${first} on, ${failed.size} failed, ${(played / seconds).toFixed(0)} a second by ${workers} workers`,
    output: output.join('\n'),
  };
}
