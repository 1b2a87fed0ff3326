import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { parseUri } from '../uri.ts';
import { formatPrivacy, formatRemotePartyId, readPrivacy, readRemotePartyId } from './privacy.ts';

const refused = expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' });

describe('Privacy, RFC 3323 §4.2', () => {
  it.each([
    [['id;critical'], ['id', 'critical']],
    [
      ['Header ; User', 'session,history'],
      ['header', 'user', 'session', 'history'],
    ],
    [[''], []],
    [[], []],
  ])('%j is %j', (values, words) => {
    expect([...readPrivacy(new HeaderList({ Privacy: values }))]).toEqual(words);
  });

  it('is written with semicolons, and "none" alone', () => {
    expect(formatPrivacy(['id', 'critical'])).toBe('id;critical');
    expect(formatPrivacy(new Set(['none']))).toBe('none');
    for (const bad of [[], ['a b'], ['id', 'None'], ['id\r\nX: y']]) expect(() => formatPrivacy(bad)).toThrow(refused);
  });
});

describe('Remote-Party-ID', () => {
  it('is read with what it says of the party', () => {
    const headers = new HeaderList({
      'Remote-Party-ID': [
        '"Ada" <sip:ada@example.com>;party=Calling;id-type=subscriber;privacy=full;privacy=name-network;screen=yes',
        '<broken',
        'sip:b@c',
      ],
    });
    expect(readRemotePartyId(headers).map(({ address, ...rest }) => [address.displayName, String(address.uri), rest])).toEqual([
      ['Ada', 'sip:ada@example.com', { party: 'calling', idType: 'subscriber', privacy: ['full', 'name-network'], screened: true }],
      [undefined, 'sip:b@c', { party: undefined, idType: undefined, privacy: [], screened: false }],
    ]);
  });

  it('is written', () => {
    const address = { uri: parseUri('sip:a@b')!, displayName: 'A' };
    expect(formatRemotePartyId(address, { party: 'called', privacy: 'off', screened: false })).toBe(
      '"A" <sip:a@b>;party=called;privacy=off;screen=no',
    );
    expect(formatRemotePartyId(address)).toBe('"A" <sip:a@b>');
    expect(() => formatRemotePartyId(address, { party: 'a b' })).toThrow(refused);
  });
});
