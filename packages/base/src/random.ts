/** The only source of chance: tags, branches, jitter. The system's is cryptographic; a seeded one lives in `./testing`. */
import { randomFillSync } from 'node:crypto';

/** Given to `createSipStack` (`random`): a seeded one makes a run repeatable. */
export interface Random {
  /** Fresh bytes, the caller's to keep. */
  bytes(count: number): Uint8Array;
  /** 0 ≤ n < `below`; `below` is at most 2^32. */
  integer(below: number): number;
}

const POOL_BYTES = 8192;

class SystemRandom implements Random {
  readonly #pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  #used = POOL_BYTES;

  bytes(count: number): Uint8Array {
    if (count > POOL_BYTES) return randomFillSync(Buffer.allocUnsafeSlow(count));
    const at = this.#take(count);
    const fresh = new Uint8Array(count);
    for (let of = 0; of < count; of += 1) fresh[of] = this.#pool[at + of]!; // few bytes: a copy by the engine costs more
    return fresh;
  }

  integer(below: number): number {
    // 2^32 outcomes over `below` classes: the bias is under below/2^32, which no timer or port choice can notice
    return Math.floor((this.#pool.readUInt32LE(this.#take(4)) / 2 ** 32) * below);
  }

  #take(count: number): number {
    if (this.#used + count > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += count;
    return at;
  }
}

/** Random of the operating system, through a pool, so that a tag costs no system call. */
export function systemRandom(): Random {
  return new SystemRandom();
}

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const WRITTEN = Buffer.allocUnsafeSlow(128);

/** `bytes` random bytes, at most 64, as lower-case hex: tags, branches, Call-IDs (RFC 3261 §19.3 asks for at least 32 bits). */
export function randomToken(random: Random, bytes: number): string {
  const fresh = random.bytes(bytes);
  // written into one place and read out as one string: put together of pieces, a tag would be a dozen of them
  for (let at = 0; at < bytes; at += 1) {
    WRITTEN[2 * at] = DIGITS[fresh[at]! >> 4]!;
    WRITTEN[2 * at + 1] = DIGITS[fresh[at]! & 15]!;
  }
  return WRITTEN.toString('latin1', 0, 2 * bytes);
}
