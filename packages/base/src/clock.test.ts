import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';

/** Timers of Node that keep the process. */
const holding = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('the system clock', () => {
  it('tells the time of day in whole ms', () => {
    const clock = systemClock();
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
    expect(Number.isInteger(clock.now())).toBe(true);
  });

  it('tells what passed in fractions of a ms, and never goes back', () => {
    const clock = systemClock();
    const readings = Array.from({ length: 1000 }, () => clock.elapsed!());
    expect(readings.toSorted((a, b) => a - b)).toEqual(readings);
    expect(readings.some((reading) => !Number.isInteger(reading))).toBe(true);
  });

  it('runs tasks in the order of their time, never early', async () => {
    const clock = systemClock();
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      const begun = clock.now();
      clock.after(30, () => {
        ran.push('30');
        expect(clock.now() - begun).toBeGreaterThanOrEqual(30);
        resolve();
      });
      clock.after(10, () => ran.push('10'));
      clock.after(20, () => ran.push('20'))[Symbol.dispose]();
      clock.after(10, () => {
        ran.push('10 again');
        clock.after(0, () => ran.push('from a task'));
      });
    });
    expect(ran).toEqual(['10', '10 again', 'from a task', '30']);
  });

  it('keeps one Node timer for all that wait, and none that would hold the process when all was disposed', () => {
    const before = holding();
    const clock = systemClock();
    const waits = [3_600_000, 7_200_000, 3_600_000].map((ms) => clock.after(ms, () => {}));
    expect(holding()).toBe(before + 1);
    for (const wait of waits) wait[Symbol.dispose]();
    expect(holding()).toBe(before);
    const later = clock.after(3_700_000, () => {});
    expect(holding()).toBe(before + 1);
    later[Symbol.dispose]();
    expect(holding()).toBe(before);
  });
});
