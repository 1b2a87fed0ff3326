/**
 * Several early dialogs of one INVITE of ours, each with an agreement of its own (RFC 3261 §12.1, RFC 3262 §5). One is in force; what the others agreed on
 * is kept here, and their streams live, until the call is answered. Made when the first of them has answered reliably.
 */
import type { DialogView } from '@jackfield/sip';
import type { Description } from '@jackfield/sdp';
import type { KeptDescription } from './kept-description.ts';
import type { DraftLine, Line, LiveStream } from './stream-line.ts';

/** What one of them and we have agreed on. */
export interface Agreement {
  readonly lines: readonly Line[];
  readonly local: KeptDescription | undefined;
  readonly remote: Description;
}

/** The offer of the INVITE, which each of them answers. */
export interface SharedOffer {
  readonly drafts: readonly DraftLine[];
  readonly local: KeptDescription | undefined;
}

export class Forks {
  /** Undefined where the INVITE had no offer: then each makes one. */
  readonly offer: SharedOffer | undefined;
  /** The exchange about that offer that is open now, or was last. */
  opened: object | undefined;
  /** Whose agreement is in force, or under way. */
  heard: DialogView | undefined;
  /** Their description in the agreement in force. */
  remote: Description | undefined;
  readonly #kept = new Map<DialogView, Agreement>();

  constructor(open: SharedOffer | undefined) {
    this.offer = open === undefined ? undefined : { drafts: open.drafts.map((draft) => ({ ...draft })), local: open.local };
    this.opened = open;
  }

  keep(dialog: DialogView, agreement: Agreement): void {
    this.#kept.set(dialog, agreement);
  }

  agreementOf(dialog: DialogView): Agreement | undefined {
    return this.#kept.get(dialog);
  }

  /** Whether a stream may be needed yet. */
  holds(live: LiveStream): boolean {
    if (this.offer?.drafts.some((draft) => draft.live === live) === true) return true;
    for (const { lines } of this.#kept.values()) if (lines.some((line) => line.live === live)) return true;
    return false;
  }
}
