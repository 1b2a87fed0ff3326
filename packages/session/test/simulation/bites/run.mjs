// Shows that the simulation bites: takes one protection at a time out of a copy of the sources, plays the seeds, and expects a complaint.
//   node packages/session/test/simulation/bites/run.mjs [name...]      SEEDS=3000 unless set: half as many again as `npm test` plays; all of them unless named
// Ends with 1 when a protection can be taken out unseen, or when the text that stands for it is not found any more.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BITES } from './bites.mjs';

const root = fileURLToPath(new URL('../../../../..', import.meta.url));
const seeds = Number(process.env.SEEDS ?? 3000);
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(BITES, name));
if (unknown.length > 0) throw new Error(`no such bite: ${unknown.join(', ')}; there are ${Object.keys(BITES).join(', ')}`);

const copy = mkdtempSync(join(tmpdir(), 'bites-'));
try {
  for (const name of ['base', 'sip', 'sdp', 'session']) {
    const skip = join(root, 'packages', name, 'dist');
    cpSync(join(root, 'packages', name), join(copy, 'packages', name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path !== skip,
    });
  }
  for (const name of ['package.json', 'vitest.config.ts', 'tsconfig.base.json']) cpSync(join(root, name), join(copy, name));
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  if (wanted.length === 0 && process.env.SKIP_WHOLE === undefined) {
    const found = play();
    if (found !== undefined) fail(`with nothing taken out: ${found}`);
  }
  for (const [name, patches] of Object.entries(BITES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const begun = Date.now();
    const undo = [];
    try {
      for (const patch of patches) undo.push(apply(name, patch));
      const found = play();
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
function play() {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'unit', '--bail', '1', 'packages/session/test/simulation'],
    {
      cwd: copy,
      env: { ...process.env, SEEDS: String(seeds), FIRST: '1', ONLY_SEEDS: '1', NO_COLOR: '1' },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  if (status === 0) return undefined;
  const seed = /SEED=\d+: [^"\n]*/.exec(stdout + stderr)?.[0];
  if (seed === undefined) throw new Error(`the tests do not run: ${(stdout + stderr).slice(-2000)}`);
  return seed.slice(0, 160);
}
