import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { RecordIndex } from './record-index.ts';

describe('the index of records', () => {
  it('finds what was put in, in place of what had the same key, until it is taken out', () => {
    const index = new RecordIndex();
    index.set(77, 1, 10);
    index.set(77, 2, 20);
    index.set(79, 1, 30);
    index.set(77, 1, 40);
    expect([index.size, index.get(77, 1), index.get(77, 2), index.get(79, 1), index.get(79, 2)]).toEqual([3, 40, 20, 30, -1]);
    index.delete(77, 1);
    index.delete(77, 3);
    expect([index.size, index.get(77, 1), index.get(77, 2)]).toEqual([2, -1, 20]);
    index.clear();
    expect([index.size, index.get(77, 2)]).toEqual([0, -1]);
  });

  it('does what a map does, through thousands that come and go, and where many lie at one place', () => {
    const index = new RecordIndex();
    const random = new SeededRandom(3);
    const model = new Map<string, number>();
    // few hashes for so many keys: runs are long, and go past the end of the array
    const keys = Array.from({ length: 6000 }, (_, at) => ({ hash: (random.integer(2 ** 32) & -64) | 1, key: at }));
    for (let step = 0; step < 60_000; step += 1) {
      const { hash, key } = keys[random.integer(keys.length)]!;
      // the first half fills it, the second empties it
      if (random.integer(10) < (step < 30_000 ? 8 : 2)) {
        index.set(hash, key, step);
        model.set(`${hash} ${key}`, step);
      } else {
        index.delete(hash, key);
        model.delete(`${hash} ${key}`);
      }
      if (step % 5000 === 0) for (const { hash, key } of keys) expect(index.get(hash, key)).toBe(model.get(`${hash} ${key}`) ?? -1);
    }
    expect(index.size).toBe(model.size);
  });
});
