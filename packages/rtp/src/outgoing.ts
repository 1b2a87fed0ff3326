/** Numbers what we send: SSRC, sequence, timestamps and marker (RFC 3550 §5.1, RFC 3551 §4.1). Gives bytes; sends nothing. */
import type { Clock, Random } from '@jackfield/base';
import { sequenceDelta, timestampDelta, writeRtp, type RtpPacket } from './packet.ts';

/** Frames that come later than this begin a new talkspurt, at the time that it is. */
const PAUSE_MS = 100;
/** Steps in a relayed source's numbers that are taken for a restart. */
const MAX_STEP = 3000;

interface Relay {
  readonly ssrc: number;
  readonly sequenceOffset: number;
  readonly timestampOffset: number;
}

export class Outgoing {
  readonly ssrc: number;
  packets = 0;
  octets = 0;
  readonly #clock: Clock;
  #rate = 8000;
  #sequence: number;
  /** Of the next frame. */
  #timestamp: number;
  #talking = false;
  /** A moment whose timestamp is known, from which others follow. */
  #originMs: number;
  #origin: number;
  /** How a relayed source's numbers become ours; undone by any frame of our own in between. */
  #relay: Relay | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.ssrc = random.integer(2 ** 32);
    this.#sequence = random.integer(2 ** 15); // the lower half: the first wrap is some way off (RFC 3711 §3.3.1)
    this.#timestamp = random.integer(2 ** 32);
    this.#originMs = clock.now();
    this.#origin = this.#timestamp;
  }

  /** Timestamp of this moment, whether something is sent or not. */
  now(): number {
    return (this.#origin + Math.round(((this.#clock.now() - this.#originMs) * this.#rate) / 1000)) >>> 0;
  }

  /** Timestamp of what begins now. */
  start(): number {
    this.#keepUp();
    return this.#timestamp;
  }

  /** Timestamp units per second from here on; 8000 before. */
  setRate(rate: number): void {
    if (rate === this.#rate) return;
    this.#origin = this.now();
    this.#originMs = this.#clock.now();
    this.#rate = rate;
    this.#relay = undefined;
  }

  /** @param units - how much time the payload holds. */
  media(payload: Uint8Array, payloadType: number, units: number): Uint8Array {
    this.#relay = undefined;
    this.#keepUp();
    const packet = this.#write(!this.#talking, payloadType, this.#take(), this.#timestamp, payload);
    this.#talking = true;
    this.#timestamp = (this.#timestamp + units) >>> 0;
    return packet;
  }

  /** A packet about an event that began at `timestamp`; takes no time of its own. */
  event(payload: Uint8Array, payloadType: number, timestamp: number, first: boolean): Uint8Array {
    this.#relay = undefined;
    return this.#write(first, payloadType, this.#take(), timestamp, payload);
  }

  /** Time in which no frame is sent; the next one begins a talkspurt. */
  skip(units: number): void {
    this.#timestamp = (this.#timestamp + units) >>> 0;
    this.#talking = false;
  }

  /** Another source's packet under our name. Its gaps, its order and its time stay visible. */
  relay(packet: RtpPacket, payloadType: number, units: number): Uint8Array {
    let relay = this.#relay;
    let sequence = relay === undefined ? 0 : (packet.sequence + relay.sequenceOffset) & 0xffff;
    const joins = relay === undefined || relay.ssrc !== packet.ssrc || Math.abs(sequenceDelta(sequence, this.#sequence)) > MAX_STEP;
    if (joins) {
      this.#keepUp();
      sequence = this.#sequence;
      relay = {
        ssrc: packet.ssrc,
        sequenceOffset: sequence - packet.sequence,
        timestampOffset: this.#timestamp - packet.timestamp,
      };
      this.#relay = relay;
    }
    const timestamp = (packet.timestamp + relay!.timestampOffset) >>> 0;
    if (sequenceDelta(sequence, this.#sequence) >= 0) {
      this.#sequence = (sequence + 1) & 0xffff;
      this.#timestamp = (timestamp + units) >>> 0;
    }
    this.#talking = true;
    return this.#write(packet.marker || joins, payloadType, sequence, timestamp, packet.payload);
  }

  #take(): number {
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    return sequence;
  }

  #keepUp(): void {
    const now = this.now();
    const pauseMs = this.packets === 0 ? 0 : PAUSE_MS; // what is sent first says when it was sent
    if (timestampDelta(now, this.#timestamp) <= (pauseMs * this.#rate) / 1000) return;
    this.#timestamp = now;
    this.#talking = false;
  }

  #write(marker: boolean, payloadType: number, sequence: number, timestamp: number, payload: Uint8Array): Uint8Array {
    this.packets += 1;
    this.octets += payload.length;
    return writeRtp(marker, payloadType, sequence, timestamp, this.ssrc, payload);
  }
}
