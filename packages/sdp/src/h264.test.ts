import { describe, expect, it } from 'vitest';
import { defineCodec } from './codec.ts';
import { matchH264 } from './h264.ts';

const h264 = (fmtp: string) => defineCodec({ payloadType: 97, name: 'H264', clockRate: 90_000, fmtp });

describe('H.264 in offer/answer, RFC 6184 §8.2.2', () => {
  it.each<{ offered: string; supported: string; answer: string | undefined; because: string }>([
    { offered: '', supported: '', answer: '', because: 'both mean Baseline at level 1' },
    { offered: 'profile-level-id=42000A', supported: '', answer: '', because: 'an absent id means just that' },
    {
      offered: 'profile-level-id=42e01f',
      supported: 'profile-level-id=42e01f',
      answer: 'profile-level-id=42e01f',
      because: 'they are equal',
    },
    {
      offered: 'profile-level-id=42E01F',
      supported: 'profile-level-id=4d8014',
      answer: 'profile-level-id=4d8014',
      because: 'both ids name constrained baseline',
    },
    {
      offered: 'profile-level-id=42e00b',
      supported: 'profile-level-id=42e01f',
      answer: 'profile-level-id=42e00b',
      because: 'their level is lower',
    },
    {
      offered: 'profile-level-id=42e01f',
      supported: 'profile-level-id=42e00b',
      answer: 'profile-level-id=42e00b',
      because: 'our level is lower',
    },
    {
      offered: 'profile-level-id=42e00b;level-asymmetry-allowed=1',
      supported: 'level-asymmetry-allowed=1;profile-level-id=42e01f',
      answer: 'level-asymmetry-allowed=1;profile-level-id=42e01f',
      because: 'both allow each side its own level',
    },
    {
      offered: 'profile-level-id=42e00b;level-asymmetry-allowed=1',
      supported: 'profile-level-id=42e01f;max-fs=3600;flag',
      answer: 'profile-level-id=42e00b;max-fs=3600;flag',
      because: 'asymmetry needs both, and the rest is ours',
    },
    {
      offered: 'profile-level-id=42f00b',
      supported: 'profile-level-id=42e00b',
      answer: 'profile-level-id=42f00b',
      because: 'level 1b lies below 1.1',
    },
    {
      offered: 'profile-level-id=42e00a',
      supported: 'profile-level-id=42f00b',
      answer: 'profile-level-id=42e00a',
      because: 'level 1 lies below 1b',
    },
    {
      offered: 'profile-level-id=42001f',
      supported: 'profile-level-id=42e01f',
      answer: undefined,
      because: 'baseline is not constrained baseline',
    },
    { offered: 'profile-level-id=4d001f', supported: 'profile-level-id=42e01f', answer: undefined, because: 'main is not baseline' },
    {
      offered: 'profile-level-id=64001f',
      supported: 'profile-level-id=640c1f',
      answer: undefined,
      because: 'high is not constrained high',
    },
    {
      offered: 'profile-level-id=7a001f',
      supported: 'profile-level-id=7a001f',
      answer: 'profile-level-id=7a001f',
      because: 'an unlisted profile equals itself',
    },
    { offered: 'packetization-mode=1', supported: '', answer: undefined, because: 'the mode differs from its default' },
    { offered: 'packetization-mode=1', supported: 'packetization-mode=1', answer: 'packetization-mode=1', because: 'the mode is the same' },
    { offered: 'profile-level-id=42e0', supported: '', answer: undefined, because: 'the id is too short' },
    { offered: 'profile-level-id=42x01f', supported: '', answer: undefined, because: 'the id is not hexadecimal' },
  ])('$offered meets $supported: $because', ({ offered, supported, answer }) => {
    expect(matchH264(h264(offered), h264(supported))).toBe(answer);
  });
});
