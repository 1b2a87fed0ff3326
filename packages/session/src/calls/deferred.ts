/** Promises with their ends outside. A rejection is never unhandled: who wants it listens to it. */
import { SipError } from '@jackfield/base';
import { Link } from './chain.ts';

/** A promise that may tell whoever waits for it that it is waited for in the wrong place. */
class GuardedPromise<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  guard: (() => SipError | undefined) | undefined;

  // oxlint-disable-next-line unicorn/no-thenable -- `await` of a subclass comes through here, and that is what is to be noticed
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const { guard } = this;
    const error = guard?.();
    if (error !== undefined) return Promise.reject<T>(error).then(fulfilled, rejected);
    const next = super.then(fulfilled, rejected);
    if (guard === undefined) return next;
    const guarded = new GuardedPromise<A | B>((resolve, reject) => void next.then(resolve, reject)); // what is made of it waits for the same
    guarded.guard = guard;
    return guarded;
  }
}

export class Deferred<T> extends Link {
  readonly promise: Promise<T>;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;

  /** @param guard - asked each time somebody begins to wait; an error rejects that waiting alone. */
  constructor(guard?: () => SipError | undefined) {
    super();
    const executor = (resolve: (value: T) => void, reject: (error: unknown) => void): void => {
      this.#resolve = resolve;
      this.#reject = reject;
    };
    if (guard === undefined) {
      this.promise = new Promise<T>(executor);
      this.promise.catch(() => {});
    } else {
      const promise = new GuardedPromise<T>(executor);
      promise.catch(() => {});
      promise.guard = guard;
      this.promise = promise;
    }
  }

  resolve(value: T): void {
    this.leave();
    this.#resolve(value);
  }

  /** It is rejected where nobody settles it. */
  override drop(error: unknown): void {
    this.reject(error);
  }

  reject(error: unknown): void {
    this.leave();
    this.#reject(error);
  }
}
