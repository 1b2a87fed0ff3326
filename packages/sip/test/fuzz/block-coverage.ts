/**
 * Which code has run, by V8's own block coverage. It has to begin before that code is compiled: what looks at it imports this first. With `COVERAGE` set
 * alone: it costs half the speed, and there can be no other coverage beside it.
 */
import { Session, type Profiler } from 'node:inspector';

type Span = readonly [from: number, to: number];

interface Known {
  readonly all: number;
  /** What has not run yet. */
  left: readonly Span[];
}

/** A place that has run for the first time. */
export interface Place {
  readonly key: string;
  readonly offset: number;
}

const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, [from, to]) => sum + to - from, 0);

/** What is in one of each. */
function common(some: readonly Span[], others: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const [from, to] of some) {
    for (const [otherFrom, otherTo] of others) {
      const span: Span = [Math.max(from, otherFrom), Math.min(to, otherTo)];
      if (span[0] < span[1]) spans.push(span);
    }
  }
  return spans;
}

/** Ranges lie one in another, the outer first; the innermost says what ran. */
function idle(ranges: readonly Profiler.CoverageRange[]): Span[] {
  let spans: Span[] = [];
  for (const { startOffset, endOffset, count } of ranges) {
    spans = [...common(spans, [[-Infinity, startOffset]]), ...common(spans, [[endOffset, Infinity]])];
    if (count === 0) spans.push([startOffset, endOffset]);
  }
  return spans;
}

export class BlockCoverage {
  readonly #session = new Session();
  readonly #part: string;
  readonly #known = new Map<string, Known>();

  /** @param part - of the addresses of the scripts that count */
  constructor(part: string) {
    this.#part = part;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** What ran since the last call, and never before: a place for each stretch. */
  take(): readonly Place[] {
    const fresh: Place[] = [];
    for (const [key, { ranges }] of this.#read()) {
      const { startOffset, endOffset, count } = ranges[0]!;
      const known = this.#known.get(key) ?? { all: endOffset - startOffset, left: [[startOffset, endOffset]] };
      this.#known.set(key, known);
      if (count === 0) continue;
      const left = common(known.left, idle(ranges));
      if (lengthOf(left) === lengthOf(known.left)) continue;
      for (const [from, to] of known.left) {
        let offset = from;
        for (const [start, end] of common(left, [[from, to]]).toSorted(([one], [other]) => one - other)) {
          if (start > offset) fresh.push({ key, offset });
          offset = end;
        }
        if (offset < to) fresh.push({ key, offset });
      }
      known.left = left;
    }
    return fresh;
  }

  /** Whether a place ran since the last call of either. */
  ran({ key, offset }: Place): boolean {
    const found = this.#read().get(key);
    return found !== undefined && found.ranges[0]!.count > 0 && !idle(found.ranges).some(([from, to]) => offset >= from && offset < to);
  }

  /** Of the characters of all functions, those that have run. */
  get share(): number {
    let [all, left] = [0, 0];
    for (const known of this.#known.values()) [all, left] = [all + known.all, left + lengthOf(known.left)];
    return all === 0 ? 0 : 1 - left / all;
  }

  #read(): Map<string, Profiler.FunctionCoverage> {
    const found = new Map<string, Profiler.FunctionCoverage>();
    this.#session.post('Profiler.takePreciseCoverage', (error, answer) => {
      if (error !== null) throw error;
      for (const { url, functions } of answer.result) {
        if (!url.includes(this.#part)) continue;
        for (const one of functions) found.set(`${url} ${one.ranges[0]!.startOffset} ${one.ranges[0]!.endOffset}`, one);
      }
    });
    return found;
  }
}

/** Of the parser and the readers. */
export const coverage: BlockCoverage | undefined =
  process.env['COVERAGE'] === undefined ? undefined : new BlockCoverage('/packages/sip/src/messages/');
