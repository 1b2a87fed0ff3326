import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { NumberSet } from './number-set.ts';

describe('the set of numbers', () => {
  it('takes each once, the least and the largest too', () => {
    const set = new NumberSet(99);
    expect([1, 2 ** 53, 1, 2 ** 53 - 1].map((value) => set.add(value))).toEqual([true, true, false, true]);
    expect([set.size, set.has(2 ** 53), set.has(2 ** 52)]).toEqual([3, true, false]);
    set.delete(5);
    set.delete(1);
    expect([set.size, set.has(1), set.add(1)]).toEqual([2, false, true]);
    set.clear();
    expect([set.size, set.has(1)]).toEqual([0, false]);
  });

  it('does what a set does, through thousands that come and go', () => {
    const random = new SeededRandom(11);
    const set = new NumberSet(12_345);
    const model = new Set<number>();
    const numbers = Array.from({ length: 5000 }, () => 1 + random.integer(2 ** 32) * 2 ** 21);
    for (let step = 0; step < 60_000; step += 1) {
      const value = numbers[random.integer(numbers.length)]!;
      if (random.integer(10) < (step < 30_000 ? 8 : 2)) {
        expect(set.add(value)).toBe(!model.has(value));
        model.add(value);
      } else {
        set.delete(value);
        model.delete(value);
      }
      if (step % 5000 === 0) expect(numbers.filter((number) => set.has(number))).toEqual(numbers.filter((number) => model.has(number)));
    }
    expect(set.size).toBe(model.size);
  });

  it('stays quick for numbers that lie at equal distances', () => {
    const set = new NumberSet(3);
    for (let at = 1; at <= 20_000; at += 1) set.add(at * 2 ** 21);
    const begun = performance.now();
    for (let at = 1; at <= 20_000; at += 1) set.delete(at * 2 ** 21);
    expect(performance.now() - begun).toBeLessThan(200);
    expect(set.size).toBe(0);
  });
});
