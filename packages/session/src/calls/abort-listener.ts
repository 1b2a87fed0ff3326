/** The application's own AbortSignal beside a verb: it may serve many calls and outlive them all, so it holds a verb no longer than that is under way. */
import type { Deferred } from './deferred.ts';

/** Until `done` settles, an abort runs this. @param signal - not aborted yet */
export function onAbort<T>(signal: AbortSignal | undefined, done: Deferred<T>, giveUp: () => void): void {
  if (signal === undefined) return;
  const forget = (): void => signal.removeEventListener('abort', giveUp);
  signal.addEventListener('abort', giveUp, { once: true });
  done.promise.then(forget, forget);
}
