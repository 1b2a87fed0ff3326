import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRtp, sequenceDelta, timestampDelta, writeRtp } from './packet.ts';

const HEADER = [0x80, 0x88, 0x12, 0x34, 0x00, 0x00, 0x01, 0x40, 0xde, 0xad, 0xbe, 0xef];
const CSRC = [0, 0, 0, 1];
const withFirst = (first: number, ...rest: number[]): Uint8Array => Uint8Array.of(first, ...HEADER.slice(1), ...rest);

describe('reading an RTP packet, RFC 3550 §5.1', () => {
  it('gives the fields of the fixed header and a view of the payload', () => {
    const packet = readRtp(Uint8Array.of(...HEADER, 1, 2, 3));
    expect(packet).toEqual({
      marker: true,
      payloadType: 8,
      sequence: 0x1234,
      timestamp: 320,
      ssrc: 0xdeadbeef,
      payload: Uint8Array.of(1, 2, 3),
    });
  });

  it.each<{ what: string; bytes: Uint8Array; payload: number[] }>([
    { what: 'a CSRC list', bytes: withFirst(0x82, ...CSRC, ...CSRC, 7), payload: [7] },
    { what: 'an extension', bytes: withFirst(0x90, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 7), payload: [7] },
    { what: 'an empty extension', bytes: withFirst(0x90, 0xbe, 0xde, 0, 0, 7), payload: [7] },
    { what: 'padding', bytes: withFirst(0xa0, 7, 0, 0, 3), payload: [7] },
    { what: 'padding and nothing else', bytes: withFirst(0xa0, 0, 0, 3), payload: [] },
    { what: 'all three', bytes: withFirst(0xb1, ...CSRC, 0xbe, 0xde, 0, 1, 9, 9, 9, 9, 7, 0, 2), payload: [7] },
    { what: 'no payload', bytes: withFirst(0x80), payload: [] },
  ])('steps over $what', ({ bytes, payload }) => {
    expect([...readRtp(bytes)!.payload]).toEqual(payload);
  });

  it.each<{ what: string; bytes: Uint8Array }>([
    { what: 'nothing', bytes: new Uint8Array(0) },
    { what: '11 octets', bytes: Uint8Array.from(HEADER.slice(0, 11)) },
    { what: 'version 0', bytes: withFirst(0x00) },
    { what: 'version 1', bytes: withFirst(0x40) },
    { what: 'version 3', bytes: withFirst(0xc0) },
    { what: 'a CSRC list longer than the packet', bytes: withFirst(0x8f, ...CSRC) },
    { what: 'an extension header that is cut', bytes: withFirst(0x90, 0xbe, 0xde) },
    { what: 'an extension longer than the packet', bytes: withFirst(0x90, 0xbe, 0xde, 0xff, 0xff, 1, 2, 3, 4) },
    { what: 'padding of 0', bytes: withFirst(0xa0, 1, 0) },
    { what: 'padding that reaches into the header', bytes: withFirst(0xa0, 1, 3) },
  ])('refuses $what', ({ bytes }) => {
    expect(readRtp(bytes)).toBeUndefined();
  });

  it('never throws, and never gives a payload from outside the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, plausible) => {
        if (plausible && bytes.length > 0) bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        const packet = readRtp(bytes);
        expect(packet === undefined || packet.payload.length <= bytes.length - 12).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back whatever was written', () => {
    const field = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
    fc.assert(
      fc.property(
        fc.boolean(),
        field(7),
        field(16),
        field(32),
        field(32),
        fc.uint8Array({ maxLength: 40 }),
        (marker, type, sequence, timestamp, ssrc, payload) => {
          const packet = readRtp(writeRtp(marker, type, sequence, timestamp, ssrc, payload))!;
          expect([packet.marker, packet.payloadType, packet.sequence, packet.timestamp, packet.ssrc]).toEqual([
            marker,
            type,
            sequence,
            timestamp,
            ssrc,
          ]);
          expect([...packet.payload]).toEqual([...payload]);
        },
      ),
    );
  });
});

describe('serial numbers', () => {
  it.each([
    [1, 0, 1],
    [0, 0xffff, 1],
    [0xffff, 0, -1],
    [0x7fff, 0, 0x7fff],
    [0x8000, 0, -0x8000],
  ])('sequence %i is %i + %i', (a, b, delta) => {
    expect(sequenceDelta(a, b)).toBe(delta);
  });

  it('finds the step between any two numbers that are less than half the circle apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: -0x8000, max: 0x7fff }), (from, step) => {
        expect(sequenceDelta((from + step) & 0xffff, from)).toBe(step);
      }),
    );
    expect(timestampDelta(100, 0xffffffff)).toBe(101);
    expect(timestampDelta(0xffffffff, 100)).toBe(-101);
  });
});
