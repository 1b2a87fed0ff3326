import { describe, expect, it } from 'vitest';
import { isThenable, settled, wait } from './steps.ts';

// oxlint-disable-next-line unicorn/no-thenable -- that is what is to be recognised
const thenable = (then: unknown): object => ({ then });

describe('a step', () => {
  it.each([
    [Promise.resolve(), true],
    [thenable(() => {}), true],
    [thenable(1), false],
    [null, false],
    [undefined, false],
    [() => {}, false],
    ['then', false],
  ])('%o is to be waited for: %s', (value, is) => expect(isThenable(value)).toBe(is));

  it('yields only what has to be waited for', () => {
    expect(settled(5).next()).toEqual({ done: true, value: 5 });
    const promise = Promise.resolve(5);
    for (const steps of [settled(promise), wait(promise)]) {
      expect(steps.next()).toEqual({ done: false, value: promise });
      expect(steps.next(6)).toEqual({ done: true, value: 6 });
    }
  });
});
