/** Records of answered transactions that wait equally long: they end in the order in which they were answered. Which one is whose, the table around knows. */
import type { Flow } from '../transport/transport.ts';
import type { LiveServer } from './server.ts';
import type { ServerTransactionUser } from './transaction.ts';

const LEAST_RECORDS = 64;
/** Records are numbered on and on, and come round here. */
const LAST_NUMBER = 0x0fffffff;
/** Of one record: hash, key, offset and length of the answer. */
const NUMBERS = 4;
/** Of one record: when it ends, merge key or 0. */
const TIMES = 2;

/** What few of them have. */
class Rest {
  readonly toTag: string | undefined;
  readonly accepted: boolean;
  readonly user: ServerTransactionUser | undefined;

  constructor(toTag: string | undefined, accepted: boolean, user: ServerTransactionUser | undefined) {
    this.toTag = toTag;
    this.accepted = accepted;
    this.user = user;
  }
}

/** What is left of an answered transaction, as a copy of its request finds it. */
export class Finished {
  readonly toTag: string | undefined;
  /** An INVITE with a 2xx: its ACK, when it looks like the INVITE's (RFC 2543), is the user's (RFC 6026 §6). */
  readonly accepted: boolean;
  readonly #flow: Flow | undefined;
  readonly #answer: Uint8Array | undefined;

  constructor(rest: Rest | undefined, flow: Flow | undefined, answer: Uint8Array | undefined) {
    this.toTag = rest?.toTag;
    this.accepted = rest?.accepted === true;
    this.#flow = flow;
    this.#answer = answer;
  }

  /** The answer once more, for a copy of the request; nothing for an INVITE. */
  resend(): void {
    if (this.#answer !== undefined) this.#flow?.send(this.#answer);
  }
}

export class FinishedRing {
  readonly ms: number;
  readonly wake: () => void;
  timer: Disposable | undefined = undefined;
  #first = 0;
  #size = 0;
  #mask = LEAST_RECORDS - 1;
  #numbers = new Int32Array(LEAST_RECORDS * NUMBERS);
  #times = new Float64Array(LEAST_RECORDS * TIMES);
  // the answers; the memory that one lies in, and no view of its own, is one object for many
  #flows = places<Flow>(LEAST_RECORDS);
  #memories = places<ArrayBufferLike>(LEAST_RECORDS);
  #rests = places<Rest>(LEAST_RECORDS);

  constructor(ms: number, wake: (ring: FinishedRing) => void) {
    this.ms = ms;
    const own = (): void => wake(this);
    this.wake = own;
  }

  get size(): number {
    return this.#size;
  }

  /** When the first one ends; of the first, as all that follows. */
  get due(): number {
    return this.#times[(this.#first & this.#mask) * TIMES]!;
  }

  get mergeKey(): number {
    return this.#times[(this.#first & this.#mask) * TIMES + 1]!;
  }

  get hash(): number {
    return this.#numbers[(this.#first & this.#mask) * NUMBERS]!;
  }

  get key(): number {
    return this.#numbers[(this.#first & this.#mask) * NUMBERS + 1]!;
  }

  get user(): ServerTransactionUser | undefined {
    return this.#rests[this.#first & this.#mask]?.user;
  }

  /** @returns its number, below 2^28. */
  push(transaction: LiveServer, bytes: Uint8Array | undefined, accepted: boolean, due: number): number {
    if (this.#size > this.#mask) this.#resize((this.#mask + 1) * 2);
    const number = (this.#first + this.#size) & LAST_NUMBER;
    const slot = number & this.#mask;
    this.#size += 1;
    this.#times[slot * TIMES] = due;
    this.#times[slot * TIMES + 1] = transaction.mergeKey ?? 0;
    const numbers = this.#numbers;
    const at = slot * NUMBERS;
    numbers[at] = transaction.hash;
    numbers[at + 1] = transaction.key;
    if (bytes !== undefined) {
      numbers[at + 2] = bytes.byteOffset;
      numbers[at + 3] = bytes.length;
      this.#flows[slot] = transaction.replyFlow;
      this.#memories[slot] = bytes.buffer;
    }
    const { toTag } = transaction;
    const user = transaction.user?.terminated === undefined ? undefined : transaction.user;
    if (accepted || toTag !== undefined || user !== undefined) this.#rests[slot] = new Rest(toTag, accepted, user);
    return number;
  }

  at(number: number): Finished {
    const slot = number & this.#mask;
    const memory = this.#memories[slot];
    const at = slot * NUMBERS;
    const answer = memory && new Uint8Array(memory, this.#numbers[at + 2], this.#numbers[at + 3]);
    return new Finished(this.#rests[slot], this.#flows[slot], answer);
  }

  /** Takes the first one out. */
  shift(): void {
    const slot = this.#first & this.#mask;
    this.#flows[slot] = this.#memories[slot] = this.#rests[slot] = undefined;
    this.#first = (this.#first + 1) & LAST_NUMBER;
    this.#size -= 1;
    if (this.#mask >= LEAST_RECORDS && this.#size * 8 < this.#mask) this.#resize((this.#mask + 1) / 2);
  }

  clear(): void {
    this.timer?.[Symbol.dispose]();
    this.timer = undefined;
    this.#size = 0;
    this.#resize(LEAST_RECORDS);
  }

  /** The numbers stay what they were. */
  #resize(length: number): void {
    const mask = length - 1;
    const numbers = new Int32Array(length * NUMBERS);
    const times = new Float64Array(length * TIMES);
    const flows = places<Flow>(length);
    const memories = places<ArrayBufferLike>(length);
    const rests = places<Rest>(length);
    for (let of = 0; of < this.#size; of += 1) {
      const from = (this.#first + of) & LAST_NUMBER & this.#mask;
      const to = (this.#first + of) & LAST_NUMBER & mask;
      for (let at = 0; at < NUMBERS; at += 1) numbers[to * NUMBERS + at] = this.#numbers[from * NUMBERS + at]!;
      for (let at = 0; at < TIMES; at += 1) times[to * TIMES + at] = this.#times[from * TIMES + at]!;
      flows[to] = this.#flows[from];
      memories[to] = this.#memories[from];
      rests[to] = this.#rests[from];
    }
    this.#mask = mask;
    this.#numbers = numbers;
    this.#times = times;
    this.#flows = flows;
    this.#memories = memories;
    this.#rests = rests;
  }
}

const places = <Value>(length: number): (Value | undefined)[] => Array.from<undefined>({ length }).fill(undefined);
