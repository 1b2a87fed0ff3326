/** The audio stream over RTP: settings come from the handler, samples and keys from the application. Negotiates nothing. */
import { SipError } from '@jackfield/base';
import type { DigitOptions, PayloadType, RtpStream, SettledStream, StreamStats } from '@jackfield/rtp';
import type { Direction } from '@jackfield/sdp';
import type { AgreedAudio, AudioStream, Digit } from './audio-stream.ts';
import type { AudioCodec, CodecTable } from './codecs.ts';
import { Playback, type AudioSource, type PlayOutcome } from './playback.ts';
import type { AudioSettings } from './settings.ts';

export class RtpAudio implements AudioStream {
  /** The handler's end of it. */
  readonly settled: SettledStream<AudioSettings>;
  readonly #codecs: CodecTable;
  #playback: Playback | undefined;
  #echo: Disposable | undefined;
  /** The codec of the last frame, so that it is not looked up for each. */
  #known: { readonly type: PayloadType; readonly codec: AudioCodec | undefined } | undefined;

  constructor(settled: SettledStream<AudioSettings>, codecs: CodecTable) {
    this.settled = settled;
    this.#codecs = codecs;
  }

  get codec(): AgreedAudio | undefined {
    const settings = this.settled.settings;
    return settings && { name: settings.codec.name, clockRate: settings.codec.clockRate, ptimeMs: settings.ptimeMs };
  }

  get direction(): Direction {
    return this.settled.settings?.media.direction ?? 'inactive';
  }

  get held(): boolean {
    return this.settled.settings?.held ?? false;
  }

  get takesDigits(): boolean {
    return this.settled.settings?.media.send.some(({ name }) => name.toLowerCase() === 'telephone-event') ?? false;
  }

  get statistics(): StreamStats | undefined {
    return this.settled.rtp?.stats();
  }

  echo(on: boolean): void {
    if (on === (this.#echo !== undefined)) return;
    const rtp = this.#rtp;
    this.#echo?.[Symbol.dispose]();
    this.#echo = on ? rtp.tap((packet, codec) => rtp.relay(packet, codec)) : undefined;
  }

  async play(source: AudioSource, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<PlayOutcome> {
    const rtp = this.#rtp;
    const { signal } = options;
    this.#playback?.stop();
    if (signal?.aborted === true || this.settled.closed) return 'stopped';
    if (rtp.codec !== undefined && this.#find(rtp.codec)?.encode === undefined) throw opaque(rtp.codec);
    const playback = new Playback(source);
    const stop = (): void => playback.stop();
    this.#playback = playback;
    signal?.addEventListener('abort', stop);
    const playing = rtp.play((type, samples) => {
      const encode = this.#find(type)?.encode;
      const frame = encode && playback.next(samples);
      return frame && encode(frame);
    });
    try {
      return await playback.done;
    } finally {
      playing[Symbol.dispose]();
      signal?.removeEventListener('abort', stop);
      if (this.#playback === playback) this.#playback = undefined;
    }
  }

  writeFrame(samples: Int16Array): void {
    const rtp = this.#rtp;
    const encode = rtp.codec && this.#find(rtp.codec)?.encode;
    if (encode !== undefined) rtp.send(encode(samples), samples.length);
  }

  onFrame(listener: (samples: Int16Array, timestamp: number) => void): Disposable {
    return this.#rtp.listen((packet, type) => {
      const decode = type && this.#find(type)?.decode;
      if (packet !== undefined && decode !== undefined) listener(decode(packet.payload), packet.timestamp);
    });
  }

  onDigit(listener: (digit: Digit) => void): Disposable {
    return this.#rtp.onEvent(({ digit, durationMs }) => {
      if (digit !== undefined) listener({ digit, durationMs });
    });
  }

  async sendDigits(digits: string, options?: DigitOptions): Promise<void> {
    await this.#rtp.sendDigits(digits, options);
  }

  /** Everything that is under way ends, and the ports are free again. */
  close(): void {
    this.#playback?.stop();
    this.settled.close();
  }

  get #rtp(): RtpStream {
    const { rtp, transport } = this.settled;
    if (rtp === undefined) throw new SipError('AUDIO_NOT_AGREED', 'no exchange has settled this stream yet', { port: transport.port });
    return rtp;
  }

  #find(type: PayloadType): AudioCodec | undefined {
    if (this.#known?.type !== type) this.#known = { type, codec: this.#codecs.find(type) };
    return this.#known.codec;
  }
}

const opaque = ({ name }: PayloadType): SipError<'AUDIO_CODEC_OPAQUE'> =>
  new SipError('AUDIO_CODEC_OPAQUE', `no samples can be made into ${name}: its codec has no encode`, { codec: name });
