/** Callbacks of an application: added, walked and taken off at any time. One that throws is its caller's affair. */

export interface Listener<F> {
  readonly call: F;
  /** False once taken off; who walks an older list asks. */
  active: boolean;
}

const NONE: readonly never[] = [];

export class Listeners<F> {
  #list: readonly Listener<F>[] = NONE;

  /** Never changed in place, so that a walk is not disturbed. */
  get list(): readonly Listener<F>[] {
    return this.#list;
  }

  add(call: F): Listener<F> {
    const listener = { call, active: true };
    this.#list = [...this.#list, listener];
    return listener;
  }

  remove(listener: Listener<F>): void {
    listener.active = false;
    this.#list = this.#list.filter((kept) => kept !== listener);
  }

  clear(): void {
    for (const listener of this.#list) listener.active = false;
    this.#list = NONE;
  }
}
