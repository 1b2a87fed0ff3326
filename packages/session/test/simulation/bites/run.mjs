// Shows that the simulations bite: takes one protection at a time out of a copy of the sources, plays the seeds, and expects a complaint.
//   node packages/session/test/simulation/bites/run.mjs [name...]      all of them unless named; SEEDS in place of those of each
// Ends with 1 when a protection can be taken out unseen, or when the text that stands for it is not found any more.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BITES, RARE_BITES, TRANSFER_BITES } from './bites.mjs';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const SESSIONS = 'packages/session/test/simulation';
const TRANSFERS = 'test/simulation/simulated-transfers.test.ts';
/** What is taken out, where it is to be seen, and in how many seeds. */
const tasks = [
  { simulation: SESSIONS, seeds: 2000, bites: BITES },
  { simulation: SESSIONS, seeds: 3000, bites: RARE_BITES },
  { simulation: TRANSFERS, seeds: 400, bites: TRANSFER_BITES },
].flatMap(({ bites, simulation, seeds }) =>
  Object.entries(bites).map(([name, patches]) => ({ name, patches, simulation, seeds: Number(process.env.SEEDS ?? seeds) })),
);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !tasks.some((task) => task.name === name));
if (unknown.length > 0) throw new Error(`no such bite: ${unknown.join(', ')}; there are ${tasks.map(({ name }) => name).join(', ')}`);

const copy = mkdtempSync(join(tmpdir(), 'bites-'));
try {
  for (const name of ['base', 'sip', 'sdp', 'session', 'supplement-refer', 'supplement-session-timers']) {
    const skip = join(root, 'packages', name, 'dist');
    cpSync(join(root, 'packages', name), join(copy, 'packages', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path !== skip,
    });
  }
  for (const name of ['package.json', 'vitest.config.ts', 'tsconfig.base.json']) cpSync(join(root, name), join(copy, name));
  for (const name of ['package.json', 'simulation', 'node_modules/@jackfield']) {
    cpSync(join(root, 'test', name), join(copy, 'test', name), { recursive: true, verbatimSymlinks: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  if (wanted.length === 0 && process.env.SKIP_WHOLE === undefined) {
    for (const [simulation, seeds] of [
      [SESSIONS, 3000],
      [TRANSFERS, 400],
    ]) {
      const found = play(simulation, seeds);
      if (found !== undefined) fail(`with nothing taken out: ${found}`);
    }
  }
  for (const { name, patches, simulation, seeds } of tasks) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const begun = Date.now();
    const undo = [];
    try {
      for (const patch of patches) undo.push(apply(name, patch));
      const found = play(simulation, seeds);
      if (found === undefined) fail(`${name}: not found in ${seeds} seeds`);
      else console.log(`${name}: found (${((Date.now() - begun) / 1000).toFixed(0)} s) ${found}`);
    } catch (error) {
      fail(error.message);
    } finally {
      for (const restore of undo.toReversed()) restore();
    }
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}

function fail(what) {
  console.log(what);
  process.exitCode = 1;
}

/** @returns what brings the file back */
function apply(name, { file, from, to }) {
  const path = join(copy, 'packages', file);
  const text = readFileSync(path, 'utf8');
  const times = text.split(from).length - 1;
  if (times !== 1) throw new Error(`${name}: ${times} places in ${file} read ${JSON.stringify(from)}, one is wanted`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  return () => writeFileSync(path, text);
}

/** @returns the first complaint, with its seed */
function play(simulation, seeds) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout, stderr, status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'unit', '--bail', '1', simulation], {
    cwd: copy,
    env: { ...process.env, SEEDS: String(seeds), TRANSFER_SEEDS: String(seeds), FIRST: '1', ONLY_SEEDS: '1', NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return undefined;
  const seed = /SEED=\d+: [^"\n]*/.exec(stdout + stderr)?.[0];
  if (seed === undefined) throw new Error(`the tests do not run: ${(stdout + stderr).slice(-2000)}`);
  return seed.slice(0, 160);
}
