/** The order in which the targets of SRV records are tried (RFC 2782, RFC 3263 §4.3). Asks nobody. */
import type { Random } from '@jackfield/base';
import type { SrvRecord } from './resolver.ts';

/** By priority, and by lot within one, weighted: a new draw for every request. */
export function orderSrv(records: readonly SrvRecord[], random: Random): readonly SrvRecord[] {
  // weights of 0 come first within a priority, so that they are drawn seldom and not never
  const left = records.toSorted((a, b) => a.priority - b.priority || Number(a.weight !== 0) - Number(b.weight !== 0));
  const ordered: SrvRecord[] = [];
  while (left.length > 0) ordered.push(...left.splice(draw(left, random), 1));
  return ordered;
}

/** The place of the one drawn among those of the first priority. */
function draw(left: readonly SrvRecord[], random: Random): number {
  const { priority } = left[0]!;
  let count = 0;
  let sum = 0;
  while (count < left.length && left[count]!.priority === priority) {
    sum += left[count]!.weight;
    count += 1;
  }
  if (count === 1 || sum === 0) return 0;
  // from 0 where there are weights of 0, and else from 1: shares are those of the weights then
  const drawn = left[0]!.weight === 0 ? random.integer(sum + 1) : random.integer(sum) + 1;
  let at = 0;
  for (let running = left[0]!.weight; running < drawn; running += left[at]!.weight) at += 1;
  return at;
}
