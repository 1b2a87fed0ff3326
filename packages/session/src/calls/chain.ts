/**
 * What is open on a session, and the sessions of a service, in the order in which they came. Joining and leaving cost no table; and the engine's own chains
 * the tables that it outgrew, so that what comes and goes by the thousand would live in them until the next full collection, with all that hangs on it.
 */

/** A member of a chain, or of none. */
export class Link {
  chain: Chain | undefined;
  previous: Link | undefined;
  next: Link | undefined;

  constructor() {
    this.chain = undefined;
    this.previous = undefined;
    this.next = undefined;
  }

  /** Does nothing where it is in none. */
  leave(): void {
    const { chain, previous, next } = this;
    if (chain === undefined) return;
    if (previous === undefined) chain.first = next;
    else previous.next = next;
    if (next === undefined) chain.last = previous;
    else next.previous = previous;
    this.chain = this.previous = this.next = undefined;
  }

  /** Whoever keeps the chain lets go of it. */
  drop(_reason: unknown): void {}
}

export class Chain {
  first: Link | undefined;
  last: Link | undefined;

  constructor() {
    this.first = undefined;
    this.last = undefined;
  }

  add(link: Link): void {
    link.chain = this;
    link.previous = this.last;
    if (this.last === undefined) this.first = link;
    else this.last.next = link;
    this.last = link;
  }

  /** As they are now. */
  members(): readonly Link[] {
    const all: Link[] = [];
    for (let link = this.first; link !== undefined; link = link.next) all.push(link);
    return all;
  }

  /** Every member, first to last, those that join meanwhile as well. */
  dropAll(reason: unknown): void {
    for (let link = this.first; link !== undefined; link = this.first) {
      link.leave();
      link.drop(reason);
    }
  }
}
