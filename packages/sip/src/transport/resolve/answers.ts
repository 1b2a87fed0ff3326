/** Answers to one kind of question, kept while they hold: whoever asks meanwhile, and while one is under way, shares it. Never rejects: where nobody
 * knows there is nothing, for as short a time as where there is nothing. */
import { Diagnostics, type Clock } from '@jackfield/base';
import type { Awaitable } from '../../messages/model.ts';
import { BoundedCache } from '../bounded-cache.ts';
import type { LocateLimits } from './options.ts';

export type QuestionKind = 'NAPTR' | 'SRV' | 'A' | 'AAAA' | 'lookup';

/** On the channel `jackfield:sip:resolve`: one query, when it is over. */
export interface ResolveEvent {
  readonly name: string;
  /** `lookup` is `Network.lookup`: the system's own, hosts file included. */
  readonly kind: QuestionKind;
  /** What is used of the answer; none where there was an error. */
  readonly records: readonly object[];
  /** What the resolver rejected with, `'timeout'`, `'closed'`, or `'busy'`: too many were under way. */
  readonly error?: unknown;
  readonly durationMs: number;
}

const resolved = new Diagnostics<ResolveEvent>('sip:resolve');

export interface Question<R> {
  readonly kind: QuestionKind;
  readonly ask: (name: string, signal: AbortSignal) => PromiseLike<readonly R[]>;
  /** False, or a throw: no such record. */
  readonly accepts: (record: R) => boolean;
}

interface Pending<R> {
  readonly answer: Promise<readonly R[]>;
  readonly close: () => void;
}

export class Answers<R extends { readonly ttl?: number | undefined }> {
  readonly #question: Question<R>;
  readonly #clock: Clock;
  readonly #limits: LocateLimits;
  readonly #kept: BoundedCache<string, { readonly records: readonly R[]; readonly until: number }>;
  readonly #pending = new Map<string, Pending<R>>();
  #closed = false;

  constructor(question: Question<R>, clock: Clock, limits: LocateLimits) {
    this.#question = question;
    this.#clock = clock;
    this.#limits = limits;
    this.#kept = new BoundedCache(limits.maxCached);
  }

  get(name: string): Awaitable<readonly R[]> {
    const kept = this.#kept.get(name);
    if (kept !== undefined && kept.until > this.#clock.now()) return kept.records;
    return this.#pending.get(name)?.answer ?? this.#query(name);
  }

  /** Whoever waits hears that there is nothing, and so does who asks from now on. */
  close(): void {
    this.#closed = true;
    for (const { close } of this.#pending.values()) close();
  }

  #query(name: string): Awaitable<readonly R[]> {
    const begun = this.#clock.now();
    if (this.#closed || this.#pending.size >= this.#limits.maxPending) {
      this.#tell(name, [], this.#closed ? 'closed' : 'busy', begun);
      return [];
    }
    const abort = new AbortController();
    let close = (): void => undefined;
    const answer = new Promise<readonly R[]>((resolve) => {
      let over = false;
      const end = (found: readonly R[], error: unknown): void => {
        if (over) return;
        over = true;
        deadline[Symbol.dispose]();
        this.#pending.delete(name);
        this.#keep(name, found);
        this.#tell(name, found, error, begun);
        resolve(found);
      };
      const giveUp = (error: string): void => {
        end([], error);
        abort.abort();
      };
      const deadline = this.#clock.after(this.#limits.queryMs, () => giveUp('timeout'));
      close = () => giveUp('closed');
      this.#ask(name, abort.signal).then(
        (records) => end(this.#readable(records), undefined),
        (error: unknown) => end([], error ?? 'failed'),
      );
    });
    this.#pending.set(name, { answer, close });
    return answer;
  }

  /** As a promise also where the resolver throws. */
  async #ask(name: string, signal: AbortSignal): Promise<readonly R[]> {
    return this.#question.ask(name, signal);
  }

  /** What a resolver gives is not believed: it may be anybody's, and it reads what the network sends. */
  #readable(records: readonly R[]): readonly R[] {
    if (!Array.isArray(records)) return [];
    const read: R[] = [];
    for (const record of records.slice(0, this.#limits.maxRecords) as readonly R[]) {
      try {
        if (this.#question.accepts(record)) read.push(record);
      } catch {
        // no such record
      }
    }
    return read;
  }

  #keep(name: string, records: readonly R[]): void {
    const ms = records.length === 0 ? this.#limits.negativeMs : this.#lifetime(records);
    this.#kept.set(name, { records, until: this.#clock.now() + ms });
  }

  /** The shortest of all: they are one set. */
  #lifetime(records: readonly R[]): number {
    let shortest = this.#limits.maxTtlMs;
    for (const { ttl } of records) {
      const ms = ttl !== undefined && ttl >= 0 ? ttl * 1000 : this.#limits.ttlMs;
      if (ms < shortest) shortest = ms;
    }
    return shortest;
  }

  #tell(name: string, records: readonly R[], error: unknown, begun: number): void {
    if (!resolved.hasSubscribers) return;
    resolved.publish({ name, kind: this.#question.kind, records, error, durationMs: this.#clock.now() - begun });
  }
}
