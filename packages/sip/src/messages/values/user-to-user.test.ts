import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { formatUserToUser, readUserToUser } from './user-to-user.ts';

const read = (...values: string[]): unknown =>
  readUserToUser(new HeaderList({ 'User-to-User': values })).map(({ data, bytes, ...rest }) => [
    data,
    bytes && Buffer.from(bytes).toString('hex'),
    rest,
  ]);
const rest = { encoding: undefined, purpose: undefined, content: undefined };

describe('User-to-User, RFC 7433 §4', () => {
  it.each([
    [
      '56a390f3d2b7310023a2;encoding=hex;purpose=foo;content=bar',
      [['56a390f3d2b7310023a2', '56a390f3d2b7310023a2', { encoding: 'hex', purpose: 'foo', content: 'bar' }]],
    ],
    ['"a;b, c";purpose=Text', [['a;b, c', undefined, { ...rest, purpose: 'text' }]]],
    ['"0AFF";encoding=Hex', [['0AFF', '0aff', { ...rest, encoding: 'hex' }]]],
    [
      'abc;encoding=hex, zz;encoding=hex',
      [
        ['abc', undefined, { ...rest, encoding: 'hex' }],
        ['zz', undefined, { ...rest, encoding: 'hex' }],
      ],
    ],
    ['"open', []],
    ['a b;encoding=hex', []],
    ['', []],
  ])('%j', (text, values) => {
    expect(read(text)).toEqual(values);
  });

  it('is written and read again', () => {
    expect(formatUserToUser(Uint8Array.of(0, 255), { purpose: 'isdn-uui' })).toBe('00ff;encoding=hex;purpose=isdn-uui');
    expect(read(formatUserToUser('a "b"'))).toEqual([['a "b"', undefined, rest]]);
  });

  it.each([
    ['no data', () => formatUserToUser('')],
    ['text of two lines', () => formatUserToUser('a\r\nX: y')],
    ['bytes in another encoding', () => formatUserToUser(Uint8Array.of(1), { encoding: 'base64' })],
    ['a purpose that is no token', () => formatUserToUser('a', { purpose: 'b c' })],
  ])('%s is not written', (_, write) => {
    expect(write).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });
});
