/** Messages and hooks of a test bed in one list, with what the application does and the time that passes: for snapshots, and for ladders written by hand. */
import type { Testbed } from './testbed.ts';

/** From how long on a pause is a step, ms. */
const PAUSE = 100;
const WINDOW = /^\(\+(\d+)\.\.(\d+) ms\)$/;

/** Made by {@link ladder}; shares its list with the test bed. */
export class SessionLadder {
  readonly #bed: Testbed;

  /** See {@link ladder}. */
  constructor(bed: Testbed) {
    this.#bed = bed.trace({ pauseMs: PAUSE });
  }

  /** `alice -> bob INVITE sdp`, `bob: sessionBegin`, `(bob calls accept)`, `(+500 ms)`. */
  get steps(): readonly string[] {
    return this.#bed.steps;
  }

  /** Writes down, in brackets, what the application does or sees. */
  note(text: string): void {
    this.#bed.write(`(${text})`);
  }

  /** The ladder begins here: what was written so far goes. */
  cut(): void {
    this.#bed.steps.length = 0;
  }

  /** The steps as `expected` words them: a pause that falls into a window like `(+2100..4000 ms)` is that window; of one from 0 on there may be none. */
  against(expected: readonly string[]): string[] {
    const steps = [...this.steps];
    for (const [at, line] of expected.entries()) {
      const window = WINDOW.exec(line);
      if (window === null) continue;
      const [low, high] = [Number(window[1]), Number(window[2])];
      const pause = /^\(\+(\d+) ms\)$/.exec(steps[at] ?? '');
      if (pause !== null && Number(pause[1]) >= low && Number(pause[1]) <= high) steps[at] = line;
      else if (pause === null && low === 0) steps.splice(at, 0, line);
    }
    return steps;
  }

  /** A step a line. */
  toString(): string {
    return this.steps.join('\n');
  }
}

/** Writes down from now on what parties of this bed send and which hooks of theirs run. Pauses of 100 ms and more are steps too. */
export function ladder(bed: Testbed): SessionLadder {
  return new SessionLadder(bed);
}

/** The ladders of a text, by heading: each begins with `== its heading`. Blank lines, and those that begin with `#`, are left out. */
export function readLadders(text: string): ReadonlyMap<string, readonly string[]> {
  const ladders = new Map<string, readonly string[]>();
  for (const part of text.split(/^== /m).slice(1)) {
    const [heading = '', ...lines] = part.split('\n');
    ladders.set(
      heading,
      lines.filter((line) => line !== '' && !line.startsWith('#')),
    );
  }
  return ladders;
}
