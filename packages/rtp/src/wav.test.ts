import { describe, expect, it } from 'vitest';
import { decodePcma, decodePcmu } from './g711.ts';
import { readWav } from './wav.ts';

const text = (value: string): number[] => Array.from(value, (char) => char.charCodeAt(0));
const u16 = (value: number): number[] => [value & 0xff, value >> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const chunk = (id: string, body: number[], length = body.length): number[] => [
  ...text(id),
  ...u32(length),
  ...body,
  ...(body.length % 2 === 1 ? [0] : []),
];
const format = (kind: number, channels: number, bits: number, rate = 8000): number[] =>
  chunk('fmt ', [
    ...u16(kind),
    ...u16(channels),
    ...u32(rate),
    ...u32((rate * channels * bits) / 8),
    ...u16((channels * bits) / 8),
    ...u16(bits),
  ]);
const wav = (...chunks: number[][]): Uint8Array => Uint8Array.from([...text('RIFF'), ...u32(4), ...text('WAVE'), ...chunks.flat()]);

describe('reading a WAV file', () => {
  it.each([
    {
      what: 'PCM of 16 bits',
      bytes: wav(format(1, 1, 16, 16000), chunk('data', [1, 0, 0xff, 0xff, 0x00, 0x80])),
      rate: 16000,
      samples: [1, -1, -32768],
    },
    {
      what: 'mu-law',
      bytes: wav(format(7, 1, 8), chunk('data', [0x80, 0xff])),
      rate: 8000,
      samples: [...decodePcmu(Uint8Array.of(0x80, 0xff))],
    },
    {
      what: 'A-law',
      bytes: wav(format(6, 1, 8), chunk('data', [0xaa, 0x55])),
      rate: 8000,
      samples: [...decodePcma(Uint8Array.of(0xaa, 0x55))],
    },
    {
      what: 'past chunks of other kinds and odd lengths',
      bytes: wav(chunk('LIST', [1, 2, 3]), format(1, 1, 16), chunk('x   ', [1]), chunk('data', [2, 0])),
      rate: 8000,
      samples: [2],
    },
    { what: 'what there is of data that is cut short', bytes: wav(format(1, 1, 16), chunk('data', [3, 0], 100)), rate: 8000, samples: [3] },
  ])('gives $what', ({ bytes, rate, samples }) => {
    const audio = readWav(bytes);
    expect(audio.rate).toBe(rate);
    expect([...audio.samples]).toEqual(samples);
  });

  it('reads from the middle of a larger buffer', () => {
    const whole = Uint8Array.of(9, ...wav(format(1, 1, 16), chunk('data', [5, 0])));
    expect([...readWav(whole.subarray(1)).samples]).toEqual([5]);
  });

  it('knows the extensible header', () => {
    const body = [
      ...u16(0xfffe),
      ...u16(1),
      ...u32(8000),
      ...u32(16000),
      ...u16(2),
      ...u16(16),
      ...u16(22),
      ...u16(16),
      ...u32(4),
      ...u16(1),
      ...Array<number>(14).fill(0),
    ];
    expect([...readWav(wav(chunk('fmt ', body), chunk('data', [7, 0]))).samples]).toEqual([7]);
  });

  it.each([
    { what: 'nothing', bytes: new Uint8Array(0), reason: 'no RIFF WAVE header' },
    { what: 'another file', bytes: Uint8Array.from(text('OggS and more than twelve')), reason: 'no RIFF WAVE header' },
    { what: 'stereo', bytes: wav(format(1, 2, 16), chunk('data', [])), reason: 'more than one channel' },
    { what: '8-bit PCM', bytes: wav(format(1, 1, 8), chunk('data', [])), reason: 'format 1 of 8 bits' },
    { what: 'floats', bytes: wav(format(3, 1, 32), chunk('data', [])), reason: 'format 3 of 32 bits' },
    { what: 'no format', bytes: wav(chunk('data', [])), reason: 'data before its format' },
    { what: 'a short format', bytes: wav(chunk('fmt ', [1, 0])), reason: 'a short format chunk' },
    { what: 'no data', bytes: wav(format(1, 1, 16)), reason: 'no data chunk' },
  ])('refuses $what', ({ bytes, reason }) => {
    expect(() => readWav(bytes)).toThrow(expect.objectContaining({ code: 'RTP_WAV_UNSUPPORTED', info: { reason } }) as Error);
  });
});
