import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { KeyTable, type Keyed } from './key-table.ts';

interface Item extends Keyed<string> {
  readonly name: string;
}

function setUp() {
  const table = new KeyTable<string, Item>(0x2f6e2b1);
  const item = (key: string, name = key): Item => ({ key, hash: table.hashOf(key), name });
  const find = (key: string): string | undefined => table.get(key, table.hashOf(key))?.name;
  return { table, item, find };
}

describe('the table by key', () => {
  it('finds what was put in, in place of what had the same key, until it is taken out', () => {
    const { table, item, find } = setUp();
    table.set(item('a'));
    table.set(item('b'));
    table.set(item('a', 'another'));
    expect([table.size, find('a'), find('b'), find('c')]).toEqual([2, 'another', 'b', undefined]);
    table.delete(item('a'));
    table.delete(item('c'));
    expect([table.size, find('a'), find('b')]).toEqual([1, undefined, 'b']);
    table.clear();
    expect([table.size, find('b'), table.values()]).toEqual([0, undefined, []]);
  });

  it('tells keys of one hash apart', () => {
    const { table } = setUp();
    const same = ['x', 'y', 'z'].map((key): Item => ({ key, hash: 77, name: key }));
    for (const one of same) table.set(one);
    table.delete(same[0]!);
    expect(['x', 'y', 'z'].map((key) => table.get(key, 77)?.name)).toEqual([undefined, 'y', 'z']);
  });

  it('does what a map does, through thousands that come and go, and shrinks when they are gone', () => {
    const { table, item, find } = setUp();
    const random = new SeededRandom(7);
    const model = new Map<string, string>();
    for (let step = 0; step < 60_000; step += 1) {
      const key = `INVITE\nz9hG4bK${random.integer(6000)}\n192.0.2.1:5060`;
      // the first half fills it, the second empties it
      if (random.integer(10) < (step < 30_000 ? 8 : 2)) {
        table.set(item(key, `${step}`));
        model.set(key, `${step}`);
      } else {
        table.delete(item(key));
        model.delete(key);
      }
      if (step % 1000 !== 0) continue;
      expect(table.size).toBe(model.size);
      for (let number = 0; number < 6000; number += 97) {
        const asked = `INVITE\nz9hG4bK${number}\n192.0.2.1:5060`;
        expect(find(asked)).toBe(model.get(asked));
      }
    }
    expect(new Map(table.values().map(({ key, name }) => [key, name]))).toEqual(model);
  });

  it('puts the same keys elsewhere in every process', () => {
    const [one, other] = [new KeyTable<string, Item>(1), new KeyTable<string, Item>(3)].map((table) =>
      Array.from({ length: 100 }, (_, at) => table.hashOf(`k${at}`)),
    );
    expect(one!.filter((hash, at) => hash === other![at]).length).toBeLessThan(3);
  });
});
