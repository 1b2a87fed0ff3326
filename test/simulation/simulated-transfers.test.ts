/**
 * Seeded random calls with the real session timers and transfers on the virtual clock. `SEED=123 npx vitest run --project unit
 * test/simulation/simulated-transfers` plays one again and prints its ladder; `TRANSFER_SEEDS=20000 FIRST=1` plays another range.
 */
import { describe, expect, it } from 'vitest';
import { play, type Played } from './scenario.ts';

const FIRST = Number(process.env['FIRST'] ?? 1);
const SEEDS = Number(process.env['TRANSFER_SEEDS'] ?? 150);
const ALONE = process.env['SEED'];
const BATCH = 50;

/** Seeds that found a mistake once, or a watch that asked too much. They hold as long as a scenario draws its chances in the same order. */
const FOUND: readonly number[] = [41, 1005816, 6000079, 6000469, 6002261, 6002763, 781000738, 781006134];

const played: Played[] = [];

async function broken(seeds: Iterable<number>): Promise<string[]> {
  const failures: string[] = [];
  for (const seed of seeds) {
    const one = await play(seed);
    played.push(one);
    if (one.complaints.length > 0) failures.push(`SEED=${seed}: ${one.complaints.join('; ')}`);
  }
  return failures;
}

if (ALONE === undefined) {
  describe('simulated calls with timers and transfers keep every promise', { timeout: 600_000 }, () => {
    it.skipIf(process.env['ONLY_SEEDS'] !== undefined)('with the seeds that found a mistake once', async () =>
      expect(await broken(FOUND)).toEqual([]),
    );

    it.each(Array.from({ length: Math.ceil(SEEDS / BATCH) }, (_, batch) => ({ from: FIRST + batch * BATCH })))(
      'with the fifty seeds from $from on',
      async ({ from }) => expect(await broken(Array.from({ length: BATCH }, (_, at) => from + at))).toEqual([]),
    );

    it('and do in them what they are there for', () => {
      const latest = Math.max(...played.map((one) => one.latest));
      if (process.env['FIGURES'] !== undefined) console.log(`figures: ${JSON.stringify({ played: played.length, latest })}`);
      const transfers = new Set(played.flatMap(({ transfers: of }) => of));
      expect([...transfers]).toEqual(
        expect.arrayContaining(['blind done 200', 'left done 200', 'attended done 200', 'attended ended', 'blind refused 603']),
      );
      const count = (of: 'replaced' | 'expired' | 'refreshed' | 'stood'): number => played.reduce((sum, one) => sum + one[of], 0);
      expect(count('replaced')).toBeGreaterThan(SEEDS / 20);
      expect(count('expired')).toBeGreaterThan(SEEDS / 10);
      expect(count('refreshed')).toBeGreaterThan(SEEDS);
      expect(count('stood')).toBeGreaterThan(SEEDS / 2);
    });
  });
} else {
  it(`keeps every promise with seed ${ALONE}`, { timeout: 600_000 }, async () => {
    const { complaints, ladder } = await play(Number(ALONE), { ladder: true });
    process.stdout.write(`${ladder.join('\n')}\n`);
    expect(complaints).toEqual([]);
  });
}
