import { describe, expect, it } from 'vitest';
import { readCodecs } from './codec.ts';
import { Latest, remembered } from './remember.ts';

describe('what is remembered', () => {
  it('is computed once for the same two objects, and anew for others that look the same', () => {
    let computed = 0;
    const pair = remembered((a: object, b: object) => ({ a, b, number: (computed += 1) }));
    const [a, b] = [{}, {}];
    expect(pair(a, b)).toBe(pair(a, b));
    expect(pair(b, a).number).toBe(2);
    expect(pair({}, b).number).toBe(3);
  });

  it('is no more than sixteen, the latest', () => {
    const latest = new Latest<number>();
    for (let number = 1; number <= 40; number += 1) latest.add(number);
    expect(latest.entries).toEqual(Array.from({ length: 16 }, (_, at) => 40 - at));
  });
});

const section = (lines: readonly string[], formats = ['96', '0'], kind = 'audio', protocol = 'RTP/AVP') => ({
  kind,
  port: 4000,
  protocol,
  formats,
  lines,
});

describe('the codecs of sections that say the same of them', () => {
  const first = readCodecs(section(['a=rtpmap:96 opus/48000/2', 'a=sendrecv']));

  it.each([
    { what: 'another direction and packet length', same: section(['a=ptime:40', 'a=rtpmap:96 opus/48000/2', 'a=sendonly']) },
    { what: 'another port', same: { ...section(['a=rtpmap:96 opus/48000/2']), port: 9 } },
  ])('are the same objects, whatever else differs: $what', ({ same }) => {
    expect(readCodecs(same)).toBe(first);
  });

  it.each([
    { what: 'an rtpmap', other: section(['a=rtpmap:96 opus/48000']), names: ['opus', 'PCMU'] },
    { what: 'a line more', other: section(['a=rtpmap:96 opus/48000/2', 'a=fmtp:96 useinbandfec=1']), names: ['opus', 'PCMU'] },
    { what: 'a line less', other: section([]), names: ['PCMU'] },
    { what: 'the formats', other: section(['a=rtpmap:96 opus/48000/2'], ['96']), names: ['opus'] },
    { what: 'the order of formats', other: section(['a=rtpmap:96 opus/48000/2'], ['0', '96']), names: ['PCMU', 'opus'] },
    { what: 'the kind', other: section(['a=rtpmap:96 opus/48000/2'], ['96', '0'], 'video'), names: ['opus'] },
    { what: 'the protocol', other: section(['a=rtpmap:96 opus/48000/2'], ['96', '0'], 'audio', 'UDP/DTLS/SCTP'), names: [] },
  ])('are read anew where they differ in $what', ({ other, names }) => {
    expect(readCodecs(other)).not.toBe(first);
    expect(readCodecs(other).map(({ name }) => name)).toEqual(names);
  });

  it('cannot be changed by who was given them', () => {
    expect(Object.isFrozen(first) && first.every(Object.isFrozen)).toBe(true);
  });
});
