import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksLikeRtcp, readRtcp, writeRtcp, type RtcpReport } from './rtcp.ts';

const BLOCK = {
  ssrc: 2,
  fractionLost: 64,
  lost: -3,
  highestSequence: 70000,
  jitter: 12,
  lastReport: 0xb7058000,
  delaySinceLastReport: 0x54000,
};
const SENDER = { ntpSeconds: 0xb44db705, ntpFraction: 0x20000000, timestamp: 4_000_000_000, packets: 10, octets: 1600 };
const RECEIVER: RtcpReport = { ssrc: 1, sender: undefined, blocks: [BLOCK] };
const RR = [0x80, 201, 0, 1, 0, 0, 0, 1];

describe('RTCP reports, RFC 3550 §6.4', () => {
  it.each<{ what: string; report: RtcpReport; bye: boolean }>([
    { what: 'a receiver report', report: RECEIVER, bye: false },
    { what: 'a sender report with BYE', report: { ssrc: 0xffffffff, sender: SENDER, blocks: [BLOCK, BLOCK] }, bye: true },
    { what: 'an empty report', report: { ssrc: 1, sender: undefined, blocks: [] }, bye: false },
  ])('reads back $what', ({ report, bye }) => {
    expect(readRtcp(writeRtcp(report, 'a-name', bye))).toEqual({ reports: [report], bye: bye ? [report.ssrc] : [] });
  });

  it.each(['', 'a', 'ab', 'abc', 'abcd'])('pads the CNAME %o to whole words', (cname) => {
    const bytes = writeRtcp(RECEIVER, cname, false);
    expect(bytes.length % 4).toBe(0);
    expect(bytes.at(-1)).toBe(0); // the item list ends with a zero octet
    expect(readRtcp(bytes)).toBeDefined();
  });

  it('steps over packets of other types', () => {
    expect(readRtcp(Uint8Array.of(...RR, 0x80, 204, 0, 2, 0, 0, 0, 1, 65, 66, 67, 68))?.reports).toHaveLength(1);
  });
});

describe('validity of a compound packet, RFC 3550 A.2', () => {
  it.each<{ what: string; bytes: number[] }>([
    { what: 'nothing', bytes: [] },
    { what: 'a cut header', bytes: [0x80, 201, 0] },
    { what: 'version 1', bytes: [0x40, ...RR.slice(1)] },
    { what: 'a length beyond its end', bytes: [0x80, 201, 0, 9, 0, 0, 0, 1] },
    { what: 'a length short of its end', bytes: [...RR, 0, 0] },
    { what: 'SDES first', bytes: [0x80, 202, 0, 1, 0, 0, 0, 1] },
    { what: 'BYE first', bytes: [0x81, 203, 0, 1, 0, 0, 0, 1] },
    { what: 'padding in the first of two', bytes: [0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, ...RR] },
    { what: 'more blocks than it has room for', bytes: [0x9f, ...RR.slice(1)] },
    { what: 'a sender report without its sender part', bytes: [0x80, 200, 0, 1, 0, 0, 0, 1] },
    { what: 'padding longer than the packet', bytes: [0xa0, 201, 0, 1, 0, 0, 0, 255] },
    { what: 'a BYE with more sources than it has room for', bytes: [...RR, 0x82, 203, 0, 1, 0, 0, 0, 1] },
    { what: 'a report of length 0', bytes: [0x80, 201, 0, 0] },
  ])('refuses $what', ({ bytes }) => {
    expect(readRtcp(Uint8Array.from(bytes))).toBeUndefined();
  });

  it('never throws', () => {
    const plausible = fc.uint8Array({ minLength: 8, maxLength: 120 }).map((bytes) => {
      bytes[0] = 0x80 | (bytes[0]! & 0x3f);
      bytes[1] = 200 + (bytes[1]! % 4);
      bytes[2] = 0;
      bytes[3] = bytes[3]! % 30;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), plausible), (bytes) => {
        const compound = readRtcp(bytes);
        expect(compound === undefined || compound.reports.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is told from RTP by its second octet, RFC 5761 §4', () => {
    expect(looksLikeRtcp(Uint8Array.of(0x80, 200))).toBe(true);
    expect(looksLikeRtcp(Uint8Array.of(0x80, 0x80 | 101))).toBe(false);
    expect(looksLikeRtcp(Uint8Array.of(0x80))).toBe(false);
  });
});
