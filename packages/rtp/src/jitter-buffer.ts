/**
 * Puts packets in order and gives each when it is due: its time after the first one, plus a delay. Time comes in by `advance`, and timestamps
 * say what is due, so the sender may use any frame length. Conceals nothing: what is missing is not given, and counted. Knows no clock, no codec.
 */
import { sequenceDelta, timestampDelta, type RtpPacket } from './packet.ts';

/** Packets since somebody began to listen in order. */
export interface JitterStats {
  readonly played: number;
  /** Numbers that playout went past without. */
  readonly lost: number;
  /** Came after their turn. */
  readonly late: number;
  readonly duplicate: number;
  /** Dropped because the buffer was full. */
  readonly overflow: number;
  /** Held now. */
  readonly depth: number;
}

/** A power of two, so that a number keeps its slot across the wrap. 1.28 s of 20 ms packets. */
const SLOTS = 64;
/** Packets in a row, too late or far too early, after which the sender's clock is taken to have drifted from ours. */
const DRIFTED = 50;

export class JitterBuffer {
  readonly #slots: (RtpPacket | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  /** The number played last from each slot, by which a copy is told from a late one. */
  readonly #done = new Int32Array(SLOTS).fill(-1);
  readonly #frame: number;
  readonly #delay: number;
  #started = false;
  /** Whose turn is next. */
  #next = 0;
  /** Timestamp that is being played. */
  #playhead = 0;
  #depth = 0;
  #outside = 0;
  #played = 0;
  #lost = 0;
  #late = 0;
  #duplicate = 0;
  #overflow = 0;

  /**
   * @param frame - how far `advance` goes, in timestamp units; 160 for 20 ms at 8 kHz.
   * @param delayFrames - from a packet's time to its playout; 0 to 32.
   */
  constructor(frame: number, delayFrames: number) {
    this.#frame = frame;
    this.#delay = delayFrames * frame;
  }

  stats(): JitterStats {
    const [played, lost, late] = [this.#played, this.#lost, this.#late];
    return { played, lost, late, duplicate: this.#duplicate, overflow: this.#overflow, depth: this.#depth };
  }

  /** Forgets what it holds, and starts again with the next packet: the source has changed. */
  reset(): void {
    this.#slots.fill(undefined);
    this.#done.fill(-1);
    this.#depth = 0;
    this.#started = false;
  }

  push(packet: RtpPacket): void {
    const { sequence } = packet;
    if (!this.#started) this.#start(packet);
    const slot = sequence % SLOTS;
    const ahead = sequenceDelta(sequence, this.#next);
    if (ahead < 0 && !this.#mayPrecede(sequence)) {
      if (this.#done[slot] === sequence) this.#duplicate += 1;
      else this.#late += 1;
      return;
    }
    if (ahead < 0) this.#next = sequence;
    else if (ahead >= SLOTS) this.#makeRoom(sequence);
    if (this.#slots[slot] !== undefined) {
      this.#duplicate += 1;
      return;
    }
    this.#slots[slot] = packet;
    this.#depth += 1;
    this.#followDrift(packet);
  }

  /** One frame of time has passed. */
  advance(): void {
    if (this.#started) this.#playhead = (this.#playhead + this.#frame) >>> 0;
  }

  /** The next packet that is due, in order; undefined when none is. Call until it is. */
  next(): RtpPacket | undefined {
    if (this.#depth === 0) return undefined;
    let sequence = this.#next;
    let missing = 0;
    while (this.#slots[sequence % SLOTS] === undefined) {
      sequence = (sequence + 1) & 0xffff;
      missing += 1;
    }
    const packet = this.#slots[sequence % SLOTS]!;
    const wait = timestampDelta(packet.timestamp, this.#playhead);
    if (wait > 0 && wait <= SLOTS * this.#frame) return undefined; // further off than we can hold: the sender's time has jumped
    this.#lost += missing;
    this.#played += 1;
    this.#depth -= 1;
    this.#slots[sequence % SLOTS] = undefined;
    this.#done[sequence % SLOTS] = sequence;
    this.#next = (sequence + 1) & 0xffff;
    return packet;
  }

  #start(packet: RtpPacket): void {
    this.#started = true;
    this.#next = packet.sequence;
    this.#anchor(packet);
  }

  #anchor(packet: RtpPacket): void {
    this.#playhead = (packet.timestamp - this.#delay) >>> 0;
    this.#outside = 0;
  }

  /** Before anything was played or dropped, a packet that overtook others may still be followed by them. */
  #mayPrecede(sequence: number): boolean {
    for (let at = 0; at < SLOTS; at += 1) {
      if (this.#done[at] !== -1) return false;
      const held = this.#slots[at];
      if (held !== undefined && sequenceDelta(held.sequence, sequence) >= SLOTS) return false;
    }
    return this.#depth > 0;
  }

  /** Moves the window so that `sequence` is its last slot. */
  #makeRoom(sequence: number): void {
    const first = (sequence - SLOTS + 1) & 0xffff;
    const passed = sequenceDelta(first, this.#next);
    let dropped = 0;
    for (let step = 0; step < Math.min(passed, SLOTS); step += 1) {
      const slot = (this.#next + step) % SLOTS;
      if (this.#slots[slot] === undefined) continue;
      this.#slots[slot] = undefined;
      this.#depth -= 1;
      dropped += 1;
    }
    this.#overflow += dropped;
    this.#lost += passed - dropped;
    this.#next = first;
  }

  #followDrift(packet: RtpPacket): void {
    const wait = timestampDelta(packet.timestamp, this.#playhead);
    if (wait >= 0 && wait <= 2 * this.#delay + 4 * this.#frame) {
      this.#outside = 0;
      return;
    }
    this.#outside += 1;
    const jumped = this.#depth === 1 && Math.abs(wait) > SLOTS * this.#frame;
    if (jumped || this.#outside >= DRIFTED) this.#anchor(packet);
  }
}
