import { describe, expect, it } from 'vitest';
import { BoundedCache } from './bounded-cache.ts';

describe('BoundedCache', () => {
  it('keeps at least its limit of the latest, and never twice as many', () => {
    const cache = new BoundedCache<number, string>(10);
    for (let key = 0; key < 1000; key += 1) cache.set(key, `value ${key}`);
    const kept = Array.from({ length: 1000 }, (_, key) => key).filter((key) => cache.get(key) !== undefined);
    expect(kept.length).toBeGreaterThanOrEqual(10);
    expect(kept.length).toBeLessThan(20);
    expect(kept).toContain(999);
  });

  it('keeps what is asked for', () => {
    const cache = new BoundedCache<string, number>(10);
    cache.set('asked', 1);
    for (let key = 0; key < 1000; key += 1) {
      cache.set(`other ${key}`, key);
      expect(cache.get('asked')).toBe(1);
    }
  });

  it('forgets what is deleted, young or old', () => {
    const cache = new BoundedCache<string, number>(4);
    for (const key of ['a', 'b', 'c', 'd', 'e']) cache.set(key, 1);
    for (const key of ['a', 'b', 'e']) {
      expect(cache.get(key)).toBe(1);
      cache.delete(key);
      expect(cache.get(key)).toBeUndefined();
    }
  });
});
