/**
 * The runners, one per contract: news (all hear it), edits (each may add, a failing one loses its own), questions (the first answer ends
 * the round). Whatever a hook throws leaves with its owner's name on it; nothing a hook does is thrown past a runner but by a question.
 */
import { isPromise, SipError, type Clock, Diagnostics } from '@jackfield/base';
import type { Supplement } from '../contract/supplement.ts';
import type { DestroyRunner } from '../cookies.ts';
import type { HookName } from './supplement-registry.ts';
import type { Steps } from './steps.ts';

export const DEFAULT_DEADLINE_MS = 5000;

/** What the runners need of the session they run for. */
export interface HookHost {
  readonly clock: Clock;
  /** Id of the session, for those who trace. */
  readonly id: string;
  /** Supplements that take no further part. */
  readonly excluded: ReadonlySet<Supplement> | undefined;
  /** Which question is open, 0 when none is; verbs look at it to tell a hook that awaits itself. */
  question: number;
  report(error: SipError): void;
}

/** `jackfield:session:hook`: every hook as it returns, with what it took. */
export interface HookRun {
  readonly session: string;
  readonly owner: string;
  readonly hook: string;
  /** The message it was given: `INVITE`, `200 INVITE`. Undefined for a hook about none. */
  readonly about: string | undefined;
  /** ms of the injected clock, with fractions where it has them (`Clock.elapsed`). */
  readonly durationMs: number;
  readonly error: SipError | undefined;
}
const hookChannel = new Diagnostics<HookRun>('session:hook');

/** A hook under way that somebody watches; made only then. */
interface Watched {
  readonly startedMs: number;
  readonly about: string | undefined;
}

function watched(host: HookHost, hook: string, a: unknown, b: unknown): Watched | undefined {
  if (!hookChannel.hasSubscribers) return undefined;
  const about = hook === 'admitSession' ? 'INVITE' : (nameOf(b) ?? nameOf(a));
  return { about, startedMs: elapsed(host.clock) };
}

function told(host: HookHost, owner: string, hook: string, { startedMs, about }: Watched, error: SipError | undefined): void {
  hookChannel.publish({ session: host.id, owner, hook, about, durationMs: elapsed(host.clock) - startedMs, error });
}

function elapsed(clock: Clock): number {
  return clock.elapsed?.() ?? clock.now();
}

/** What a message is called, for who watches: whatever has a method, or answers what has one. */
function nameOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  if ('method' in given) return String(given.method);
  if (!('status' in given) || !('request' in given)) return undefined;
  const method = nameOf(given.request);
  return method && `${String(given.status)} ${method}`;
}

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

/** How a runner calls a hook: with what it was given, so that no closure is made for each call. */
export type HookCall<P, A, B> = (plugin: P, a: A, b: B) => unknown;

/** Calls a synchronous hook. @returns what it gave, if that was taken, or what went wrong, under its owner's name */
function run<P, A, B>(
  host: HookHost,
  owner: string,
  plugin: P,
  hook: string,
  call: HookCall<P, A, B>,
  a: A,
  b: B,
  accept: ((value: unknown) => boolean) | undefined,
): unknown {
  const watch = watched(host, hook, a, b);
  let error: SipError | undefined;
  let value: unknown;
  try {
    value = call(plugin, a, b);
    if (value !== undefined && accept?.(value) !== true) error = misgiven(host, owner, hook, value);
  } catch (cause) {
    error = hookFailed(owner, hook, cause);
  }
  if (watch !== undefined) told(host, owner, hook, watch, error);
  if (error === undefined) return value;
  host.report(error);
  return error;
}

/** A promise where none is awaited: its rejection is nobody's but ours. */
function misgiven(host: HookHost, owner: string, hook: string, value: unknown): SipError {
  if (isPromise(value)) void value.then(undefined, (cause: unknown) => host.report(hookFailed(owner, hook, cause)));
  return hookFailed(owner, hook, nonsense(owner, hook));
}

/** For news: everyone hears it; a failure is reported, told to `failed`, and stops nobody. */
export function notifyAll<A, B>(
  host: HookHost,
  list: readonly Supplement[],
  hook: HookName,
  call: HookCall<Supplement, A, B>,
  a: A,
  b: B,
  failed?: (supplement: Supplement) => void,
): void {
  for (const supplement of list) {
    if (host.excluded?.has(supplement) === true) continue;
    if (run(host, supplement.name, supplement, hook, call, a, b, undefined) instanceof SipError) failed?.(supplement);
  }
}

/** For news to one plug-in (`stopStream`): a failure is reported. */
export function notifyOne<P, A, B>(host: HookHost, owner: string, hook: string, call: HookCall<P, A, B>, plugin: P, a: A, b: B): void {
  run(host, owner, plugin, hook, call, a, b, undefined);
}

/** For a jar that is closed; undefined where nobody watches. */
export function watchedDestroy(host: HookHost): DestroyRunner | undefined {
  return hookChannel.hasSubscribers ? (cookie, destroy) => destroyed(host, cookie, destroy) : undefined;
}

