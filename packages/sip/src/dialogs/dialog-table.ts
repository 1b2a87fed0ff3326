/** The dialogs that live (RFC 3261 §12), found by Call-ID and both tags. Ours, which we draw ourselves, is what they lie by: only forks of one request share it. */
import { KeyTable } from '../transactions/key-table.ts';
import type { Dialog } from './dialog.ts';

const SECRET = 0x5bd1e995; // any number will do: no peer chooses our tags

export class DialogTable {
  readonly #byTag = new KeyTable<string, Dialog>(SECRET);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(callId: string, localTag: string, remoteTag: string | undefined): Dialog | undefined {
    const hash = this.#byTag.hashOf(localTag);
    for (let dialog = this.#byTag.get(localTag, hash); dialog !== undefined; dialog = dialog.sibling) {
      if (dialog.remoteTag === remoteTag && dialog.callId === callId) return dialog;
    }
    return undefined;
  }

  /** Before one with the same names, should there be one. */
  add(dialog: Dialog): void {
    dialog.hash = this.#byTag.hashOf(dialog.localTag);
    dialog.sibling = this.#byTag.get(dialog.localTag, dialog.hash);
    this.#byTag.set(dialog);
    this.#size += 1;
  }

  /** Does nothing where it is not in the table. */
  delete(dialog: Dialog): void {
    const first = this.#byTag.get(dialog.localTag, dialog.hash);
    if (first === undefined) return;
    if (first === dialog) {
      if (dialog.sibling === undefined) this.#byTag.delete(dialog);
      else this.#byTag.set(dialog.sibling);
    } else {
      let before = first;
      while (before.sibling !== dialog) {
        if (before.sibling === undefined) return;
        before = before.sibling;
      }
      before.sibling = dialog.sibling;
    }
    dialog.sibling = undefined;
    this.#size -= 1;
  }

  /** As they are now, in no order. */
  values(): readonly Dialog[] {
    const all: Dialog[] = [];
    for (const first of this.#byTag.values())
      for (let dialog: Dialog | undefined = first; dialog !== undefined; dialog = dialog.sibling) all.push(dialog);
    return all;
  }
}
