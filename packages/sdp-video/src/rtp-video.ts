/** The video stream over RTP: settings come from the handler, packets go back or on. Negotiates nothing. */
import { SipError } from '@jackfield/base';
import type { PayloadType, RtpPacket, RtpStream, SettledStream, StreamStats } from '@jackfield/rtp';
import type { Direction } from '@jackfield/sdp';
import type { VideoSettings } from './settings.ts';
import type { AgreedVideo, VideoStream } from './video-stream.ts';

export class RtpVideo implements VideoStream {
  /** The handler's end of it. */
  readonly settled: SettledStream<VideoSettings>;
  #goingTo: VideoStream | undefined;
  #tap: Disposable | undefined;

  constructor(settled: SettledStream<VideoSettings>) {
    this.settled = settled;
  }

  get codec(): AgreedVideo | undefined {
    const codec = this.settled.settings?.codec;
    return codec && { name: codec.name, clockRate: codec.clockRate };
  }

  get direction(): Direction {
    return this.settled.settings?.media.direction ?? 'inactive';
  }

  get held(): boolean {
    return this.settled.settings?.held ?? false;
  }

  get statistics(): StreamStats | undefined {
    return this.settled.rtp?.stats();
  }

  echo(on: boolean): void {
    if (on) this.relayTo(this);
    else if (this.#goingTo === this) this.relayTo(undefined);
  }

  relayTo(other: VideoStream | undefined): void {
    if (other === this.#goingTo) return;
    const rtp = this.#rtp;
    this.#tap?.[Symbol.dispose]();
    this.#goingTo = other;
    this.#tap = other && rtp.tap((packet, codec) => other.relay(packet, codec));
  }

  relay(packet: RtpPacket, codec: PayloadType): void {
    this.settled.rtp?.relay(packet, codec);
  }

  get #rtp(): RtpStream {
    const { rtp, transport } = this.settled;
    if (rtp === undefined) throw new SipError('VIDEO_NOT_AGREED', 'no exchange has settled this stream yet', { port: transport.port });
    return rtp;
  }
}
