import { describe, expect, it } from 'vitest';
import { formatNameAddr, parseNameAddr, parseNameAddrList } from './name-addr.ts';
import { parseUri } from './uri.ts';

describe('name-addr, RFC 3261 §20.10', () => {
  it.each<[text: string, name: string | undefined, uri: string, parameters: Record<string, string | undefined>]>([
    ['"A. G. Bell" <sip:agb@bell.com> ;tag=a48s', 'A. G. Bell', 'sip:agb@bell.com', { tag: 'a48s' }],
    ['sip:+12125551212@server.com;tag=887s', undefined, 'sip:+12125551212@server.com', { tag: '887s' }],
    ['Anonymous <sip:c8oqz84zk7z@privacy.org>;TAG = hyh8', 'Anonymous', 'sip:c8oqz84zk7z@privacy.org', { TAG: 'hyh8' }],
    ['caller<sip:a@b.c>', 'caller', 'sip:a@b.c', {}],
    ['<sip:a@b.c;x=1>;y="q;>\\"";z', undefined, 'sip:a@b.c;x=1', { y: 'q;>"', z: undefined }],
    ['"a \\"b\\\\ <c>" <sip:a@b.c>', 'a "b\\ <c>', 'sip:a@b.c', {}],
    ['Jos\u00e9 \u6f22 <sip:a@b.c>', 'Jos\u00e9 \u6f22', 'sip:a@b.c', {}],
    ['""<sip:a@b.c>', '', 'sip:a@b.c', {}],
    ['<tel:+1-201>', undefined, 'tel:+1-201', {}],
    ['<sip:a@b.c>;+sip.instance="<urn:uuid:1>"', undefined, 'sip:a@b.c', { '+sip.instance': '<urn:uuid:1>' }],
  ])('reads %s', (text, name, uri, parameters) => {
    const party = parseNameAddr(text);
    expect(party?.displayName).toBe(name);
    expect(party?.uri.toString()).toBe(uri);
    expect(Object.fromEntries(party!.parameters.entries())).toEqual(parameters);
    expect(party?.toString()).toBe(text);
    expect(party?.tag).toBe(parameters['tag'] ?? parameters['TAG']);
  });

  it.each([
    '',
    'Bell, Alexander <sip:a@b.c>',
    '"Mr. J. User <sip:j@b.c>',
    '"x" sip:a@b.c',
    '< sip:a@b.c >',
    '<sip:a@b.c',
    '<sip:a@b.c> x',
    '<sip:a@b.c>;',
    '<sip:a@b.c>;;a',
    '<sip:a@b.c>;a=',
    '<sip:a@b.c>;tag',
    '<sip:a@b.c>;tag="x"',
    '<sip:a@b.c>;tag=a@b',
    'sip:a@b.c?x=y',
    '<sip:a@b.c>, <sip:a@b.c>',
    '*',
  ])('does not take %j', (text) => {
    expect(parseNameAddr(text)).toBeUndefined();
  });

  it('makes control characters of a display name visible ones (T-08)', () => {
    const party = parseNameAddr('"a\rb\nc\0d\u001be\u0085" <sip:a@b.c>;x="\u0007"');
    expect(party?.displayName).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\ufffd');
    expect(party?.parameters.get('x')).toBe('\ufffd');
    expect(party?.toString()).toBe('"a\ufffdb\ufffdc\ufffdd\ufffde\ufffd" <sip:a@b.c>;x="\ufffd"');
  });

  it('reads lists over several fields, in order', () => {
    const parties = parseNameAddrList(['<sip:a@b.c;lr>, "x, y" <sip:d@e.f>;q=0.5', 'sip:g@h.i']);
    expect(parties?.map((party) => party.toString())).toEqual(['<sip:a@b.c;lr>', '"x, y" <sip:d@e.f>;q=0.5', 'sip:g@h.i']);
    expect(parseNameAddrList(['<sip:a@b.c>,'])).toBeUndefined();
    expect(parseNameAddrList(['<sip:a@b.c>', '*'])).toBeUndefined();
    expect(parseNameAddrList([])).toEqual([]);
  });
});

describe('formatNameAddr', () => {
  const uri = parseUri('sip:a@b.c')!;

  it('quotes the name, and adds the tag', () => {
    expect(formatNameAddr({ uri })).toBe('<sip:a@b.c>');
    expect(formatNameAddr({ uri, displayName: 'A "B" \\' }, 'x1')).toBe('"A \\"B\\" \\\\" <sip:a@b.c>;tag=x1');
  });

  it('lets nothing out of its line (T-42)', () => {
    expect(formatNameAddr({ uri, displayName: 'a\r\nX: y\0' })).toBe('"a\ufffd\ufffdX: y\ufffd" <sip:a@b.c>');
    expect(() => formatNameAddr({ uri }, 'a\r\nX: y')).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
    const foreign = { scheme: 'sip', host: 'x', toString: () => 'sip:x>\r\nX: y' };
    expect(() => formatNameAddr({ uri: foreign })).toThrow(expect.objectContaining({ code: 'SIP_URI_SYNTAX' }));
  });
});
