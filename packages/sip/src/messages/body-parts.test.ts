import { describe, expect, it } from 'vitest';
import { bodyParts, partOfContentId, partOfType } from './body-parts.ts';
import { HeaderList } from './headers.ts';
import type { Body } from './model.ts';
import { joinMultipart, type MultipartLimits } from './multipart.ts';

const NONE = new HeaderList();
const part = (type: string, text: string, id?: string): { headers: HeaderList; body: Body } => ({
  headers: new HeaderList(id === undefined ? {} : { 'Content-ID': `<${id}>` }),
  body: { type, bytes: Buffer.from(text) },
});
const parts = (body: Body, limits?: MultipartLimits): unknown =>
  bodyParts(body, NONE, limits)?.map((one) => `${one.inside} ${one.body.type} ${Buffer.from(one.body.bytes).toString()}`);

/** A text inside `depth` multipart bodies. */
function nested(depth: number): Body {
  let body: Body = { type: 'text/plain', bytes: Buffer.from('x') };
  for (let at = 0; at < depth; at += 1) body = joinMultipart([{ body }]);
  return body;
}

describe('the parts of a body, RFC 5621 §4', () => {
  const offers = joinMultipart([part('application/sdp', 'plain', 'a@b'), part('application/sdp', 'better', 'c@d')], {
    subtype: 'alternative',
  });
  const whole = joinMultipart([part('application/isup', 'isup'), { body: offers }, part('text/plain', 'hello', 'e%f@g')], {
    subtype: 'related',
  });

  it('are walked in order, through nested ones', () => {
    expect(parts(whole)).toEqual([
      'multipart/related application/isup isup',
      'multipart/alternative application/sdp plain',
      'multipart/alternative application/sdp better',
      'multipart/related text/plain hello',
    ]);
  });

  it('of a body that is not several are itself', () => {
    const body = { type: 'application/sdp', bytes: Buffer.from('v=0') };
    const headers = new HeaderList({ 'Content-ID': '<x@y>' });
    expect(bodyParts(body, headers)).toEqual([{ headers, body, inside: '' }]);
    expect(partOfContentId(bodyParts(body, headers) ?? [], 'cid:x@y')?.body).toBe(body);
  });

  it('are found by type: the first, or the last of alternatives', () => {
    const found = bodyParts(whole, NONE)!;
    const text = (type: string): string | undefined => partOfType(found, type)?.body.bytes.toString();
    expect([text('application/isup'), text('application/sdp'), text('image/png')]).toEqual(['isup', 'better', undefined]);
    const twice = bodyParts(joinMultipart([part('a/b', 'one'), part('a/b', 'two')]), NONE)!;
    expect(partOfType(twice, 'a/b')?.body.bytes.toString()).toBe('one');
  });

  it('are found by Content-ID, as a cid URI or alone (RFC 2392 §2)', () => {
    const found = bodyParts(whole, NONE)!;
    const text = (cid: string): string | undefined => partOfContentId(found, cid)?.body.bytes.toString();
    expect([text('cid:a@b'), text('CID:c%40d'), text('cid:e%25f@g'), text('e%f@g'), text('cid:nobody')]).toEqual([
      'plain',
      'better',
      'hello',
      'hello',
      undefined,
    ]);
  });

  it.each<[what: string, body: Body, limits: MultipartLimits | undefined, taken: boolean]>([
    ['four deep', nested(4), undefined, true],
    ['five deep', nested(5), undefined, false],
    ['five deep, where that is allowed', nested(5), { maxDepth: 5 }, true],
    ['three in all, nested, of two that are allowed', whole, { maxParts: 3 }, false],
    ['a thousand deep', nested(200), { maxDepth: 100 }, false],
    [
      'a nested one that is malformed',
      joinMultipart([{ body: { type: 'multipart/mixed', parameters: { boundary: 'b' }, bytes: Buffer.from('--b\r\n') } }]),
      undefined,
      false,
    ],
  ])('that are %s', (_, body, limits, taken) => {
    expect(bodyParts(body, NONE, limits) !== undefined).toBe(taken);
  });

  it.each<MultipartLimits>([{ maxParts: 0 }, { maxDepth: -1 }, { maxPartHeaders: 1.5 }, { maxPartHeaderBytes: Number.NaN }])(
    'have limits that are positive integers: %j is none',
    (limits) => {
      expect(() => bodyParts(whole, NONE, limits)).toThrow(expect.objectContaining({ code: 'SIP_OPTION' }));
    },
  );
});
