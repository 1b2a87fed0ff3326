/**
 * One stream of media over one transport (RFC 3550): what is sent gets its numbers and its beat, what arrives is counted, put in order where
 * somebody listens in order, and gated by the direction agreed. Carries encoded frames; makes and reads none.
 */
import { SipError, randomToken, type Clock } from '@jackfield/base';
import { Control } from './control.ts';
import type { RtpCounters } from './counters.ts';
import { within } from './errors.ts';
import { EventSender, type DigitOptions } from './event-sender.ts';
import { Incoming, type EventListener, type FrameSink, type IncomingWorld, type PacketTap } from './incoming.ts';
import type { Listeners } from './listeners.ts';
import { Outgoing } from './outgoing.ts';
import type { RtpPacket } from './packet.ts';
import { eventsBeside, isEvents, sameEncoding, type PayloadType } from './payload-type.ts';
import type { FrameSource, StreamMedia, StreamOptions, StreamStats, StreamWorld } from './stream-options.ts';
import type { MediaTransport } from './transport.ts';

/** Made by `RtpPorts.stream`. */
export class RtpStream implements IncomingWorld {
  /** Over which it runs; whoever opened it closes it. */
  readonly transport: MediaTransport;
  /** @internal */
  readonly clock: Clock;
  /** @internal */
  readonly counters: RtpCounters;
  /** @internal */
  readonly delayFrames: number;
  readonly #world: StreamWorld;
  readonly #onError: (error: SipError) => void;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  /** Undefined where nothing is carried. */
  readonly #control: Control | undefined;
  /** Made with the first key that is pressed. */
  #keys: EventSender | undefined;
  #media: StreamMedia;
  #codec: PayloadType | undefined;
  #keyType: PayloadType | undefined;
  #ptimeMs = 20;
  /** Timestamp units of one of our frames. */
  #frame = 160;
  #source: { readonly next: FrameSource } | undefined;
  #beat: { readonly ptimeMs: number; readonly member: Disposable } | undefined;
  #stopped = false;

