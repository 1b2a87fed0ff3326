import { SipError } from '@jackfield/base';
import { settle } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { Chain } from './chain.ts';
import { Deferred } from './deferred.ts';

const selfAwait = (): SipError => new SipError('SESSION_HOOK_AWAITS_SELF', 'not here', { verb: 'accept' });

describe('a deferred promise', () => {
  it('settles once: what comes later changes nothing', async () => {
    const done = new Deferred<number>();
    done.resolve(1);
    done.resolve(2);
    done.reject(new Error('late'));
    expect(await done.promise).toBe(1);
  });

  it('that rejects and is not looked at is no unhandled rejection; who looks gets it', async () => {
    const unhandled: unknown[] = [];
    const hear = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', hear);
    const [plain, guarded] = [new Deferred<number>(), new Deferred<number>(() => undefined)];
    plain.reject(new Error('alone'));
    guarded.reject(new Error('alone'));
    await settle();
    process.off('unhandledRejection', hear);
    expect(unhandled).toEqual([]);
    await expect(plain.promise).rejects.toThrow('alone');
    await expect(guarded.promise).rejects.toThrow('alone');
  });

  it.each(['resolve', 'reject'] as const)('takes itself out of its owner on %s', (how) => {
    const done = new Deferred<number>();
    const owner = new Chain();
    owner.add(done);
    if (how === 'resolve') done.resolve(1);
    else done.reject(new Error('over'));
    expect(owner.first).toBeUndefined();
  });
});

describe('a guarded promise', () => {
  it.each([
    { how: 'await', wait: (promise: Promise<number>) => promise },
    { how: 'then', wait: (promise: Promise<number>) => promise.then((value) => value + 1) },
    { how: 'catch', wait: (promise: Promise<number>) => promise.catch(() => 0) },
    { how: 'finally', wait: (promise: Promise<number>) => promise.finally(() => {}) },
    { how: 'Promise.all', wait: (promise: Promise<number>) => Promise.all([promise.then(() => 1), Promise.resolve(2)]) },
  ])('rejects the waiting ($how) while its guard has an error, and only that', async ({ wait }) => {
    let inside = false;
    const done = new Deferred<number>(() => (inside ? selfAwait() : undefined));
    const begun = wait(done.promise);
    inside = true;
    await expect((async () => await begun)()).rejects.toMatchObject({ code: 'SESSION_HOOK_AWAITS_SELF' });
    inside = false;
    done.resolve(5);
    expect(await done.promise).toBe(5);
  });

  it('is like any other where the guard has nothing to say', async () => {
    const done = new Deferred<number>(() => undefined);
    const chained = done.promise.then((value) => value * 2);
    done.resolve(4);
    expect(await chained).toBe(8);
    const failed = new Deferred<number>(() => undefined);
    const caught = failed.promise.catch((error: unknown) => String(error));
    failed.reject(new Error('no'));
    expect(await caught).toBe('Error: no');
  });
});
