/**
 * Server transactions that have their answer: of each, bytes, key and deadline, so that the request and its headers are free while copies
 * of it are still absorbed. They stand for the rows `accepted` and `confirmed` of the INVITE table and `completed` of the other.
 */
import type { Clock } from '@jackfield/base';
import type { Flow } from '../transport/transport.ts';
import type { KeyTable } from './key-table.ts';
import type { LiveServer } from './server.ts';
import type { ServerTransactionUser } from './transaction.ts';

/** What stays of an answered transaction until no copy of its request can come any more. Tens of thousands of them stay at a time: no field that can be done without. */
export class Finished {
  readonly key: string;
  readonly hash: number;
  readonly mergeKey: number | undefined;
  readonly toTag: string | undefined;
  /** An INVITE with a 2xx: its ACK, when it looks like the INVITE's (RFC 2543), is the user's (RFC 6026 §6). */
  readonly accepted: boolean;
  /** Whole ms since its table was made. */
  readonly due: number;
  /** Told when it is over. */
  readonly user: ServerTransactionUser | undefined;
  /** Who was answered next of those that wait as long. */
  next: Finished | undefined = undefined;
  readonly #flow: Flow;
  // the answer; the memory that it lies in, and no view of its own, is one object for many
  readonly #memory: ArrayBufferLike | undefined;
  readonly #offset: number;
  readonly #length: number;

  constructor(transaction: LiveServer, bytes: Uint8Array | undefined, accepted: boolean, due: number) {
    this.key = transaction.key;
    this.hash = transaction.hash;
    this.mergeKey = transaction.mergeKey;
    this.toTag = transaction.toTag;
    this.accepted = accepted;
    this.due = due;
    this.user = transaction.user?.terminated === undefined ? undefined : transaction.user;
    this.#flow = bytes === undefined ? transaction.flow : transaction.replyFlow;
    this.#memory = bytes?.buffer;
    this.#offset = bytes === undefined ? 0 : bytes.byteOffset;
    this.#length = bytes === undefined ? 0 : bytes.length;
  }

  /** The answer once more, for a copy of the request. */
  resend(): void {
    if (this.#memory !== undefined) this.#flow.send(new Uint8Array(this.#memory, this.#offset, this.#length));
  }
}

/** Those that wait equally long: they end in the order in which they were answered. */
class Queue {
  readonly ms: number;
  readonly wake: () => void;
  head: Finished | undefined = undefined;
  tail: Finished | undefined = undefined;
  timer: Disposable | undefined = undefined;

  constructor(ms: number, wake: (queue: Queue) => void) {
    this.ms = ms;
    const own = (): void => wake(this);
    this.wake = own;
  }

  shift(): Finished | undefined {
    const first = this.head;
    this.head = first?.next;
    if (this.head === undefined) this.tail = undefined;
    return first;
  }
}

export class FinishedTable {
  readonly #known: KeyTable<LiveServer | Finished>;
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #over: (finished: Finished) => void;
  /** By how long they wait: timers I, J and L, on streams none. */
  readonly #queues: Queue[] = [];
  readonly #born: number;
  #size = 0;

  /** @param known - where each takes the place of its transaction. @param limit - past it, the oldest is forgotten. @param over - told of each that leaves, `clear` aside. */
  constructor(known: KeyTable<LiveServer | Finished>, clock: Clock, limit: number, over: (finished: Finished) => void) {
    this.#known = known;
    this.#clock = clock;
    this.#limit = limit;
    this.#over = over;
    this.#born = clock.now();
  }

  get size(): number {
    return this.#size;
  }

  /** @param bytes - what copies are answered with; none: with silence. @param ms - until no copy can come any more. */
  add(transaction: LiveServer, bytes: Uint8Array | undefined, accepted: boolean, ms: number): void {
    const queue = this.#queueOf(ms);
    const finished = new Finished(transaction, bytes, accepted, this.#now() + ms);
    this.#known.set(finished);
    this.#size += 1;
    if (queue.tail === undefined) queue.head = finished;
    else queue.tail.next = finished;
    queue.tail = finished;
    queue.timer ??= this.#clock.after(ms, queue.wake);
    if (this.#size > this.#limit) this.#forgetOldest();
  }

  /** Forgets all, and tells nobody; the map is the caller's to clear. */
  clear(): void {
    for (const queue of this.#queues) {
      queue.timer?.[Symbol.dispose]();
      queue.head = queue.tail = queue.timer = undefined;
    }
    this.#size = 0;
  }

  #now(): number {
    return Math.ceil(this.#clock.now() - this.#born);
  }

  #queueOf(ms: number): Queue {
    for (const queue of this.#queues) if (queue.ms === ms) return queue;
    const queue = new Queue(ms, (of) => this.#wake(of));
    this.#queues.push(queue);
    return queue;
  }

  #forgetOldest(): void {
    let oldest: Queue | undefined;
    for (const queue of this.#queues) {
      if (queue.head === undefined) continue;
      if (oldest?.head === undefined || queue.head.due - queue.ms < oldest.head.due - oldest.ms) oldest = queue;
    }
    this.#remove(oldest?.shift());
  }

  #wake(queue: Queue): void {
    const now = this.#now();
    try {
      while (queue.head !== undefined && queue.head.due <= now) this.#remove(queue.shift());
    } finally {
      // a user that throws does not keep the others; nothing is done at their end that is worth waking for more often than the clock likes
      const ms = queue.head && Math.max(queue.head.due - now, this.#clock.slackMs ?? 0);
      queue.timer = ms === undefined ? undefined : this.#clock.after(ms, queue.wake);
    }
  }

  #remove(finished: Finished | undefined): void {
    if (finished === undefined) return;
    this.#known.delete(finished);
    this.#size -= 1;
    this.#over(finished);
    finished.user?.terminated?.();
  }
}
