/**
 * Mutated messages against the parser and every reader: none throws, none takes too long, what is taken can be written and read again.
 * `SEED=7 PARSER_INPUTS=2000000 npx vitest run --project unit packages/sip/test/fuzz/parser.test.ts` plays others.
 */
import { describe, expect, it } from 'vitest';
import { corpus } from './corpus.ts';
import { complaint, fuzzParser } from './parser-fuzz.ts';
import { regressions } from './regressions.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_122);
const INPUTS = Number(process.env['PARSER_INPUTS'] ?? 50_000);

describe('the parser and all readers', { timeout: 60_000 }, () => {
  it.each(regressions)('bear $because', async ({ bytes }) => {
    expect(await complaint(bytes, false)).toBeUndefined();
    expect(await complaint(bytes, true)).toBeUndefined();
  });

  it('bear every message of the corpus', async () => {
    for (const text of corpus(SEED)) {
      const wrong = await complaint(Buffer.from(text, 'latin1'), false);
      if (wrong !== undefined) throw new Error(`${wrong}\n${Buffer.from(text, 'latin1').toString('hex')}`);
    }
  });

  it(`bear ${INPUTS} mutated ones (seed ${SEED})`, { timeout: 7_200_000 }, async () => {
    const { failures, ...figures } = await fuzzParser(SEED, INPUTS);
    if (process.env['FIGURES'] !== undefined) process.stdout.write(`figures: ${JSON.stringify(figures)}\n`);
    expect(failures).toEqual([]);
    expect(figures.accepted).toBeGreaterThan(INPUTS / 20); // else it tries nothing but the first check
    expect(figures.accepted).toBeLessThan(INPUTS / 1.2);
  });
});
