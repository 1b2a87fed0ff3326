/**
 * Mutated messages against a listening stack. `SEED=7 NETWORK_INPUTS=100000 npx vitest run --project unit packages/sip/test/fuzz/network.test.ts`
 * plays others.
 */
import { describe, expect, it } from 'vitest';
import { fuzzNetwork } from './network-fuzz.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_122);
const INPUTS = Number(process.env['NETWORK_INPUTS'] ?? 2000);

describe('a stack that listens', () => {
  it(`answers on, and keeps nothing, under ${INPUTS} mutated messages (seed ${SEED})`, { timeout: 7_200_000 }, async () => {
    const { failures, ...figures } = await fuzzNetwork(SEED, INPUTS);
    if (process.env['FIGURES'] !== undefined) process.stdout.write(`figures: ${JSON.stringify(figures)}\n`);
    expect(failures).toEqual([]);
    expect(figures.answers).toBeGreaterThan(INPUTS / 10);
  });
});
