import { ManualClock } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import type { Flow } from '../transport/transport.ts';
import { FinishedTable } from './finished.ts';
import type { ServerKey } from './key.ts';
import type { LiveServer } from './server.ts';

interface Answered {
  readonly hash?: number;
  readonly toTag?: string;
  readonly mergeKey?: number;
  readonly accepted?: boolean;
  /** Copies are met with silence. */
  readonly silent?: boolean;
  readonly terminated?: () => void;
}

const START = Date.UTC(2026, 0, 1);

function setUp(limit = 10_000) {
  const clock = new ManualClock(START);
  const left: string[] = [];
  const table = new FinishedTable(clock, limit, (hash, key, mergeKey) => left.push(`${hash} ${key} ${mergeKey}`));
  const sent: string[] = [];
  const replyFlow = { send: (bytes: Uint8Array) => sent.push(Buffer.from(bytes).toString('latin1')) } as unknown as Flow;
  const add = (
    key: number,
    ms: number,
    { hash = 2 * key + 1, toTag, mergeKey, accepted = false, silent, terminated }: Answered = {},
  ): void => {
    const user = terminated && { terminated };
    const bytes = silent === true ? undefined : Buffer.from(`answer ${key}`);
    table.add({ hash, key, toTag, mergeKey, user, replyFlow } as LiveServer, bytes, accepted, ms);
  };
  const find = (key: number, hash = 2 * key + 1) => table.find({ hash, key } as ServerKey);
  const answer = (key: number, hash?: number): string | undefined => {
    sent.length = 0;
    find(key, hash)?.resend();
    return sent[0];
  };
  return { clock, table, left, add, find, answer };
}

describe('answered transactions', () => {
  it('answer copies with what was sent, each for its time, and are gone in the order in which they were answered', async () => {
    const { clock, table, left, add, answer } = setUp();
    const msOf = (key: number): number => (key % 3 === 0 ? 5000 : 32_000);
    // 10 s of them: those of 5 s go while others come
    for (let key = 0; key < 2000; key += 1) {
      add(key, msOf(key), key % 5 === 0 ? { mergeKey: key + 1 } : {});
      if (key % 20 === 19) await clock.advance(100);
    }
    const gone = (key: number, now: number): boolean => Math.floor(key / 20) * 100 + msOf(key) <= now;
    for (const now of [10_000, 14_000, 33_000, 41_000]) {
      await clock.advance(now - (clock.now() - START));
      for (let key = 0; key < 2000; key += 1) expect(answer(key), `${key} at ${now}`).toBe(gone(key, now) ? undefined : `answer ${key}`);
    }
    await clock.advance(1000);
    expect([table.size, clock.pending]).toEqual([0, 0]);
    const order = Array.from({ length: 2000 }, (_, key) => key).toSorted((a, b) => ended(a) - ended(b) || a - b);
    function ended(key: number): number {
      return Math.floor(key / 20) * 100 + msOf(key);
    }
    expect(left.toSorted()).toEqual(order.map((key) => `${2 * key + 1} ${key} ${key % 5 === 0 ? key + 1 : 0}`).toSorted());
    for (const ms of [5000, 32_000]) {
      const those = left.map((text) => Number(text.split(' ')[1])).filter((key) => msOf(key) === ms);
      expect(those).toEqual(order.filter((key) => msOf(key) === ms));
    }
  });

  it('keep what an INVITE left: its tag, its ACK, and who hears of its end', async () => {
    const { clock, add, find, answer } = setUp();
    let told = 0;
    add(1, 5000, { toTag: 'ours', accepted: true, silent: true, terminated: () => (told += 1) });
    expect([find(1)?.toTag, find(1)?.accepted, answer(1)]).toEqual(['ours', true, undefined]);
    await clock.advance(5032);
    expect([find(1), told]).toEqual([undefined, 1]);
  });

  it('tell two of one hash apart', () => {
    const { add, answer } = setUp();
    add(1, 5000, { hash: 7 });
    add(2, 32_000, { hash: 7 });
    expect([answer(1, 7), answer(2, 7), answer(3, 7)]).toEqual(['answer 1', 'answer 2', undefined]);
  });

  it('forget the oldest past the limit, however long it would have waited', async () => {
    const { clock, table, add, answer } = setUp(3);
    for (const [key, ms] of [32_000, 5000, 32_000, 5000, 5000].entries()) {
      add(key, ms);
      await clock.advance(1);
    }
    expect([table.size, [0, 1, 2, 3, 4].map((key) => answer(key) !== undefined)]).toEqual([3, [false, false, true, true, true]]);
  });

  it('go on ending after a user that throws, and no further when one clears the table', async () => {
    const { clock, table, left, add } = setUp();
    add(1, 5000, { terminated: () => expect.fail('of no concern to the next') });
    add(2, 5000);
    await expect(clock.advance(5000)).rejects.toThrow('of no concern');
    await clock.advance(32);
    expect(left.length).toBe(2);
    add(3, 5000, { terminated: () => table.clear() });
    add(4, 5000);
    await clock.advance(40_000);
    expect([left.length, table.size, clock.pending]).toEqual([3, 0, 0]);
    add(5, 5000);
    await clock.advance(5032);
    expect([left.length, table.size]).toEqual([4, 0]);
  });
});
