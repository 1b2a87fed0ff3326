/** How well the network of a scenario carries packets. */
import type { NetworkConditions, SeededRandom } from '@jackfield/base/testing';

/** Half of the seeds have a network that works; the others lose, repeat and reorder up to 30 %. */
export function conditions(random: SeededRandom): Partial<NetworkConditions> {
  const delay = { minDelayMs: 1 + random.integer(20), maxDelayMs: 20 + random.integer(random.chance(0.2) ? 1500 : 100) };
  if (random.chance(0.4)) return delay;
  const share = (): number => random.fraction() * 0.3;
  return { ...delay, loss: share(), duplication: share(), reordering: share(), reorderMs: 10 + random.integer(600) };
}
