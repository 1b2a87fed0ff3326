/** The SDP handler of audio: claims, creates, applies, puts back and stops streams of RTP/AVP and RTP/AVPF. Knows no encryption, no ICE, no bundles. */
import type { Clock, SipError } from '@jackfield/base';
import { SettledStream, type Latching, type RtpPorts } from '@jackfield/rtp';
import { isReachable, rtcpMux, rtpSection, type Codec, type CodecChoice } from '@jackfield/sdp';
import type { Agreed, CreatedStream, OfferedStream, SdpHandler, Session, StreamSlot } from '@jackfield/session';
import type { CodecTable } from './codecs.ts';
import { RtpAudio } from './rtp-audio.ts';
import { settleAudio, type AudioSettings } from './settings.ts';
import { SilenceWatch, type SilenceOptions } from './silence-watch.ts';

export interface AudioWorld {
  readonly codecs: CodecTable;
  readonly choice: CodecChoice;
  readonly ports: RtpPorts;
  readonly ptimeMs: number;
  readonly latch: Latching | undefined;
  readonly onError: (error: SipError, session: Session) => void;
  readonly clock: Clock;
  readonly silence: SilenceOptions | undefined;
}

/** AVPF is AVP with leave to report sooner (RFC 4585 §3), of which audio makes no use. */
const isSpoken = (protocol: string): boolean => protocol === 'RTP/AVP' || protocol === 'RTP/AVPF';

export class AudioHandler implements SdpHandler<RtpAudio> {
  readonly name = '@jackfield/sdp-audio';
  readonly #world: AudioWorld;

  constructor(world: AudioWorld) {
    this.#world = world;
  }

  handleIncomingStream(session: Session, { remote, exchange, localAddress }: OfferedStream<RtpAudio>): 'claimed' | undefined {
    if (!isSpoken(remote.protocol) || !isReachable(remote, exchange.remote, localAddress)) return undefined;
    return this.#world.choice.answer(session.endpoint, remote).length > 0 ? 'claimed' : undefined;
  }

  createOutgoingStream(
    session: Session,
    slot: StreamSlot<RtpAudio>,
  ): CreatedStream<RtpAudio> | Promise<CreatedStream<RtpAudio> | undefined> | undefined {
    const { remote, current, localAddress, bindAddress } = slot;
    const protocol = remote?.protocol ?? slot.protocol ?? 'RTP/AVP';
    const { choice } = this.#world;
    const { endpoint } = session;
    const codecs = remote === undefined ? choice.offer(endpoint, current?.settled.settings) : choice.answer(endpoint, remote);
    if (!isSpoken(protocol) || codecs.length === 0) return undefined;
    if (current !== undefined && current.settled.transport.localAddress === localAddress) {
      current.settled.keep();
      return this.#created(current, slot, protocol, codecs);
    }
    const { ports, onError } = this.#world;
    const report = reporter(onError, session);
    const opened = SettledStream.open<AudioSettings>(ports, localAddress, slot.exchange, report, bindAddress);
    if (opened instanceof SettledStream) return this.#created(this.#stream(opened, session, report), slot, protocol, codecs);
    return opened.then((settled) => settled && this.#created(this.#stream(settled, session, report), slot, protocol, codecs));
  }

  applyNegotiatedStream(_session: Session, stream: RtpAudio, { local, remote, exchange }: Agreed): void {
    const { ptimeMs, latch } = this.#world;
    stream.apply(
      settleAudio(
        { local, remote, role: exchange.role, description: exchange.remote, localAddress: stream.settled.transport.localAddress },
        ptimeMs,
        latch,
        stream.settled.settings?.said,
      ),
    );
  }

  rollbackStream(_session: Session, stream: RtpAudio): void {
    stream.revert();
  }

  stopStream(_session: Session, stream: RtpAudio): void {
    stream.close();
  }

  #stream(settled: SettledStream<AudioSettings>, session: Session, onError: (error: SipError) => void): RtpAudio {
    const { codecs, silence, clock } = this.#world;
    const stream = new RtpAudio(settled, codecs, onError);
    if (silence !== undefined) stream.silence = new SilenceWatch(stream, session, clock, silence, onError);
    return stream;
  }

  #created(stream: RtpAudio, slot: StreamSlot<RtpAudio>, protocol: string, codecs: readonly Codec[]): CreatedStream<RtpAudio> {
    const { port, rtcpPort } = stream.settled.transport;
    const { kind, direction, remote, current } = slot;
    const mux = remote === undefined ? current?.settled.settings?.rtcpMux : rtcpMux(remote);
    const lines = [`a=ptime:${this.#world.ptimeMs}`];
    return { stream, section: rtpSection({ kind, protocol, port, rtcpPort, rtcpMux: mux, codecs, direction, lines }) };
  }
}

/** Not made where the exchange is at hand: it lives as long as the stream, with all that is in its scope. */
function reporter(onError: AudioWorld['onError'], session: Session): (error: SipError) => void {
  return (error) => onError(error, session);
}
