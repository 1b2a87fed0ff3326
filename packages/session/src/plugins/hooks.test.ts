import { channel } from 'node:diagnostics_channel';
import { SipError, systemClock } from '@jackfield/base';
import { ManualClock } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import type { Supplement } from '../contract/supplement.ts';
import { ask, editInOrder, firstWish, notifyAll, OpenQuestion, wasLate, type Draft, type HookHost, type HookRun } from './hooks.ts';
import type { Steps } from './steps.ts';

interface Host extends HookHost {
  readonly clock: ManualClock;
  readonly reported: SipError[];
  readonly out: Set<Supplement>;
}

function host(): Host {
  const reported: SipError[] = [];
  const out = new Set<Supplement>();
  return {
    clock: new ManualClock(),
    id: 'one',
    excluded: out,
    out,
    question: 0,
    report: (error) => void reported.push(error),
    reported,
  };
}
const LIST: readonly Supplement[] = ['a', 'b', 'c'].map((name) => ({ name }));
const isNumber = (value: unknown): value is number => typeof value === 'number';

function* asked(at: HookHost, owner: string, hook: string, deadlineMs: number | undefined, call: () => unknown): Steps<unknown> {
  const given = ask(at, owner, hook, call, undefined, undefined, undefined);
  return given instanceof OpenQuestion ? yield* given.inTime(deadlineMs) : given;
}

/** Drives a question as the mailbox does. */
async function answered<T>(steps: Generator<PromiseLike<unknown>, T, unknown>): Promise<T> {
  let result = steps.next();
  while (result.done !== true) {
    try {
      result = steps.next(await result.value);
    } catch (error) {
      result = steps.throw(error);
    }
  }
  return result.value;
}

describe('notifyAll, for news', () => {
  it.each([
    {
      way: 'throws',
      fail: () => {
        throw new Error('b');
      },
      cause: 'Error: b',
    },
    { way: 'returns something', fail: () => 42, cause: 'SESSION_HOOK_RESULT' },
    { way: 'returns null', fail: () => null, cause: 'SESSION_HOOK_RESULT' },
    { way: 'returns a promise', fail: () => Promise.resolve(), cause: 'SESSION_HOOK_RESULT' },
  ])('tells all though one $way, and says who failed', ({ fail, cause }) => {
    const at = host();
    const heard: string[] = [];
    const failed: string[] = [];
    notifyAll(
      at,
      LIST,
      'sessionBegin',
      ({ name }) => {
        heard.push(name);
        return name === 'b' ? fail() : undefined;
      },
      undefined,
      undefined,
      ({ name }) => failed.push(name),
    );
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(failed).toEqual(['b']);
    expect(at.reported).toMatchObject([{ code: 'SESSION_HOOK_FAILED', info: { owner: 'b', hook: 'sessionBegin' } }]);
    const found = at.reported[0]!.cause;
    expect(found instanceof SipError ? found.code : String(found)).toBe(cause);
  });

  it('passes over who takes no part', () => {
    const at = host();
    at.out.add(LIST[1]!);
    const heard: string[] = [];
    notifyAll(at, LIST, 'sessionEnd', ({ name }) => void heard.push(name), undefined, undefined);
    expect(heard).toEqual(['a', 'c']);
  });

  it('reports what a promise that should not be there rejects with, and leaves it nowhere else', async () => {
    const at = host();
    notifyAll(at, LIST.slice(0, 1), 'sessionEnd', () => Promise.reject(new Error('floating')), undefined, undefined);
    await at.clock.advance(0);
    expect(at.reported.map(({ message }) => message)).toEqual([expect.stringContaining('gave back'), expect.stringContaining('floating')]);
  });
});

describe('editInOrder, for messages on their way out', () => {
  it('takes back what the failing one wrote, runs the next, and gives the first failure', () => {
    const at = host();
    let text = '';
    let marked = '';
    const draft: Draft = { mark: () => (marked = text), restore: () => (text = marked) };
    const error = editInOrder(
      at,
      LIST,
      'outgoingRequest',
      draft,
      ({ name }) => {
        text += name;
        if (name === 'b') throw new Error('after writing');
      },
      undefined,
      undefined,
    );
    expect(text).toBe('ac');
    expect(error).toMatchObject({ code: 'SESSION_HOOK_FAILED', info: { owner: 'b', hook: 'outgoingRequest' } });
    expect(at.reported).toEqual([error]);
  });

  it('gives nothing when all went well', () => {
    const draft: Draft = {
      mark: () => {},
      restore: () => {
        throw new Error('never');
      },
    };
    expect(editInOrder(host(), LIST, 'outgoingResponse', draft, () => undefined, undefined, undefined)).toBeUndefined();
  });
});

