import { describe, expect, it } from 'vitest';
import { HeaderList } from './headers.ts';
import {
  readAccept,
  readContentType,
  readDate,
  readInteger,
  readList,
  readParameterised,
  readParameterisedList,
  readQ,
  readRAck,
  readRetryAfter,
  readSeconds,
  readTimestamp,
  readTokens,
} from './typed-headers.ts';

const one = (name: string, value: string): HeaderList => new HeaderList({ [name]: value });

describe('typed readers, RFC 3261 §20', () => {
  it('read lists over fields, commas and empty elements', () => {
    const headers = new HeaderList({ Supported: ['100rel, timer,', ' ,replaces', 'no token'], Allow: '' });
    expect(readTokens(headers, 'k')).toEqual(['100rel', 'timer', 'replaces']);
    expect(readTokens(headers, 'Allow')).toEqual([]);
    expect(readTokens(headers, 'Require')).toEqual([]);
    expect(readList(one('Alert-Info', '<http://a/b,c>;x="d,e", <f:g>'), 'Alert-Info')).toEqual(['<http://a/b,c>;x="d,e"', '<f:g>']);
  });

  it.each([
    ['0', 0],
    ['0068', 68],
    ['4294967295', 4294967295],
    ['4294967296', undefined],
    ['99999999999999999999999999', undefined],
    ['-1', undefined],
    ['1 2', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('read the number %j as %s', (text, value) => {
    expect(readInteger(one('Expires', text), 'expires')).toBe(value);
  });

  it('read numbers within a given range, and none where there is no header', () => {
    expect([
      readInteger(one('RSeq', '11'), 'RSeq', 10),
      readInteger(one('RSeq', '10'), 'RSeq', 10),
      readInteger(new HeaderList(), 'RSeq'),
    ]).toEqual([undefined, 10, undefined]);
  });

  it('read values with parameters', () => {
    const expires = readParameterised(one('x', '1800 ; refresher=uac'), 'Session-Expires');
    expect([expires?.value, expires?.parameters.get('refresher')]).toEqual(['1800', 'uac']);
    expect(readParameterised(one('Event', ';a'), 'Event')).toBeUndefined();
    expect(readParameterised(one('Event', 'dialog;'), 'Event')).toBeUndefined();
    const reasons = readParameterisedList(new HeaderList({ Reason: ['Q.850;cause=16;text="a, b", x;', 'SIP ;cause=200'] }), 'Reason');
    expect(reasons.map(({ value, parameters }) => [value, parameters.get('cause'), parameters.get('text')])).toEqual([
      ['Q.850', '16', 'a, b'],
      ['SIP', '200', undefined],
    ]);
  });

  it('read media types', () => {
    const type = readContentType(one('c', 'Multipart / Mixed ; boundary="a b"'));
    expect([type?.type, type?.parameters.get('boundary')]).toEqual(['multipart/mixed', 'a b']);
    for (const text of ['text', 'text/', '/plain', 'text/plain x', 'text/plain;', ''])
      expect(readContentType(one('c', text))).toBeUndefined();
    const accept = readAccept(one('Accept', 'text/*;q=0.2, application/sdp;level=1, x/y;q=0.50, */*;q=2'));
    expect(accept?.map(({ type: media, q }) => [media, q])).toEqual([
      ['application/sdp', 1],
      ['*/*', 1],
      ['x/y', 0.5],
      ['text/*', 0.2],
    ]);
    expect(readAccept(new HeaderList())).toBeUndefined();
    expect(readAccept(one('Accept', ''))).toEqual([]);
  });

  it('read q and seconds of a parameter list', () => {
    const parameters = readParameterised(one('X', 'a;q=0.33;expires=60;far=4294967296'), 'X')!.parameters;
    expect([
      readQ(parameters),
      readSeconds(parameters, 'expires'),
      readSeconds(parameters, 'far'),
      readSeconds(parameters, 'none'),
    ]).toEqual([0.33, 60, undefined, undefined]);
  });

  it.each([
    ['18000;duration=3600', { seconds: 18000, duration: 3600 }],
    ["120 (I'm (in) a meeting \\) )", { seconds: 120, duration: undefined }],
    ['120 (open', undefined],
    ['4294967296', undefined],
    ['soon', undefined],
    ['5 x', undefined],
  ])('read Retry-After %j', (text, value) => {
    expect(readRetryAfter(one('Retry-After', text))).toEqual(value);
  });

  it.each([
    ['Sat, 13 Nov 2010 23:29:00 GMT', Date.UTC(2010, 10, 13, 23, 29)],
    ['Fri, 01 Jan 2010 16:00:00 EST', undefined],
    ['Sat, 13 Nov 2010 25:29:00 GMT', undefined],
    ['Sat, 13 Foo 2010 23:29:00 GMT', undefined],
  ])('read Date %j', (text, value) => {
    expect(readDate(one('Date', text))).toBe(value);
  });

  it('read Timestamp and RAck', () => {
    expect(readTimestamp(one('Timestamp', '54.21 0.5'))).toEqual({ seconds: 54.21, delay: 0.5 });
    expect(readTimestamp(one('Timestamp', '54'))).toEqual({ seconds: 54, delay: undefined });
    expect(readTimestamp(one('Timestamp', '-54'))).toBeUndefined();
    expect(readRAck(one('RAck', '776656 1 INVITE'))).toEqual({ response: 776656, sequence: 1, method: 'INVITE' });
    for (const text of ['776656 1', '4294967296 1 INVITE', '1 2147483648 INVITE', '1 1 IN VITE', ''])
      expect(readRAck(one('RAck', text))).toBeUndefined();
  });
});
