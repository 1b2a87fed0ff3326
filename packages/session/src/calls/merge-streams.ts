/**
 * A change of streams that had to wait, brought up to date: it was asked for while other streams were active than now. Matched by name; what somebody else has
 * changed meanwhile stays as it is, and a place in the array of lines is never lost (RFC 3264 §8). Pure; knows no queue and asks no handler.
 */
import type { StreamInit } from '../contract/media.ts';
import type { StreamLimits } from './stream-limits.ts';
import { isRemoval, matchWishes, placed, type LineState, type Wishes } from './stream-wishes.ts';

/**
 * What is left to be done of `asked`, for the lines as they are `now`.
 *
 * @param standing - the lines when it was asked for; none: before anything was agreed on, so that it is about the first that was
 */
export function mergeStreams(
  asked: readonly StreamInit[],
  standing: readonly LineState[],
  now: readonly LineState[],
  limits: StreamLimits,
): Wishes {
  if (standing === now || standing.length === 0 || turnsToOrFromFax(asked, standing)) return matchWishes(now, asked, limits);
  const meant = matchWishes(standing, asked, limits);
  const at: (StreamInit | undefined)[] = now.map(() => undefined);
  const fresh: StreamInit[] = [];
  /** Lines that were not there when it was asked for: whatever they carry, it is not to be added again. */
  const newcomers = now.flatMap((line, index) => (standing.some((known) => isSameStream(known, line)) ? [] : [index]));
  const add = (wish: StreamInit): void => {
    const found = newcomers.findIndex((index) => now[index]!.kind === wish.kind && (wish.mid ?? now[index]!.mid) === now[index]!.mid);
    if (found === -1) fresh.push(wish);
    else newcomers.splice(found, 1);
  };
  for (const [index, known] of standing.entries()) {
    const wish = meant.at[index];
    if (wish === undefined) continue;
    const place = now.findIndex((line) => isSameStream(known, line));
    if (place !== -1) {
      if (isSameState(known, now[place]!)) at[place] = wish;
    } else if (!known.active) add(wish);
  }
  for (const wish of meant.added) add(wish);
  return placed(now, at, fresh, limits);
}

/** Whether nothing is left to be done: the lines say already what is wished. */
export function isNothing({ at, added }: Wishes, now: readonly LineState[]): boolean {
  return added.length === 0 && now.every((line, index) => isFulfilled(line, at[index]));
}

function isFulfilled({ active, wanted }: LineState, wish: StreamInit | undefined): boolean {
  if (wish === undefined) return true;
  if (isRemoval(wish)) return !active;
  return active && wish.section === undefined && wish.protocol === undefined && (wish.direction ?? wanted) === wanted;
}

/**
 * What a waiting change takes for the lines of its moment once a request of ours that stood before it is through: what that one asked for and got is nobody
 * else's doing. What the peer did, in its answer too, stays strange.
 *
 * @param standing - as it took them so far
 * @param before - when the other request was sent
 * @param wishes - of the other, for those
 * @param after - what it came to
 */
export function carriedOver<L extends LineState>(
  standing: readonly L[],
  before: readonly L[],
  wishes: Wishes,
  after: readonly L[],
): readonly L[] {
  const kept = standing.map((line) => {
    const at = before.findIndex((known) => isSameStream(known, line));
    const wish = wishes.at[at];
    const now = wish === undefined ? undefined : after.find((known) => isSameStream(known, line));
    if (wish === undefined || now === undefined || !isSameState(before[at]!, line)) return line;
    return now.active || isRemoval(wish) ? now : line;
  });
  const came = after.filter((line) => line.active && !before.some((known) => isSameStream(known, line)));
  return [...kept, ...came];
}

const isSameStream = (a: LineState, b: LineState): boolean => a.mid === b.mid && a.kind === b.kind;
const isSameState = (a: LineState, b: LineState): boolean => a.active === b.active && a.wanted === b.wanted;

/** A call that becomes a fax, or ends to be one, changes as a whole. */
function turnsToOrFromFax(asked: readonly StreamInit[], standing: readonly LineState[]): boolean {
  const faxing = standing.some(({ kind, active }) => kind === 'image' && active);
  return asked.some((wish) => wish.kind === 'image' && isRemoval(wish) === faxing);
}