describe('firstWish, for news that may carry one', () => {
  it('gives the first that counts, though all are told', () => {
    const at = host();
    const heard: string[] = [];
    const wish = firstWish(
      at,
      LIST,
      'incomingResponse',
      isNumber,
      ({ name }) => {
        heard.push(name);
        return name === 'a' ? undefined : name.charCodeAt(0);
      },
      undefined,
      undefined,
    );
    expect(wish).toBe('b'.charCodeAt(0));
    expect(heard).toEqual(['a', 'b', 'c']);
    expect(at.reported).toEqual([]);
  });

  it('reports what is no wish', () => {
    const at = host();
    expect(firstWish(at, LIST, 'incomingResponse', isNumber, ({ name }) => (name === 'a' ? 'nonsense' : 1), undefined, undefined)).toBe(1);
    expect(at.reported).toMatchObject([{ info: { owner: 'a' }, cause: { code: 'SESSION_HOOK_RESULT' } }]);
  });
});

describe('ask, for questions', () => {
  it('takes a plain value at once: no promise, no timer', () => {
    const at = host();
    const steps = asked(at, 'a', 'incomingRequest', undefined, () => 5);
    expect(steps.next()).toEqual({ done: true, value: 5 });
    expect(at.clock.pending).toBe(0);
    expect(at.question).toBe(0);
  });

  it('waits for a promise, and clears its timer', async () => {
    const at = host();
    const answer = answered(asked(at, 'a', 'incomingRequest', undefined, () => Promise.resolve(5)));
    expect(at.question).toBeGreaterThan(0);
    expect(at.clock.pending).toBe(1);
    expect(await answer).toBe(5);
    expect(at.question).toBe(0);
    expect(at.clock.pending).toBe(0);
  });

  it.each([
    { deadlineMs: undefined, ms: 5000 },
    { deadlineMs: 700, ms: 700 },
  ])('waits $ms ms and no longer (deadlineMs: $deadlineMs)', async ({ deadlineMs, ms }) => {
    const at = host();
    let failure: unknown;
    const answer = answered(asked(at, 'a', 'redirected', deadlineMs, () => new Promise(() => {}))).catch(
      (error: unknown) => (failure = error),
    );
    await at.clock.advance(ms - 1);
    expect(failure).toBeUndefined();
    await at.clock.advance(1);
    await answer;
    expect(failure).toMatchObject({ code: 'SESSION_HOOK_FAILED', info: { owner: 'a', hook: 'redirected' } });
    expect((failure as SipError).cause).toMatchObject({
      code: 'SESSION_HOOK_DEADLINE',
      info: { owner: 'a', hook: 'redirected', deadlineMs: ms },
    });
    expect(wasLate(failure)).toBe(true);
    expect(at.clock.pending).toBe(0);
  });

  it.each([
    {
      way: 'throws',
      call: () => {
        throw new Error('no');
      },
    },
    { way: 'rejects', call: () => Promise.reject(new Error('no')) },
    {
      way: 'has a then that throws',
      call: () =>
        ({
          // oxlint-disable-next-line unicorn/no-thenable -- what a plug-in may give
          then: () => {
            throw new Error('no');
          },
        }) as PromiseLike<number>,
    },
  ])('names who $way', async ({ call }) => {
    const at = host();
    const failure: unknown = await answered(asked(at, 'a', 'admitSession', undefined, call)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'SESSION_HOOK_FAILED', info: { owner: 'a', hook: 'admitSession' }, cause: { message: 'no' } });
    expect(wasLate(failure)).toBe(false);
    expect(at.question).toBe(0);
  });

  it('puts things back when it is given up, and nobody hears of its late failure', async () => {
    const at = host();
    const outer = 7;
    at.question = outer;
    let fail: ((error: Error) => void) | undefined;
    const steps = asked(at, 'a', 'incomingRequest', undefined, () => new Promise((_, reject) => (fail = reject)));
    const waiting = steps.next();
    if (waiting.done === true) throw new Error('it should wait');
    waiting.value.then(undefined, () => undefined); // as the mailbox listens
    steps.return(undefined as never);
    expect(at.question).toBe(outer);
    expect(at.clock.pending).toBe(0);
    fail!(new Error('late'));
    await at.clock.advance(0);
    expect(at.reported).toEqual([]);
  });
});

