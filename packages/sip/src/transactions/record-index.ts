/**
 * Where the records of answered transactions are, by key: of tens of thousands one look finds the right one, or that there is none. Open addressing with linear
 * probing in one array of numbers, as there is no object for any of them; what is taken out leaves no mark.
 */

const LEAST_PLACES = 64;
const EMPTY = 0;
/** Numbers of one place: hash, key, record. */
const WIDTH = 3;
const NONE = -1;

export class RecordIndex {
  #places = new Int32Array(LEAST_PLACES * WIDTH);
  #mask = LEAST_PLACES - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** -1: there is none. */
  get(hash: number, key: number): number {
    const at = this.#find(hash, key);
    return this.#places[at] === EMPTY ? NONE : this.#places[at + 2]!;
  }

  /** In place of the one with the same key, if there is one. @param record - from 0 up */
  set(hash: number, key: number, record: number): void {
    const at = this.#find(hash, key);
    const places = this.#places;
    places[at + 2] = record;
    if (places[at] !== EMPTY) return;
    places[at] = hash;
    places[at + 1] = key;
    this.#size += 1;
    if (this.#size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2);
  }

  delete(hash: number, key: number): void {
    let hole = this.#find(hash, key);
    const places = this.#places;
    const end = places.length;
    if (places[hole] === EMPTY) return;
    // those that had to go past it come nearer
    for (let at = next(hole, end); places[at] !== EMPTY; at = next(at, end)) {
      const home = ((places[at]! >>> 1) & this.#mask) * WIDTH;
      if (distance(home, at, end) < distance(hole, at, end)) continue;
      places.copyWithin(hole, at, at + WIDTH);
      hole = at;
    }
    places[hole] = EMPTY;
    this.#size -= 1;
    if (this.#mask >= LEAST_PLACES && this.#size * 8 < this.#mask) this.#resize((this.#mask + 1) / 2);
  }

  clear(): void {
    this.#places = new Int32Array(LEAST_PLACES * WIDTH);
    this.#mask = LEAST_PLACES - 1;
    this.#size = 0;
  }

  /** Its place, or the one that it would get. */
  #find(hash: number, key: number): number {
    const places = this.#places;
    let at = ((hash >>> 1) & this.#mask) * WIDTH;
    while (places[at] !== EMPTY && (places[at] !== hash || places[at + 1] !== key)) at = next(at, places.length);
    return at;
  }

  #resize(length: number): void {
    const before = this.#places;
    const places = (this.#places = new Int32Array(length * WIDTH));
    this.#mask = length - 1;
    for (let from = 0; from < before.length; from += WIDTH) {
      if (before[from] === EMPTY) continue;
      let at = ((before[from]! >>> 1) & this.#mask) * WIDTH;
      while (places[at] !== EMPTY) at = next(at, places.length);
      for (let of = 0; of < WIDTH; of += 1) places[at + of] = before[from + of]!;
    }
  }
}

const next = (at: number, end: number): number => (at + WIDTH === end ? 0 : at + WIDTH);
const distance = (from: number, to: number, end: number): number => (to >= from ? to - from : to - from + end);
