import { describe, expectTypeOf, it } from 'vitest';
import { defineCookie, type CookieJar, type CookieKey } from './cookies.ts';

declare const jar: CookieJar;
const count = defineCookie<number>('count');
const text = defineCookie('text', (value: string) => void value);

describe('a cookie key', () => {
  it('carries the type of what lies under it', () => {
    expectTypeOf(count).toEqualTypeOf<CookieKey<number>>();
    expectTypeOf(text).toEqualTypeOf<CookieKey<string>>();
    expectTypeOf(jar.get(count)).toEqualTypeOf<number | undefined>();
    expectTypeOf(jar.get(text)).toEqualTypeOf<string | undefined>();
  });

  it('takes that type and no other', () => {
    jar.set(count, 1);
    jar.add(text, 'one');
    // @ts-expect-error a string is no number
    jar.set(count, 'one');
    // @ts-expect-error the key decides, not the value
    jar.add(text, 1);
  });

  it('is not one that somebody wrote by hand, nor one of another type', () => {
    // @ts-expect-error only defineCookie makes keys
    jar.get({ name: 'count' });
    // @ts-expect-error keys of different types are different
    const other: CookieKey<string> = count;
    expectTypeOf(other).toEqualTypeOf<CookieKey<string>>();
  });

  it('has a destroy for its own type', () => {
    // @ts-expect-error the value is a number
    defineCookie<number>('wrong', (value: string) => void value);
  });
});
