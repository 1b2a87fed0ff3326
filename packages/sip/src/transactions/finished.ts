/**
 * Server transactions that have their answer: of each, bytes, key and deadline, so that the request and its headers are free while copies
 * of it are still absorbed. They stand for the rows `accepted` and `confirmed` of the INVITE table and `completed` of the other.
 */
import type { Flow } from '../transport/transport.ts';
import type { AlarmClock, AnyAlarm, Lane } from './alarms.ts';
import type { KeyTable } from './key-table.ts';
import type { LiveServer } from './server.ts';
import type { ServerTransactionUser } from './transaction.ts';

/** What stays of an answered transaction until no copy of its request can come any more. */
export class Finished implements AnyAlarm {
  readonly key: string;
  readonly hash: number;
  readonly mergeKey: number | undefined;
  readonly toTag: string | undefined;
  /** An INVITE with a 2xx: its ACK, when it looks like the INVITE's (RFC 2543), is the user's (RFC 6026 §6). */
  readonly accepted: boolean;
  due = 0;
  lane: Lane | undefined = undefined;
  previous: AnyAlarm | undefined = undefined;
  next: AnyAlarm | undefined = undefined;
  /** Neighbours in the order in which they were answered, however long each waits. */
  older: Finished | undefined = undefined;
  newer: Finished | undefined = undefined;
  readonly #bytes: Uint8Array | undefined;
  readonly #flow: Flow;
  readonly #user: ServerTransactionUser | undefined;
  readonly #table: FinishedTable;

  constructor(transaction: LiveServer, bytes: Uint8Array | undefined, accepted: boolean, table: FinishedTable) {
    this.key = transaction.key;
    this.hash = transaction.hash;
    this.mergeKey = transaction.mergeKey;
    this.toTag = transaction.toTag;
    this.accepted = accepted;
    this.#bytes = bytes;
    this.#flow = bytes === undefined ? transaction.flow : transaction.replyFlow;
    this.#user = transaction.user?.terminated === undefined ? undefined : transaction.user;
    this.#table = table;
  }

  /** The answer once more, for a copy of the request. */
  resend(): void {
    if (this.#bytes !== undefined) this.#flow.send(this.#bytes);
  }

  ring(): void {
    this.#table.remove(this);
    this.#user?.terminated?.();
  }
}

export class FinishedTable {
  readonly #known: KeyTable<LiveServer | Finished>;
  readonly #alarms: AlarmClock;
  readonly #limit: number;
  readonly #over: (finished: Finished) => void;
  // a list, and not the order of the map: to find the first of a map that is emptied from the front, V8 walks over all that is gone
  #oldest: Finished | undefined;
  #newest: Finished | undefined;
  #size = 0;

  /** @param known - where each takes the place of its transaction. @param limit - past it, the oldest is forgotten. @param over - told of each that leaves, `clear` aside. */
  constructor(known: KeyTable<LiveServer | Finished>, alarms: AlarmClock, limit: number, over: (finished: Finished) => void) {
    this.#known = known;
    this.#alarms = alarms;
    this.#limit = limit;
    this.#over = over;
  }

  get size(): number {
    return this.#size;
  }

  /** @param bytes - what copies are answered with; none: with silence. @param ms - until no copy can come any more. */
  add(transaction: LiveServer, bytes: Uint8Array | undefined, accepted: boolean, ms: number): void {
    const finished = new Finished(transaction, bytes, accepted, this);
    this.#known.set(finished);
    this.#size += 1;
    finished.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = finished;
    else this.#newest.newer = finished;
    this.#newest = finished;
    this.#alarms.arm(finished, ms);
    if (this.#size <= this.#limit || this.#oldest === undefined) return;
    this.#alarms.disarm(this.#oldest);
    this.#oldest.ring();
  }

  remove(finished: Finished): void {
    this.#known.delete(finished);
    this.#size -= 1;
    const { older, newer } = finished;
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
    finished.older = finished.newer = undefined;
    this.#over(finished);
  }

  /** Forgets all, and tells nobody; the map is the caller's to clear. */
  clear(): void {
    for (let finished = this.#oldest; finished !== undefined; finished = finished.newer) this.#alarms.disarm(finished);
    this.#size = 0;
    this.#oldest = this.#newest = undefined;
  }
}
