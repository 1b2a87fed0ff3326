/**
 * Streams asked for, matched to lines: by name, else by kind, in order: active lines first, then declined ones (their place is used again, RFC 3264 §8.1), else a
 * new line. Pure.
 */
import { isDeclined, type Direction } from '@jackfield/sdp';
import type { StreamInit } from '../contract/media.ts';
import { limitOf, type StreamLimits } from './stream-limits.ts';

/** What is looked at of a line. `wanted` is what our side asks of it, and not what the peer makes of that. */
export interface LineState {
  readonly kind: string;
  readonly mid: string;
  readonly active: boolean;
  readonly wanted: Direction;
}

export interface Wishes {
  /** By index of the line. */
  readonly at: readonly (StreamInit | undefined)[];
  readonly added: readonly StreamInit[];
}

export function matchWishes(lines: readonly LineState[], asked: readonly StreamInit[], limits: StreamLimits): Wishes {
  const at: (StreamInit | undefined)[] = lines.map(() => undefined);
  const fresh: StreamInit[] = [];
  const free = (wish: StreamInit, active: boolean): number =>
    lines.findIndex((line, index) => at[index] === undefined && line.kind === wish.kind && line.active === active);
  for (const wish of asked) {
    if (wish.mid === undefined) continue;
    const index = lines.findIndex(({ mid }) => mid === wish.mid);
    if (index === -1) {
      if (!isRemoval(wish)) fresh.push(wish);
    } else if (lines[index]!.kind === wish.kind && (lines[index]!.active || !isRemoval(wish))) at[index] ??= wish;
  }
  for (const wish of asked) {
    if (wish.mid !== undefined) continue;
    const first = free(wish, true);
    if (first !== -1) at[first] = wish;
    else if (!isRemoval(wish)) fresh.push(wish);
  }
  return placed(
    lines,
    at,
    fresh.toSorted((a, b) => asked.indexOf(a) - asked.indexOf(b)),
    limits,
  );
}

/** Puts what is new where a declined line of its kind is free, else at the end; what is beyond the limits is left out. */
export function placed(
  lines: readonly LineState[],
  at: (StreamInit | undefined)[],
  fresh: readonly StreamInit[],
  limits: StreamLimits,
): Wishes {
  const added: StreamInit[] = [];
  const count = (kind: string): number => {
    let streams = 0;
    for (const [index, line] of lines.entries()) {
      const wish = at[index];
      if (line.kind === kind && (wish === undefined ? line.active : !isRemoval(wish))) streams += 1;
    }
    for (const wish of added) if (wish.kind === kind) streams += 1;
    return streams;
  };
  for (const [index, { kind, active }] of lines.entries()) {
    const wish = at[index];
    if (wish !== undefined && !active && wish.section === undefined && count(kind) > limitOf(limits, kind)) at[index] = undefined;
  }
  for (const wish of fresh) {
    if (wish.section === undefined && count(wish.kind) >= limitOf(limits, wish.kind)) continue;
    const index = lines.findIndex((line, place) => at[place] === undefined && line.kind === wish.kind && !line.active);
    if (index === -1) added.push(wish);
    else at[index] = wish;
  }
  return { at, added };
}

/** Whether it takes a stream away. */
export function isRemoval({ removed, section }: StreamInit): boolean {
  return removed === true || (section !== undefined && isDeclined(section));
}
