import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { NonceMint, NonceUses } from './nonce.ts';

const LIFETIME = 1000;

function mint(options: { readonly secret?: string; readonly seed?: number; readonly clock?: ManualClock } = {}): NonceMint {
  const { secret = 'a secret of the server', seed = 1, clock = new ManualClock() } = options;
  return new NonceMint({ clock, random: new SeededRandom(seed), secret, lifetimeMs: LIFETIME });
}

describe('nonces', () => {
  it('are known again by who shares the secret, for whom they were made, and tell when that was', async () => {
    const clock = new ManualClock();
    await clock.advance(1_234_567);
    const nonce = mint({ clock }).make('192.0.2.7 a');
    expect(mint({ clock, seed: 2 }).issued(nonce, '192.0.2.7 a')).toBe(clock.now());
    expect(mint({ clock }).issued(nonce, '192.0.2.8 a')).toBeUndefined();
    expect(mint({ clock }).issued(nonce, '192.0.2.7 b')).toBeUndefined();
    expect(mint({ clock, secret: 'another secret of it' }).issued(nonce, '192.0.2.7 a')).toBeUndefined();
  });

  it('are all different, and of one length', () => {
    const one = mint();
    const nonces = Array.from({ length: 1000 }, () => one.make('a'));
    expect(new Set(nonces).size).toBe(1000);
    expect(new Set(nonces.map((nonce) => nonce.length))).toEqual(new Set([40]));
  });

  it('grow old, and are not taken from the future', async () => {
    const clock = new ManualClock();
    const one = mint({ clock });
    const nonce = one.make('a');
    await clock.advance(LIFETIME - 1);
    expect(one.issued(nonce, 'a')).toBeDefined();
    await clock.advance(1);
    expect(one.issued(nonce, 'a')).toBeUndefined();
    expect(mint({ clock: new ManualClock() }).issued(one.make('a'), 'a')).toBeUndefined();
  });

  it('have no other spelling, and no bit of one can be changed', () => {
    const one = mint();
    const nonce = one.make('a');
    for (let at = 0; at < nonce.length; at += 1) {
      const other = nonce[at] === 'A' ? 'B' : 'A';
      expect(one.issued(nonce.slice(0, at) + other + nonce.slice(at + 1), 'a')).toBeUndefined();
    }
    for (const bad of ['', nonce.slice(1), `${nonce}A`, `${nonce.slice(0, 39)}=`, '\u{1f600}'.repeat(20), '+'.repeat(40)])
      expect(one.issued(bad, 'a')).toBeUndefined();
  });
});

describe('uses of a nonce', () => {
  const uses = (limit = 100, window = 32): NonceUses => new NonceUses(limit, window, LIFETIME);

  it.each<{ counts: number[]; taken: boolean[]; window?: number; because: string }>([
    { counts: [1, 2, 3, 3, 2, 1], taken: [true, true, true, false, false, false], because: 'each counts once' },
    { counts: [1, 3, 2, 2], taken: [true, true, true, false], because: 'datagrams overtake one another' },
    { counts: [1, 3, 2], taken: [true, true, false], window: 1, because: 'a window of one wants it to rise' },
    { counts: [40, 9, 8, 9], taken: [true, true, false, false], because: 'the window is 32 wide' },
    { counts: [5, 4, 3], taken: [true, true, false], window: 2, because: 'this one is two wide' },
    { counts: [1, 33, 1, 2, 65, 33, 34, 64], taken: [true, true, false, true, true, false, true, true], because: 'the window moves' },
    { counts: [0xfffffffe, 0xffffffff, 1], taken: [true, true, false], because: 'counts have 32 bits' },
  ])('$counts: $because', ({ counts, taken, window }) => {
    const table = uses(100, window);
    expect(counts.map((count) => table.use('n', 0, count, 'c', 0))).toEqual(taken);
  });

  it('without a count are one, before or after those with', () => {
    const table = uses();
    expect([undefined, undefined, 1, 2].map((count) => table.use('a', 0, count, '', 0))).toEqual([true, false, false, false]);
    expect([1, undefined, 2].map((count) => table.use('b', 0, count, '', 0))).toEqual([true, false, true]);
  });

  it('that are forgotten are not taken again, however many nonces there are', () => {
    const table = uses(10);
    for (let at = 0; at < 1000; at += 1) {
      expect(table.use(`n${at}`, at, 1, 'c', 0)).toBe(true);
      expect(table.size).toBeLessThanOrEqual(20);
    }
    for (let at = 0; at < 1000; at += 1) expect(table.use(`n${at}`, at, 1, 'c', 0)).toBe(false);
    expect(table.use('one made before, and not used yet', 5, 1, 'c', 0)).toBe(false);
    expect(table.use('a new one', 1000, 1, 'c', 0)).toBe(true);
  });

  it('keep a nonce that goes on being used', () => {
    const table = uses(10);
    for (let at = 0; at < 500; at += 1) {
      expect(table.use('mine', 0, at + 1, 'first', 0)).toBe(true);
      table.use(`n${at}`, at, 1, 'c', 0);
    }
    expect(table.firstCnonce('mine')).toBe('first');
    expect(table.firstCnonce('n0')).toBeUndefined();
  });

  it('of nonces that have grown old are dropped with time', () => {
    const table = uses(1000);
    for (let at = 0; at < 100; at += 1) table.use(`n${at}`, LIFETIME, 1, 'c', LIFETIME);
    table.use('a', 2 * LIFETIME, 1, 'c', 2 * LIFETIME);
    expect(table.size).toBe(101);
    table.use('b', 3 * LIFETIME, 1, 'c', 3 * LIFETIME);
    expect(table.size).toBe(2);
    expect(table.use('n0', LIFETIME, 1, 'c', 3 * LIFETIME)).toBe(false);
  });
});
