/**
 * A set of large numbers of which tens of thousands come and go: one array, found in one look. The engine's own takes several from all over the memory, and
 * an object for each number. Open addressing with linear probing; what is taken out leaves no mark.
 */

const LEAST_SLOTS = 64;
const EMPTY = 0;
/** 2^32 by the golden ratio: consecutive numbers lie apart. */
const SPREAD = 0x9e3779b1;

export class NumberSet {
  readonly #secret: number;
  #slots = new Float64Array(LEAST_SLOTS);
  #size = 0;

  /** @param secret - any 32 bits: who chooses the numbers must not know where they lie. */
  constructor(secret: number) {
    this.#secret = secret | 1;
  }

  get size(): number {
    return this.#size;
  }

  /** @param value - an integer from 1 to 2^53. @returns false when it was there. */
  add(value: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = this.#home(value, mask);
    for (; slots[at] !== EMPTY; at = (at + 1) & mask) if (slots[at] === value) return false;
    slots[at] = value;
    this.#size += 1;
    if (this.#size * 2 > slots.length) this.#resize(slots.length * 2);
    return true;
  }

  has(value: number): boolean {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let at = this.#home(value, mask);
    for (; slots[at] !== EMPTY; at = (at + 1) & mask) if (slots[at] === value) return true;
    return false;
  }

  delete(value: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let hole = this.#home(value, mask);
    for (; slots[hole] !== value; hole = (hole + 1) & mask) if (slots[hole] === EMPTY) return;
    // those that had to go past it come nearer
    for (let at = (hole + 1) & mask; slots[at] !== EMPTY; at = (at + 1) & mask) {
      const home = this.#home(slots[at]!, mask);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots[hole] = slots[at]!;
      hole = at;
    }
    slots[hole] = EMPTY;
    this.#size -= 1;
    if (slots.length > LEAST_SLOTS && this.#size * 8 < slots.length) this.#resize(slots.length / 2);
  }

  clear(): void {
    this.#slots = new Float64Array(LEAST_SLOTS);
    this.#size = 0;
  }

  #home(value: number, mask: number): number {
    const low = Math.imul(value | 0, this.#secret);
    const high = Math.imul((value / 0x100000000) | 0, SPREAD) ^ low;
    return (Math.imul(high ^ (high >>> 15), this.#secret) >>> 7) & mask;
  }

  #resize(length: number): void {
    const before = this.#slots;
    const slots = (this.#slots = new Float64Array(length));
    const mask = length - 1;
    for (const value of before) {
      if (value === EMPTY) continue;
      let at = this.#home(value, mask);
      while (slots[at] !== EMPTY) at = (at + 1) & mask;
      slots[at] = value;
    }
  }
}
