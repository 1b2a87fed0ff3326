import { SeededRandom } from '@jackfield/base/testing';
import { isSipError } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { PortPool } from './port-pool.ts';

const pool = (first: number, last: number, seed = 1): PortPool => new PortPool({ first, last }, new SeededRandom(seed));
const takeAll = (from: PortPool): number[] => Array.from({ length: from.pairs }, () => from.take()!);

describe('pairs of ports', () => {
  it.each<{ first: number; last: number; ports: number[] }>([
    { first: 20000, last: 20005, ports: [20000, 20002, 20004] },
    { first: 20001, last: 20006, ports: [20002, 20004] },
    { first: 20000, last: 20001, ports: [20000] },
    { first: 65534, last: 65535, ports: [65534] },
  ])('of $first to $last are $ports', ({ first, last, ports }) => {
    expect(takeAll(pool(first, last)).toSorted((a, b) => a - b)).toEqual(ports);
  });

  it('start at a place that chance decides', () => {
    const starts = new Set(Array.from({ length: 20 }, (_, seed) => pool(16384, 32767, seed).take()));
    expect(starts.size).toBeGreaterThan(15);
  });

  it('have one owner at most, and none is left when all are taken', () => {
    const all = pool(20000, 20099);
    expect(new Set(takeAll(all)).size).toBe(50);
    expect(all.take()).toBeUndefined();
    expect(all.live).toBe(50);
  });

  it('come up again last when they are given back', () => {
    const few = pool(20000, 20007);
    const first = few.take()!;
    few.release(first);
    expect([few.take(), few.take(), few.take()]).not.toContain(first);
    expect(few.take()).toBe(first);
  });

  it('are not given back twice, nor by who never had them', () => {
    const few = pool(20000, 20007);
    const port = few.take()!;
    for (const wrong of [port, port, 19998, 20008, port + 1, Number.NaN]) few.release(wrong);
    expect(few.live).toBe(0);
    expect(new Set(takeAll(few)).size).toBe(4);
  });

  it.each([
    [20000, 20000],
    [20001, 20002],
    [20002, 20000],
    [80, 200],
    [65000, 65536],
    [20000.5, 30000],
  ])('are refused for a range of %d to %d', (first, last) => {
    expect(() => pool(first, last)).toThrowError(expect.toSatisfy((error) => isSipError(error, 'RTP_PORT_RANGE')));
  });
});
