import { describe, expect, it } from 'vitest';
import { sessionPartOf, understandsParts } from './body-handling.ts';
import { HeaderList } from './headers.ts';
import type { Body } from './model.ts';
import { joinMultipart } from './multipart.ts';

type One = { readonly headers?: HeaderList; readonly body: Body };
type Headers = Readonly<Record<string, string>>;

const part = (type: string, disposition?: string, more: Headers = {}, text = type): One => ({
  headers: new HeaderList({ ...(disposition !== undefined && { 'Content-Disposition': disposition }), ...more }),
  body: { type, bytes: Buffer.from(text) },
});
const offer = (text = 'offer', disposition?: string, more: Headers = {}): One => part('application/sdp', disposition, more, text);
const several = (subtype: string, parts: readonly One[], disposition?: string): One => ({
  headers: new HeaderList(disposition === undefined ? {} : { 'Content-Disposition': disposition }),
  body: joinMultipart(parts, { subtype }),
});
const mixed = (...parts: readonly One[]): One => several('mixed', parts);
const NESTED = several('mixed', [part('a/b')]);
const BROKEN: One = { body: { type: 'multipart/mixed', parameters: { boundary: 'b' }, bytes: Buffer.from('--b\r\n\r\nx') } };
const OPTIONAL = 'render;handling=optional';
const isup = (disposition?: string): One => part('application/isup', disposition, { 'Content-Transfer-Encoding': 'binary' });
const place = (disposition?: string): One => part('application/pidf+xml', disposition, { 'Content-ID': '<here@a.example>' });

const reads = (...types: readonly string[]) => ({ accepts: (type: string): boolean => types.includes(type) });
const understood = ({ body, headers }: One, more: Headers = {}): boolean => {
  const all = new HeaderList(more);
  for (const [name, value] of headers?.entries() ?? []) all.add(name, value);
  return understandsParts({ body, headers: all }, reads('application/sdp', 'application/known'));
};

