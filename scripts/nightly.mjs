// The long versions of tests that `npm test` runs short: fuzzing, virtual hours and days of calls, thousands of seeds. Prints a line a part, and ends
// with 1 when one fails. Each night has seeds of its own; a failure names its seed, and `--seed` plays that night again.
//   node scripts/nightly.mjs [--seed N] [part...]      parts: see PARTS; all of them unless named
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const sip = 'packages/sip/test';
const DAY_MS = 86_400_000;
const MIB = 2 ** 20;

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true });
const seed = Number(values.seed ?? Math.floor(Date.now() / DAY_MS));
if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed wants a number, got ${values.seed}`);

const calls = ({ calls: count, messages, realMs, heapBefore, heapAfter }) =>
  `${count} calls, ${messages} messages, ${(realMs / 1000).toFixed(0)} s, heap ${((heapAfter - heapBefore) / MIB).toFixed(2)} MiB more than before`;

/** `env` is what makes a test long; `figures` says what it told about itself, where it tells anything. */
const PARTS = {
  'parser-fuzz': {
    path: `${sip}/fuzz/parser.test.ts`,
    env: { SEED: seed, PARSER_INPUTS: 2_000_000 },
    figures: ({ inputs, accepted, signatures, bytes, slowAtFirst }) =>
      `${inputs} inputs, ${(bytes / MIB).toFixed(0)} MiB, ${accepted} taken, ${signatures} different verdicts, ${slowAtFirst} timed again`,
  },
  'network-fuzz': {
    path: `${sip}/fuzz/network.test.ts`,
    env: { SEED: seed, NETWORK_INPUTS: 100_000 },
    figures: ({ inputs, readable, answers }) => `${inputs} inputs, ${readable} came as far as the parser, ${answers} answers`,
  },
  linearity: { path: `${sip}/fuzz/linearity.test.ts`, env: {} },
  properties: { path: `${sip}/properties`, env: { SEED: seed, RUNS: 20_000 } },
  'endurance-hour': { path: `${sip}/endurance`, env: { SEED: seed, VIRTUAL_SECONDS: 3600, PER_SECOND: 50 }, figures: calls },
  'endurance-day': { path: `${sip}/endurance`, env: { SEED: seed, VIRTUAL_SECONDS: 86_400, PER_SECOND: 1 }, figures: calls },
  transactions: { path: `${sip}/transactions-simulation`, env: { SCHEDULES: 100_000 } },
  sessions: { path: 'packages/session/test/simulation', env: { FIRST: 1_000_000 + (seed % 100_000) * 20_000, SEEDS: 20_000 } },
};

/** Runs the tests of one path. @returns their output, and whether all passed */
function test({ path, env }) {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const long = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'unit', '--testTimeout', '7200000', path], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', FIGURES: '1', ...long },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, passed: code === 0 }));
  });
}

const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

console.log(`nightly: seed ${seed}`);
for (const [name, part] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!existsSync(join(root, part.path))) {
    console.log(`${name}: FAILED, there is no ${part.path}`);
    process.exitCode = 1;
    continue;
  }
  const begun = Date.now();
  const { output, passed } = await test(part);
  const told = /^figures: (.*)$/m.exec(output)?.[1];
  const count = /^\s*Tests .*$/m.exec(output)?.[0].trim().replace(/\s+/g, ' ').toLowerCase() ?? 'no tests';
  const figures = told !== undefined && part.figures !== undefined ? part.figures(JSON.parse(told)) : count;
  const settings = Object.entries(part.env).map(([key, value]) => `${key}=${value}`);
  console.log(`${name}: ${passed ? 'ok' : 'FAILED'} (${((Date.now() - begun) / 1000).toFixed(0)} s) ${figures}`);
  if (passed) continue;
  process.exitCode = 1;
  console.log(`  again: ${settings.join(' ')} npx vitest run --project unit ${part.path}`);
  console.log(output.split('\n').slice(-200).join('\n'));
}
