import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { glareWaitMs } from './glare.ts';

describe('the wait after 491, RFC 3261 §14.1', () => {
  it.each([
    { role: 'uac', from: 2100, to: 4000 },
    { role: 'uas', from: 0, to: 2000 },
  ] as const)('of the $role is $from to $to ms in steps of 10, both ends among them', ({ role, from, to }) => {
    const random = new SeededRandom(1);
    const drawn = new Set(Array.from({ length: 20_000 }, () => glareWaitMs(role, random)));
    expect(Math.min(...drawn)).toBe(from);
    expect(Math.max(...drawn)).toBe(to);
    expect(drawn.size).toBe((to - from) / 10 + 1);
    expect([...drawn].every((ms) => ms % 10 === 0)).toBe(true);
  });
});
