import { describe, expect, it } from 'vitest';
import { defineCookie, OwnedCookies } from './cookies.ts';

interface Reported {
  readonly error: unknown;
  readonly cookie: string;
}

function jar(): { cookies: OwnedCookies; reported: Reported[] } {
  const reported: Reported[] = [];
  return { cookies: new OwnedCookies((error, cookie) => reported.push({ error, cookie })), reported };
}

describe('a jar of cookies', () => {
  it('keeps a value under the key it was put in with, whatever the name', () => {
    const { cookies } = jar();
    const [one, other] = [defineCookie<number>('same'), defineCookie<number>('same')];
    cookies.add(one, 1);
    expect(cookies.get(one)).toBe(1);
    expect(cookies.get(other)).toBeUndefined();
  });

  it('refuses a second under one key, and keeps the first (T-52)', () => {
    const { cookies } = jar();
    const destroyed: number[] = [];
    const key = defineCookie<number>('one', (value) => void destroyed.push(value));
    cookies.add(key, 1);
    expect(() => cookies.add(key, 2)).toThrow(expect.objectContaining({ code: 'SESSION_COOKIE_TAKEN', info: { cookie: 'one' } }));
    expect(cookies.get(key)).toBe(1);
    expect(destroyed).toEqual([]);
  });

  it('holds undefined as a value like any other', () => {
    const { cookies } = jar();
    const destroyed: unknown[] = [];
    const key = defineCookie<undefined>('nothing', (value) => void destroyed.push(value));
    cookies.add(key, undefined);
    expect(() => cookies.add(key, undefined)).toThrow(expect.objectContaining({ code: 'SESSION_COOKIE_TAKEN' }));
    expect(cookies.remove(key)).toBe(true);
    expect(destroyed).toEqual([undefined]);
  });

  it('destroys what is replaced and what is removed, once', () => {
    const { cookies } = jar();
    const destroyed: number[] = [];
    const key = defineCookie<number>('one', (value) => void destroyed.push(value));
    cookies.set(key, 1);
    cookies.set(key, 2);
    expect(destroyed).toEqual([1]);
    expect(cookies.remove(key)).toBe(true);
    expect(cookies.remove(key)).toBe(false);
    cookies.close();
    expect(destroyed).toEqual([1, 2]);
  });

  it('is closed last in first out, and one that throws skips none', () => {
    const { cookies, reported } = jar();
    const destroyed: string[] = [];
    const failure = new Error('broken');
    for (const name of ['first', 'second', 'third']) {
      const key = defineCookie<string>(name, (value) => {
        destroyed.push(value);
        if (name === 'second') throw failure;
      });
      cookies.set(key, name);
    }
    cookies.set(defineCookie<string>('plain'), 'has no destroy');
    cookies.close();
    expect(destroyed).toEqual(['third', 'second', 'first']);
    expect(reported).toEqual([{ error: failure, cookie: 'second' }]);
  });

  it('puts a value that is set again at the end of the row', () => {
    const { cookies } = jar();
    const destroyed: string[] = [];
    const [a, b] = ['a', 'b'].map((name) => defineCookie<string>(name, (value) => void destroyed.push(value)));
    cookies.set(a!, 'a1');
    cookies.set(b!, 'b1');
    cookies.set(a!, 'a2');
    cookies.close();
    expect(destroyed).toEqual(['a1', 'a2', 'b1']);
  });

  it('reports a destroy that rejects', async () => {
    const { cookies, reported } = jar();
    const failure = new Error('later');
    cookies.set(
      defineCookie<number>('slow', (() => Promise.reject(failure)) as () => void), // what the type of `destroy` lets through
      1,
    );
    cookies.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(reported).toEqual([{ error: failure, cookie: 'slow' }]);
  });

  it('lets a destroy look into it, which finds itself gone and the others there', () => {
    const { cookies } = jar();
    const below = defineCookie<string>('below');
    const seen: unknown[] = [];
    const key = defineCookie<string>('key', () => seen.push(cookies.get(key), cookies.get(below), cookies.remove(key)));
    cookies.set(below, 'there');
    cookies.set(key, 'gone');
    cookies.close();
    expect(seen).toEqual([undefined, 'there', false]);
  });

  it('takes nothing after its end, not from a destroy either', () => {
    const { cookies, reported } = jar();
    const late = defineCookie<number>('late');
    cookies.set(
      defineCookie<number>('key', () => cookies.set(late, 1)),
      1,
    );
    cookies.close();
    expect(reported).toMatchObject([{ error: { code: 'SESSION_ENDED' }, cookie: 'key' }]);
    for (const write of [() => cookies.set(late, 1), () => cookies.add(late, 1)]) {
      expect(write).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
    }
    expect(cookies.get(late)).toBeUndefined();
    expect(cookies.remove(late)).toBe(false);
    cookies.close();
  });
});
