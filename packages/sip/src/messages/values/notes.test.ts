import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { parseUri } from '../uri.ts';
import {
  formatInReplyTo,
  formatInfoReference,
  formatPriority,
  formatWarning,
  readInReplyTo,
  readInfoReferences,
  readPriority,
  readWarnings,
} from './notes.ts';

const one = (name: string, ...values: string[]): HeaderList => new HeaderList({ [name]: values });
const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('notes to whoever reads them, RFC 3261 §20', () => {
  it('Call-Info: URIs with their purpose; what is malformed is left out', () => {
    const headers = one(
      'Call-Info',
      '<http://www.example.com/a,b.jpg> ;purpose=Icon, http://bare.example.com',
      '<sip:a@b>;answer-after=0, <broken',
    );
    expect(
      readInfoReferences(headers, 'Call-Info').map(({ uri, purpose, parameters }) => [String(uri), purpose, parameters.toString()]),
    ).toEqual([
      ['http://www.example.com/a,b.jpg', 'icon', ' ;purpose=Icon'],
      ['sip:a@b', undefined, ';answer-after=0'],
    ]);
    expect(formatInfoReference(parseUri('http://example.com/')!, { purpose: 'card' })).toBe('<http://example.com/>;purpose=card');
    expect(() => formatInfoReference({ scheme: 'http', host: '', toString: () => 'http://a>\r\nX: y' })).toThrow(
      expect.objectContaining({ code: 'SIP_URI_SYNTAX' }),
    );
  });

  it.each([
    [
      '307 isi.edu "Session parameter \\"foo\\" not understood"',
      [{ code: 307, agent: 'isi.edu', text: 'Session parameter "foo" not understood' }],
    ],
    [
      '399 [2001:db8::1]:5060 "a, b", 370 x "c"',
      [
        { code: 399, agent: '[2001:db8::1]:5060', text: 'a, b' },
        { code: 370, agent: 'x', text: 'c' },
      ],
    ],
    ['99 x "a", 1000 x "b", 301 x c, 301  x "d", 301 "e", 301 x "open, 302 x "f"', []],
    ['302 y "fine", 30', [{ code: 302, agent: 'y', text: 'fine' }]],
  ])('Warning %j', (text, warnings) => {
    expect(readWarnings(one('Warning', text))).toEqual(warnings);
  });

  it('a Warning is written and read again', () => {
    const warning = { code: 399, agent: 'gw.example.com:5060', text: 'no "codec" \\ left' };
    expect(readWarnings(one('Warning', formatWarning(warning)))).toEqual([warning]);
    for (const bad of [{ code: 99 }, { code: 1000 }, { code: 399.5 }, { agent: 'a b' }, { agent: '' }, { text: 'a\r\nX: y' }])
      expect(() => formatWarning({ ...warning, ...bad })).toThrow(refused);
  });

  it('In-Reply-To is a list of Call-IDs', () => {
    expect(readInReplyTo(one('In-Reply-To', '70710@saturn.example.com, 17320@jupiter.example.com', 'a b, @x, c'))).toEqual([
      '70710@saturn.example.com',
      '17320@jupiter.example.com',
      'c',
    ]);
    expect(formatInReplyTo(['a@b', 'c'])).toBe('a@b, c');
    for (const bad of [[], ['a b'], ['a,b'], ['a@b@c'], ['a\r\n']]) expect(() => formatInReplyTo(bad)).toThrow(refused);
  });

  it.each([
    ['Emergency', 'emergency'],
    ['non-urgent', 'non-urgent'],
    ['two words', 'normal'],
    ['', 'normal'],
  ])('Priority %j is %s', (text, priority) => {
    expect(readPriority(one('Priority', text))).toBe(priority);
  });

  it('Priority is normal where nothing is said, and is written as a token', () => {
    expect(readPriority(new HeaderList())).toBe('normal');
    expect(formatPriority('urgent')).toBe('urgent');
    expect(() => formatPriority('very urgent')).toThrow(refused);
  });
});