function destroyed(host: HookHost, cookie: string, destroy: () => unknown): unknown {
  const watch = { about: undefined, startedMs: elapsed(host.clock) };
  let error: SipError | undefined;
  try {
    return destroy();
  } catch (cause) {
    error = hookFailed(cookie, 'destroy', cause);
    throw cause; // to the jar, which reports it
  } finally {
    told(host, cookie, 'destroy', watch, error);
  }
}

/** Something that can be edited and put back. */
export interface Draft {
  mark(): void;
  restore(): void;
}

/** For messages on their way out: a hook that throws loses its own edits. @returns the first failure; the caller decides whether the message may still leave (docs/promises.md). */
export function editInOrder<A, B>(
  host: HookHost,
  list: readonly Supplement[],
  hook: HookName,
  draft: Draft,
  call: HookCall<Supplement, A, B>,
  a: A,
  b: B,
): SipError | undefined {
  let first: SipError | undefined;
  for (const supplement of list) {
    if (host.excluded?.has(supplement) === true) continue;
    draft.mark();
    const error = run(host, supplement.name, supplement, hook, call, a, b, undefined);
    if (!(error instanceof SipError)) continue;
    draft.restore();
    first ??= error;
  }
  return first;
}

/** For news that may carry a wish (`incomingResponse`): all hear it, the first wish that `accept` takes counts. */
export function firstWish<W, A, B>(
  host: HookHost,
  list: readonly Supplement[],
  hook: HookName,
  accept: (value: unknown) => value is W,
  call: HookCall<Supplement, A, B>,
  a: A,
  b: B,
): W | undefined {
  let wish: W | undefined;
  for (const supplement of list) {
    if (host.excluded?.has(supplement) === true) continue;
    const given = run(host, supplement.name, supplement, hook, call, a, b, accept);
    if (wish === undefined && accept(given)) wish = given;
  }
  return wish;
}

let questions = 0;

/**
 * One question to one plug-in.
 *
 * @returns what it gave, or, where that is a promise, the question that is open now: `inTime` waits for it
 * @throws SESSION_HOOK_FAILED with what was thrown as its cause
 */
export function ask<P, A, B>(host: HookHost, owner: string, hook: string, call: HookCall<P, A, B>, plugin: P, a: A, b: B): unknown {
  const watch = watched(host, hook, a, b);
  const outer = host.question;
  host.question = questions += 1;
  let value: unknown;
  try {
    value = call(plugin, a, b);
    if (isPromise(value)) return new OpenQuestion(host, owner, hook, value, outer, watch);
  } catch (cause) {
    throw over(host, owner, hook, outer, watch, hookFailed(owner, hook, cause));
  }
  over(host, owner, hook, outer, watch, undefined);
  return value;
}

/** A question whose answer is a promise. Whoever got it has to wait for it, or nothing ends it. */
export class OpenQuestion {
  readonly promise: PromiseLike<unknown>;
  readonly #host: HookHost;
  readonly #owner: string;
  readonly #hook: string;
  readonly #outer: number;
  readonly #watch: Watched | undefined;

  constructor(host: HookHost, owner: string, hook: string, promise: PromiseLike<unknown>, outer: number, watch: Watched | undefined) {
    this.#host = host;
    this.#owner = owner;
    this.#hook = hook;
    this.promise = promise;
    this.#outer = outer;
    this.#watch = watch;
  }

  /** @throws SESSION_HOOK_FAILED with what it was rejected with, or SESSION_HOOK_DEADLINE, as its cause */
  *inTime(limitMs = DEFAULT_DEADLINE_MS): Steps<unknown> {
    const [host, owner, hook] = [this.#host, this.#owner, this.#hook];
    let error: SipError | undefined;
    let timer: Disposable | undefined;
    try {
      const late = new Promise<never>((_, reject) => {
        timer = host.clock.after(limitMs, () =>
          reject(
            new SipError('SESSION_HOOK_DEADLINE', `${hook} of ${owner} took over ${limitMs} ms`, { hook, owner, deadlineMs: limitMs }),
          ),
        );
      });
      return yield Promise.race([this.promise, late]);
    } catch (cause) {
      throw (error = hookFailed(owner, hook, cause));
    } finally {
      timer?.[Symbol.dispose]();
      over(host, owner, hook, this.#outer, this.#watch, error);
    }
  }
}

/** The question is over, whichever way. */
function over<E extends SipError | undefined>(
  host: HookHost,
  owner: string,
  hook: string,
  outer: number,
  watch: Watched | undefined,
  error: E,
): E {
  host.question = outer;
  if (watch !== undefined) told(host, owner, hook, watch, error);
  return error;
}

/** Whether a failed question failed for its time. */
export function wasLate(error: unknown): boolean {
  return error instanceof SipError && error.cause instanceof SipError && error.cause.code === 'SESSION_HOOK_DEADLINE';
}
