/** Audio for Jackfield sessions: the SDP handler of m=audio, and the streams that it makes. */
import { SipError } from '@jackfield/base';
import { createRtpPorts, type Latching, type PortRange, type RtpPorts } from '@jackfield/rtp';
import { CodecChoice, type CodecPolicy } from '@jackfield/sdp';
import type { Registration, Session, SessionService } from '@jackfield/session';
import type { AudioStream } from './audio-stream.ts';
import { CodecTable, DEFAULT_CODECS, isEvents, type AudioCodec } from './codecs.ts';
import { AudioHandler } from './handler.ts';
import { LEAST_PTIME, MOST_PTIME } from './settings.ts';
import { checkSilence, type SilenceOptions } from './silence-watch.ts';

/** For `registerAudio`. */
export interface AudioOptions {
  /** Best first; PCMU, PCMA and telephone-event unless given. An endpoint's `codecs` choose and order among them. */
  readonly codecs?: readonly AudioCodec[] | undefined;
  /** Length of the frames we ask for, and send where the peer asks for nothing: 10 to 120 ms, default 20. */
  readonly ptimeMs?: number | undefined;
  /** Which codecs are said, and in which order, for endpoints without a `codecPolicy` of their own; the offerer's order and all that is common unless given. */
  readonly codecPolicy?: CodecPolicy | undefined;
  /** Where ports come from; one for all media of a server. Absent: the machine's, out of `range`. */
  readonly ports?: RtpPorts | undefined;
  /** Without `ports`: both inclusive, default 16384 to 32767. */
  readonly range?: PortRange | undefined;
  /** Whose packets are believed; as the ports were made unless given. */
  readonly latch?: Latching | undefined;
  /** Tells when nothing comes from a peer that should send: for who ends such calls. Off unless given; means nothing on `nullPorts`. */
  readonly silence?: SilenceOptions | undefined;
  /** Hears what a listener of the application threw; `process.emitWarning` unless given. */
  readonly onError?: ((error: SipError, session: Session) => void) | undefined;
}

/**
 * Takes audio streams of sessions that begin from now on.
 *
 * @throws SipError `AUDIO_OPTION`, `SDP_CODEC_FIELD`, `RTP_PORT_RANGE`, `SESSION_NAME_TAKEN`
 */
export function registerAudio(sessions: SessionService, options: AudioOptions = {}): Registration {
  const {
    codecs = DEFAULT_CODECS,
    ptimeMs = 20,
    range,
    latch,
    codecPolicy,
    silence,
    onError = (error: SipError): void => process.emitWarning(error),
  } = options;
  if (!Number.isInteger(ptimeMs) || ptimeMs < LEAST_PTIME || ptimeMs > MOST_PTIME) {
    throw new SipError('AUDIO_OPTION', `ptimeMs is ${LEAST_PTIME} to ${MOST_PTIME}, not ${ptimeMs}`, { option: 'ptimeMs', value: ptimeMs });
  }
  if (silence !== undefined) checkSilence(silence);
  const { clock, random } = sessions.stack;
  const ports = options.ports ?? createRtpPorts({ clock, random, range });
  const table = new CodecTable(codecs);
  const choice = new CodecChoice({ codecs: table.listed, policy: codecPolicy, beside: isEvents });
  return sessions.registerSdpHandler(new AudioHandler({ codecs: table, choice, ports, ptimeMs, latch, onError, clock, silence }), 'audio');
}

declare module '@jackfield/session' {
  interface StreamKinds {
    audio: AudioStream;
  }
}

export type { AgreedAudio, AudioStream, Digit } from './audio-stream.ts';
export type { AudioSource, PlayOutcome } from './playback.ts';
export { PCMA, PCMU, TELEPHONE_EVENT, type AudioCodec } from './codecs.ts';
export type { Silence, SilenceOptions } from './silence-watch.ts';
export type { AudioErrors } from './errors.ts';
