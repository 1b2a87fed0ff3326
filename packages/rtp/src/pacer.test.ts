import { ManualClock } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { Pacer } from './pacer.ts';

const START = new ManualClock().now();
function setUp() {
  const clock = new ManualClock();
  const ticks: number[] = [];
  return { clock, pacer: new Pacer(clock), ticks, note: () => void ticks.push(clock.now() - START) };
}

describe('the beat of all streams', () => {
  it('is one timer, and none while nobody is on it', async () => {
    const { clock, pacer, note } = setUp();
    expect(clock.pending).toBe(0);
    const members = Array.from({ length: 100 }, () => pacer.join(20, note));
    expect(clock.pending).toBe(1);
    await clock.advance(1000);
    expect(clock.pending).toBe(1);
    for (const member of members) member[Symbol.dispose]();
    expect(clock.pending).toBe(0);
  });

  it('does not drift, however late each tick is', () => {
    let now = 0;
    let waiting: { readonly due: number; readonly task: () => void } | undefined;
    const late = {
      now: () => now,
      after: (ms: number, task: () => void) => ((waiting = { due: now + ms, task }), { [Symbol.dispose]: () => (waiting = undefined) }),
    };
    const pacer = new Pacer(late);
    let ticks = 0;
    pacer.join(20, () => (ticks += 1));
    while (now < 10_000) {
      now = waiting!.due + 7; // always 7 ms late
      waiting!.task();
    }
    expect(ticks).toBe(500);
  });

  it('makes up for a short stop of the process, and lets a long one go', () => {
    let now = 0;
    let task: (() => void) | undefined;
    const pacer = new Pacer({ now: () => now, after: (_ms, next) => ((task = next), { [Symbol.dispose]: () => {} }) });
    let ticks = 0;
    pacer.join(20, () => (ticks += 1));
    now = 60;
    task!();
    expect(ticks).toBe(3);
    now += 60_000;
    task!();
    expect(ticks).toBe(3 + 6); // the one that is due, and five before it
  });

  it('keeps a beat for each frame length', async () => {
    const { clock, pacer, ticks, note } = setUp();
    pacer.join(20, note);
    pacer.join(30, () => void ticks.push(-(clock.now() - START)));
    await clock.advance(60);
    expect(ticks.toSorted((a, b) => a - b)).toEqual([-60, -30, 20, 40, 60]);
    expect(clock.pending).toBe(1);
  });

  it('lets a member join and leave in the middle of a round', async () => {
    const { clock, pacer, ticks, note } = setUp();
    const second = { member: undefined as Disposable | undefined };
    pacer.join(20, () => {
      second.member ??= pacer.join(20, note);
      if (clock.now() - START === 60) second.member[Symbol.dispose]();
    });
    await clock.advance(100);
    expect(ticks).toEqual([40]);
  });

  it('stops when the last one leaves in its own tick', async () => {
    const { clock, pacer, ticks, note } = setUp();
    const member = pacer.join(20, () => {
      note();
      member[Symbol.dispose]();
      member[Symbol.dispose]();
    });
    await clock.advance(100);
    expect(ticks).toEqual([20]);
    expect(clock.pending).toBe(0);
  });
});
