/** Keys as they are pressed, for `for await`: those that nobody has taken yet are kept, up to a limit. */
import type { InfoDigit } from '@jackfield/supplement-dtmf-info';

export class DigitQueue implements AsyncIterableIterator<InfoDigit> {
  /** Nobody types that far ahead. */
  static readonly limit = 100;
  readonly #kept: InfoDigit[] = [];
  readonly #asked: ((result: IteratorResult<InfoDigit, undefined>) => void)[] = [];
  readonly #released: () => void;
  #ended = false;

  /** @param released - called once, when nobody reads any more. */
  constructor(released: () => void) {
    this.#released = released;
  }

  /** A key is dropped when too many wait, or after the end. */
  push(digit: InfoDigit): void {
    const asked = this.#asked.shift();
    if (asked !== undefined) asked({ done: false, value: digit });
    else if (!this.#ended && this.#kept.length < DigitQueue.limit) this.#kept.push(digit);
  }

  /** No more keys will come: what is kept can still be taken. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#released();
    for (const asked of this.#asked.splice(0)) asked({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<InfoDigit, undefined>> {
    const digit = this.#kept.shift();
    if (digit !== undefined) return Promise.resolve({ done: false, value: digit });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#asked.push(resolve));
  }

  /** The loop was left. */
  return(): Promise<IteratorResult<InfoDigit, undefined>> {
    this.#kept.length = 0;
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
