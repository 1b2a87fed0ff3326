/**
 * A round of work as a generator: it yields only what has to be waited for. Who drives it (the mailbox) goes on at once where nothing is
 * yielded, so quick plug-ins cost no promise, and can give it up at a yield, where its `finally` blocks put things back.
 */

export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Waits for a promise inside a round. */
export function* wait<T>(value: PromiseLike<T>): Steps<T> {
  return (yield value) as T; // the driver gives back what `value` resolved with
}

/** What all generators have. Looked up in one of them it is found by way of another prototype for each function that makes them, which no cache of the engine holds. */
const { next } = Object.getPrototypeOf(wait.prototype) as { readonly next: (this: Steps<unknown>) => IteratorResult<PromiseLike<unknown>> };

/** Runs it to its end, or to what it waits for first. */
export function begin(steps: Steps<unknown>): IteratorResult<PromiseLike<unknown>> {
  return next.call(steps);
}
