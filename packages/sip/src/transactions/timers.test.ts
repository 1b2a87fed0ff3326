import { isSipError } from '@jackfield/base';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMERS, timeout, timerA, timerBase, timerD, timerE, timerG, timerIK, timerJ } from './timers.ts';

describe('transaction timers, RFC 3261 table 4', () => {
  it.each([
    { sent: 1, a: 500, e: 500, g: 500 },
    { sent: 2, a: 1000, e: 1000, g: 1000 },
    { sent: 3, a: 2000, e: 2000, g: 2000 },
    { sent: 4, a: 4000, e: 4000, g: 4000 },
    { sent: 5, a: 8000, e: 4000, g: 4000 },
    { sent: 6, a: 16_000, e: 4000, g: 4000 },
  ])('after copy $sent: A $a, E $e, G $g', ({ sent, a, e, g }) => {
    expect([timerA(DEFAULT_TIMERS, sent), timerE(DEFAULT_TIMERS, sent, false), timerG(DEFAULT_TIMERS, sent)]).toEqual([a, e, g]);
  });

  it('repeats a request that is being worked on every T2', () => {
    expect(timerE(DEFAULT_TIMERS, 1, true)).toBe(4000);
  });

  it('waits for 64·T1, and on streams absorbs no copies', () => {
    expect(timeout(DEFAULT_TIMERS)).toBe(32_000);
    expect([timerD(DEFAULT_TIMERS, true), timerJ(DEFAULT_TIMERS, true), timerIK(DEFAULT_TIMERS, true)]).toEqual([0, 0, 0]);
    expect([timerD(DEFAULT_TIMERS, false), timerJ(DEFAULT_TIMERS, false), timerIK(DEFAULT_TIMERS, false)]).toEqual([32_000, 32_000, 5000]);
    expect(timerD(timerBase({ t1: 100 }), false)).toBe(32_000);
  });

  it.each([{ t1: 0 }, { t2: 1.5 }, { t4: Number.NaN }])('refuses %o', (given) => {
    let error: unknown;
    try {
      timerBase(given);
    } catch (thrown) {
      error = thrown;
    }
    expect(isSipError(error, 'SIP_OPTION')).toBe(true);
  });
});
