/**
 * The table of server transactions at work, and of dialogs, by key: thousands come and go, each asked for a few times. Open addressing over the keys' hashes
 * in one array: whether a key is known is answered in one look, most often without reading any key. The engine's own map follows a chain all over the memory.
 */

const LEAST_SLOTS = 64;
const EMPTY = 0;

export interface Keyed<Key> {
  readonly key: Key;
  /** Of the key: as {@link KeyTable.hashOf} gave it, or any other number but 0 whose lowest bit says nothing. */
  readonly hash: number;
}

export class KeyTable<Key extends string | number, Value extends Keyed<Key>> {
  readonly #secret: number;
  #hashes = new Int32Array(LEAST_SLOTS);
  #values: (Value | undefined)[] = places(LEAST_SLOTS);
  #size = 0;

  /** @param secret - any 32 bits: who chooses the keys must not know where they lie. */
  constructor(secret: number) {
    this.#secret = secret | 1;
  }

  get size(): number {
    return this.#size;
  }

  hashOf(key: string): number {
    let hash = this.#secret;
    for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), this.#secret);
    return (hash ^ (hash >>> 13)) | 1; // never EMPTY; the lowest bit is not used for the place
  }

  get(key: Key, hash: number): Value | undefined {
    const hashes = this.#hashes;
    const mask = hashes.length - 1;
    for (let at = (hash >>> 1) & mask; hashes[at] !== EMPTY; at = (at + 1) & mask) {
      if (hashes[at] !== hash) continue;
      const value = this.#values[at]!;
      if (value.key === key) return value;
    }
    return undefined;
  }

  /** In place of the one with the same key, if there is one. */
  set(value: Value): void {
    const { key, hash } = value;
    const hashes = this.#hashes;
    const mask = hashes.length - 1;
    let at = (hash >>> 1) & mask;
    for (; hashes[at] !== EMPTY; at = (at + 1) & mask) {
      if (hashes[at] !== hash || this.#values[at]!.key !== key) continue;
      this.#values[at] = value;
      return;
    }
    hashes[at] = hash;
    this.#values[at] = value;
    this.#size += 1;
    if (this.#size * 2 > hashes.length) this.#resize(hashes.length * 2);
  }

  delete({ key, hash }: Keyed<Key>): void {
    const hashes = this.#hashes;
    const values = this.#values;
    const mask = hashes.length - 1;
    let hole = (hash >>> 1) & mask;
    for (; hashes[hole] !== hash || values[hole]!.key !== key; hole = (hole + 1) & mask) if (hashes[hole] === EMPTY) return;
    // those that had to go past it come nearer
    for (let at = (hole + 1) & mask; hashes[at] !== EMPTY; at = (at + 1) & mask) {
      const home = (hashes[at]! >>> 1) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      hashes[hole] = hashes[at]!;
      values[hole] = values[at];
      hole = at;
    }
    hashes[hole] = EMPTY;
    values[hole] = undefined;
    this.#size -= 1;
    if (hashes.length > LEAST_SLOTS && this.#size * 8 < hashes.length) this.#resize(hashes.length / 2);
  }

  /** As they are now, in no order. */
  values(): readonly Value[] {
    return this.#values.filter((value) => value !== undefined);
  }

  clear(): void {
    this.#hashes = new Int32Array(LEAST_SLOTS);
    this.#values = places(LEAST_SLOTS);
    this.#size = 0;
  }

  #resize(length: number): void {
    const before = this.#hashes;
    const from = this.#values;
    const hashes = (this.#hashes = new Int32Array(length));
    const values = (this.#values = places<Value>(length));
    const mask = length - 1;
    for (let slot = 0; slot < before.length; slot += 1) {
      const hash = before[slot]!;
      if (hash === EMPTY) continue;
      let at = (hash >>> 1) & mask;
      while (hashes[at] !== EMPTY) at = (at + 1) & mask;
      hashes[at] = hash;
      values[at] = from[slot];
    }
  }
}

const places = <Value>(length: number): (Value | undefined)[] => Array.from<undefined>({ length }).fill(undefined);
