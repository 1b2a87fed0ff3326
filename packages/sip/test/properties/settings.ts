/** How properties are tried. `SEED=123 RUNS=5000` plays other ones; a failure says seed and path, and the smallest input that breaks it. */
import fc, { type Arbitrary } from 'fast-check';

const SEED = Number(process.env['SEED'] ?? 20_261_122);
const RUNS = Number(process.env['RUNS'] ?? 300);
/** ms a property may take: thousands of runs take minutes, more beside others. */
export const TIMEOUT = Math.max(60_000, RUNS * 50);

export function holds<T>(arbitrary: Arbitrary<T>, property: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, property), { numRuns: RUNS, seed: SEED });
}
