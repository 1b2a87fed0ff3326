/**
 * Nonces of the server (RFC 7616 §3.3, §5.4): time, chance, and a seal over both and over whom the nonce was given to. Nothing is kept
 * until one is used: what was counted with it then is in a table that forgets, but never forgets that it forgot.
 */
import { createHmac, createSecretKey, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Buffer } from 'node:buffer';
import type { Clock, Random } from '@jackfield/base';
import { detached } from '../messages/tokens.ts';

const TIME_BYTES = 6;
const CHANCE_BYTES = 8;
const HEAD_BYTES = TIME_BYTES + CHANCE_BYTES;
const SEAL_BYTES = 16;
const NONCE_LENGTH = ((HEAD_BYTES + SEAL_BYTES) * 4) / 3; // base64url, and no padding

export interface NonceOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly secret: string | Uint8Array;
  readonly lifetimeMs: number;
}

/** Makes nonces and knows its own again. */
export class NonceMint {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #key: KeyObject;
  readonly #lifetimeMs: number;

  constructor({ clock, random, secret, lifetimeMs }: NonceOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#key = createSecretKey(typeof secret === 'string' ? Buffer.from(secret, 'utf8') : secret);
    this.#lifetimeMs = lifetimeMs;
  }

  /** @param holder - whom it is for: nobody else can use it. */
  make(holder: string): string {
    const bytes = Buffer.allocUnsafe(HEAD_BYTES + SEAL_BYTES);
    bytes.writeUIntBE(this.#clock.now(), 0, TIME_BYTES);
    bytes.set(this.#random.bytes(CHANCE_BYTES), TIME_BYTES);
    this.#seal(bytes.subarray(0, HEAD_BYTES), holder).copy(bytes, HEAD_BYTES, 0, SEAL_BYTES);
    return bytes.toString('base64url');
  }

  /** When it was made, ms. Undefined: not by us, for somebody else, or too long ago. */
  issued(nonce: string, holder: string): number | undefined {
    if (nonce.length !== NONCE_LENGTH) return undefined;
    const bytes = Buffer.from(nonce, 'base64url');
    // a text of that length that reads as fewer bytes, or that we would write otherwise
    if (bytes.length !== HEAD_BYTES + SEAL_BYTES || bytes.toString('base64url') !== nonce) return undefined;
    const seal = this.#seal(bytes.subarray(0, HEAD_BYTES), holder);
    if (!timingSafeEqual(seal.subarray(0, SEAL_BYTES), bytes.subarray(HEAD_BYTES))) return undefined;
    const at = bytes.readUIntBE(0, TIME_BYTES);
    const age = this.#clock.now() - at;
    return age >= 0 && age < this.#lifetimeMs ? at : undefined;
  }

  #seal(head: Buffer, holder: string): Buffer {
    return createHmac('sha256', this.#key).update(head).update(holder, 'utf8').digest();
  }
}

class Uses {
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  seen = 1;
  readonly cnonce: string;

  constructor(highest: number, cnonce: string) {
    this.highest = highest;
    this.cnonce = cnonce;
  }
}

/** Of a nonce that was used without a count: it has had all its uses. */
const SPENT = Infinity;

/** Which counts were used with which nonce. Two generations: a nonce that is used stays in the younger one. */
export class NonceUses {
  readonly #limit: number;
  readonly #window: number;
  readonly #lifetimeMs: number;
  #young = new Map<string, Uses>();
  #old = new Map<string, Uses>();
  /** When the newest nonce of each generation was made, and of those forgotten. */
  #youngNewest = -1;
  #oldNewest = -1;
  #forgotten = -1;
  #turnedAt = 0;

  /**
   * @param limit - at least this many nonces are known, and at most twice as many.
   * @param window - how far behind the highest count one may come that was not seen, 1 (not at all) to 32.
   */
  constructor(limit: number, window: number, lifetimeMs: number) {
    this.#limit = limit;
    this.#window = window;
    this.#lifetimeMs = lifetimeMs;
  }

  get size(): number {
    let size = this.#young.size;
    for (const nonce of this.#old.keys()) if (!this.#young.has(nonce)) size += 1;
    return size;
  }

  /** The client's nonce of the first use, which keys of `-sess` algorithms are made with. */
  firstCnonce(nonce: string): string | undefined {
    return (this.#young.get(nonce) ?? this.#old.get(nonce))?.cnonce;
  }

  /**
   * Uses the nonce once more. False: this count was used, is too far behind, or the nonce may have been used before what is still known.
   *
   * @param count - 1 and up; undefined for a use without: the first and last of its nonce.
   * @param issued - when the nonce was made, ms.
   */
  use(nonce: string, issued: number, count: number | undefined, cnonce: string, now: number): boolean {
    if (now - this.#turnedAt >= this.#lifetimeMs) this.#turn(now);
    let uses = this.#young.get(nonce);
    if (uses === undefined) {
      uses = this.#old.get(nonce);
      if (uses === undefined) {
        if (issued <= this.#forgotten) return false;
        this.#keep(detached(nonce), new Uses(count ?? SPENT, detached(cnonce)), issued, now);
        return true;
      }
      this.#keep(detached(nonce), uses, issued, now);
    }
    return count !== undefined && advance(uses, count, this.#window);
  }

  #keep(nonce: string, uses: Uses, issued: number, now: number): void {
    this.#young.set(nonce, uses);
    if (issued > this.#youngNewest) this.#youngNewest = issued;
    if (this.#young.size >= this.#limit) this.#turn(now);
  }

  #turn(now: number): void {
    this.#forgotten = Math.max(this.#forgotten, this.#oldNewest);
    this.#old = this.#young;
    this.#oldNewest = this.#youngNewest;
    this.#young = new Map();
    this.#youngNewest = -1;
    this.#turnedAt = now;
  }
}

function advance(uses: Uses, count: number, window: number): boolean {
  const ahead = count - uses.highest;
  if (ahead > 0) {
    uses.seen = ahead < 32 ? (uses.seen << ahead) | 1 : 1;
    uses.highest = count;
    return true;
  }
  if (-ahead >= window) return false;
  const bit = 1 << -ahead;
  if ((uses.seen & bit) !== 0) return false;
  uses.seen |= bit;
  return true;
}
