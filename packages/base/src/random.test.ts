import { describe, expect, it } from 'vitest';
import { randomToken, systemRandom } from './random.ts';
import { SeededRandom } from './testing.ts';

describe.each([
  { name: 'system', random: systemRandom() },
  { name: 'seeded', random: new SeededRandom(7) },
])('$name random', ({ random }) => {
  it('stays inside its range and reaches all of it', () => {
    const seen = new Set(Array.from({ length: 2000 }, () => random.integer(10)));
    expect([...seen].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (let draw = 0; draw < 100; draw += 1) expect(random.integer(2 ** 32)).toBeLessThan(2 ** 32);
    expect(random.integer(1)).toBe(0);
  });

  it.each([0, 1, 16, 8192, 10_000])('gives %s bytes that are the caller’s own', (count) => {
    const bytes = random.bytes(count);
    const copy = Uint8Array.from(bytes);
    random.bytes(8192);
    expect(bytes).toHaveLength(count);
    expect(Uint8Array.from(bytes)).toEqual(copy);
  });

  it('makes tokens of lower-case hex that differ', () => {
    const tokens = Array.from({ length: 500 }, () => randomToken(random, 8));
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{16}$/);
    expect(new Set(tokens).size).toBe(tokens.length);
  });
});

describe('SeededRandom', () => {
  it('gives the same run for the same seed, and another for another', () => {
    const draw = (seed: number): number[] => {
      const random = new SeededRandom(seed);
      return Array.from({ length: 20 }, () => random.integer(1000));
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it('draws a share of the chances asked for', () => {
    const random = new SeededRandom(3);
    const hits = Array.from({ length: 10_000 }, () => random.chance(0.3)).filter(Boolean).length;
    expect(hits).toBeGreaterThan(2800);
    expect(hits).toBeLessThan(3200);
    expect(random.chance(0)).toBe(false);
    expect(random.chance(1)).toBe(true);
  });

  it('forks a generator whose draws do not move its own', () => {
    const [one, other] = [new SeededRandom(9), new SeededRandom(9)];
    const fork = one.fork();
    other.fork();
    fork.bytes(100);
    expect(one.integer(1e6)).toBe(other.integer(1e6));
    expect(['a', 'b']).toContain(one.pick(['a', 'b']));
  });
});
