import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderList } from '../messages/headers.ts';
import { AuthValue, fullAuthLimits, parseAuthInfo, parseAuthValues, readAuthValues } from './challenge.ts';

const simple = (values: readonly AuthValue[] | undefined): unknown =>
  values?.map(({ scheme, parameters, token68 }) => [
    scheme,
    ...parameters.map(({ name, value }) => `${name}=${value}`),
    ...(token68 ? [token68] : []),
  ]);

describe('values of WWW-Authenticate and its kin', () => {
  it.each<{ text: string; what: unknown; because: string }>([
    { text: 'Digest realm="a", nonce="b"', what: [['Digest', 'realm=a', 'nonce=b']], because: 'the plain case' },
    { text: '  digest\trealm = "a" ,\tstale=TRUE', what: [['digest', 'realm=a', 'stale=TRUE']], because: 'white space is free' },
    { text: 'Digest realm="a,b=\\"c\\\\"', what: [['Digest', 'realm=a,b="c\\']], because: 'escapes and separators inside quotes' },
    { text: 'Digest realm=""', what: [['Digest', 'realm=']], because: 'an empty quoted value' },
    { text: 'Digest realm="a", x-own=1, Other="2"', what: [['Digest', 'realm=a', 'x-own=1', 'Other=2']], because: 'unknown ones are kept' },
    {
      text: 'Digest uri=sip:b@example.com:5060, qop=auth',
      what: [['Digest', 'uri=sip:b@example.com:5060', 'qop=auth']],
      because: 'some leave the quotes out',
    },
    { text: "Digest username*=UTF-8''J%C3%A4s", what: [['Digest', "username*=UTF-8''J%C3%A4s"]], because: 'an extended value is a token' },
    {
      text: 'Digest realm="a", nonce="b", Digest realm="c", nonce="d"',
      what: [
        ['Digest', 'realm=a', 'nonce=b'],
        ['Digest', 'realm=c', 'nonce=d'],
      ],
      because: 'two in one field',
    },
    {
      text: ', Negotiate, Basic dXNlcjpwYXNz==, NTLM, Digest realm="c" ,, ',
      what: [['Negotiate'], ['Basic', 'dXNlcjpwYXNz=='], ['NTLM'], ['Digest', 'realm=c']],
      because: 'schemes without parameters, tokens in their place, empty elements',
    },
    { text: '', what: undefined, because: 'there is nothing' },
    { text: ' , ', what: undefined, because: 'there is nothing either' },
    { text: 'Digest realm="a', what: undefined, because: 'the quote is open' },
    { text: 'Digest realm="a\\"', what: undefined, because: 'the quote is open behind an escape' },
    { text: 'Digest realm="a" nonce="b"', what: undefined, because: 'the comma is missing' },
    { text: 'Digest realm="a", realm="b"', what: undefined, because: 'a name comes twice' },
    { text: 'Digest realm="a", REALM="b"', what: undefined, because: 'a name comes twice in other letters' },
    { text: 'Digest realm="a", nonce=', what: undefined, because: 'a value is missing' },
    { text: 'Digest ="a"', what: undefined, because: 'a name is missing' },
    { text: 'Digest realm="a", {}', what: undefined, because: 'braces are no name' },
    { text: 'Digest/1 realm="a"', what: undefined, because: 'no scheme has a slash' },
    { text: '"Digest" realm="a"', what: undefined, because: 'a scheme is a token' },
    { text: 'Digest realm="a\u0007b"', what: undefined, because: 'a control character would reach logs and headers' },
  ])('$text: $because', ({ text, what }) => {
    expect(simple(parseAuthValues(text))).toEqual(what);
  });

  it('are found by lower-case names', () => {
    const [value] = parseAuthValues('DIGEST Realm="a", QOP="auth"')!;
    expect([value!.isDigest, value!.get('realm'), value!.get('qop'), value!.get('nonce')]).toEqual([true, 'a', 'auth', undefined]);
  });

  it('come from several fields as well, and malformed fields are left out', () => {
    const headers = new HeaderList({ 'WWW-Authenticate': ['Digest realm="1"', 'Digest realm="', 'Basic realm="2", Digest realm="3"'] });
    expect(readAuthValues(headers, 'WWW-Authenticate').map((value) => value.get('realm'))).toEqual(['1', '2', '3']);
    expect(readAuthValues(headers, 'Proxy-Authenticate')).toEqual([]);
  });

  it('are bounded: the field, the values, the parameters', () => {
    const limits = fullAuthLimits({ maxFieldLength: 100, maxValues: 2, maxParameters: 3 });
    expect(parseAuthValues(`Digest a="${'x'.repeat(89)}"`, limits)).toHaveLength(1);
    expect(parseAuthValues(`Digest a="${'x'.repeat(90)}"`, limits)).toBeUndefined();
    expect(parseAuthValues('A a=1, B a=1', limits)).toHaveLength(2);
    expect(parseAuthValues('A a=1, B a=1, C a=1', limits)).toBeUndefined();
    expect(parseAuthValues('A a=1, b=2, c=3', limits)).toHaveLength(1);
    expect(parseAuthValues('A a=1, b=2, c=3, d=4', limits)).toBeUndefined();
    expect(parseAuthInfo(`a="${'x'.repeat(97)}"`, limits)).toBeUndefined();
    const many = new HeaderList({ Authorization: Array.from({ length: 9 }, () => 'A a=1') });
    expect(readAuthValues(many, 'Authorization', limits)).toHaveLength(2);
    expect(() => fullAuthLimits({ maxValues: 0 })).toThrow(expect.objectContaining({ code: 'SIP_OPTION' }));
  });

  it('of Authentication-Info have no scheme', () => {
    const info = parseAuthInfo('nextnonce="a", qop=auth , nc=00000001')!;
    expect([info.get('nextnonce'), info.get('qop'), info.get('nc')]).toEqual(['a', 'auth', '00000001']);
    for (const text of ['', 'Digest a=1', 'a', 'a=1, b']) expect(parseAuthInfo(text)).toBeUndefined();
  });
});

