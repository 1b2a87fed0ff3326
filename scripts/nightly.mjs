// The long versions of tests that `npm test` runs short: fuzzing, virtual hours and days of calls, thousands of seeds. Prints a line a part, and ends
// with 1 when one fails. Each night has seeds of its own; a failure names its seed, and `--seed` plays that night again.
//   node scripts/nightly.mjs [--seed N] [--minutes M] [part...]      parts: see PARTS; all of them unless named
// `--minutes` is for the part `sessions`: as many seeds as fit, and 50,000 at least.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root, run, shown, test } from './nightly/children.mjs';
import { playSessions, SESSIONS, TRANSFERS } from './nightly/sessions.mjs';

const sip = 'packages/sip/test';
const bites = 'packages/session/test/simulation/bites/run.mjs';
const DAY_MS = 86_400_000;
const MIB = 2 ** 20;
const SESSION_SEEDS = 50_000;
const TRANSFER_SEEDS = 10_000;

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' }, minutes: { type: 'string' } }, allowPositionals: true });
const seed = Number(values.seed ?? Math.floor(Date.now() / DAY_MS));
if (!Number.isInteger(seed) || seed < 0) throw new Error(`--seed wants a number, got ${values.seed}`);
const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
if (minutes !== undefined && !(minutes > 0)) throw new Error(`--minutes wants a number above 0, got ${values.minutes}`);

/** Of simulated calls. */
const firstSeed = 1_000_000 + (seed % 4000) * 1_000_000;

const calls = ({ calls: count, messages, realMs, heapBefore, heapAfter }) =>
  `${count} calls, ${messages} messages, ${(realMs / 1000).toFixed(0)} s, heap ${((heapAfter - heapBefore) / MIB).toFixed(2)} MiB more than before`;

/** Tests with settings that make them long; `figures` says what they told about themselves, where they tell anything. */
const tests = ({ paths, env = {}, project, figures }) => ({
  paths,
  async play() {
    const part = { paths, env, project };
    const { output, passed } = await test(part);
    const told = /^figures: (.*)$/m.exec(output)?.[1];
    const count = /^\s*Tests .*$/m.exec(output)?.[0].trim().replace(/\s+/g, ' ').toLowerCase() ?? 'no tests';
    const text = told !== undefined && figures !== undefined ? figures(JSON.parse(told)) : count;
    return { passed, figures: text, output: `  again: ${shown(part)}\n${output.split('\n').slice(-200).join('\n')}` };
  },
});

const PARTS = {
  'parser-fuzz': tests({
    paths: [`${sip}/fuzz/parser.test.ts`],
    env: { SEED: seed, PARSER_INPUTS: 2_000_000 },
    figures: ({ inputs, accepted, signatures, bytes, slowAtFirst, slowOfFive }) =>
      `${inputs} inputs, ${(bytes / MIB).toFixed(0)} MiB, ${accepted} taken, ${signatures} different verdicts, ${slowAtFirst} timed again, ${slowOfFive} of them past the bound in five runs and not in more`,
  }),
  /** What is mutated further is chosen by the code that it runs. */
  'parser-coverage': tests({
    paths: [`${sip}/fuzz/parser.test.ts`],
    env: { SEED: seed, COVERAGE: 1, PARSER_INPUTS: 500_000 },
    figures: ({ inputs, covering, covered }) =>
      `${inputs} inputs, ${covering} ran new code first, ${(covered * 100).toFixed(1)} % of the parser and the readers ran`,
  }),
  'network-fuzz': tests({
    paths: [`${sip}/fuzz/network.test.ts`],
    env: { SEED: seed, NETWORK_INPUTS: 100_000 },
    figures: ({ inputs, readable, answers }) => `${inputs} inputs, ${readable} came as far as the parser, ${answers} answers`,
  }),
  linearity: tests({ paths: [`${sip}/fuzz/linearity.test.ts`] }),
  properties: tests({ paths: [`${sip}/properties`], env: { SEED: seed, RUNS: 20_000 } }),
  'endurance-hour': tests({ paths: [`${sip}/endurance`], env: { SEED: seed, VIRTUAL_SECONDS: 3600, PER_SECOND: 50 }, figures: calls }),
  'endurance-day': tests({ paths: [`${sip}/endurance`], env: { SEED: seed, VIRTUAL_SECONDS: 86_400, PER_SECOND: 1 }, figures: calls }),
  transactions: tests({ paths: [`${sip}/transactions-simulation`], env: { SCHEDULES: 100_000 } }),
  sessions: {
    paths: [SESSIONS.path],
    play: () => playSessions({ first: firstSeed, seeds: SESSION_SEEDS, minutes }),
  },
  /** With the real session timers and transfers. */
  'session-transfers': {
    paths: [TRANSFERS.path],
    play: () => playSessions({ simulation: TRANSFERS, first: firstSeed, seeds: TRANSFER_SEEDS }),
  },
  /** That the simulations find what they are there to find. */
  'session-bites': {
    paths: [bites],
    async play() {
      const { output, passed } = await run([bites], {});
      const found = output.match(/^.*: found \(/gm)?.length ?? 0;
      return { passed, figures: `${found} protections taken out, and missed`, output: `  again: node ${bites}\n${output.slice(-8000)}` };
    },
  },
  /** With real peers, at the speed of the RFCs; else they hurry. */
  'interop-flows': tests({
    paths: ['test/interop/flows.test.ts', 'test/interop/flows-called.test.ts'],
    env: { SPEED: 1 },
    project: 'interop',
  }),
};

const unknown = positionals.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);

console.log(`nightly: seed ${seed}`);
for (const [name, part] of Object.entries(PARTS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const missing = part.paths.filter((path) => !existsSync(join(root, path)));
  const begun = Date.now();
  const { passed, figures, output } =
    missing.length > 0 ? { passed: false, figures: `there is no ${missing.join(', ')}`, output: '' } : await part.play();
  console.log(`${name}: ${passed ? 'ok' : 'FAILED'} (${((Date.now() - begun) / 1000).toFixed(0)} s) ${figures}`);
  if (passed) continue;
  process.exitCode = 1;
  if (output !== '') console.log(output);
}
