/** Who leans on which flow, so that a flow that fails costs those alone: thousands of transactions live at a time, and peers decide what fails. */
import type { Flow } from './transport.ts';

/**
 * One item on one flow. Emptied when it leaves: V8 chains the tables that a Map or Set outgrew, and what stood in them lives until the next full
 * collection. A place is all that may be kept that way; the transaction in it holds a whole call.
 */
export interface FlowPlace<T> {
  readonly flow: Flow;
  item: T | undefined;
  next: FlowPlace<T> | undefined;
}

/** Keeps its own places, for one index. */
export interface OnFlows<T> {
  places: FlowPlace<T> | undefined;
}

export class FlowIndex<T extends OnFlows<T>> {
  /** Mostly one a flow, where callers come by flows of their own; a set where a trunk brings all. */
  readonly #byFlow = new Map<Flow, FlowPlace<T> | Set<FlowPlace<T>>>();

  add(flow: Flow, item: T): void {
    for (let place = item.places; place !== undefined; place = place.next) if (place.flow === flow) return;
    const place: FlowPlace<T> = { flow, item, next: item.places };
    item.places = place;
    const there = this.#byFlow.get(flow);
    if (there === undefined) this.#byFlow.set(flow, place);
    else if (there instanceof Set) there.add(place);
    else this.#byFlow.set(flow, new Set([there, place]));
  }

  delete(flow: Flow, item: T): void {
    let before: FlowPlace<T> | undefined;
    for (let place = item.places; place !== undefined; before = place, place = place.next) {
      if (place.flow !== flow) continue;
      if (before === undefined) item.places = place.next;
      else before.next = place.next;
      place.item = place.next = undefined;
      const there = this.#byFlow.get(flow);
      if (there === place) this.#byFlow.delete(flow);
      else if (there instanceof Set && there.delete(place) && there.size === 0) this.#byFlow.delete(flow);
      return;
    }
  }

  /** A list of its own: who is told may come and go. */
  of(flow: Flow): readonly T[] {
    const there = this.#byFlow.get(flow);
    if (there === undefined) return [];
    const items: T[] = [];
    for (const { item } of there instanceof Set ? there : [there]) if (item !== undefined) items.push(item);
    return items;
  }

  /** How many flows somebody leans on. */
  get size(): number {
    return this.#byFlow.size;
  }

  clear(): void {
    this.#byFlow.clear();
  }
}
