/** The receiving half of a stream: counts what arrives, hears keys, and hands packets on, as they come or in order. Knows no direction and sends nothing. */
import type { Clock } from '@jackfield/base';
import type { RtpCounters } from './counters.ts';
import { EventReceiver, type EventEar, type TelephoneEvent } from './event-receiver.ts';
import { JitterBuffer, type JitterStats } from './jitter-buffer.ts';
import { Listeners } from './listeners.ts';
import type { RtpPacket } from './packet.ts';
import { eventsBeside, isEvents, typeOf, type PayloadType } from './payload-type.ts';
import { Reception } from './reception.ts';

/** Gets every packet as it comes, telephone events included, in whatever order. */
export type PacketTap = (packet: RtpPacket, codec: PayloadType) => void;
/**
 * Gets the packets that are due, in order; and undefined in a frame's time in which none is. What a packet holds may be longer or shorter than
 * our frames: its timestamp says where it belongs.
 */
export type FrameSink = (packet: RtpPacket | undefined, codec: PayloadType | undefined) => void;
/** Hears each event once, when it is over. A throw takes it off (`RTP_CALLBACK_FAILED`). */
export type EventListener = (event: TelephoneEvent) => void;

export interface IncomingWorld {
  readonly clock: Clock;
  readonly counters: RtpCounters;
  readonly delayFrames: number;
  /** A callback threw, and was taken off. */
  failed(callback: 'tap' | 'sink' | 'events', cause: unknown): void;
}

export class Incoming implements EventEar {
  readonly #world: IncomingWorld;
  #taps: Listeners<PacketTap> | undefined;
  #sinks: Listeners<FrameSink> | undefined;
  #events: Listeners<EventListener> | undefined;
  /** What may arrive. */
  #types: readonly PayloadType[] = [];
  #frame = 0;
  #eventRate = 0;
  #reception: Reception | undefined;
  #buffer: JitterBuffer | undefined;
  #keys: EventReceiver | undefined;

  constructor(world: IncomingWorld) {
    this.#world = world;
  }

  get taps(): Listeners<PacketTap> {
    return (this.#taps ??= new Listeners());
  }
  get sinks(): Listeners<FrameSink> {
    return (this.#sinks ??= new Listeners());
  }
  get events(): Listeners<EventListener> {
    return (this.#events ??= new Listeners());
  }

  /** The source that is heard now. */
  get reception(): Reception | undefined {
    return this.#reception;
  }

  get buffered(): JitterStats | undefined {
    return this.#buffer?.stats();
  }

  /** @param frame - of our beat, in timestamp units of what we expect. */
  agree(receive: readonly PayloadType[], frame: number): void {
    this.#types = receive;
    if (frame !== this.#frame) {
      this.#frame = frame;
      if (this.#buffer !== undefined) this.#buffer = new JitterBuffer(frame, this.#world.delayFrames);
    }
    const eventRate =
      eventsBeside(
        receive,
        receive.find((type) => !isEvents(type)),
      )?.clockRate ?? 0;
    if (eventRate === this.#eventRate) return;
    this.#eventRate = eventRate;
    this.#keys?.reset();
    this.#keys = undefined;
  }

  arrived(packet: RtpPacket): void {
    const { clock, counters } = this.#world;
    const codec = typeOf(this.#types, packet.payloadType);
    if (codec === undefined) {
      counters.droppedPayloadType += 1;
      return;
    }
    if (this.#reception?.ssrc !== packet.ssrc) {
      this.#reception = new Reception(packet.ssrc, packet.sequence);
      this.#newSource();
    }
    const verdict = this.#reception.arrived(packet.sequence, packet.timestamp, Math.round((clock.now() * codec.clockRate) / 1000));
    if (verdict === 'stray') {
      counters.droppedStray += 1;
      return;
    }
    if (verdict === 'restarted') this.#newSource();
    this.#buffer?.push(packet); // events too, whose numbers would else count as lost
    if (isEvents(codec)) this.#hear(packet);
    for (const tap of this.#taps?.list ?? []) {
      if (!tap.active) continue;
      try {
        tap.call(packet, codec);
      } catch (cause) {
        this.taps.remove(tap);
        this.#world.failed('tap', cause);
      }
    }
  }

  /** One frame of time. */
  tick(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    buffer.advance();
    let given = false;
    for (let packet = buffer.next(); packet !== undefined; packet = buffer.next()) {
      const codec = typeOf(this.#types, packet.payloadType);
      if (codec === undefined || isEvents(codec)) continue; // agreed no more, or heard already
      this.#give(packet, codec);
      given = true;
    }
    if (!given) this.#give(undefined, undefined);
  }

  /** Whether somebody listens in order, and so wants `tick`. Holds packets only while somebody does. */
  listening(): boolean {
    if (this.#sinks === undefined || this.#sinks.list.length === 0) this.#buffer = undefined;
    else this.#buffer ??= new JitterBuffer(this.#frame, this.#world.delayFrames);
    return this.#buffer !== undefined;
  }

  stop(): void {
    this.#taps?.clear();
    this.#sinks?.clear();
    this.#events?.clear();
    this.#keys?.stop();
    this.#buffer = undefined;
  }

  /** At the rate that was agreed; where none was, keys are not heard. */
  #hear(packet: RtpPacket): void {
    if (this.#eventRate === 0) return;
    this.#keys ??= new EventReceiver(this.#world.clock, this.#eventRate, this);
    this.#keys.packet(packet);
  }

  #newSource(): void {
    this.#buffer?.reset();
    this.#keys?.reset();
  }

  #give(packet: RtpPacket | undefined, codec: PayloadType | undefined): void {
    for (const sink of this.#sinks?.list ?? []) {
      if (!sink.active) continue;
      try {
        sink.call(packet, codec);
      } catch (cause) {
        this.sinks.remove(sink);
        this.#world.failed('sink', cause);
      }
    }
  }

  /** A key of the peer is over. */
  released(event: TelephoneEvent): void {
    this.#world.counters.eventsIn += 1;
    for (const listener of this.#events?.list ?? []) {
      if (!listener.active) continue;
      try {
        listener.call(event);
      } catch (cause) {
        this.events.remove(listener);
        this.#world.failed('events', cause);
      }
    }
  }
}
