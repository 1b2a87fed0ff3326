import { describe, expect, it } from 'vitest';
import { SipUri, parseUri } from '../uri.ts';
import { formatUriHeaders, readUriHeaders } from './uri-headers.ts';

describe('headers of a URI, RFC 3261 §19.1.1', () => {
  it.each([
    [
      'sip:a@b?Reason=SIP%3Bcause%3D302&Subject=',
      [
        ['Reason', 'SIP;cause=302'],
        ['Subject', ''],
      ],
    ],
    ['sip:a@b', []],
    ['tel:+123456', []],
    ['sip:a@b?Subject', undefined],
    ['sip:a@b?a%20b=c', undefined],
    ['sip:a@b?Subject=x%0D%0AEvil:%20y', undefined],
    ['sip:a@b?=c', undefined],
    ['sip:a@b?Subject=a%00', undefined],
  ])('%s', (text, entries) => {
    const headers = readUriHeaders(parseUri(text)!);
    expect(headers && [...headers.entries()]).toEqual(entries);
  });

  it('are written, and read again as they were', () => {
    const init = { Replaces: 'a@b;to-tag=1;from-tag=2', Subject: ['x&y=z?', 'é "q"'] };
    const uri = (parseUri('sip:a@b') as SipUri).with({ headers: formatUriHeaders(init) });
    const headers = readUriHeaders(uri);
    expect([headers?.get('Replaces'), headers?.getAll('Subject')]).toEqual([init.Replaces, init.Subject]);
  });

  it.each([{}, { 'a b': 'c' }, { a: 'b\r\nc' }])('%j is not written', (init) => {
    expect(() => formatUriHeaders(init)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });
});
