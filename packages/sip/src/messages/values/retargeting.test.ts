import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { parseUri } from '../uri.ts';
import { formatDiversion, formatHistoryEntry, readDiversions, readHistoryInfo } from './retargeting.ts';

const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });
const bob = { uri: parseUri('sip:bob@example.com')!, displayName: 'Bob' };

describe('History-Info, RFC 7044 §5', () => {
  it('entries come with index, origin, and the headers in their URIs', () => {
    const headers = new HeaderList({
      'History-Info': [
        '<sip:bob@example.com>;index=1, <sip:bob@192.0.2.4?Reason=SIP%3Bcause%3D302%3Btext%3D%22Moved%22&Privacy=history>;index=1.1;rc=1',
        '<sip:x',
        '"Carol" <sip:carol@example.com?Reason>;index=1..2;mp=1.x',
      ],
    });
    expect(
      readHistoryInfo(headers).map(({ address, privacy, ...rest }) => [address.uri.toString().split('?')[0], [...privacy], rest]),
    ).toEqual([
      ['sip:bob@example.com', [], { index: '1', target: undefined, reasons: [] }],
      [
        'sip:bob@192.0.2.4',
        ['history'],
        { index: '1.1', target: { kind: 'rc', index: '1' }, reasons: [{ protocol: 'SIP', cause: 302, text: 'Moved' }] },
      ],
      ['sip:carol@example.com', [], { index: undefined, target: undefined, reasons: [] }],
    ]);
  });

  it('an entry is written and read again', () => {
    const reason = { protocol: 'SIP', cause: 486, text: 'Busy, "here"' };
    const text = formatHistoryEntry(bob, { index: '1.2', target: { kind: 'mp', index: '1' }, reason, privacy: ['history'] });
    const [entry] = readHistoryInfo(new HeaderList({ 'History-Info': text }));
    expect(entry).toMatchObject({ index: '1.2', target: { kind: 'mp', index: '1' }, reasons: [reason], address: { displayName: 'Bob' } });
    expect([...(entry?.privacy ?? [])]).toEqual(['history']);
    expect(formatHistoryEntry(bob, { index: '1' })).toBe('"Bob" <sip:bob@example.com>;index=1');
  });

  it.each([
    ['no index', () => formatHistoryEntry(bob, { index: '' })],
    ['an origin that is no index', () => formatHistoryEntry(bob, { index: '1', target: { kind: 'rc', index: 'x' } })],
    [
      'a reason in a telephone URI',
      () => formatHistoryEntry({ uri: parseUri('tel:+12345')! }, { index: '1', reason: { protocol: 'SIP' } }),
    ],
    ['a reason of two lines', () => formatHistoryEntry(bob, { index: '1', reason: { protocol: 'SIP', text: 'a\r\nb' } })],
  ])('%s is not written', (_, write) => {
    expect(write).toThrow(refused);
  });
});

describe('Diversion, RFC 5806 §3', () => {
  it('diversions come with what is said of each', () => {
    const headers = new HeaderList({
      Diversion: ['"B" <sip:b@example.com>;reason=User-Busy;counter=2;limit=5;privacy=off;screen=yes, <tel:+12345>;counter=100', '<broken'],
    });
    expect(readDiversions(headers).map(({ address, ...rest }) => [String(address.uri), rest])).toEqual([
      ['sip:b@example.com', { reason: 'user-busy', counter: 2, limit: 5, privacy: 'off', screen: 'yes' }],
      ['tel:+12345', { reason: undefined, counter: undefined, limit: undefined, privacy: undefined, screen: undefined }],
    ]);
  });

  it('is written', () => {
    expect(formatDiversion(bob, { reason: 'no-answer', counter: 1 })).toBe('"Bob" <sip:bob@example.com>;reason=no-answer;counter=1');
    expect(formatDiversion(bob)).toBe('"Bob" <sip:bob@example.com>');
    for (const bad of [{ reason: 'a b' }, { counter: 100 }, { limit: -1 }]) expect(() => formatDiversion(bob, bad)).toThrow(refused);
  });
});
