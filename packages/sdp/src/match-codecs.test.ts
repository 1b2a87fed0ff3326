import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineCodec, type Codec, type CodecInit } from './codec.ts';
import { ownParameters, sameParameters, type FmtpRule } from './fmtp-rules.ts';
import { isCompanion, matchAnswer, matchCodecs } from './match-codecs.ts';

const codec = (payloadType: number, name: string, clockRate = 8000, more: Partial<CodecInit> = {}): Codec =>
  defineCodec({ payloadType, name, clockRate, ...more });
const PCMU = codec(0, 'PCMU');
const PCMA = codec(8, 'PCMA');
const OPUS = codec(111, 'opus', 48_000, { channels: 2, fmtp: 'useinbandfec=1' });
const EVENTS = codec(101, 'telephone-event', 8000, { fmtp: '0-16' });
const EVENTS48 = codec(110, 'telephone-event', 48_000, { fmtp: '0-16' });
const names = (agreed: readonly { readonly local: Codec }[]): readonly string[] =>
  agreed.map(({ local }) => `${local.payloadType} ${local.name}`);

describe('matchCodecs, RFC 3264 §6.1', () => {
  it("keeps the offerer's order and numbers, and states our parameters", () => {
    const offered = [codec(96, 'OPUS', 48_000, { channels: 2, fmtp: 'stereo=1' }), PCMA, codec(97, 'iLBC'), PCMU];
    const agreed = matchCodecs(offered, [PCMU, PCMA, OPUS]);
    expect(names(agreed)).toEqual(['96 OPUS', '8 PCMA', '0 PCMU']);
    expect(agreed[0]!.local.fmtp.raw).toBe('useinbandfec=1');
    expect(agreed.map(({ remote }) => remote)).toEqual([offered[0], offered[1], offered[3]]);
  });

  it.each<[string, Codec]>([
    ['name', codec(0, 'PCMA')],
    ['clock rate', codec(0, 'PCMU', 16_000)],
    ['channels', codec(0, 'PCMU', 8000, { channels: 2 })],
  ])('tells codecs apart by %s', (_what, offered) => {
    expect(matchCodecs([offered], [PCMU])).toEqual([]);
  });

  it('answers with the feedback that both name', () => {
    const [agreed] = matchCodecs(
      [codec(96, 'VP8', 90_000, { feedback: ['nack', 'nack pli', 'goog-remb'] })],
      [codec(100, 'VP8', 90_000, { feedback: ['ccm fir', 'nack pli', 'nack'] })],
    );
    expect(agreed!.local.feedback).toEqual(['nack pli', 'nack']);
  });

  it.each<{ offered: Codec[]; supported: Codec[]; agreed: string[]; because: string }>([
    { offered: [PCMU, EVENTS], supported: [PCMU, EVENTS], agreed: ['0 PCMU', '101 telephone-event'], because: 'clocks agree' },
    {
      offered: [OPUS, PCMU, EVENTS, EVENTS48],
      supported: [EVENTS, EVENTS48, OPUS],
      agreed: ['111 opus', '110 telephone-event'],
      because: 'the clock is that of the codec taken',
    },
    {
      offered: [OPUS, PCMU, EVENTS, EVENTS48],
      supported: [EVENTS, EVENTS48, OPUS, PCMU],
      agreed: ['111 opus', '0 PCMU', '101 telephone-event', '110 telephone-event'],
      because: 'each codec has its clock',
    },
    { offered: [OPUS, EVENTS], supported: [OPUS, EVENTS], agreed: ['111 opus', '101 telephone-event'], because: 'the peer has no others' },
    {
      offered: [OPUS, codec(13, 'CN')],
      supported: [OPUS, codec(13, 'CN')],
      agreed: ['111 opus'],
      because: "noise needs its codec's clock",
    },
    { offered: [codec(97, 'iLBC'), EVENTS], supported: [PCMU, EVENTS], agreed: [], because: 'events alone are no call' },
    { offered: [EVENTS], supported: [PCMU, EVENTS], agreed: ['101 telephone-event'], because: 'nothing else was offered' },
    { offered: [], supported: [PCMU], agreed: [], because: 'nothing was offered' },
  ])('agrees on $agreed when $because', ({ offered, supported, agreed }) => {
    expect(names(matchCodecs(offered, supported))).toEqual(agreed);
  });

  it('asks the rule of the name: H.264 by default, VP8 none', () => {
    const h264 = (payloadType: number, fmtp: string) => codec(payloadType, 'H264', 90_000, { fmtp });
    const ours = [h264(97, 'profile-level-id=42e01f'), h264(98, 'profile-level-id=42e01f;packetization-mode=1')];
    const theirs = [h264(102, 'packetization-mode=1;profile-level-id=42e00b'), h264(103, 'packetization-mode=2;profile-level-id=42e01f')];
    expect(matchCodecs(theirs, ours).map(({ local }) => [local.payloadType, local.fmtp.raw])).toEqual([
      [102, 'profile-level-id=42e00b;packetization-mode=1'],
    ]);
    expect(names(matchCodecs([codec(96, 'VP8', 90_000, { fmtp: 'max-fs=1' })], [codec(100, 'vp8', 90_000)]))).toEqual(['96 VP8']);
    expect(matchCodecs([codec(98, 'VP9', 90_000, { fmtp: 'profile-id=2' })], [codec(98, 'VP9', 90_000)])).toEqual([]);
  });

  it('takes rules of the caller before its own', () => {
    const offered = [codec(97, 'iLBC', 8000, { fmtp: 'mode=20' })];
    const supported = [codec(97, 'iLBC', 8000)];
    const mode = sameParameters({ mode: '30' });
    const echo: FmtpRule = (remote) => remote.fmtp.raw;
    const rules = (rule: FmtpRule) => ({ rules: new Map([['ilbc', rule]]) });
    expect(matchCodecs(offered, supported, rules(mode))).toEqual([]);
    expect(matchCodecs(offered, supported, rules(echo))[0]?.local.fmtp.raw).toBe('mode=20');
    expect(matchCodecs(offered, supported, rules(ownParameters))[0]?.local.fmtp.raw).toBe('');
    expect(names(matchCodecs([codec(98, 'constructor')], [codec(98, 'constructor')]))).toEqual(['98 constructor']);
  });

  it('has agreed codecs that are a subset of the offer, in its order and numbers, each supported', () => {
    const anyCodec = fc
      .tuple(
        fc.integer({ min: 0, max: 127 }),
        fc.constantFrom('PCMU', 'pcma', 'opus', 'H264', 'telephone-event', 'CN', '__proto__'),
        fc.constantFrom(8000, 48_000, 90_000),
        fc.constantFrom('', 'packetization-mode=1', 'profile-level-id=42e01f', 'junk;;=', '0-16'),
      )
      .map(([payloadType, name, clockRate, fmtp]) => codec(payloadType, name, clockRate, { fmtp }));
    const list = fc.uniqueArray(anyCodec, { maxLength: 12, selector: ({ payloadType }) => payloadType });
    fc.assert(
      fc.property(list, list, (offered, supported) => {
        const agreed = matchCodecs(offered, supported);
        const positions = agreed.map(({ remote }) => offered.indexOf(remote));
        expect(positions).not.toContain(-1);
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
        for (const { local, remote } of agreed) {
          expect(local.payloadType).toBe(remote.payloadType);
          expect(supported.some((own) => own.name.toLowerCase() === local.name.toLowerCase() && own.clockRate === local.clockRate)).toBe(
            true,
          );
        }
        // and the offerer, reading that answer, comes to the same list
        expect(
          matchAnswer(
            offered,
            agreed.map(({ local }) => local),
          ).map(({ local }) => local.payloadType),
        ).toEqual(agreed.map(({ local }) => local.payloadType));
      }),
    );
  });
});

