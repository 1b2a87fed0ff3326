/** The SDP handler of video: claims, creates, applies, puts back and stops streams of RTP/AVP and RTP/AVPF. Knows no encryption, no ICE, no bundles. */
import type { SipError } from '@jackfield/base';
import { SettledStream, type Latching, type RtpPorts } from '@jackfield/rtp';
import { isReachable, rtcpMux, rtpSection, type Codec, type CodecChoice } from '@jackfield/sdp';
import type { Agreed, CreatedStream, OfferedStream, SdpHandler, Session, StreamSlot } from '@jackfield/session';
import { onePerName } from './codecs.ts';
import { RtpVideo } from './rtp-video.ts';
import { settleVideo, type VideoSettings } from './settings.ts';

export interface VideoWorld {
  readonly choice: CodecChoice;
  readonly ports: RtpPorts;
  readonly latch: Latching | undefined;
  readonly onError: (error: SipError, session: Session) => void;
}

const PROTOCOLS: ReadonlySet<string> = new Set(['RTP/AVP', 'RTP/AVPF']);

export class VideoHandler implements SdpHandler<RtpVideo> {
  readonly name = '@jackfield/sdp-video';
  readonly #world: VideoWorld;

  constructor(world: VideoWorld) {
    this.#world = world;
  }

  handleIncomingStream(session: Session, { remote, exchange, localAddress }: OfferedStream<RtpVideo>): 'claimed' | undefined {
    if (!PROTOCOLS.has(remote.protocol) || !isReachable(remote, exchange.remote, localAddress)) return undefined;
    return this.#world.choice.answer(session.endpoint, remote).length > 0 ? 'claimed' : undefined;
  }

  createOutgoingStream(
    session: Session,
    slot: StreamSlot<RtpVideo>,
  ): CreatedStream<RtpVideo> | Promise<CreatedStream<RtpVideo> | undefined> | undefined {
    const { remote, current, localAddress, bindAddress } = slot;
    const protocol = remote?.protocol ?? slot.protocol ?? 'RTP/AVP';
    const { choice } = this.#world;
    const { endpoint } = session;
    const codecs = onePerName(remote === undefined ? choice.offer(endpoint, current?.settled.settings) : choice.answer(endpoint, remote));
    if (!PROTOCOLS.has(protocol) || codecs.length === 0) return undefined;
    if (current !== undefined && current.settled.transport.localAddress === localAddress) {
      current.settled.keep();
      return created(current, slot, protocol, codecs);
    }
    const { ports, onError } = this.#world;
    const opened = SettledStream.open<VideoSettings>(ports, localAddress, slot.exchange, reporter(onError, session), bindAddress);
    if (opened instanceof SettledStream) return created(new RtpVideo(opened), slot, protocol, codecs);
    return opened.then((settled) => settled && created(new RtpVideo(settled), slot, protocol, codecs));
  }

  applyNegotiatedStream(_session: Session, stream: RtpVideo, { local, remote, exchange }: Agreed): void {
    const { transport, settings } = stream.settled;
    const answered = { local, remote, role: exchange.role, description: exchange.remote, localAddress: transport.localAddress };
    stream.settled.apply(settleVideo(answered, this.#world.latch, settings?.said));
  }

  rollbackStream(_session: Session, stream: RtpVideo): void {
    stream.settled.revert();
  }

  stopStream(_session: Session, stream: RtpVideo): void {
    stream.settled.close();
  }
}

function created(stream: RtpVideo, slot: StreamSlot<RtpVideo>, protocol: string, codecs: readonly Codec[]): CreatedStream<RtpVideo> {
  const { port, rtcpPort } = stream.settled.transport;
  const { kind, direction, remote, current } = slot;
  const mux = remote === undefined ? current?.settled.settings?.rtcpMux : rtcpMux(remote);
  return { stream, section: rtpSection({ kind, protocol, port, rtcpPort, rtcpMux: mux, codecs, direction }) };
}

/** Not made where the exchange is at hand: it lives as long as the stream, with all that is in its scope. */
function reporter(onError: VideoWorld['onError'], session: Session): (error: SipError) => void {
  return (error) => onError(error, session);
}
