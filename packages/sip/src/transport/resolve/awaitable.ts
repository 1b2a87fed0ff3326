/** Values that may come later. */
import type { Awaitable } from '../../messages/model.ts';

export const isPromise = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
