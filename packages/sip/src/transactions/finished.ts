/**
 * Server transactions that have their answer: of each, its key, the answer and how long they stay, so that the request and its headers are free while copies
 * of it are still absorbed. They stand for the rows `accepted` and `confirmed` of the INVITE table and `completed` of the other. Numbers in rings, and no
 * objects: tens of thousands stay at a time, and the collector would move each of them twice, and mark it again and again.
 */
import type { Clock } from '@jackfield/base';
import { FinishedRing, type Finished } from './finished-ring.ts';
import type { ServerKey } from './key.ts';
import { RecordIndex } from './record-index.ts';
import type { LiveServer } from './server.ts';

/** The lowest bits of a record say in which ring it is, the others which of it. */
const RING_BITS = 2;
const RING = (1 << RING_BITS) - 1;

type Over = (hash: number, key: number, mergeKey: number) => void;

export class FinishedTable {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #over: Over;
  readonly #index = new RecordIndex();
  /** By how long they wait: timers I, J and L; on streams J and I are none. Never more than those three. */
  readonly #rings: FinishedRing[] = [];
  readonly #born: number;

  /** @param limit - past it, the oldest is forgotten. @param over - told of each that leaves, `clear` aside; 0: it had no merge key. */
  constructor(clock: Clock, limit: number, over: Over) {
    this.#clock = clock;
    this.#limit = limit;
    this.#over = over;
    this.#born = clock.now();
  }

  get size(): number {
    return this.#index.size;
  }

  find({ hash, key }: ServerKey): Finished | undefined {
    const record = this.#index.get(hash, key);
    return record < 0 ? undefined : this.#rings[record & RING]!.at(record >>> RING_BITS);
  }

  /** @param bytes - what copies are answered with; none: with silence. @param ms - until no copy can come any more. */
  add(transaction: LiveServer, bytes: Uint8Array | undefined, accepted: boolean, ms: number): void {
    const place = this.#placeOf(ms);
    const ring = this.#rings[place]!;
    const number = ring.push(transaction, bytes, accepted, this.#now() + ms);
    this.#index.set(transaction.hash, transaction.key, (number << RING_BITS) | place);
    ring.timer ??= this.#clock.after(ms, ring.wake);
    if (this.#index.size > this.#limit) this.#forgetOldest();
  }

  /** Forgets all, and tells nobody. */
  clear(): void {
    for (const ring of this.#rings) ring.clear();
    this.#index.clear();
  }

  #now(): number {
    return Math.ceil(this.#clock.now() - this.#born);
  }

  #placeOf(ms: number): number {
    const rings = this.#rings;
    for (let place = 0; place < rings.length; place += 1) if (rings[place]!.ms === ms) return place;
    return rings.push(new FinishedRing(ms, (of) => this.#wake(of))) - 1;
  }

  #forgetOldest(): void {
    let oldest: FinishedRing | undefined;
    for (const ring of this.#rings) {
      if (ring.size > 0 && (oldest === undefined || ring.due - ring.ms < oldest.due - oldest.ms)) oldest = ring;
    }
    if (oldest !== undefined) this.#remove(oldest);
  }

  #wake(ring: FinishedRing): void {
    const now = this.#now();
    try {
      while (ring.size > 0 && ring.due <= now) this.#remove(ring);
    } finally {
      // a user that throws does not keep the others; nothing is done at their end that is worth waking for more often than the clock likes
      const ms = Math.max(ring.due - now, this.#clock.slackMs ?? 0);
      ring.timer = ring.size === 0 ? undefined : this.#clock.after(ms, ring.wake);
    }
  }

  /** The first of the ring. */
  #remove(ring: FinishedRing): void {
    const { hash, key, mergeKey, user } = ring;
    ring.shift();
    this.#index.delete(hash, key);
    this.#over(hash, key, mergeKey);
    user?.terminated?.();
  }
}
