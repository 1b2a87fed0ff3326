/** What an audio offer and its answer settle: the codec, the length of frames (RFC 3551 §4.2), and what RTP needs to know. Pure. */
import { SipError } from '@jackfield/base';
import type { Latching, MediaSettings, PayloadType } from '@jackfield/rtp';
import {
  connectionAddress,
  isCompanion,
  maxptime,
  ptime,
  rtpAgreement,
  type Codec,
  type MediaSection,
  type RtpAnswered,
} from '@jackfield/sdp';

export interface AudioSettings extends MediaSettings {
  /** What we send with. */
  readonly codec: PayloadType;
  readonly ptimeMs: number;
  readonly held: boolean;
  readonly rtcpMux: boolean;
  /** The payload numbers that our side has used, and for what. */
  readonly said: readonly Codec[];
  /** What the peer takes, as it said it, best first. */
  readonly theirs: readonly Codec[];
}

/** Ours, ms: a frame of G.711 stays below the usual MTU, and a peer cannot ask for a packet per sample. */
export const LEAST_PTIME = 10;
export const MOST_PTIME = 120;

/**
 * @param ptimeMs - of our frames where the peer asks for nothing.
 * @param said - as the settings before had it.
 * @throws SipError `AUDIO_NO_CODEC`, `AUDIO_NO_ADDRESS`.
 */
export function settleAudio(
  answered: RtpAnswered,
  ptimeMs: number,
  latch: Latching | undefined,
  said: readonly Codec[] = [],
): AudioSettings {
  const { remote } = answered;
  const agreement = rtpAgreement(answered, said);
  const { send, receive } = agreement;
  const codec = send.find((offered) => !isCompanion(offered));
  if (codec === undefined) {
    throw new SipError('AUDIO_NO_CODEC', `no codec of the offer is in the answer: ${remote.formats.join(' ')}`, {
      formats: remote.formats,
    });
  }
  if (!agreement.reachable) {
    const address = connectionAddress(remote, answered.description)?.address;
    throw new SipError('AUDIO_NO_ADDRESS', `the peer names no address to send to: ${address ?? 'none'}`, { address });
  }
  const frameMs = frameLength(remote, ptimeMs);
  const { direction, held, rtcpMux, target } = agreement;
  return {
    codec,
    ptimeMs: frameMs,
    held,
    rtcpMux,
    said: agreement.said,
    theirs: send,
    media: { direction, send, receive, ptimeMs: frameMs },
    remote: target && {
      host: target.host,
      port: target.port,
      rtcpHost: target.rtcpHost,
      rtcpPort: target.rtcpPort,
      rtcpMux,
      payloadTypes: receive.map(({ payloadType }) => payloadType),
      latch,
    },
  };
}

/** Length of our frames: what the peer would like, within what it takes and what we send, in whole milliseconds. */
function frameLength(remote: MediaSection, ptimeMs: number): number {
  const most = Math.min(maxptime(remote) ?? MOST_PTIME, MOST_PTIME);
  return Math.max(LEAST_PTIME, Math.floor(Math.min(ptime(remote) ?? ptimeMs, most)));
}
