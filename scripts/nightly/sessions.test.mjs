import { describe, expect, it } from 'vitest';
import { failedSeeds, playSessions } from './sessions.mjs';

const FINE = { failed: new Map(), wrong: undefined };

/** Plays nothing, and writes down what it was to play. A portion takes `ms`. */
function player(outcome = () => FINE, ms = 1000) {
  const portions = [];
  const clock = { now: 0 };
  const play = async (_simulation, first, count) => {
    portions.push([first, count]);
    clock.now += ms;
    return outcome(first, count);
  };
  return { portions, play, now: () => clock.now };
}

describe('the simulation of sessions at night', () => {
  it('plays every seed once, in portions', async () => {
    const { portions, play, now } = player();
    const { passed, figures } = await playSessions({ first: 7, seeds: 5000, minutes: undefined, play, now });
    expect(portions).toEqual([
      [7, 2000],
      [2007, 2000],
      [4007, 1000],
    ]);
    expect([passed, figures]).toEqual([true, '5000 seeds from 7 on, 0 failed, 1667 a second by 2 workers']);
  });

  it.each([
    { seeds: 1, portions: [0, 2000, 4000] },
    { seeds: 8001, portions: [0, 2000, 4000, 6000, 8000] },
  ])('begins no portion when its minutes are over and $seeds are played', async ({ seeds, portions }) => {
    const { play, now, ...night } = player(undefined, 20_000);
    await playSessions({ first: 0, seeds, minutes: 1, workers: 1, play, now });
    expect(night.portions.map(([first]) => first)).toEqual(portions);
  });

  it('names the seeds that failed, and how each is played again', async () => {
    const { play, now } = player((first) => (first === 2000 ? { failed: new Map([['2345', 'bob: late']]), wrong: undefined } : FINE));
    const { passed, figures, output } = await playSessions({ first: 0, seeds: 6000, minutes: undefined, play, now });
    expect(passed).toBe(false);
    expect(figures).toMatch(/^6000 seeds from 0 on, 1 failed/);
    expect(output).toBe('  SEED=2345: bob: late\n  again: SEED=2345 npx vitest run --project unit packages/session/test/simulation');
  });

  it('ends early when much fails, and at once when the tests do not run', async () => {
    const many = player((first) => ({ failed: new Map(Array.from({ length: 15 }, (_, at) => [`${first + at}`, 'no'])), wrong: undefined }));
    await playSessions({ first: 0, seeds: 100_000, minutes: undefined, workers: 1, play: many.play, now: many.now });
    expect(many.portions).toHaveLength(2);
    const broken = player(() => ({ failed: new Map(), wrong: 'no such file' }));
    const { passed, output } = await playSessions({ first: 0, seeds: 100_000, minutes: undefined, workers: 1, ...broken });
    expect([broken.portions.length, passed, output]).toEqual([1, false, 'no such file']);
  });

  it('reads the seeds out of what the tests say, each once', () => {
    const output = ['+   "SEED=12: bob: INFO 3 was shown after 4",', 'SEED=12: again', '    "SEED=99: thrown out: x; y",'].join('\n');
    expect([...failedSeeds(output)]).toEqual([
      ['12', 'bob: INFO 3 was shown after 4'],
      ['99', 'thrown out: x; y'],
    ]);
  });
});
