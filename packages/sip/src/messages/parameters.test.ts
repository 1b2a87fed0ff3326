import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Parameters } from './parameters.ts';

describe('parameters', () => {
  it('are found without case, the first of a name counts, and quotes are off', () => {
    const parameters = new Parameters(';Tag=a ; q="x\\"y;z" ;lr;tag=b');
    expect([parameters.get('tag'), parameters.get('Q'), parameters.get('lr'), parameters.has('lr'), parameters.has('x')]).toEqual([
      'a',
      'x"y;z',
      undefined,
      true,
      false,
    ]);
    expect(parameters.toString()).toBe(';Tag=a ; q="x\\"y;z" ;lr;tag=b');
  });

  it('are changed one by one, the others as they came', () => {
    const parameters = new Parameters(';a="1";b;c=3;B=4');
    parameters.set('C', 'x y');
    parameters.set('d');
    expect(parameters.delete('b')).toBe(true);
    expect(parameters.delete('b')).toBe(false);
    expect(parameters.toString()).toBe(';a="1";c="x y";d');
  });

  it('of a URI are escaped, not quoted', () => {
    const parameters = new Parameters(';a%62=1', 'uri');
    parameters.set('x', 'a b;\u00e9%41%zz\r\n');
    expect(parameters.get('ab')).toBe('1');
    expect(parameters.toString()).toBe(';a%62=1;x=a%20b%3B%C3%A9%41%25zz%0D%0A');
  });

  it.each(['a b', '', 'a;b', 'a\r\n'])('cannot be named %j', (name) => {
    expect(() => new Parameters().set(name)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
    expect(() => new Parameters('', 'uri').set(name)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });

  it('give back what was set, and never end a line', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        const parameters = new Parameters();
        parameters.set('x', value);
        expect(new Parameters(parameters.toString()).get('x')).toBe(parameters.get('x'));
        expect(parameters.toString()).not.toMatch(/[\r\n\0]/);
      }),
    );
  });
});