describe('what of several parts has to be understood, RFC 3261 §8.2.3 and RFC 5621', () => {
  it.each<[what: string, whole: One, taken: boolean]>([
    ['an offer alone in it', mixed(offer()), true],
    ['an offer of disposition session', mixed(offer('x', 'Session;handling=required')), true],
    ['nothing but what somebody reads', mixed(part('application/known', 'whatever')), true],
    ['an unknown part that may be ignored', mixed(offer(), isup('signal ; HANDLING=Optional')), true],
    ['an unknown part that is required', mixed(offer(), isup('signal;handling=required')), false],
    ['an unknown part that does not say: required (§8.1)', mixed(offer(), isup('signal')), false],
    ['an unknown part without a disposition: required (RFC 3261 §20.11)', mixed(offer(), isup()), false],
    ['an unknown part whose disposition is malformed', mixed(offer(), isup(';handling=optional')), false],
    ['an unknown handling', mixed(offer(), isup('signal;handling=perhaps')), false],
    ['text for a reader, of no type', mixed(offer(), part('text/plain')), false],
    ['a part that is encoded', mixed(offer(), part('application/known', undefined, { 'Content-Encoding': 'gzip' })), false],
    ['an encoded part that may be ignored', mixed(offer(), part('application/known', OPTIONAL, { 'Content-Encoding': 'gzip' })), true],
    ['a description of another disposition', mixed(offer(), offer('early', 'early-session')), false],
    ['one that may be ignored', mixed(offer(), offer('early', 'early-session;handling=optional')), true],
    ['an offer in base64', mixed(offer('eA==', undefined, { 'Content-Transfer-Encoding': 'base64' })), false],
    ['an offer marked 8bit', mixed(offer('x', undefined, { 'Content-Transfer-Encoding': '8BIT' })), true],
    ['alternatives of which one is known', several('alternative', [offer(), part('application/sdpng')]), true],
    [
      'alternatives that each say required',
      several('alternative', [offer('x', 'session'), part('a/b', 'session;handling=required')]),
      true,
    ],
    ['alternatives of which none is known', mixed(offer(), several('alternative', [part('a/b', OPTIONAL), part('c/d', OPTIONAL)])), false],
    ['the same, to be ignored', mixed(offer(), several('alternative', [part('a/b'), part('c/d')], OPTIONAL)), true],
    ['related parts, each by itself', several('related', [offer(), part('a/b')]), false],
    ['a subtype that nobody knows, as mixed (§4.2)', several('parallel', [offer(), part('a/b', OPTIONAL)]), true],
    ['nested parts, one unknown', mixed(offer(), NESTED), false],
    ['nested parts to be ignored, a required one among them (§8.2)', mixed(offer(), several('mixed', [part('a/b')], OPTIONAL)), true],
    ['the offer among those, which are not ignored then', mixed(several('mixed', [offer(), part('a/b')], OPTIONAL)), false],
    ['parts of which the whole may be ignored', several('mixed', [part('a/b')], OPTIONAL), true],
    ['the offer among them', several('mixed', [offer(), part('a/b')], OPTIONAL), false],
    ['parts that are cut off', BROKEN, false],
    ['the same, to be ignored', { ...BROKEN, headers: new HeaderList({ 'Content-Disposition': OPTIONAL }) }, true],
    ['parts that are cut off further in', mixed(offer(), BROKEN), false],
    ['33 parts', mixed(...Array.from({ length: 33 }, () => offer())), false],
  ])('%s', (_, whole, taken) => {
    expect(understood(whole)).toBe(taken);
  });

  it.each<[what: string, whole: One, headers: Headers, taken: boolean]>([
    ['a header', mixed(offer(), place()), { Geolocation: '<cid:here@a.example>' }, true],
    ['a header, by-reference', mixed(offer(), place('by-reference')), { Geolocation: '<cid:here@a.example>' }, true],
    [
      'a header, and says that it is required',
      mixed(offer(), place('by-reference;handling=required')),
      { Geolocation: '<cid:here@a.example>' },
      false,
    ],
    ['nothing (§9.4)', mixed(offer(), place('by-reference')), { Geolocation: '<cid:there@a.example>' }, false],
    ['the description', mixed(offer('a=file-icon:cid:here@a.example'), place('icon')), {}, true],
  ])('an unknown part to which %s refers', (_, whole, headers, taken) => {
    expect(understood(whole, headers)).toBe(taken);
  });
});

describe('the session description among several parts', () => {
  const related = several('related', [
    offer('one', undefined, { 'Content-ID': '<1@a>' }),
    offer('two', undefined, { 'Content-ID': '<2@a>' }),
  ]);
  const rooted = (start: string): One => ({ body: { ...related.body, parameters: { ...related.body.parameters, start } } });

  it.each<[what: string, whole: One, text: string | undefined]>([
    ['alone', offer(), 'offer'],
    ['first or not', mixed(isup(), offer()), 'offer'],
    ['the first of two', mixed(offer('one'), offer('two')), 'one'],
    ['the last alternative that is one', several('alternative', [offer('one'), offer('two'), part('application/sdpng')]), 'two'],
    ['nested', mixed(isup(), several('alternative', [offer('one'), offer('two')])), 'two'],
    ['the root of related ones', rooted('<2@a>'), 'two'],
    ['the first of related ones without a root', related, 'one'],
    ['the first where the root is none', rooted('<3@a>'), 'one'],
    ['not one for early media', mixed(offer('early', 'early-session'), offer()), 'offer'],
    ['not one that is encoded', mixed(offer('x', undefined, { 'Content-Encoding': 'gzip' })), undefined],
    ['none', mixed(isup()), undefined],
    ['another body', part('text/plain'), undefined],
    ['parts that are cut off', BROKEN, undefined],
  ])('%s', (_, { body }, text) => {
    const bytes = sessionPartOf(body);
    expect(bytes && Buffer.from(bytes).toString()).toBe(text);
  });
});
