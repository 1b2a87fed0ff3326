/** How many streams of a kind one session may have: a peer's lines beyond are declined unasked, and ours are not added. */
import { optionError } from '../endpoints/option-range.ts';

/** By kind. */
export type StreamLimits = ReadonlyMap<string, number>;

/** Of a kind that is not named: RFC 3264 §10.1 and RFC 4317 §4 have calls with two; each takes ports. */
const MOST = 4;

export const limitOf = (limits: StreamLimits, kind: string): number => limits.get(kind) ?? MOST;

/** @throws SESSION_OPTION for what is no integer from 0 */
export function streamLimits(init: Readonly<Record<string, number>> = {}): StreamLimits {
  for (const [kind, most] of Object.entries(init)) {
    if (!Number.isSafeInteger(most) || most < 0) throw optionError('maxStreams', `maxStreams.${kind} wants an integer from 0, got ${most}`);
  }
  return new Map(Object.entries(init));
}
