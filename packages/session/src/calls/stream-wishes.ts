/** Streams asked for, matched to lines by kind, in order: active lines first, then declined ones (their place is used again, RFC 3264 §8.1), else a new line. */
import type { StreamInit } from '../contract/media.ts';

export interface Wishes {
  /** By index of the line. */
  readonly at: readonly (StreamInit | undefined)[];
  readonly added: readonly StreamInit[];
}

export function matchWishes(lines: readonly { readonly kind: string; readonly active: boolean }[], asked: readonly StreamInit[]): Wishes {
  const at: (StreamInit | undefined)[] = lines.map(() => undefined);
  const added: StreamInit[] = [];
  const free = (wish: StreamInit, active: boolean): number =>
    lines.findIndex((line, index) => at[index] === undefined && line.kind === wish.kind && line.active === active);
  for (const wish of asked) {
    const first = free(wish, true);
    const index = first === -1 ? free(wish, false) : first;
    if (index === -1) added.push(wish);
    else at[index] = wish;
  }
  return { at, added };
}
