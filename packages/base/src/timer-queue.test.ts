import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerQueue } from './timer-queue.ts';

describe('TimerQueue', () => {
  it('runs tasks by due time, and in the order of adding where that is equal', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ at: fc.nat(40), ms: fc.nat(60), dispose: fc.boolean() })), (waits) => {
        const queue = new TimerQueue();
        const ran: number[] = [];
        const now = (index: number): number => waits.slice(0, index + 1).reduce((latest, { at }) => Math.max(latest, at), 0);
        const entries = waits.map(({ ms }, index) => queue.add(now(index), ms, () => ran.push(index)));
        for (const [index, { dispose }] of waits.entries()) if (dispose) entries[index]![Symbol.dispose]();
        const expected = waits
          .map(({ ms, dispose }, index) => ({ index, dispose, due: now(index) + ms }))
          .filter(({ dispose }) => !dispose)
          .toSorted((a, b) => a.due - b.due || a.index - b.index);
        expect(queue.size).toBe(expected.length);
        expect(queue.nextDue()).toBe(expected[0]?.due);
        queue.runDue(100);
        expect(ran).toEqual(expected.map(({ index }) => index));
        expect(queue.size).toBe(0);
      }),
    );
  });

  it('runs nothing before its time', () => {
    const queue = new TimerQueue();
    queue.add(0, 10, () => {});
    expect(queue.takeDue(9)).toBeUndefined();
    expect(queue.takeDue(10)).toBeTypeOf('function');
    expect(queue.takeDue(10)).toBeUndefined();
  });

  it('leaves what a task adds for the same moment to the next call', () => {
    const queue = new TimerQueue();
    let rounds = 0;
    const again = (): void => {
      rounds += 1;
      queue.add(5, 0, again);
    };
    queue.add(5, 0, again);
    queue.runDue(5);
    expect(rounds).toBe(1);
    queue.runDue(5);
    expect(rounds).toBe(2);
  });

  it('keeps the other tasks when one throws', () => {
    const queue = new TimerQueue();
    let ran = false;
    queue.add(0, 1, () => {
      throw new Error('one');
    });
    queue.add(0, 1, () => (ran = true));
    expect(() => queue.runDue(1)).toThrow('one');
    queue.runDue(1);
    expect(ran).toBe(true);
  });

  it('may dispose an entry twice, and from inside another task', () => {
    const queue = new TimerQueue();
    const ran: string[] = [];
    const second = queue.add(0, 2, () => ran.push('second'));
    queue.add(0, 1, () => second[Symbol.dispose]());
    queue.runDue(2);
    second[Symbol.dispose]();
    expect(ran).toEqual([]);
    expect(queue.size).toBe(0);
  });

  it.each([Number.NaN, -5])('takes a wait of %s ms as none', (ms) => {
    const queue = new TimerQueue();
    expect(queue.add(7, ms, () => {}).due).toBe(7);
  });

  it('rounds a part of a millisecond up', () => {
    expect(new TimerQueue().add(0, 1.2, () => {}).due).toBe(2);
  });

  it('says when the last that waited is gone, taken or disposed', () => {
    let emptied = 0;
    const queue = new TimerQueue(() => (emptied += 1));
    const entry = queue.add(0, 1, () => {});
    queue.add(0, 5, () => {});
    entry[Symbol.dispose]();
    expect(emptied).toBe(0);
    queue.runDue(5);
    expect(emptied).toBe(1);
  });
});
