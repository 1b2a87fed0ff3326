/** Codecs that video streams carry without looking inside (RFC 7741 §6, RFC 6184 §8): what SDP says of them, and which variant of one is taken. */
import { defineCodec, type Codec } from '@jackfield/sdp';

/** For `codecs` of `registerVideo`. What SDP cannot carry: SDP_CODEC_FIELD. */
export interface VideoCodec {
  /** Encoding name; its case does not count. */
  readonly name: string;
  /** What we offer it under, 96 to 127. In an answer the offer's number counts. */
  readonly payloadType: number;
  /** Our parameters, as on the wire. */
  readonly fmtp?: string | undefined;
}

/** RFC 7741, without parameters. */
export const VP8: VideoCodec = { name: 'VP8', payloadType: 96 };

/** Level 3.1, which is 720p at 30 frames per second; an answer comes down to the level of an offer that is lower. */
const h264 = (payloadType: number, profile: string, packetizationMode: 0 | 1): VideoCodec => ({
  name: 'H264',
  payloadType,
  fmtp: `profile-level-id=${profile}1f;packetization-mode=${packetizationMode}`,
});

/** Constrained Baseline and Baseline, fragmented and in single NAL units: one that a peer offers is taken as it is. */
export const H264: readonly VideoCodec[] = [h264(97, '42e0', 1), h264(98, '42e0', 0), h264(99, '4200', 1), h264(100, '4200', 0)];

export const DEFAULT_CODECS: readonly VideoCodec[] = [VP8, ...H264];

/** RFC 7741 §6.1, RFC 6184 §8.1. */
const CLOCK_RATE = 90_000;

/** As SDP says them. @throws SipError `SDP_CODEC_FIELD` for a codec that SDP cannot say. */
export function listed(codecs: readonly VideoCodec[]): readonly Codec[] {
  return codecs.map(({ name, payloadType, fmtp }) => defineCodec({ name, payloadType, clockRate: CLOCK_RATE, fmtp }));
}

/** The first variant of each codec: with two of H264, a packet that is passed on could not be told to be of one or the other. */
export function onePerName(codecs: readonly Codec[]): readonly Codec[] {
  return codecs.filter((codec, at) => codecs.findIndex((other) => isNamed(other, codec.name)) === at);
}

const isNamed = (codec: Codec, name: string): boolean => codec.name.toLowerCase() === name.toLowerCase();
