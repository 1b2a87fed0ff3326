import { describe, expect, it } from 'vitest';
import { defineCookie } from '../cookies.ts';
import { OwnExchange } from './exchange.ts';

function exchange(): { exchange: OwnExchange; reported: [unknown, string][] } {
  const reported: [unknown, string][] = [];
  return { exchange: new OwnExchange('answerer', undefined, (error, cookie) => reported.push([error, cookie])), reported };
}

describe('an exchange', () => {
  it.each(['done', 'aborted'] as const)('that is %s destroys its cookies once, and takes no more', (outcome) => {
    const { exchange: one } = exchange();
    const destroyed: number[] = [];
    const key = defineCookie<number>('key', (value) => void destroyed.push(value));
    one.cookies.set(key, 1);
    one.end(outcome);
    one.end('aborted');
    expect(destroyed).toEqual([1]);
    expect(() => one.cookies.set(key, 2)).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
  });

  it.each([
    { outcome: 'done', aborted: false },
    { outcome: 'aborted', aborted: true },
  ] as const)('that is $outcome has a signal that says aborted: $aborted, read before or after', ({ outcome, aborted }) => {
    const [early, late] = [exchange().exchange, exchange().exchange];
    const { signal } = early;
    expect(signal.aborted).toBe(false);
    expect(early.signal).toBe(signal);
    early.end(outcome);
    late.end(outcome);
    expect(signal.aborted).toBe(aborted);
    expect(late.signal.aborted).toBe(aborted);
  });

  it('has a closed jar when it is asked for one after its end', () => {
    const { exchange: one } = exchange();
    one.end('done');
    expect(() => one.cookies.add(defineCookie<number>('late'), 1)).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
  });

  it('reports a cookie that fails with its name', () => {
    const { exchange: one, reported } = exchange();
    const failure = new Error('broken');
    one.cookies.set(
      defineCookie<number>('bad', () => {
        throw failure;
      }),
      1,
    );
    one.end('done');
    expect(reported).toEqual([[failure, 'bad']]);
  });
});
