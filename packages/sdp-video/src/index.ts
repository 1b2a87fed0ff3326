/** Video for Jackfield sessions: the SDP handler of m=video, and the streams that it makes. */
import type { SipError } from '@jackfield/base';
import { createRtpPorts, type Latching, type PortRange, type RtpPorts } from '@jackfield/rtp';
import { CodecChoice, type CodecPolicy } from '@jackfield/sdp';
import type { Registration, Session, SessionService } from '@jackfield/session';
import { DEFAULT_CODECS, listed, type VideoCodec } from './codecs.ts';
import { VideoHandler } from './handler.ts';
import type { VideoStream } from './video-stream.ts';

/** For `registerVideo`. */
export interface VideoOptions {
  /** Best first; VP8 and H264 unless given. An endpoint's `codecs` choose and order among them. Of variants of one name, the first is offered. */
  readonly codecs?: readonly VideoCodec[] | undefined;
  /** Which codecs are said, and in which order, for endpoints without a `codecPolicy` of their own; the offerer's order and all that is common unless given. */
  readonly codecPolicy?: CodecPolicy | undefined;
  /** Where ports come from; one for all media of a server. Absent: the machine's, out of `range`. */
  readonly ports?: RtpPorts | undefined;
  /** Without `ports`: both inclusive, default 16384 to 32767. */
  readonly range?: PortRange | undefined;
  /** Whose packets are believed; as the ports were made unless given. */
  readonly latch?: Latching | undefined;
  /** Hears what the stream that packets are relayed to threw; `process.emitWarning` unless given. */
  readonly onError?: ((error: SipError, session: Session) => void) | undefined;
}

/**
 * Takes video streams of sessions that begin from now on.
 *
 * @throws SipError `SDP_CODEC_FIELD`, `RTP_PORT_RANGE`, `SESSION_NAME_TAKEN`
 */
export function registerVideo(sessions: SessionService, options: VideoOptions = {}): Registration {
  const { codecs = DEFAULT_CODECS, range, latch, codecPolicy, onError = (error: SipError): void => process.emitWarning(error) } = options;
  const { clock, random } = sessions.stack;
  const ports = options.ports ?? createRtpPorts({ clock, random, range });
  const choice = new CodecChoice({ codecs: listed(codecs), policy: codecPolicy });
  return sessions.registerSdpHandler(new VideoHandler({ choice, ports, latch, onError }), 'video');
}

declare module '@jackfield/session' {
  interface StreamKinds {
    video: VideoStream;
  }
}

export type { AgreedVideo, VideoStream } from './video-stream.ts';
export { H264, VP8, type VideoCodec } from './codecs.ts';
export type { VideoErrors } from './errors.ts';
