/**
 * The runners, one per contract: news (all hear it), edits (each may add, a failing one loses its own), questions (the first answer ends
 * the round). Whatever a hook throws leaves with its owner's name on it; nothing a hook does is thrown past a runner but by a question.
 */
import { SipError, type Clock, Diagnostics } from '@jackfield/base';
import type { Supplement } from '../contract/supplement.ts';
import type { HookName } from './supplement-registry.ts';
import { isThenable, type Steps } from './steps.ts';

export const DEFAULT_DEADLINE_MS = 5000;

/** What the runners need of the session they run for. */
export interface HookHost {
  readonly clock: Clock;
  /** Id of the session, for those who trace. */
  readonly id: string;
  /** Supplements that take no further part. */
  readonly excluded: ReadonlySet<Supplement> | undefined;
  /** Set while a question is open; verbs look at it to tell a hook that awaits itself. */
  question: object | undefined;
  report(error: SipError): void;
}

/** `jackfield:session:hook`: every hook as it returns, with what it took; ms of the injected clock. */
export interface HookRun {
  readonly session: string;
  readonly owner: string;
  readonly hook: string;
  readonly durationMs: number;
  readonly error: SipError | undefined;
}
const hookChannel = new Diagnostics<HookRun>('session:hook');

export function hookFailed(owner: string, hook: string, cause: unknown): SipError<'SESSION_HOOK_FAILED'> {
  return new SipError(
    'SESSION_HOOK_FAILED',
    `${hook} of ${owner} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    { hook, owner },
    { cause },
  );
}

export function nonsense(owner: string, hook: string): SipError<'SESSION_HOOK_RESULT'> {
  return new SipError('SESSION_HOOK_RESULT', `${hook} of ${owner} gave back what its contract does not allow`, { hook, owner });
}

/** Calls a synchronous hook. A promise in return is nonsense, and its rejection is nobody's but ours. */
function runSync(
  host: HookHost,
  owner: string,
  hook: string,
  call: () => unknown,
  allowed?: (value: unknown) => boolean,
): SipError | undefined {
  const started = hookChannel.hasSubscribers ? host.clock.now() : 0;
  let error: SipError | undefined;
  try {
    const value = call();
    if (value !== undefined && !(allowed?.(value) ?? false)) {
      if (isThenable(value)) void value.then(undefined, (cause: unknown) => host.report(hookFailed(owner, hook, cause)));
      error = hookFailed(owner, hook, nonsense(owner, hook));
    }
  } catch (cause) {
    error = hookFailed(owner, hook, cause);
  }
  if (hookChannel.hasSubscribers) hookChannel.publish({ session: host.id, owner, hook, durationMs: host.clock.now() - started, error });
  if (error !== undefined) host.report(error);
  return error;
}

/** For news: everyone hears it; a failure is reported, told to `failed`, and stops nobody. */
export function notifyAll(
  host: HookHost,
  list: readonly Supplement[],
  hook: HookName,
  call: (supplement: Supplement) => unknown,
  failed?: (supplement: Supplement) => void,
): void {
  for (const supplement of list) {
    if (host.excluded?.has(supplement)) continue;
    if (runSync(host, supplement.name, hook, () => call(supplement)) !== undefined) failed?.(supplement);
  }
}

/** Something that can be edited and put back. */
export interface Draft {
  mark(): void;
  restore(): void;
}

/** For messages on their way out: a hook that throws loses its own edits. @returns the first failure; the caller decides whether the message may still leave (DESIGN §5). */
export function editInOrder(
  host: HookHost,
  list: readonly Supplement[],
  hook: HookName,
  draft: Draft,
  call: (supplement: Supplement) => unknown,
): SipError | undefined {
  let first: SipError | undefined;
  for (const supplement of list) {
    if (host.excluded?.has(supplement)) continue;
    draft.mark();
    const error = runSync(host, supplement.name, hook, () => call(supplement));
    if (error === undefined) continue;
    draft.restore();
    first ??= error;
  }
  return first;
}

/** For news that may carry a wish (`incomingResponse`): all hear it, the first wish that `accept` takes counts. */
export function firstWish<W>(
  host: HookHost,
  list: readonly Supplement[],
  hook: HookName,
  accept: (value: unknown) => value is W,
  call: (supplement: Supplement) => unknown,
): W | undefined {
  let wish: W | undefined;
  for (const supplement of list) {
    if (host.excluded?.has(supplement)) continue;
    runSync(
      host,
      supplement.name,
      hook,
      () => call(supplement),
      (value) => {
        if (!accept(value)) return false;
        wish ??= value;
        return true;
      },
    );
  }
  return wish;
}

/**
 * One question to one plug-in, within its time.
 *
 * @throws SESSION_HOOK_FAILED with what was thrown, or SESSION_HOOK_DEADLINE, as its cause.
 */
export function* ask<T>(
  host: HookHost,
  owner: string,
  hook: string,
  deadlineMs: number | undefined,
  call: () => T | PromiseLike<T>,
): Steps<T> {
  const started = hookChannel.hasSubscribers ? host.clock.now() : 0;
  let error: SipError | undefined;
  const outer = host.question;
  host.question = {};
  let timer: Disposable | undefined;
  try {
    const value = call();
    if (!isThenable(value)) return value;
    const limit = deadlineMs ?? DEFAULT_DEADLINE_MS;
    const late = new Promise<never>((_, reject) => {
      timer = host.clock.after(limit, () =>
        reject(new SipError('SESSION_HOOK_DEADLINE', `${hook} of ${owner} took over ${limit} ms`, { hook, owner, deadlineMs: limit })),
      );
    });
    return (yield Promise.race([value, late])) as T;
  } catch (cause) {
    error = hookFailed(owner, hook, cause);
    throw error;
  } finally {
    timer?.[Symbol.dispose]();
    host.question = outer;
    if (hookChannel.hasSubscribers) hookChannel.publish({ session: host.id, owner, hook, durationMs: host.clock.now() - started, error });
  }
}

/** Whether a failed question failed for its time. */
export function wasLate(error: unknown): boolean {
  return error instanceof SipError && error.cause instanceof SipError && error.cause.code === 'SESSION_HOOK_DEADLINE';
}
