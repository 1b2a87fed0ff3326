import { describe, expect, it } from 'vitest';
import { isPromise } from './awaitable.ts';

// oxlint-disable-next-line unicorn/no-thenable -- that is what is to be recognised
const thenable = (then: unknown): object => ({ then });

describe('a value that may come later', () => {
  it.each([
    [Promise.resolve(), true],
    [thenable(() => {}), true],
    [thenable(1), false],
    [null, false],
    [undefined, false],
    [() => {}, false],
    ['then', false],
  ])('%o is to be waited for: %s', (value, is) => expect(isPromise(value)).toBe(is));
});
