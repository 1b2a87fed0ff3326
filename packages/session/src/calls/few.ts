/** Lists of a few that are kept for as long as a call, no larger than they have to be: `push` on an empty array makes room for seventeen. They never change in place. */

const NONE: readonly never[] = [];

export function withOne<T>(list: readonly T[], one: T): readonly T[] {
  return list.length === 0 ? [one] : [...list, one];
}

export function withoutOne<T>(list: readonly T[], gone: T): readonly T[] {
  if (list.length === 1) return list[0] === gone ? NONE : list;
  return list.filter((one) => one !== gone);
}
