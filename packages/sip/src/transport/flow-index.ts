/** Who leans on which flow, so that a flow that fails costs those alone: thousands of transactions live at a time, and peers decide what fails. */
import type { Flow } from './transport.ts';

/** All on one flow, the latest first. */
interface FlowUsers<T> {
  readonly flow: Flow;
  first: FlowPlace<T> | undefined;
}

/** One item on one flow, among those of its flow and those of its item. */
export interface FlowPlace<T> {
  readonly users: FlowUsers<T>;
  readonly item: T;
  next: FlowPlace<T> | undefined;
  before: FlowPlace<T> | undefined;
  behind: FlowPlace<T> | undefined;
}

/** Keeps its own places, for one index. */
export interface OnFlows<T> {
  places: FlowPlace<T> | undefined;
}

export class FlowIndex<T extends OnFlows<T>> {
  // lists, and no sets: V8 chains the tables that a Map or Set outgrew, and what stood in them lives until the next full collection
  readonly #byFlow = new Map<Flow, FlowUsers<T>>();
  /** Of the flow that was used last; it alone stays without anybody on it: mostly the next one comes the same way. */
  #recent: FlowUsers<T> | undefined = undefined;

  add(flow: Flow, item: T): void {
    for (let place = item.places; place !== undefined; place = place.next) if (place.users.flow === flow) return;
    const users = this.#recent?.flow === flow ? this.#recent : this.#turnTo(flow);
    const behind = users.first;
    const place: FlowPlace<T> = { users, item, next: item.places, before: undefined, behind };
    if (behind !== undefined) behind.before = place;
    users.first = item.places = place;
  }

  delete(flow: Flow, item: T): void {
    let previous: FlowPlace<T> | undefined;
    for (let place = item.places; place !== undefined; previous = place, place = place.next) {
      const { users, before, behind } = place;
      if (users.flow !== flow) continue;
      if (previous === undefined) item.places = place.next;
      else previous.next = place.next;
      if (behind !== undefined) behind.before = before;
      if (before !== undefined) before.behind = behind;
      else users.first = behind;
      if (users.first === undefined && users !== this.#recent) this.#byFlow.delete(flow);
      return;
    }
  }

  /** As they came. A list of its own: who is told may come and go. */
  of(flow: Flow): readonly T[] {
    const items: T[] = [];
    for (let place = this.#byFlow.get(flow)?.first; place !== undefined; place = place.behind) items.push(place.item);
    return items.toReversed();
  }

  /** How many flows somebody leans on. */
  get size(): number {
    return this.#byFlow.size - (this.#recent !== undefined && this.#recent.first === undefined ? 1 : 0);
  }

  clear(): void {
    this.#byFlow.clear();
    this.#recent = undefined;
  }

  #turnTo(flow: Flow): FlowUsers<T> {
    if (this.#recent !== undefined && this.#recent.first === undefined) this.#byFlow.delete(this.#recent.flow);
    let users = this.#byFlow.get(flow);
    if (users === undefined) this.#byFlow.set(flow, (users = { flow, first: undefined }));
    this.#recent = users;
    return users;
  }
}
