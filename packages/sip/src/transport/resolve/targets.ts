/** Where a request may go, one target after another (RFC 3263 §4.3): each is looked up when the one before it has failed, and not earlier. */
import { isPromise } from '@jackfield/base';
import type { Awaitable } from '../../messages/model.ts';
import type { Target } from '../transport.ts';
import type { Search } from './search.ts';

/** What a URI leads to; `for await` over it, or {@link next}. */
export class Targets implements AsyncIterable<Target> {
  #first: Target | undefined;
  readonly #search: Search | undefined;
  /** A call that has not settled. */
  #pending: Promise<Target | undefined> | undefined;

  /** @param first - what is known already; `search` has the others. */
  constructor(first: Target | undefined, search?: Search) {
    this.#first = first;
    this.#search = search;
  }

  /** The next one, at once where nothing has to be waited for; undefined, for good, when there are no more. Never rejects. Calls are served in turn. */
  next(): Awaitable<Target | undefined> {
    const first = this.#first;
    if (first !== undefined) {
      this.#first = undefined;
      return first;
    }
    const search = this.#search;
    if (search === undefined) return undefined;
    if (this.#pending !== undefined) return this.#keep(this.#pending.then(() => search.next()));
    const target = search.next();
    return isPromise(target) ? this.#keep(target) : target;
  }

  /** All that are left, looked up to the end. At once where nothing has to be waited for. */
  rest(): Awaitable<readonly Target[]> {
    const all: Target[] = [];
    for (let target = this.next(); target !== undefined; target = this.next()) {
      if (isPromise(target)) return this.#restAfter(all, target);
      all.push(target);
    }
    return all;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Target, void, undefined> {
    for (let target = await this.next(); target !== undefined; target = await this.next()) yield target;
  }

  async #restAfter(all: Target[], next: PromiseLike<Target | undefined>): Promise<readonly Target[]> {
    const target = await next;
    if (target === undefined) return all;
    all.push(target);
    return [...all, ...(await this.rest())];
  }

  #keep(target: PromiseLike<Target | undefined>): Promise<Target | undefined> {
    const pending = Promise.resolve(target).finally(() => {
      if (this.#pending === pending) this.#pending = undefined;
    });
    this.#pending = pending;
    return pending;
  }
}
