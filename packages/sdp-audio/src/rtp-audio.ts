/** The audio stream over RTP: settings come from the handler, samples and keys from the application. Negotiates nothing. */
import { SipError } from '@jackfield/base';
import type { DigitOptions, PayloadType, RtpStream, SettledStream, StreamStats } from '@jackfield/rtp';
import type { Direction } from '@jackfield/sdp';
import type { AgreedAudio, AudioStream, Digit } from './audio-stream.ts';
import { isEvents, type AudioCodec, type CodecTable } from './codecs.ts';
import { Playback, type AudioSource, type PlayOutcome } from './playback.ts';
import type { AudioSettings } from './settings.ts';
import type { SilenceWatch } from './silence-watch.ts';

interface HoldListener {
  readonly tell: (held: boolean) => void;
}

export class RtpAudio implements AudioStream {
  /** The handler's end of it. */
  readonly settled: SettledStream<AudioSettings>;
  readonly #codecs: CodecTable;
  readonly #onError: (error: SipError) => void;
  #holdListeners: readonly HoldListener[] | undefined;
  /** Where silence is watched. */
  silence: SilenceWatch | undefined;
  #playback: Playback | undefined;
  #echo: Disposable | undefined;
  /** The codec of the last frame, so that it is not looked up for each. */
  #known: { readonly type: PayloadType; readonly codec: AudioCodec | undefined } | undefined;

  constructor(settled: SettledStream<AudioSettings>, codecs: CodecTable, onError: (error: SipError) => void) {
    this.settled = settled;
    this.#codecs = codecs;
    this.#onError = onError;
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
    return this.settled.settings?.media.send.some(isEvents) ?? false;
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

  onHold(listener: (held: boolean) => void): Disposable {
    if (this.settled.closed) return { [Symbol.dispose]: () => {} };
    const own: HoldListener = { tell: listener };
    this.#holdListeners = [...(this.#holdListeners ?? []), own];
    return { [Symbol.dispose]: () => this.#unhold(own) };
  }

  onDigit(listener: (digit: Digit) => void): Disposable {
    return this.#rtp.onEvent(({ digit, durationMs }) => {
      if (digit !== undefined) listener({ digit, durationMs });
    });
  }

  async sendDigits(digits: string, options?: DigitOptions): Promise<void> {
    await this.#rtp.sendDigits(digits, options);
  }

  /** @throws SipError `RTP_OPTION_RANGE`, with the old settings in force */
  apply(settings: AudioSettings): void {
    const { held } = this;
    this.settled.apply(settings);
    this.#moved(held);
  }

  /** The exchange has failed. */
  revert(): void {
    const { held } = this;
    this.settled.revert();
    this.#moved(held);
  }

  /** Everything that is under way ends, and the ports are free again. */
  close(): void {
    this.#holdListeners = undefined;
    this.silence?.stop();
    this.#playback?.stop();
    this.settled.close();
  }

  #moved(before: boolean): void {
    if (!this.settled.closed) this.silence?.settled();
    const { held } = this;
    if (held === before) return;
    for (const listener of this.#holdListeners ?? []) {
      if (this.#holdListeners?.includes(listener) !== true) continue; // taken off by one before it
      try {
        listener.tell(held);
      } catch (cause) {
        this.#unhold(listener);
        this.#onError(new SipError('AUDIO_LISTENER_FAILED', 'a hold listener threw', { listener: 'hold' }, { cause }));
      }
    }
  }

  #unhold(listener: HoldListener): void {
    this.#holdListeners = this.#holdListeners?.filter((other) => other !== listener);
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
