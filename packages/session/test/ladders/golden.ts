/** The ladders of a text file beside the tests, and the comparison with what was played. Every ladder of a file is played, or its test fails. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { readLadders } from '../../src/testing.ts';
import { Play } from './play.ts';

type Run = (play: Play) => Promise<void>;

export interface Golden {
  /** A test under the heading of a ladder: plays it on a new bed, compares, and finds nothing left behind when the bed is closed. */
  (heading: string, run: Run): void;
  /** The same for a ladder that is right, and that the code does not follow yet. */
  fails(heading: string, run: Run): void;
}

export function golden(file: string): Golden {
  const ladders = readLadders(readFileSync(new URL(`${file}.txt`, import.meta.url), 'utf8'));
  const unplayed = new Set(ladders.keys());
  afterAll(() => {
    expect([...unplayed], `ladders of ${file}.txt that nothing plays`).toEqual([]);
  });
  const test = (heading: string, run: Run) => async (): Promise<void> => {
    const expected = ladders.get(heading);
    if (expected === undefined) throw new Error(`${file}.txt has no ladder "${heading}"`);
    unplayed.delete(heading);
    const play = new Play();
    await run(play);
    const played = play.ladder.against(expected);
    await play.bed.close();
    expect(played).toEqual(expected);
    expect(play.bed.leftOver()).toEqual({});
  };
  const plays = (heading: string, run: Run): void => it(heading, test(heading, run));
  return Object.assign(plays, { fails: (heading: string, run: Run): void => it.fails(heading, test(heading, run)) });
}
