import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import {
  formatContentDisposition,
  formatContentId,
  readContentDisposition,
  readContentId,
  readMimeVersion,
  readPreferences,
} from './content.ts';

const one = (name: string, value: string): HeaderList => new HeaderList({ [name]: value });

describe('headers about bodies, RFC 3261 §20, RFC 2392', () => {
  it.each([
    ['session', { type: 'session', handling: 'required' }],
    ['Session ; HANDLING=Optional', { type: 'session', handling: 'optional' }],
    ['render;filename="a;b"', { type: 'render', handling: 'required' }],
    ['', undefined],
    [';handling=optional', undefined],
    ['two words', undefined],
    ['session;', undefined],
  ])('Content-Disposition %j is %j', (text, disposition) => {
    const read = readContentDisposition(one('Content-Disposition', text));
    expect(read && { type: read.type, handling: read.handling }).toEqual(disposition);
  });

  it('Content-Disposition is written and read again', () => {
    const text = formatContentDisposition({ type: 'icon', handling: 'optional' }, { filename: 'a b' });
    expect(text).toBe('icon;handling=optional;filename="a b"');
    expect(readContentDisposition(one('Content-Disposition', text))?.parameters.get('filename')).toBe('a b');
    for (const bad of [{ type: 'a b' }, { type: 'a', handling: 'b;c' }, { type: '' }])
      expect(() => formatContentDisposition(bad)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });

  it.each([
    ['<a@b>', 'a@b'],
    ['a@b', undefined],
    ['<>', undefined],
    ['<a b>', undefined],
    ['<<a>>', undefined],
  ])('Content-ID %j is %s', (text, id) => {
    expect(readContentId(one('Content-ID', text))).toBe(id);
    if (id !== undefined) expect(formatContentId(id)).toBe(text);
  });

  it.each(['', 'a b', 'a>', 'a\r\nX:y', 'a\u0007'])('the Content-ID %j is not written', (id) => {
    expect(() => formatContentId(id)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });

  it.each([
    ['1.0', { major: 1, minor: 0 }],
    ['1', undefined],
    ['1.0 (x)', undefined],
    ['99999.0', undefined],
  ])('MIME-Version %j is %j', (text, version) => {
    expect(readMimeVersion(one('MIME-Version', text))).toEqual(version);
  });

  it('encodings and languages come in the order of what is wanted', () => {
    expect(readPreferences(one('Accept-Language', 'da;q=0.7, EN-gb, en;q=0.8, ;q=1, *;q=0'), 'Accept-Language')).toEqual([
      { value: 'en-gb', q: 1 },
      { value: 'en', q: 0.8 },
      { value: 'da', q: 0.7 },
      { value: '*', q: 0 },
    ]);
    expect(readPreferences(one('Accept-Encoding', ''), 'Accept-Encoding')).toEqual([]);
    expect(readPreferences(new HeaderList(), 'Accept-Encoding')).toBeUndefined();
  });
});
