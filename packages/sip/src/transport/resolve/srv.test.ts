import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import type { SrvRecord } from './resolver.ts';
import { orderSrv } from './srv.ts';

const record = (name: string, priority: number, weight: number): SrvRecord => ({ name, priority, weight, port: 5060 });
const DRAWS = 20_000;

function firsts(records: readonly SrvRecord[]): Record<string, number> {
  const random = new SeededRandom(7);
  const counts: Record<string, number> = Object.fromEntries(records.map(({ name }) => [name, 0]));
  for (let draw = 0; draw < DRAWS; draw += 1) counts[orderSrv(records, random)[0]!.name]! += 1;
  return counts;
}

describe('SRV records, RFC 2782', () => {
  it('go by priority, all of one before any of the next', () => {
    const records = [record('c', 2, 100), record('a', 0, 0), record('b1', 1, 5), record('b2', 1, 5)];
    for (let seed = 0; seed < 50; seed += 1) {
      const order = orderSrv(records, new SeededRandom(seed)).map(({ name }) => name);
      expect(order.map((name) => name[0]).join('')).toBe('abbc');
    }
  });

  it('of one priority come first in the share of their weights', () => {
    const counts = firsts([record('heavy', 0, 60), record('middle', 0, 30), record('light', 0, 10)]);
    expect(counts['heavy']! / DRAWS).toBeCloseTo(0.6, 1);
    expect(counts['middle']! / DRAWS).toBeCloseTo(0.3, 1);
    expect(counts['light']! / DRAWS).toBeCloseTo(0.1, 1);
  });

  it('keep to the shares of small weights', () => {
    expect(firsts([record('one', 0, 1), record('two', 0, 2)])['one']! / DRAWS).toBeCloseTo(1 / 3, 2);
  });

  it('without weight are drawn seldom beside others, and not never', () => {
    const counts = firsts([record('heavy', 0, 99), record('none', 0, 0)]);
    expect(counts['none']).toBeGreaterThan(0);
    expect(counts['none']! / DRAWS).toBeLessThan(0.02);
  });

  it('without weights keep their order', () => {
    const records = [record('a', 0, 0), record('b', 0, 0), record('c', 0, 0)];
    expect(orderSrv(records, new SeededRandom(1))).toEqual(records);
  });

  it('are all there once, in another order with another seed', () => {
    const records = Array.from({ length: 20 }, (_, at) => record(`s${at}`, 0, 10));
    const order = (seed: number): string[] => orderSrv(records, new SeededRandom(seed)).map(({ name }) => name);
    expect(order(1).toSorted()).toEqual(records.map(({ name }) => name).toSorted());
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
  });
});
