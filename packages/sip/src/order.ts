/** Where a plug-in stands: early, normal, late, then in the order of registration. */
import type { Order } from './contract.ts';

const RANK: Readonly<Record<Order, number>> = { early: 0, normal: 1, late: 2 };

/** True for the three orders, whatever it is that a plug-in gives. */
export function isOrder(value: unknown): value is Order {
  return typeof value === 'string' && Object.hasOwn(RANK, value);
}

/** A new list with `added` in its place: behind all of its own order. */
export function insertInOrder<P extends { readonly order?: Order | undefined }>(list: readonly P[], added: P): readonly P[] {
  const rank = RANK[added.order ?? 'normal'];
  const after = list.findIndex((other) => RANK[other.order ?? 'normal'] > rank);
  return after === -1 ? [...list, added] : list.toSpliced(after, 0, added);
}
