/**
 * What waits, in order of due time. SIP waits for few distinct durations (T1, 2·T1, … 64·T1), so entries of one duration form a
 * list that is sorted by itself, and a small heap orders the lists: adding and disposing cost O(1), whatever the number waiting.
 */

interface Tally {
  waiting: number;
  readonly emptied: () => void;
}

interface Waiting {
  readonly ms: number;
  readonly tally: Tally;
  head: TimerEntry | undefined;
  tail: TimerEntry | undefined;
  /** Place in the heap by; the head's due time or an earlier one, put right when the list comes up. */
  key: number;
  keySequence: number;
}

/** One waiting task; disposing it unlinks it at once, so that nothing it holds is kept. */
export class TimerEntry implements Disposable {
  readonly due: number;
  /** Order among equal due times. */
  readonly sequence: number;
  task: (() => void) | undefined;
  list: Waiting | undefined;
  previous: TimerEntry | undefined;
  next: TimerEntry | undefined;

  constructor(due: number, sequence: number, task: () => void) {
    this.due = due;
    this.sequence = sequence;
    this.task = task;
  }

  [Symbol.dispose](): void {
    const list = this.list;
    if (list === undefined) return;
    if (this.previous === undefined) list.head = this.next;
    else this.previous.next = this.next;
    if (this.next === undefined) list.tail = this.previous;
    else this.next.previous = this.previous;
    this.list = this.previous = this.next = this.task = undefined;
    list.tally.waiting -= 1;
    if (list.tally.waiting === 0) list.tally.emptied();
  }
}

export class TimerQueue {
  /** Only lists that hold something, or did until they came up in the heap. */
  readonly #lists = new Map<number, Waiting>();
  readonly #heap: Waiting[] = [];
  readonly #tally: Tally;
  #sequence = 0;

  /** @param emptied - called when the last that waited was taken or disposed. */
  constructor(emptied: () => void = () => {}) {
    this.#tally = { waiting: 0, emptied };
  }

  add(now: number, ms: number, task: () => void): TimerEntry {
    const wait = ms > 0 ? Math.ceil(ms) : 0; // NaN counts as at once
    const entry = new TimerEntry(now + wait, (this.#sequence += 1), task);
    let list = this.#lists.get(wait);
    if (list === undefined) {
      list = { ms: wait, tally: this.#tally, head: undefined, tail: undefined, key: entry.due, keySequence: entry.sequence };
      this.#lists.set(wait, list);
      this.#heap.push(list);
      this.#rise(this.#heap.length - 1);
    }
    entry.list = list;
    entry.previous = list.tail;
    if (list.tail === undefined) list.head = entry;
    else list.tail.next = entry;
    list.tail = entry;
    this.#tally.waiting += 1;
    return entry;
  }

  /** How many wait. */
  get size(): number {
    return this.#tally.waiting;
  }

  nextDue(): number | undefined {
    return this.#first()?.due;
  }

  /** Takes the earliest entry that is due at `now` off the queue and gives its task. */
  takeDue(now: number): (() => void) | undefined {
    const entry = this.#first();
    if (entry === undefined || entry.due > now) return undefined;
    const task = entry.task;
    entry[Symbol.dispose]();
    return task;
  }

  /** Runs what is due at `now`, in order. What a task adds for `now` waits for the next call, so that no chain of zero waits starves the loop. */
  runDue(now: number): void {
    const last = this.#sequence;
    for (;;) {
      const entry = this.#first();
      if (entry === undefined || entry.due > now || entry.sequence > last) return;
      const task = entry.task!;
      entry[Symbol.dispose]();
      task();
    }
  }

  #first(): TimerEntry | undefined {
    for (;;) {
      const list = this.#heap[0];
      if (list === undefined) return undefined;
      const head = list.head;
      if (head !== undefined && head.due === list.key && head.sequence === list.keySequence) return head;
      if (head === undefined) {
        this.#lists.delete(list.ms);
        const last = this.#heap.pop()!;
        if (last !== list) this.#heap[0] = last;
      } else {
        list.key = head.due; // a list's head only ever gets later
        list.keySequence = head.sequence;
      }
      this.#sink();
    }
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const above = (at - 1) >> 1;
      if (!earlier(heap[at]!, heap[above]!)) return;
      [heap[at], heap[above]] = [heap[above]!, heap[at]!];
      at = above;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      let least = at;
      if (left < heap.length && earlier(heap[left]!, heap[least]!)) least = left;
      if (left + 1 < heap.length && earlier(heap[left + 1]!, heap[least]!)) least = left + 1;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}

const earlier = (a: Waiting, b: Waiting): boolean => a.key < b.key || (a.key === b.key && a.keySequence < b.keySequence);
