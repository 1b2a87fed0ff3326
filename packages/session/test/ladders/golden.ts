/** The ladders of a text file beside the tests, and the comparison with what was played. Every ladder of a file is played, or its test fails. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { Play } from './play.ts';

/** A test under the heading of a ladder: plays it on a new bed, compares, and finds nothing left behind when the bed is closed. */
export type Golden = (heading: string, play: (play: Play) => Promise<void>) => void;

export function golden(file: string): Golden {
  const text = readFileSync(new URL(`${file}.txt`, import.meta.url), 'utf8');
  const ladders = new Map<string, string[]>();
  for (const part of text.split(/^== /m).slice(1)) {
    const [heading = '', ...lines] = part.split('\n');
    ladders.set(
      heading,
      lines.filter((line) => line !== '' && !line.startsWith('#')),
    );
  }
  const unplayed = new Set(ladders.keys());
  afterAll(() => {
    expect([...unplayed], `ladders of ${file}.txt that nothing plays`).toEqual([]);
  });
  return (heading, run) => {
    it(heading, async () => {
      const expected = ladders.get(heading);
      if (expected === undefined) throw new Error(`${file}.txt has no ladder "${heading}"`);
      unplayed.delete(heading);
      const play = new Play();
      await run(play);
      const steps = [...play.steps];
      await play.bed.close();
      expect(withRanges(steps, expected)).toEqual(expected);
      expect(play.bed.leftOver()).toEqual({});
    });
  };
}

/** A played pause takes the text of the window it falls into: `(+2100..4000 ms)`. One that begins at 0 may be too short to be seen. */
function withRanges(steps: readonly string[], expected: readonly string[]): string[] {
  const played = [...steps];
  for (const [at, line] of expected.entries()) {
    const window = /^\(\+(\d+)\.\.(\d+) ms\)$/.exec(line);
    if (window === null) continue;
    const [low, high] = [Number(window[1]), Number(window[2])];
    const pause = /^\(\+(\d+) ms\)$/.exec(played[at] ?? '');
    if (pause !== null && Number(pause[1]) >= low && Number(pause[1]) <= high) played[at] = line;
    else if (pause === null && low === 0) played.splice(at, 0, line);
  }
  return played;
}
