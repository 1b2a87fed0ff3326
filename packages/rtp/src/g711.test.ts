import { describe, expect, it } from 'vitest';
import { decodePcma, decodePcmu, encodePcma, encodePcmu } from './g711.ts';

const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
const samples = Int16Array.from({ length: 65536 }, (_, at) => at - 32768);

describe('G.711', () => {
  it.each([
    {
      law: 'PCMU',
      encode: encodePcmu,
      pairs: [
        [0, 0xff],
        [-1, 0x7f],
        [32767, 0x80],
        [-32768, 0x00],
        [8159, 0x9f],
        [100, 0xf2],
        [-1000, 0x4e],
      ],
    },
    {
      law: 'PCMA',
      encode: encodePcma,
      pairs: [
        [0, 0xd5],
        [-1, 0x55],
        [32767, 0xaa],
        [-32768, 0x2a],
        [255, 0xda],
        [256, 0xc5],
        [-1000, 0x7a],
      ],
    },
  ])('encodes $law as the recommendation does', ({ encode, pairs }) => {
    expect([...encode(Int16Array.from(pairs, ([sample]) => sample!))]).toEqual(pairs.map(([, octet]) => octet));
  });

  it.each([
    {
      law: 'PCMU',
      decode: decodePcmu,
      pairs: [
        [0xff, 0],
        [0x7f, 0],
        [0x80, 32124],
        [0x00, -32124],
        [0xf2, 104],
      ],
    },
    {
      law: 'PCMA',
      decode: decodePcma,
      pairs: [
        [0xd5, 8],
        [0x55, -8],
        [0xaa, 32256],
        [0x2a, -32256],
        [0xc5, 264],
      ],
    },
  ])('decodes $law as the recommendation does', ({ decode, pairs }) => {
    expect([...decode(Uint8Array.from(pairs, ([octet]) => octet!))]).toEqual(pairs.map(([, sample]) => sample));
  });

  it.each([
    { law: 'PCMU', encode: encodePcmu, decode: decodePcmu },
    { law: 'PCMA', encode: encodePcma, decode: decodePcma },
  ])('gives every $law octet back, and every sample within its step', ({ law, encode, decode }) => {
    const same = encode(decode(octets)).map((octet) => (law === 'PCMU' && octet === 0x7f ? 0xff : octet)); // mu-law has two zeros
    expect(same).toEqual(octets.map((octet) => (law === 'PCMU' && octet === 0x7f ? 0xff : octet)));
    const back = decode(encode(samples));
    const worst = samples.reduce((most, sample, at) => Math.max(most, Math.abs(sample - back[at]!) / (Math.abs(sample) + 200)), 0);
    expect(worst).toBeLessThan(1 / 24); // half a step of 16 in a segment, and the clipped top
  });

  it('rises with the sample', () => {
    for (const [encode, decode] of [
      [encodePcmu, decodePcmu],
      [encodePcma, decodePcma],
    ] as const) {
      const back = decode(encode(samples));
      expect(back.findIndex((sample, at) => at > 0 && sample < back[at - 1]!)).toBe(-1);
    }
  });
});