const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,12}$/);
// oxlint-disable-next-line no-control-regex -- what cannot be in a quoted string
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((one) => !/[\u0000-\u001f\u007f-\u009f]/.test(one));
const parameters = fc.uniqueArray(
  fc.oneof(
    fc.record({ name: token, value: text, quoted: fc.constant(true) }),
    fc.record({ name: token, value: token, quoted: fc.constant(false) }),
  ),
  { minLength: 1, maxLength: 8, selector: ({ name }) => name.toLowerCase() },
);
const value = fc.tuple(token, parameters).map(([scheme, list]) => new AuthValue(scheme, list));

describe('parsing and writing', () => {
  it('give back what was put in, one value or several in a field', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), (values) => {
        expect(parseAuthValues(values.join(', '))).toEqual(values);
      }),
    );
  });

  it('agree on whatever can be read at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('Digest realm=",\\ab;:/=\t*x')) }), (field) => {
        const values = parseAuthValues(field);
        if (values !== undefined) expect(simple(parseAuthValues(values.join(', ')))).toEqual(simple(values));
      }),
      { numRuns: 2000 },
    );
  });

  it('never throw on 20000 random fields, and end soon', () => {
    let read = 0;
    const alphabet = [...Array.from('Digest realm="nonce", ab=\\\t'), 'Digest ', 'realm="', '", ', '\u0000', '\u00e9', '\u{1f600}'];
    const field = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 400 }),
    );
    fc.assert(
      fc.property(field, (one) => {
        if (parseAuthValues(one) !== undefined) read += 1;
        parseAuthInfo(one);
      }),
      { numRuns: 20_000 },
    );
    expect(read).toBeGreaterThan(100);
  }, 30_000);
});
