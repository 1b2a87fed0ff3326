import { describe, expect, it } from 'vitest';
import { ManualClock, settle } from './manual-clock.ts';

describe('ManualClock', () => {
  it('runs what falls due at its own time, in order', async () => {
    const clock = new ManualClock(0);
    const ran: [string, number][] = [];
    clock.after(20, () => ran.push(['b', clock.now()]));
    clock.after(10, () => {
      ran.push(['a', clock.now()]);
      clock.after(5, () => ran.push(['from a', clock.now()]));
    });
    clock.after(31, () => ran.push(['later', clock.now()]));
    await clock.advance(30);
    expect(ran).toEqual([
      ['a', 10],
      ['from a', 15],
      ['b', 20],
    ]);
    expect(clock.now()).toBe(30);
    expect(clock.pending).toBe(1);
  });

  it('tells what passed as it was turned', async () => {
    const clock = new ManualClock();
    const before = clock.elapsed();
    await clock.advance(1500);
    expect(clock.elapsed() - before).toBe(1500);
  });

  it('lets a chain of promises end between two tasks, however long', async () => {
    const clock = new ManualClock(0);
    const order: string[] = [];
    clock.after(1, () => {
      void (async () => {
        for (let hop = 0; hop < 100; hop += 1) await new Promise<void>((resolve) => process.nextTick(resolve));
        for (let hop = 0; hop < 1000; hop += 1) await Promise.resolve();
        order.push(`chain at ${clock.now()}`);
      })();
    });
    clock.after(1, () => order.push('task'));
    await clock.advance(1);
    expect(order).toEqual(['chain at 1', 'task']);
  });

  it('runs what a settled promise arms inside the time turned', async () => {
    const clock = new ManualClock(0);
    const waits: number[] = [];
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
    void (async () => {
      for (const ms of [10, 20, 30]) {
        await wait(ms);
        waits.push(clock.now());
      }
    })();
    await clock.advance(60);
    expect(waits).toEqual([10, 30, 60]);
  });

  it('turns until nothing waits, or to a limit', async () => {
    const clock = new ManualClock(0);
    let runs = 0;
    const again = (): void => {
      runs += 1;
      clock.after(100, again);
    };
    clock.after(100, again);
    expect(await clock.runAll(1000)).toBe(1000);
    expect(runs).toBe(10);

    const idle = new ManualClock(0);
    idle.after(32_000, () => {});
    expect(await idle.runAll()).toBe(32_000);
    expect(idle.pending).toBe(0);
  });

  it('turns until a promise has settled, and no further', async () => {
    const clock = new ManualClock(0);
    const after = (ms: number): Promise<number> => new Promise((resolve) => void clock.after(ms, () => resolve(ms)));
    clock.after(5, () => {});
    expect(await clock.until(after(20), 100)).toBe(20);
    expect(clock.now()).toBe(20);
    await expect(clock.until(after(20), 19)).rejects.toThrow('not within 19 ms');
    expect(clock.now()).toBe(39);
    await expect(clock.until(Promise.reject(new Error('its own')), 10)).rejects.toThrow('its own');
    expect(clock.now()).toBe(39);
    await expect(clock.until(new Promise(() => {}), 10)).rejects.toThrow('not within');
    expect(clock.now()).toBe(49);
  });

  it('never goes back, whoever else turns it', async () => {
    const clock = new ManualClock(0);
    const seen: number[] = [];
    for (const ms of [5, 15, 25]) clock.after(ms, () => seen.push(clock.now()));
    await Promise.all([clock.advance(10), clock.advance(30)]);
    expect(seen).toEqual([5, 15, 25]);
    expect(clock.now()).toBe(30);
  });

  it('passes on what a task throws, and goes on with the next', async () => {
    const clock = new ManualClock(0);
    let ran = false;
    clock.after(1, () => {
      throw new Error('of a task');
    });
    clock.after(2, () => (ran = true));
    await expect(clock.advance(5)).rejects.toThrow('of a task');
    await clock.advance(5);
    expect(ran).toBe(true);
  });

  it('turns past 100,000 waiting tasks in a moment', async () => {
    const clock = new ManualClock(0);
    let ran = 0;
    for (let task = 0; task < 100_000; task += 1) clock.after(task % 500, () => (ran += 1));
    for (let task = 0; task < 100_000; task += 1) clock.after(32_000, () => {})[Symbol.dispose]();
    const begun = performance.now();
    await clock.advance(500);
    expect(ran).toBe(100_000);
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it('settles what needs no time', async () => {
    let settled = false;
    void Promise.resolve()
      .then(() => undefined)
      .then(() => (settled = true));
    await settle();
    expect(settled).toBe(true);
  });
});
