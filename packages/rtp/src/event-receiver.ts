/**
 * Hears keys (RFC 4733 §2.5.2): one event per press, however many packets told of it and whichever of them were lost. It is over with the end
 * bit, with the next event, or when nothing more is heard of it.
 */
import type { Clock } from '@jackfield/base';
import { timestampDelta, type RtpPacket } from './packet.ts';
import { digitOf, readEvents, type DtmfDigit, type EventBlock } from './telephone-event.ts';

/** One press or signal, when it is over (RFC 4733). */
export interface TelephoneEvent {
  /** 0 to 255; 0 to 15 are keys. */
  readonly event: number;
  /** Absent for what is no key: flash, fax and line signals. */
  readonly digit: DtmfDigit | undefined;
  readonly durationMs: number;
  /** dBm0 without the sign, 0 to 63. */
  readonly volume: number;
}

/** Packets come every 20 to 50 ms while a key is held: after this long without one, it counts as released. */
const SILENCE_MS = 250;
const SEGMENT = 0xffff;

interface Held {
  readonly event: number;
  volume: number;
  /** Of the present segment. */
  timestamp: number;
  duration: number;
  /** Of the segments before it (§2.5.2.3), in timestamp units. */
  before: number;
  heardAt: number;
}

/** Hears each event once, when it is over. */
export interface EventEar {
  released(event: TelephoneEvent): void;
}

export class EventReceiver {
  readonly #clock: Clock;
  readonly #rate: number;
  readonly #ear: EventEar;
  #held: Held | undefined;
  /** Timestamp of the last event that is over; what is not later belongs to it or to one before. */
  #over: number | undefined;
  #timer: Disposable | undefined;

  /** @param rate - clock rate of the payload type, Hz. */
  constructor(clock: Clock, rate: number, ear: EventEar) {
    this.#clock = clock;
    this.#rate = rate;
    this.#ear = ear;
  }

  packet(packet: RtpPacket): void {
    let timestamp = packet.timestamp;
    for (const block of readEvents(packet.payload)) {
      if (block.duration > 0) this.#block(block, timestamp); // 0 is for states, which no key is
      timestamp = (timestamp + block.duration) >>> 0;
    }
  }

  /** The source has changed: a key that is held is over, and timestamps begin anew. */
  reset(): void {
    this.#finish();
    this.#over = undefined;
  }

  /** Forgets a key that is held, and reports no more. */
  stop(): void {
    this.#held = undefined;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #block(block: EventBlock, timestamp: number): void {
    if (this.#over !== undefined && timestampDelta(timestamp, this.#over) <= 0) return;
    let held = this.#held;
    if (held !== undefined && !belongs(held, block, timestamp)) {
      if (timestampDelta(timestamp, held.timestamp) < 0) return; // overtaken by the event we are in
      this.#finish();
      held = undefined;
    }
    if (held === undefined) {
      held = { event: block.event, volume: block.volume, timestamp, duration: 0, before: 0, heardAt: 0 };
      this.#held = held;
      this.#timer = this.#clock.after(SILENCE_MS, () => this.#listen());
    } else if (timestamp !== held.timestamp) {
      held.before += SEGMENT;
      held.timestamp = timestamp;
      held.duration = 0;
    }
    held.duration = Math.max(held.duration, block.duration); // a packet that was overtaken tells nothing new
    held.volume = block.volume;
    held.heardAt = this.#clock.now();
    if (block.end) this.#finish();
  }

  #listen(): void {
    const left = this.#held === undefined ? 0 : this.#held.heardAt + SILENCE_MS - this.#clock.now();
    if (left > 0) this.#timer = this.#clock.after(left, () => this.#listen());
    else this.#finish();
  }

  #finish(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.stop();
    this.#over = held.timestamp;
    const durationMs = Math.round(((held.before + held.duration) * 1000) / this.#rate);
    this.#ear.released({ event: held.event, digit: digitOf(held.event), durationMs, volume: held.volume });
  }
}

function belongs(held: Held, block: EventBlock, timestamp: number): boolean {
  if (block.event !== held.event) return false;
  return timestamp === held.timestamp || (held.duration === SEGMENT && timestamp === (held.timestamp + SEGMENT) >>> 0);
}
