/** Nonces that a client knows already, by target, kind and realm: later requests carry credentials at once. Bounded. */
import { detached } from '../messages/tokens.ts';
import { BoundedCache } from '../transport/bounded-cache.ts';
import type { DigestSession } from './client-session.ts';

/** Realms of one target that are remembered. */
const MOST_REALMS = 8;
const NONE: readonly DigestSession[] = [];

export class SessionMemory {
  readonly #sessions: BoundedCache<string, readonly DigestSession[]>;

  constructor(maxTargets: number) {
    this.#sessions = new BoundedCache(maxTargets);
  }

  of(target: string): readonly DigestSession[] {
    return this.#sessions.get(target) ?? NONE;
  }

  /** In place of what was known of that realm. */
  add(target: string, session: DigestSession): void {
    const others = this.of(target).filter(({ kind, realm }) => kind !== session.kind || realm !== session.realm);
    this.#sessions.set(detached(target), [...others.slice(-(MOST_REALMS - 1)), session]);
  }

  delete(target: string, session: DigestSession): void {
    const known = this.of(target);
    if (!known.includes(session)) return;
    if (known.length === 1) this.#sessions.delete(target);
    else
      this.#sessions.set(
        detached(target),
        known.filter((other) => other !== session),
      );
  }

  clear(): void {
    this.#sessions.clear();
  }
}