  /** @throws {@link SipError} `RTP_OPTION_RANGE`. */
  constructor(transport: MediaTransport, options: StreamOptions, world: StreamWorld) {
    const { clock, random, counters } = world;
    const delayFrames = within('delayFrames', options.delayFrames ?? 3, 0, 32);
    this.transport = transport;
    this.#world = world;
    this.#onError = options.onError;
    this.#media = options.media;
    this.#outgoing = new Outgoing(clock, random);
    this.clock = clock;
    this.counters = counters;
    this.delayFrames = delayFrames;
    this.#incoming = new Incoming(this);
    this.#agree(options.media);
    if (transport.inert) return;
    const control = new Control({
      clock,
      random,
      transport,
      outgoing: this.#outgoing,
      cname: randomToken(random, 12), // a new one for each stream: calls cannot be told to be the same caller's (RFC 7022)
      reception: () => this.#incoming.reception,
      rate: () => this.#rate,
    });
    this.#control = control;
    transport.setReceiver({ packet: (packet) => this.#arrived(packet), control: (compound) => control.received(compound) });
  }

  /** What is agreed now. */
  get media(): StreamMedia {
    return this.#media;
  }

  /** What we send with: the first of `media.send` that is no telephone-event. */
  get codec(): PayloadType | undefined {
    return this.#codec;
  }

  get sending(): boolean {
    return !this.#stopped && !this.transport.inert && (this.#media.direction === 'sendrecv' || this.#media.direction === 'sendonly');
  }

  get receiving(): boolean {
    return !this.#stopped && (this.#media.direction === 'sendrecv' || this.#media.direction === 'recvonly');
  }

  /** A later exchange has agreed on something else. Numbers, listeners and source go on. @throws {@link SipError} `RTP_OPTION_RANGE`. */
  remap(media: StreamMedia): void {
    if (this.#stopped) return;
    this.#agree(media);
    this.#pace();
  }

  /** Sends one frame now, if the direction allows and no key sounds. @param samples - timestamp units it lasts; absent: one frame of `ptimeMs`. */
  send(payload: Uint8Array, samples = this.#frame): void {
    if (!this.sending || this.#codec === undefined || this.#keys?.sounding === true) return;
    this.transport.send(this.#outgoing.media(payload, this.#codec.payloadType, samples));
  }

  /** Sends another stream's packet, or this one's own (echo), under our numbers. Dropped and counted when the peer does not take `codec`. */
  relay(packet: RtpPacket, codec: PayloadType): void {
    if (!this.sending || this.#keys?.sounding === true) return;
    const to = sameEncoding(this.#media.send, codec);
    if (to === undefined) this.#world.counters.unsent += 1;
    else this.transport.send(this.#outgoing.relay(packet, to.payloadType, this.#frame));
  }

  /** Sends what `source` gives, a frame every `ptimeMs`; it is not asked on hold, nor while a key sounds. Takes the place of the one before. */
  play(source: FrameSource): Disposable {
    const entry = { next: source };
    if (!this.#stopped) this.#source = entry;
    this.#pace();
    const dispose = (): void => {
      if (this.#source !== entry) return;
      this.#source = undefined;
      this.#pace();
    };
    return { [Symbol.dispose]: dispose };
  }

  /** Every packet at once: for echo and for bridges. */
  tap(tap: PacketTap): Disposable {
    return this.#listen(this.#incoming.taps, tap);
  }

  /** In order and in time: for recording and for ears. */
  listen(sink: FrameSink): Disposable {
    return this.#listen(this.#incoming.sinks, sink);
  }

  /** Each key of the peer, once, when it is released (RFC 4733). */
  onEvent(listener: EventListener): Disposable {
    return this.#listen(this.#incoming.events, listener);
  }

  /**
   * Presses keys, one after the other; on hold they wait. Resolves after the last one's pause. Rejects `RTP_EVENTS_NOT_AGREED`,
   * `RTP_DIGIT_UNKNOWN`, `RTP_OPTION_RANGE`, and `RTP_STREAM_STOPPED` when the stream stops first.
   */
  async sendDigits(digits: string, options: DigitOptions = {}): Promise<void> {
    if (this.#stopped) throw this.#stoppedError();
    if (this.#keyType === undefined) throw notAgreed(digits);
    if (this.transport.inert) return; // nothing is carried, frames or keys
    this.#keys ??= new EventSender(this.#outgoing, (packet) => {
      this.#world.counters.eventsOut += 1;
      this.transport.send(packet);
    });
    const pressed = this.#keys.add(digits, options);
    this.#pace();
    await pressed;
  }

  /** A fresh count. */
  stats(): StreamStats {
    const { ssrc, packets, octets } = this.#outgoing;
    const from = this.#incoming.reception;
    return {
      ssrc,
      sent: { packets, octets },
      received: from && { ssrc: from.ssrc, packets: from.received, lost: from.lost, jitterMs: (from.jitter * 1000) / this.#rate },
      remote: this.#control?.view,
      buffer: this.#incoming.buffered,
    };
  }

  /** Once; later calls do nothing. No callback fires after it. The transport stays open: it is its owner's. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.transport.setReceiver(undefined);
    this.#control?.stop();
    this.#incoming.stop();
    this.#source = undefined;
    this.#keys?.stop(() => this.#stoppedError());
    this.#pace();
    this.#world.left();
  }

  get #rate(): number {
    return this.#codec?.clockRate ?? 8000;
  }

  #agree(media: StreamMedia): void {
    const ptimeMs = within('ptimeMs', media.ptimeMs ?? 20, 1, 1000);
    this.#media = media;
    this.#codec = media.send.find((type) => !isEvents(type));
    this.#keyType = eventsBeside(media.send, this.#codec);
    this.#ptimeMs = ptimeMs;
    this.#frame = Math.round((this.#rate * ptimeMs) / 1000);
    this.#outgoing.setRate(this.#rate);
    this.#incoming.agree(media.receive, this.#frame);
    if (this.#keyType === undefined) this.#keys?.stop(notAgreed);
  }

  #listen<F>(listeners: Listeners<F>, call: F): Disposable {
    const listener = this.#stopped ? undefined : listeners.add(call);
    this.#pace();
    const dispose = (): void => {
      if (listener === undefined) return;
      listeners.remove(listener);
      this.#pace();
    };
    return { [Symbol.dispose]: dispose };
  }

  /** On the beat while there is something to do in it, and only then. */
  #pace(): void {
    const listening = this.#incoming.listening();
    const wanted = !this.transport.inert && (listening || this.#source !== undefined || this.#keys?.busy === true);
    if (wanted && this.#beat?.ptimeMs === this.#ptimeMs) return;
    this.#beat?.member[Symbol.dispose]();
    this.#beat = wanted ? { ptimeMs: this.#ptimeMs, member: this.#world.pacer.join(this.#ptimeMs, () => this.#tick()) } : undefined;
  }

  #tick(): void {
    const pressing = this.#keys?.busy === true;
    if (this.sending) this.#sendFrame();
    this.#incoming.tick();
    if (pressing && this.#keys?.busy !== true) this.#pace();
  }

  #sendFrame(): void {
    const [codec, keys] = [this.#codec, this.#keyType];
    if (keys !== undefined && this.#keys?.busy === true) {
      const carrier = { payloadType: keys.payloadType, rate: keys.clockRate, frame: Math.round((keys.clockRate * this.#ptimeMs) / 1000) };
      if (this.#keys.tick(carrier, this.#ptimeMs)) {
        this.#outgoing.skip(this.#frame);
        return;
      }
    }
    const source = this.#source;
    if (source === undefined || codec === undefined) return;
    let payload: Uint8Array | undefined;
    try {
      payload = source.next(codec, this.#frame);
    } catch (cause) {
      if (this.#source === source) this.#source = undefined;
      this.failed('source', cause);
    }
    if (!this.sending) return; // it has stopped us
    if (payload === undefined) this.#outgoing.skip(this.#frame);
    else this.transport.send(this.#outgoing.media(payload, codec.payloadType, this.#frame));
  }

  #arrived(packet: RtpPacket): void {
    if (this.receiving) this.#incoming.arrived(packet);
    else this.#world.counters.droppedDirection += 1;
  }

  /** A callback threw, and was taken off. @internal */
  failed(callback: 'source' | 'sink' | 'tap' | 'events', cause: unknown): void {
    this.#world.counters.callbackErrors += 1;
    this.#pace();
    this.#onError(new SipError('RTP_CALLBACK_FAILED', `the ${callback} of a stream threw`, { callback }, { cause }));
  }

  #stoppedError(): SipError {
    const ssrc = this.#outgoing.ssrc;
    return new SipError('RTP_STREAM_STOPPED', 'the stream has stopped', { ssrc });
  }
}

const notAgreed = (digits: string): SipError => new SipError('RTP_EVENTS_NOT_AGREED', 'the peer takes no telephone-event', { digits });
