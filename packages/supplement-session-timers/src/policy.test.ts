import { describe, expect, it } from 'vitest';
import { policyOf, type SessionTimersOptions } from './policy.ts';

describe('options', () => {
  it('have defaults', () => {
    expect(policyOf({})).toEqual({ mode: 'supported', sessionExpires: 1800, minSE: 90, refresher: undefined });
  });

  it.each<{ options: Record<string, unknown>; option: string }>([
    { options: { minSE: 89 }, option: 'minSE' },
    { options: { minSE: 90.5 }, option: 'minSE' },
    { options: { minSE: Number.NaN }, option: 'minSE' },
    { options: { sessionExpires: 89 }, option: 'sessionExpires' },
    { options: { sessionExpires: 599, minSE: 600 }, option: 'sessionExpires' },
    { options: { sessionExpires: 2 ** 31 }, option: 'sessionExpires' },
    { options: { mode: 'yes' }, option: 'mode' },
    { options: { refresher: 'uac' }, option: 'refresher' },
  ])('$options is refused for its $option', ({ options, option }) => {
    expect(() => policyOf(options as SessionTimersOptions)).toThrow(expect.objectContaining({ code: 'TIMERS_OPTION', info: { option } }));
  });

  it.each([undefined, 90, Promise.resolve({})])('%o is none', (options) => {
    const given = options as SessionTimersOptions;
    expect(() => policyOf(given)).toThrow(expect.objectContaining({ code: 'TIMERS_OPTION', info: { option: 'options' } }));
  });

  it('an interval may be the shortest', () => {
    expect(policyOf({ sessionExpires: 90, minSE: 90 }).sessionExpires).toBe(90);
  });
});