describe('matchAnswer, RFC 3264 §7', () => {
  it("gives the answer's order, and both numbers of a codec that was renumbered", () => {
    const agreed = matchAnswer(
      [OPUS, PCMU, EVENTS48],
      [PCMU, codec(96, 'opus', 48_000, { channels: 2 }), codec(97, 'telephone-event', 48_000)],
    );
    expect(agreed.map(({ local, remote }) => [local.name, local.payloadType, remote.payloadType])).toEqual([
      ['PCMU', 0, 0],
      ['opus', 111, 96],
      ['telephone-event', 110, 97],
    ]);
  });

  it('prefers the number over the place when several of ours fit', () => {
    const twice = [codec(96, 'opus', 48_000), codec(97, 'opus', 48_000)];
    expect(matchAnswer(twice, [codec(97, 'opus', 48_000)])[0]?.local).toBe(twice[1]);
  });

  it('leaves out what was not offered, and a number that now means something else', () => {
    expect(matchAnswer([PCMU, OPUS], [codec(111, 'speex', 16_000), PCMA])).toEqual([]);
    expect(matchAnswer([PCMU, EVENTS], [EVENTS])).toEqual([]);
  });

  it('applies the rules of formats', () => {
    const h264 = (fmtp: string) => codec(97, 'H264', 90_000, { fmtp });
    expect(matchAnswer([h264('packetization-mode=1')], [h264('')])).toEqual([]);
  });
});

describe('isCompanion', () => {
  it('tells what only accompanies media', () => {
    expect([EVENTS, codec(13, 'cn'), codec(99, 'RED'), PCMU, OPUS].map(isCompanion)).toEqual([true, true, true, false, false]);
  });
});
