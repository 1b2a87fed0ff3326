import { describe, expect, it } from 'vitest';
import { DigitQueue } from './digit-queue.ts';

async function all(queue: DigitQueue): Promise<string[]> {
  const digits: string[] = [];
  for await (const digit of queue) digits.push(digit);
  return digits;
}

describe('keys that are typed ahead', () => {
  it('are kept until somebody takes them, and are still there after the end', async () => {
    const queue = new DigitQueue(() => {});
    queue.push('1');
    queue.push('2');
    queue.end();
    queue.push('3');
    expect(await all(queue)).toEqual(['1', '2']);
  });

  it('go to those who wait for them, in their order', async () => {
    const queue = new DigitQueue(() => {});
    const [first, second, third] = [queue.next(), queue.next(), queue.next()];
    queue.push('#');
    queue.push('flash');
    queue.end();
    expect(await Promise.all([first, second, third])).toEqual([
      { done: false, value: '#' },
      { done: false, value: 'flash' },
      { done: true, value: undefined },
    ]);
  });

  it('are forgotten when the loop is left, which is told once', async () => {
    let released = 0;
    const queue = new DigitQueue(() => void (released += 1));
    queue.push('1');
    queue.push('2');
    for await (const digit of queue) {
      expect(digit).toBe('1');
      break;
    }
    queue.end();
    expect([await queue.next(), released]).toEqual([{ done: true, value: undefined }, 1]);
  });

  it('are dropped when too many wait', async () => {
    const queue = new DigitQueue(() => {});
    for (let at = 0; at <= DigitQueue.limit; at += 1) queue.push('0');
    queue.end();
    expect(await all(queue)).toHaveLength(DigitQueue.limit);
  });
});
