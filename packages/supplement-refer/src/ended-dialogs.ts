/** The dialogs that ended last: who would replace one of them comes a moment too late, and is declined (RFC 3891 §3). Bounded by count; no timers. */
export interface DialogIds {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

const KEPT = 256;

export class EndedDialogs {
  readonly #keys: string[] = [];
  #next = 0;

  add(ids: DialogIds): void {
    this.#keys[this.#next] = keyOf(ids);
    this.#next = (this.#next + 1) % KEPT;
  }

  has(ids: DialogIds): boolean {
    return this.#keys.includes(keyOf(ids));
  }
}

function keyOf({ callId, localTag, remoteTag }: DialogIds): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}
