import { settle } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { Playback } from './playback.ts';

const ramp = (from: number, count: number): Int16Array => Int16Array.from({ length: count }, (_, at) => from + at);
const numbers = (frame: Int16Array | undefined): number[] | undefined => frame && [...frame];

describe('playback of samples', () => {
  it('cuts pieces of any length into frames of one, and fills up the last', async () => {
    const playback = new Playback([ramp(1, 3), ramp(4, 0), ramp(4, 2), ramp(6, 6)]);
    expect(numbers(playback.next(4))).toEqual([1, 2, 3, 4]);
    expect(numbers(playback.next(4))).toEqual([5, 6, 7, 8]);
    expect(numbers(playback.next(4))).toEqual([9, 10, 11, 0]);
    await expect(playback.done).resolves.toBe('finished');
    expect(playback.next(4)).toBeUndefined();
  });

  it('takes one array of samples', async () => {
    const playback = new Playback(ramp(1, 2));
    expect(numbers(playback.next(2))).toEqual([1, 2]);
    await expect(playback.done).resolves.toBe('finished');
  });

  it('is finished at once when there is nothing', async () => {
    const playback = new Playback([]);
    expect(playback.next(4)).toBeUndefined();
    await expect(playback.done).resolves.toBe('finished');
  });

  it('gives nothing while an asynchronous source is behind, and goes on where it stopped', async () => {
    let more: (() => void) | undefined;
    async function* slow(): AsyncGenerator<Int16Array> {
      yield ramp(1, 3);
      await new Promise<void>((resolve) => (more = resolve));
      yield ramp(4, 3);
    }
    const playback = new Playback(slow());
    await settle();
    expect(playback.next(4)).toBeUndefined();
    more!();
    await settle();
    expect(numbers(playback.next(4))).toEqual([1, 2, 3, 4]);
    expect(numbers(playback.next(4))).toEqual([5, 6, 0, 0]);
    await expect(playback.done).resolves.toBe('finished');
  });

  it('reads no further ahead of an asynchronous source than it needs', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Int16Array> {
      for (;;) {
        read += 1;
        yield ramp(0, 1000);
      }
    }
    const playback = new Playback(endless());
    await settle();
    expect(read).toBe(2);
    playback.next(160);
    await settle();
    expect(read).toBe(3);
    playback.stop();
  });

  it.each(['sync', 'async'])('stops a %s source in the middle, and lets it clean up', async (kind) => {
    const events: string[] = [];
    function* plain(): Generator<Int16Array> {
      try {
        for (;;) yield ramp(0, 4000);
      } finally {
        events.push('cleaned up');
      }
    }
    async function* later(): AsyncGenerator<Int16Array> {
      yield* plain();
    }
    const playback = new Playback(kind === 'sync' ? plain() : later());
    await settle();
    expect(playback.next(4)).toBeDefined();
    playback.stop();
    expect(playback.next(4)).toBeUndefined();
    await expect(playback.done).resolves.toBe('stopped');
    await settle();
    expect(events).toEqual(['cleaned up']);
  });

  it.each(['sync', 'async'])('fails with what a %s source throws', async (kind) => {
    function* plain(): Generator<Int16Array> {
      yield ramp(0, 4);
      throw new Error('disk gone');
    }
    async function* later(): AsyncGenerator<Int16Array> {
      yield* plain();
    }
    const playback = new Playback(kind === 'sync' ? plain() : later());
    const failed = expect(playback.done).rejects.toThrow('disk gone');
    await settle();
    playback.next(4);
    await failed;
    expect(playback.next(4)).toBeUndefined();
  });
});
