/** Values that are there at once, or come later. */

/** True for what is still to come: a promise, or whatever has a `then`. Asking costs no promise. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
