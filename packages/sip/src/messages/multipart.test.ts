import { describe, expect, it } from 'vitest';
import { HeaderList } from './headers.ts';
import type { Body } from './model.ts';
import { joinMultipart, splitMultipart } from './multipart.ts';

const multipart = (text: string, boundary = 'b'): Body => ({ type: 'multipart/mixed', parameters: { boundary }, bytes: Buffer.from(text) });
const contents = (body: Body): string[] | undefined =>
  splitMultipart(body)?.map((part) => `${part.body.type} ${Buffer.from(part.body.bytes).toString()}`);

describe('multipart bodies, RFC 2046 §5.1', () => {
  it('are split into parts, preamble, padding and epilogue aside', () => {
    expect(
      contents(
        multipart(
          'preamble\r\n--b  \r\nContent-Type: A/B\r\n\r\none\r\n--b\t\r\n\r\ntwo\r\n--bc\r\n--b\r\nc: x/y\r\n\r\n\r\n--b--\r\nepilogue',
        ),
      ),
    ).toEqual(['a/b one', 'text/plain two\r\n--bc', 'x/y ']);
    expect(contents(multipart('--b\r\n\r\nx\r\n--b--'))).toEqual(['text/plain x']);
  });

  it.each<[string, Body]>([
    ['a boundary that is not there', multipart('text')],
    ['no boundary parameter', { type: 'multipart/mixed', bytes: Buffer.from('--b\r\n\r\nx\r\n--b--') }],
    ['an empty boundary', multipart('--\r\n\r\nx\r\n----', '')],
    ['a part of no bytes', multipart('--b\r\n\r\n--b--')],
    ['a part without an empty line', multipart('--b\r\nX: y\r\n--b--')],
    ['a part with a malformed header', multipart('--b\r\nno colon\r\n\r\nx\r\n--b--')],
    ['a part with a malformed type', multipart('--b\r\nContent-Type: x\r\n\r\nx\r\n--b--')],
    ['no parts', multipart('--b--')],
    ['an unterminated last part', multipart('--b\r\n\r\none\r\n--b\r\n\r\ntwo')],
    ['text behind a boundary', multipart('--b x\r\n\r\none\r\n--b--')],
    ['ten thousand parts', multipart('--b\r\n\r\nx\r\n'.repeat(10_000) + '--b--')],
    ['another type', { type: 'text/plain', parameters: { boundary: 'b' }, bytes: Buffer.from('--b\r\n\r\nx\r\n--b--') }],
  ])('with %s are none (T-04)', (_, body) => {
    expect(splitMultipart(body)).toBeUndefined();
  });

  it('are joined so that they can be split again', () => {
    const parts = [
      { body: { type: 'application/sdp', bytes: Buffer.from('v=0\r\n--part-1-boundary\r\n') } },
      {
        headers: new HeaderList({ 'Content-ID': '<x@y>' }),
        body: { type: 'a/b', parameters: { c: 'd e' }, bytes: Buffer.from([0, 255, 13, 10]) },
      },
    ];
    const body = joinMultipart(parts, { subtype: 'related' });
    expect([body.type, body.parameters]).toEqual(['multipart/related', { boundary: 'part-2-boundary', type: 'application/sdp' }]);
    const again = splitMultipart(body)!;
    expect(again.map((part) => [part.body.type, Buffer.from(part.body.bytes)])).toEqual(
      parts.map((part) => [part.body.type, part.body.bytes]),
    );
    expect([again[1]?.headers.get('Content-ID'), again[1]?.body.parameters]).toEqual(['<x@y>', { c: 'd e' }]);
  });

  it('are not joined of nothing, or around their own boundary', () => {
    const part = { body: { type: 'a/b', bytes: Buffer.from('--b') } };
    expect(() => joinMultipart([])).toThrow(expect.objectContaining({ code: 'SIP_MESSAGE_SYNTAX' }));
    expect(() => joinMultipart([part], { boundary: 'b' })).toThrow(expect.objectContaining({ code: 'SIP_MESSAGE_SYNTAX' }));
    expect(() => joinMultipart([part], { boundary: 'x\r\n' })).toThrow(expect.objectContaining({ code: 'SIP_MESSAGE_SYNTAX' }));
  });

  it('of another subtype that is no token are not joined', () => {
    const part = { body: { type: 'a/b', bytes: Buffer.from('x') } };
    expect(() => joinMultipart([part], { subtype: 'x y' })).toThrow(expect.objectContaining({ code: 'SIP_MESSAGE_SYNTAX' }));
    expect(joinMultipart([part], { subtype: 'Alternative' }).type).toBe('multipart/alternative');
  });

  it('get a boundary that is free, whatever their contents and headers use up', () => {
    const used = Array.from({ length: 2000 }, (_, at) => `--part-${at + 1}-boundary`).join('\r\n');
    const parts = [
      { body: { type: 'a/b', bytes: Buffer.from(`${used}--part--part-2001`) } },
      { headers: new HeaderList({ 'X-Odd': '--part-2002-boundary' }), body: { type: 'a/b', bytes: Buffer.from('--part-2003x') } },
    ];
    const body = joinMultipart(parts);
    expect(body.parameters).toEqual({ boundary: 'part-2004-boundary' });
    expect(splitMultipart(body)).toHaveLength(2);
  });

  it.each([
    ['as many parts as are allowed', '--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--', { maxParts: 2 }, 2],
    ['one part too many', '--b\r\n\r\nx\r\n--b\r\n\r\ny\r\n--b--', { maxParts: 1 }, undefined],
    ['as many headers in a part as are allowed', '--b\r\nA: 1\r\nB: 2\r\n\r\nx\r\n--b--', { maxPartHeaders: 2 }, 1],
    ['one header in a part too many', '--b\r\nA: 1\r\nB: 2\r\n\r\nx\r\n--b--', { maxPartHeaders: 1 }, undefined],
    ['a header in a part that is too long', `--b\r\nA: ${'x'.repeat(5000)}\r\n\r\nx\r\n--b--`, undefined, undefined],
    [
      'a header in a part that is long, where that is allowed',
      `--b\r\nA: ${'x'.repeat(5000)}\r\n\r\nx\r\n--b--`,
      { maxPartHeaderBytes: 6000 },
      1,
    ],
  ])('with %s', (_, text, limits, count) => {
    expect(splitMultipart(multipart(text), limits)?.length).toBe(count);
  });
});
