/**
 * Virtual hours of calls, good and bad, through two stacks: at the end nothing is left of them.
 * `VIRTUAL_SECONDS=3600 PER_SECOND=50 npx vitest run --project unit packages/sip/test/endurance` plays longer.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bundle } from '../../../../test/harness/bundle.ts';
import { kinds } from './kinds.ts';
import type { EnduranceOptions, EnduranceReport } from './run.ts';

const OPTIONS: EnduranceOptions = {
  seed: Number(process.env['SEED'] ?? 1),
  seconds: Number(process.env['VIRTUAL_SECONDS'] ?? 600),
  perSecond: Number(process.env['PER_SECOND'] ?? 50),
};
const MIB = 2 ** 20;

async function play(options: EnduranceOptions): Promise<EnduranceReport> {
  const file = await bundle('packages/sip/test/endurance/process.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', file, JSON.stringify(options)]);
  return JSON.parse(stdout) as EnduranceReport;
}

describe(`${OPTIONS.seconds} virtual seconds of ${OPTIONS.perSecond} calls each (seed ${OPTIONS.seed})`, () => {
  it('leave nothing in any table, and no memory', { timeout: 7_200_000 }, async () => {
    const report = await play(OPTIONS);
    if (process.env['FIGURES'] !== undefined) process.stdout.write(`figures: ${JSON.stringify(report)}\n`);
    expect(report.left).toEqual({});
    expect(report.waitingTasks).toBe(0);
    expect(report.unfinished).toBe(0);
    expect((report.heapAfter - report.heapBefore) / MIB).toBeLessThan(2);
    const ended = Object.keys(report.caller).map((key) => key.split(':', 1)[0]);
    expect(new Set(ended)).toEqual(new Set(kinds)); // every kind was among them
    for (const [kind, how] of WANTED) expect(report.caller[`${kind}: ${how}`]).toBeGreaterThan(0);
  });
});

/** How most calls of a kind end for the caller. */
const WANTED = [
  ['answered', 'BYE 200'],
  ['callee-hangs-up', 'bye'],
  ['busy', '486'],
  ['cancelled', '487'],
  ['no-answer', '480'],
  ['hangs-up-twice', 'BYE 481'],
  ['lost-ack', 'BYE 200'],
  ['no-ack', 'bye'],
  ['lost-final', 'BYE 200'],
  ['lost-refusal', '486'],
  ['lossy', 'BYE 200'],
  ['dead', 'timeout'],
  ['unreachable', 'no way'],
  ['stream', 'BYE 200'],
] as const;
