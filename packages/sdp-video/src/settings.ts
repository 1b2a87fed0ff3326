/** What a video offer and its answer settle, as RTP needs to know it. Pure. */
import { SipError } from '@jackfield/base';
import type { Latching, MediaSettings, PayloadType } from '@jackfield/rtp';
import { connectionAddress, isCompanion, rtpAgreement, type Codec, type RtpAnswered } from '@jackfield/sdp';
import { onePerName } from './codecs.ts';

export interface VideoSettings extends MediaSettings {
  /** What we send with first. */
  readonly codec: PayloadType;
  readonly held: boolean;
  readonly rtcpMux: boolean;
  /** The payload numbers that our side has used, and for what. */
  readonly said: readonly Codec[];
  /** What the peer takes, as it said it, best first. */
  readonly theirs: readonly Codec[];
}

/**
 * @param said - as the settings before had it.
 * @throws SipError `VIDEO_NO_CODEC`, `VIDEO_NO_ADDRESS`.
 */
export function settleVideo(answered: RtpAnswered, latch: Latching | undefined, said: readonly Codec[] = []): VideoSettings {
  const agreement = rtpAgreement(answered, said);
  const send = onePerName(agreement.send);
  const { receive } = agreement;
  const codec = send.find((listed) => !isCompanion(listed));
  if (codec === undefined) {
    const { formats } = answered.remote;
    throw new SipError('VIDEO_NO_CODEC', `no codec of the offer is in the answer: ${formats.join(' ')}`, { formats });
  }
  if (!agreement.reachable) {
    const address = connectionAddress(answered.remote, answered.description)?.address;
    throw new SipError('VIDEO_NO_ADDRESS', `the peer names no address to send to: ${address ?? 'none'}`, { address });
  }
  const { direction, held, rtcpMux, target } = agreement;
  return {
    codec,
    held,
    rtcpMux,
    said: agreement.said,
    theirs: send,
    media: { direction, send, receive },
    remote: target && { ...target, rtcpMux, payloadTypes: receive.map(({ payloadType }) => payloadType), latch },
  };
}