describe('the channel jackfield:session:hook', () => {
  it('says which plug-in ran which hook, how long, and how it failed', async () => {
    const at = host();
    const runs: HookRun[] = [];
    const listen = (message: unknown): void => void runs.push(message as HookRun);
    const diagnostics = channel('jackfield:session:hook');
    diagnostics.subscribe(listen);
    try {
      notifyAll(
        at,
        LIST.slice(0, 1),
        'sessionEnd',
        () => {
          throw new Error('no');
        },
        undefined,
        undefined,
      );
      const slow = answered(
        asked(at, 'b', 'incomingRequest', undefined, () => new Promise((resolve) => void at.clock.after(30, () => resolve(1)))),
      );
      await at.clock.advance(30);
      await slow;
    } finally {
      diagnostics.unsubscribe(listen);
    }
    expect(runs).toMatchObject([
      { session: 'one', owner: 'a', hook: 'sessionEnd', durationMs: 0, error: { code: 'SESSION_HOOK_FAILED' } },
      { session: 'one', owner: 'b', hook: 'incomingRequest', durationMs: 30, error: undefined },
    ]);
  });

  function watching(work: () => void): readonly HookRun[] {
    const heard: HookRun[] = [];
    const listen = (message: unknown): void => void heard.push(message as HookRun);
    const diagnostics = channel('jackfield:session:hook');
    diagnostics.subscribe(listen);
    try {
      work();
    } finally {
      diagnostics.unsubscribe(listen);
    }
    return heard;
  }

  it('shows what a hook takes that never waits: the clock of the machine is read in fractions of a ms', () => {
    const clock = systemClock();
    const busy = (ms: number) => (): undefined => {
      const started = clock.elapsed!();
      while (clock.elapsed!() - started < ms) continue;
    };
    const at = { ...host(), clock };
    const [news, question] = watching(() => {
      notifyAll(at, LIST.slice(0, 1), 'sessionBegin', busy(0.2), undefined, undefined);
      ask(at, 'a', 'incomingRequest', busy(0.2), undefined, undefined, undefined);
    });
    expect(news!.durationMs).toBeGreaterThanOrEqual(0.2);
    expect(question!.durationMs).toBeGreaterThanOrEqual(0.2);
  });

  it.each<{
    hook: 'incomingRequest' | 'incomingResponse' | 'sessionEnd' | 'admitSession';
    a?: object;
    b: object | undefined;
    about: string | undefined;
  }>([
    { hook: 'incomingRequest', b: { method: 'INFO' }, about: 'INFO' },
    { hook: 'incomingResponse', b: { status: 200, request: { method: 'INVITE' } }, about: '200 INVITE' },
    { hook: 'incomingRequest', a: { method: 'INVITE' }, b: undefined, about: 'INVITE' },
    { hook: 'admitSession', b: undefined, about: 'INVITE' },
    { hook: 'sessionEnd', b: { by: 'remote', status: 486 }, about: undefined },
  ])('$hook of $b is about $about', ({ hook, a, b, about }) => {
    const runs = watching(() => {
      notifyAll(host(), LIST.slice(0, 1), hook, () => undefined, a, b);
      ask(host(), 'a', hook, () => undefined, undefined, a, b);
    });
    expect(runs.map((run) => run.about)).toEqual([about, about]);
  });

  it('is silent about a hook that began before anybody listened', () => {
    const runs: HookRun[] = [];
    const listen = (message: unknown): void => void runs.push(message as HookRun);
    const diagnostics = channel('jackfield:session:hook');
    notifyAll(host(), LIST.slice(0, 1), 'sessionBegin', () => diagnostics.subscribe(listen), undefined, undefined);
    notifyAll(host(), LIST.slice(1, 2), 'sessionBegin', () => undefined, undefined, undefined);
    diagnostics.unsubscribe(listen);
    expect(runs.map(({ owner }) => owner)).toEqual(['b']);
  });
});
