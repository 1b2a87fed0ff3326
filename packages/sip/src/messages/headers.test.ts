import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderList } from './headers.ts';
import { canonicalName } from './names.ts';

const sip = { code: 'SIP_HEADER_SYNTAX' };

describe('a header list, RFC 3261 §7.3', () => {
  it('finds names without case and by compact form', () => {
    const headers = new HeaderList({ Via: ['SIP/2.0/UDP a', 'SIP/2.0/UDP b'], s: 'hello', 'X-Own': '1' });
    expect([headers.get('v'), headers.get('SUBJECT'), headers.get('x-OWN'), headers.get('x-other')]).toEqual([
      'SIP/2.0/UDP a',
      'hello',
      '1',
      undefined,
    ]);
    expect(headers.getAll('VIA')).toEqual(['SIP/2.0/UDP a', 'SIP/2.0/UDP b']);
    expect(headers.getAll('Route')).toEqual([]);
    expect([headers.has('V'), headers.has('x-own'), headers.has('Own')]).toEqual([true, true, false]);
    expect([...headers.names()]).toEqual(['Via', 'Subject', 'X-Own']);
  });

  it('sets in place, adds at the end, puts before its kind', () => {
    const headers = new HeaderList({ Aa: ['1', '2'], Bb: '3' });
    headers.set('aa', '4');
    headers.add('AA', '5');
    headers.prepend('bb', '0');
    headers.prepend('Via', 'top');
    headers.set('Cc', '6');
    expect([...headers.entries()]).toEqual([
      ['Via', 'top'],
      ['aa', '4'],
      ['bb', '0'],
      ['Bb', '3'],
      ['AA', '5'],
      ['Cc', '6'],
    ]);
    expect([headers.delete('bB'), headers.delete('bB'), headers.size]).toEqual([true, false, 4]);
  });

  it('copies fields between lists, and clones without sharing changes', () => {
    const from = new HeaderList({ Via: ['a', 'b'], 'X-Own': 'c', To: 'd' });
    const to = new HeaderList({ To: 'e' });
    to.copyFrom(from, 'v');
    to.copyFrom(from, 'x-own');
    to.copyFrom(from, 'Route');
    const copy = to.clone();
    copy.set('Via', 'z');
    expect([...to.entries()].map(([, value]) => value)).toEqual(['e', 'a', 'b', 'c']);
    expect([...copy.entries()].map(([, value]) => value)).toEqual(['e', 'z', 'c']);
  });

  it.each(['set', 'add', 'prepend'] as const)('%s takes neither a name that is none nor a value that leaves its line (T-42)', (verb) => {
    const headers = new HeaderList();
    for (const name of ['', 'a b', 'a:', 'a\r\nX', 'caf\u00e9'])
      expect(() => headers[verb](name, 'x')).toThrow(expect.objectContaining(sip));
    for (const value of ['a\r\nX: y', 'a\n', '\r', 'a\0'])
      expect(() => headers[verb]('Subject', value)).toThrow(expect.objectContaining(sip));
    expect(headers.size).toBe(0);
    expect(() => new HeaderList({ Subject: ['a', 'b\n'] })).toThrow(expect.objectContaining(sip));
  });

  it('keeps any other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/[\r\n\0]/.test(text));
        const headers = new HeaderList();
        headers.set('X', text);
        expect(headers.get('x')).toBe(text);
      }),
    );
  });
});

describe('canonicalName', () => {
  it.each([
    ['f', 'From'],
    ['CALL-ID', 'Call-ID'],
    ['www-authenticate', 'WWW-Authenticate'],
    ['k', 'Supported'],
    ['cseq', 'CSeq'],
    ['x', 'Session-Expires'],
    ['X-Thing', 'X-Thing'],
    ['Call_ID', 'Call_ID'],
    ['z', 'z'],
    ['~', '~'],
  ])('of %s is %s', (name, canonical) => {
    expect(canonicalName(name)).toBe(canonical);
  });
});
