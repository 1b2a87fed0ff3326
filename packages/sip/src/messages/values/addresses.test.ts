import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { parseUri } from '../uri.ts';
import { formatAddress, readAddress, readAddresses, readAssertedIdentity, readContact, readPreferredIdentity } from './addresses.ts';

const texts = (list: readonly { toString(): string }[] | '*' | undefined): unknown => (Array.isArray(list) ? list.map(String) : list);

describe('headers that are addresses, RFC 3261 §20, RFC 3325, RFC 3327, RFC 3608', () => {
  it.each([
    [['"Bob" <sip:bob@example.com>;x=1'], 'sip:bob@example.com'],
    [['sip:bob@example.com;x=1'], 'sip:bob@example.com'],
    [['<tel:+441632960083>'], 'tel:+441632960083'],
    [['<sip:a@b>', '<sip:c@d>'], undefined],
    [['<sip:a@b>, <sip:c@d>'], undefined],
    [['nobody'], undefined],
    [[], undefined],
  ])('Reply-To %j is %s', (values, uri) => {
    expect(readAddress(new HeaderList({ 'Reply-To': values }), 'Reply-To')?.uri.toString()).toBe(uri);
  });

  it('a list of routes is read whole or not at all', () => {
    const path = new HeaderList({ Path: ['<sip:p1@example.net;lr;ob>, <sip:p2.example.net;lr>', '<sip:p3.example.net;lr>;x'] });
    expect(texts(readAddresses(path, 'Path'))).toEqual([
      '<sip:p1@example.net;lr;ob>',
      '<sip:p2.example.net;lr>',
      '<sip:p3.example.net;lr>;x',
    ]);
    expect(readAddresses(new HeaderList({ 'Service-Route': ['<sip:a;lr>', '<sip:b'] }), 'Service-Route')).toBeUndefined();
    expect(readAddresses(new HeaderList(), 'Service-Route')).toEqual([]);
  });

  it.each([
    [['*'], '*'],
    [
      ['<sip:a@b>;expires=60', 'sip:c@d'],
      ['<sip:a@b>;expires=60', 'sip:c@d'],
    ],
    [['*', '<sip:a@b>'], undefined],
    [[], undefined],
  ])('Contact %j is %j', (values, contact) => {
    expect(texts(readContact(new HeaderList({ m: values })))).toEqual(contact);
  });

  it('an asserted or preferred identity that is malformed is left out, the others are not', () => {
    const values = ['"Ada" <sip:ada@example.com>, <tel:+441632960083>', '<sip:broken', 'sip:b@example.com'];
    const headers = new HeaderList({ 'P-Asserted-Identity': values, 'P-Preferred-Identity': values[0]! });
    expect(readAssertedIdentity(headers).map(({ uri }) => uri.toString())).toEqual([
      'sip:ada@example.com',
      'tel:+441632960083',
      'sip:b@example.com',
    ]);
    expect(readPreferredIdentity(headers)).toHaveLength(2);
  });

  it('an address is written with what it wants quoted, and read again', () => {
    const text = formatAddress(
      { uri: parseUri('sip:a@b;lr')!, displayName: 'A "B"' },
      { x: 'y z', 'reg-id': '1', ob: true, none: undefined },
    );
    expect(text).toBe('"A \\"B\\"" <sip:a@b;lr>;x="y z";reg-id=1;ob');
    expect(readAddress(new HeaderList({ 'Reply-To': text }), 'reply-to')?.displayName).toBe('A "B"');
  });

  it.each([
    ['a name of two lines', () => formatAddress({ uri: parseUri('sip:a@b')!, displayName: 'a\r\nX: y' }), 'SIP_HEADER_SYNTAX'],
    ['a parameter of two lines', () => formatAddress({ uri: parseUri('sip:a@b')! }, { x: 'a\nb' }), 'SIP_HEADER_SYNTAX'],
    ['a parameter name that is none', () => formatAddress({ uri: parseUri('sip:a@b')! }, { 'x y': true }), 'SIP_HEADER_SYNTAX'],
    ['a URI of two lines', () => formatAddress({ uri: { scheme: 'sip', host: 'b', toString: () => 'sip:b\r\nX: y' } }), 'SIP_URI_SYNTAX'],
  ])('%s is not written', (_, write, code) => {
    expect(write).toThrow(expect.objectContaining({ code }));
  });
});
