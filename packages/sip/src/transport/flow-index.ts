/** Who leans on which flow, so that a flow that fails costs those alone: thousands of transactions live at a time, and peers decide what fails. */
import type { Flow } from './transport.ts';

export class FlowIndex<T extends object> {
  /** Mostly one a flow, where callers come by flows of their own; a set where a trunk brings all. */
  readonly #byFlow = new Map<Flow, T | Set<T>>();

  add(flow: Flow, item: T): void {
    const there = this.#byFlow.get(flow);
    if (there === undefined) this.#byFlow.set(flow, item);
    else if (there instanceof Set) there.add(item);
    else if (there !== item) this.#byFlow.set(flow, new Set([there, item]));
  }

  delete(flow: Flow, item: T): void {
    const there = this.#byFlow.get(flow);
    if (there === item) this.#byFlow.delete(flow);
    else if (there instanceof Set && there.delete(item) && there.size === 0) this.#byFlow.delete(flow);
  }

  /** A list of its own: who is told may come and go. */
  of(flow: Flow): readonly T[] {
    const there = this.#byFlow.get(flow);
    if (there === undefined) return [];
    return there instanceof Set ? [...there] : [there];
  }

  /** How many flows somebody leans on. */
  get size(): number {
    return this.#byFlow.size;
  }

  clear(): void {
    this.#byFlow.clear();
  }
}
