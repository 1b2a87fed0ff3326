import { ManualClock } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { Alarm, AlarmClock } from './alarms.ts';

function setUp(clock = new ManualClock()) {
  const start = clock.now();
  const alarms = new AlarmClock(clock);
  const rung: string[] = [];
  const make = (name: string, then?: () => void): Alarm<string> =>
    new Alarm(
      {
        ring: (kind) => {
          rung.push(`${kind}@${clock.now() - start}`);
          then?.();
        },
      },
      name,
    );
  return { clock, alarms, rung, make };
}

describe('alarms', () => {
  it('ring at their time, whatever the order in which they were armed', async () => {
    const { clock, alarms, rung, make } = setUp();
    alarms.arm(make('b'), 1000);
    alarms.arm(make('a'), 500);
    await clock.advance(200);
    alarms.arm(make('c'), 500);
    alarms.arm(make('d'), 1000);
    await clock.advance(5000);
    expect(rung).toEqual(['a@500', 'c@700', 'b@1000', 'd@1200']);
  });

  it('hold one timer of the clock per duration, and none when nothing waits', async () => {
    const { clock, alarms, rung, make } = setUp();
    const armed = Array.from({ length: 50 }, (_, index) => make(`${index}`));
    for (const alarm of armed) alarms.arm(alarm, 500);
    expect([clock.pending, alarms.count()]).toEqual([1, 50]);
    for (const alarm of armed) alarms.disarm(alarm);
    expect([clock.pending, alarms.count()]).toEqual([0, 0]);
    await clock.advance(1000);
    expect(rung).toEqual([]);
  });

  it('that were disarmed in the middle of a duration leave the others at their time', async () => {
    const { clock, alarms, rung, make } = setUp();
    const [a, b, c] = [make('a'), make('b'), make('c')];
    alarms.arm(a, 500);
    await clock.advance(100);
    alarms.arm(b, 500);
    await clock.advance(100);
    alarms.arm(c, 500);
    alarms.disarm(a);
    alarms.disarm(b);
    await clock.advance(1000);
    expect(rung).toEqual(['c@700']);
    expect(clock.pending).toBe(0);
  });

  it('of seconds ring up to the slack of the clock late, many in one go; those of less than T2 at their time', async () => {
    const { clock, alarms, rung, make } = setUp(Object.assign(new ManualClock(), { slackMs: 32 }));
    for (const name of ['a', 'b', 'c', 'd']) {
      alarms.arm(make(name), 5000);
      alarms.arm(make(name.toUpperCase()), 500);
      await clock.advance(20);
    }
    await clock.advance(6000);
    expect(rung).toEqual(['A@500', 'B@520', 'C@540', 'D@560', 'a@5000', 'b@5032', 'c@5064', 'd@5064']);
    expect(clock.pending).toBe(0);
  });

  it('may be armed and disarmed from one that rings', async () => {
    const { clock, alarms, rung, make } = setUp();
    const doomed = make('doomed');
    let copies = 0;
    const again: Alarm<string> = make('again', () => {
      copies += 1;
      alarms.disarm(doomed);
      if (copies < 3) alarms.arm(again, 500);
    });
    alarms.arm(again, 500);
    alarms.arm(doomed, 500);
    await clock.advance(5000);
    expect(rung).toEqual(['again@500', 'again@1000', 'again@1500']);
    expect(clock.pending).toBe(0);
  });

  it('ring on when the owner of one throws', async () => {
    const { clock, alarms, rung, make } = setUp();
    alarms.arm(
      make('bad', () => {
        throw new Error('owner');
      }),
      500,
    );
    alarms.arm(make('good'), 500);
    await expect(clock.advance(500)).rejects.toThrow('owner');
    await clock.advance(500);
    expect(rung).toEqual(['bad@500', 'good@500']);
  });
});
