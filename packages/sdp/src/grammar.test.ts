import { parse, parseParams, parsePayloads, write } from 'sdp-transform';
import { describe, expect, it } from 'vitest';
import { attributeValue, bandwidth } from './attributes.ts';
import { readCodecs } from './codec.ts';
import { connectionAddress } from './connection.ts';
import { direction } from './direction.ts';
import { exactFields, looseFields, parameterList } from './grammar.ts';
import type { Description, MediaSection } from './model.ts';
import { parseDescription } from './parse.ts';
import { candidates, cryptoLines } from './transport-attributes.ts';
import { writeDescription } from './write.ts';

const sdp = (...lines: string[]): string => ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 't=0 0', ...lines, ''].join('\r\n');
const read = (...lines: string[]): { description: Description; section: MediaSection; text: string } => {
  const text = sdp('m=audio 4000 RTP/AVP 0 96 97', ...lines);
  const verdict = parseDescription(text);
  if (!verdict.ok) throw new Error(verdict.rule);
  return { description: verdict.description, section: verdict.description.sections[0]!, text };
};

// Each test shows the fault first, so that it says when a later version of sdp-transform has mended it.
describe('faults of sdp-transform 3.0.0 that the model does not share', () => {
  it.each(['', 'garbage'])('%j is no description', (text) => {
    expect(parse(text)).toEqual({ media: [] });
    expect(parseDescription(text).ok).toBe(false);
  });

  it('a port count is kept', () => {
    const text = sdp('m=audio 49170/2 RTP/SAVP 0');
    expect(write(parse(text))).toContain('m=undefined NaN undefined');
    const verdict = parseDescription(text);
    expect(verdict.ok && writeDescription(verdict.description)).toBe(text);
  });

  it('of several c= lines none is lost, and the first counts', () => {
    const { section, description, text } = read('c=IN IP4 192.0.2.1', 'c=IN IP4 192.0.2.2');
    expect(parse(text).media[0]?.connection?.ip).toBe('192.0.2.2');
    expect(connectionAddress(section)?.address).toBe('192.0.2.1');
    expect(writeDescription(description)).toBe(text);
  });

  it('k= and b=X-YZ are kept', () => {
    const { section, description, text } = read('b=X-YZ:5', 'k=prompt');
    expect(write(parse(text))).not.toMatch(/k=prompt|X-YZ/u);
    expect(bandwidth(section, 'X-YZ')).toBe(5);
    expect(writeDescription(description)).toBe(text);
  });

  it('unknown attributes and rtcp-fb stay in their places', () => {
    const { description, text } = read(
      'a=T38FaxVersion:0',
      'a=rtpmap:96 VP8/90000',
      'a=rtcp-fb:96 nack',
      'a=rtcp-fb:96 trr-int 100',
      'a=path:x',
      'a=rtcp-fb:96 ccm fir',
    );
    expect(write(parse(text))).not.toBe(text);
    expect(writeDescription(description)).toBe(text);
  });

  it('one payload is a text like many, and junk is no number', () => {
    const text = sdp('m=audio 4000 RTP/AVP 0');
    expect(parse(text).media[0]?.payloads).toBe(0);
    expect(parsePayloads('0 x')).toEqual([0, Number.NaN]);
    const verdict = parseDescription(text);
    expect(verdict.ok && verdict.description.sections[0]?.formats).toEqual(['0']);
    expect(
      readCodecs({ kind: 'audio', port: 1, protocol: 'RTP/AVP', formats: ['x', '0', '-1'], lines: [] }).map((codec) => codec.payloadType),
    ).toEqual([0]);
  });

  it('a=sendrecv:foo is no direction', () => {
    const { section, text } = read('a=sendonly', 'a=sendrecv:foo');
    expect(parse(text).media[0]?.direction).toBe('sendrecv');
    expect(direction(section)).toBe('sendonly');
  });

  it('a number too large for JavaScript is not taken for one', () => {
    const line = 'a=candidate:1 1 udp 99999999999999999999 192.0.2.1 4000 typ host';
    expect(parse(line)).toMatchObject({ candidates: [{ priority: '99999999999999999999' }] });
    expect(candidates(read(line).section)).toEqual([]);
    expect(cryptoLines(read('a=crypto:99999999999999999999 AES_CM_128_HMAC_SHA1_80 inline:x').section)).toEqual([]);
    expect(readCodecs(read('a=rtpmap:96 x/99999999999999999999').section).map((codec) => codec.payloadType)).toEqual([0]);
  });

  it('__proto__ is a name like any other', () => {
    expect(Object.keys(parseParams('__proto__=1'))).toEqual([]);
    expect(parameterList('__proto__=1;constructor=2')).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
    const { section } = read('a=__proto__:x', 'a=constructor:y');
    expect(attributeValue(section, '__proto__')).toBe('x');
    expect(looseFields('a=__proto__:x', '__proto__')).toBeUndefined();
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });

  it('lists of parameters keep order, text, repetition, one-letter flags and empty values', () => {
    expect(Object.entries(parseParams('mode=30;7;8=x;a;b=;mode=20'))).not.toHaveLength(6);
    expect(parameterList('mode=30;7;8=x;a;b=;mode=20')).toEqual([
      ['mode', '30'],
      ['7', ''],
      ['8', 'x'],
      ['a', ''],
      ['b', ''],
      ['mode', '20'],
    ]);
    expect(parameterList('profile-level-id=420010;x=007')).toEqual([
      ['profile-level-id', '420010'],
      ['x', '007'],
    ]);
    expect(parameterList(';;=x; ')).toEqual([]);
  });

  it('a value that the grammar cuts off is not taken for whole', () => {
    expect(parse('a=fingerprint:sha-256 AA:BB trailing')).toMatchObject({ fingerprint: { type: 'sha-256', hash: 'AA:BB' } });
    expect(exactFields('a=fingerprint:sha-256 AA:BB trailing', 'fingerprint')).toMatchObject({ rest: 'trailing' });
    expect(exactFields('a=setup:active/passive', 'setup')).toBeUndefined();
    expect(exactFields('a=rtcp:0053', 'rtcp')).toBeUndefined();
  });

  it('lines past 4 KiB are kept and not read', () => {
    const long = 'x'.repeat(30_000);
    const { description, section, text } = read(`a=rtpmap:96 ${long}`, `a=fmtp:0 ${long}`);
    expect(writeDescription(description)).toBe(text);
    expect(readCodecs(section).map((codec) => [codec.payloadType, codec.fmtp.parameters.size])).toEqual([[0, 0]]);
    expect(looseFields(`a=rtpmap:96 ${long}`, 'rtp')).toBeUndefined();
    expect(exactFields(`a=candidate:${long}`, 'candidates')).toBeUndefined();
  });
});
