/**
 * Mutated messages against the parser and every reader: none throws, none takes too long, what is taken can be written and read again.
 * `SEED=7 PARSER_INPUTS=2000000 npx vitest run --project unit packages/sip/test/fuzz/parser.test.ts` plays others; with `COVERAGE=1`, those are mutated further
 * that run new code, and none is timed.
 */
import { coverage } from './block-coverage.ts'; // first: it watches what is compiled after it
import { readdirSync } from 'node:fs';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { corpus } from './corpus.ts';
import { complaint, fuzzParser } from './parser-fuzz.ts';
import { called } from './read-everything.ts';
import { regressions } from './regressions.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_122);
const INPUTS = Number(process.env['PARSER_INPUTS'] ?? 50_000);

const VALUES = new URL('../../src/messages/values/', import.meta.url);

describe('what is read of a message', () => {
  it('is read by every typed reader that there is', async () => {
    const forgotten: string[] = [];
    let readers = 0;
    for (const file of readdirSync(VALUES).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'elements.ts')) {
      const exported = (await import(new URL(file, VALUES).href)) as Readonly<Record<string, unknown>>;
      for (const [name, reader] of Object.entries(exported)) {
        if (!/^(?:read|is)[A-Z]/.test(name)) continue;
        readers += 1;
        if (!called.has(reader)) forgotten.push(`${name} of ${file}`);
      }
    }
    expect(forgotten).toEqual([]);
    expect(readers).toBeGreaterThan(35);
  });
});

if (coverage !== undefined)
  describe('the coverage of the parser', () => {
    it('tells what runs for the first time, and which input made it run', () => {
      coverage!.take();
      const script = new Script('(input) => { if (input === 1) { return "one"; } return input > 1 ? "more" : "less"; }', {
        filename: 'file:///packages/sip/src/messages/none.js',
      });
      const answer = script.runInThisContext() as (input: number) => string;
      answer(0);
      expect(coverage!.take().length).toBeGreaterThan(0);
      answer(-1);
      expect(coverage!.take()).toEqual([]);
      answer(1);
      const [place, ...more] = coverage!.take();
      expect(more).toEqual([]);
      answer(0);
      expect(coverage!.ran(place!)).toBe(false);
      answer(1);
      expect(coverage!.ran(place!)).toBe(true);
    });
  });

describe('the parser and all readers', { timeout: 60_000 }, () => {
  it.skipIf(coverage !== undefined).each(regressions)('bear $because', async ({ bytes }) => {
    expect(await complaint(bytes, false)).toBeUndefined();
    expect(await complaint(bytes, true)).toBeUndefined();
  });

  it.skipIf(coverage !== undefined)('bear every message of the corpus', async () => {
    for (const text of corpus(SEED)) {
      const wrong = await complaint(Buffer.from(text, 'latin1'), false);
      if (wrong !== undefined) throw new Error(`${wrong}\n${Buffer.from(text, 'latin1').toString('hex')}`);
    }
  });

  it(`bear ${INPUTS} mutated ones (seed ${SEED})`, { timeout: 7_200_000 }, async () => {
    const { failures, ...figures } = await fuzzParser(SEED, INPUTS, coverage);
    if (process.env['FIGURES'] !== undefined) process.stdout.write(`figures: ${JSON.stringify(figures)}\n`);
    expect(failures).toEqual([]);
    expect(figures.accepted).toBeGreaterThan(INPUTS / 20); // else it tries nothing but the first check
    expect(figures.accepted).toBeLessThan(INPUTS / 1.2);
  });
});
