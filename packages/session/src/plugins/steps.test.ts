import { describe, expect, it } from 'vitest';
import { wait } from './steps.ts';

describe('a step', () => {
  it('yields what has to be waited for, and gives what it came to', () => {
    const promise = Promise.resolve(5);
    const steps = wait(promise);
    expect(steps.next()).toEqual({ done: false, value: promise });
    expect(steps.next(6)).toEqual({ done: true, value: 6 });
  });
});
