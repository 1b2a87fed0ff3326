/** State of plug-ins on a session, an exchange or a bundle: typed keys, destroyed exactly once, last in first out. */
import { SipError } from '@jackfield/base';

declare const carries: unique symbol;
/** Names a slot and the type of what lies in it. Identity is the object; `name` is for logs. */
export interface CookieKey<T> {
  readonly name: string;
  readonly [carries]: T;
}

/** After the end `get` gives undefined; `add` and `set` throw SESSION_ENDED. */
export interface CookieJar {
  /** @throws SESSION_COOKIE_TAKEN when there is one. */
  add<T>(key: CookieKey<T>, value: NoInfer<T>): void;
  /** Destroys the one that was there. */
  set<T>(key: CookieKey<T>, value: NoInfer<T>): void;
  get<T>(key: CookieKey<T>): T | undefined;
  /** Destroys it. False when there was none. */
  remove<T>(key: CookieKey<T>): boolean;
}

const destroyers = new WeakMap<object, (value: never) => void>();

/** A key of its own, whatever the name. `destroy` gets the value once, when it is removed, replaced or its jar is closed; what it throws is reported. */
export function defineCookie<T>(name: string, destroy?: (value: T) => void): CookieKey<T> {
  const key = Object.freeze({ name }) as CookieKey<T>; // `carries` exists for the compiler only
  if (destroy !== undefined) destroyers.set(key, destroy);
  return key;
}

/** A cookie in a jar: jars hold a few, for as long as a call, and a table of them would weigh more than they do. */
interface Slot {
  readonly key: CookieKey<unknown>;
  readonly value: unknown;
  /** Put in before. */
  readonly below: Slot | undefined;
}

/** Runs a `destroy` for those who watch; what that throws goes on. */
export type DestroyRunner = (cookie: string, destroy: () => unknown) => unknown;

/** The jar itself. `report` hears what a `destroy` threw, with the cookie's name. */
export class OwnedCookies implements CookieJar {
  #top: Slot | undefined;
  #closed = false;
  readonly #report: (error: unknown, cookie: string) => void;

  constructor(report: (error: unknown, cookie: string) => void) {
    this.#report = report;
  }

  get<T>(key: CookieKey<T>): T | undefined {
    return this.#find(key)?.value as T | undefined; // sound: only `set` writes under `key`, and it takes a T
  }

  add<T>(key: CookieKey<T>, value: NoInfer<T>): void {
    if (this.#find(key) !== undefined) {
      throw new SipError('SESSION_COOKIE_TAKEN', `cookie ${key.name} is set already`, { cookie: key.name });
    }
    this.set(key, value);
  }

  set<T>(key: CookieKey<T>, value: NoInfer<T>): void {
    if (this.#closed) throw new SipError('SESSION_ENDED', `cookie ${key.name}: the session has ended`, { state: 'ended' });
    this.remove(key);
    this.#top = { key, value, below: this.#top };
  }

  remove<T>(key: CookieKey<T>): boolean {
    const found = this.#find(key);
    if (found === undefined) return false;
    this.#take(found, undefined);
    return true;
  }

  /** Destroys what lies in it, last in first out, one failure skipping none; nothing can be put in afterwards. */
  close(run?: DestroyRunner): void {
    this.#closed = true;
    for (let slot = this.#top; slot !== undefined; slot = this.#top) this.#take(slot, run);
  }

  #find(key: CookieKey<unknown>): Slot | undefined {
    let slot = this.#top;
    while (slot !== undefined && slot.key !== key) slot = slot.below;
    return slot;
  }

  #take(slot: Slot, run: DestroyRunner | undefined): void {
    this.#top = without(this.#top, slot); // before destroy, which may look into the jar
    this.#destroy(slot.key, slot.value, run);
  }

  #destroy(key: CookieKey<unknown>, value: unknown, run: DestroyRunner | undefined): void {
    const destroy = destroyers.get(key);
    if (destroy === undefined) return;
    const failed = (error: unknown): void => this.#report(error, key.name);
    try {
      const given: unknown = run === undefined ? destroy(value as never) : run(key.name, () => destroy(value as never));
      if (given instanceof Promise) given.catch(failed); // nobody else has it
    } catch (error) {
      failed(error);
    }
  }
}

function without(top: Slot | undefined, gone: Slot): Slot | undefined {
  if (top === undefined || top === gone) return top?.below;
  return { ...top, below: without(top.below, gone) };
}
