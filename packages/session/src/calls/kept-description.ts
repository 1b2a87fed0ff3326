/** A description that stays for as long as a call: whole while it is worked with, and its text alone between two exchanges. */
import { parseDescription, readWritten, sourceOf, writeDescription, type Description, type SdpLimits } from '@jackfield/sdp';

export class KeptDescription {
  #whole: Description | undefined;
  #text: string | undefined;
  /** The text is as somebody else wrote it. */
  #read = false;

  /** @param text - what it is written as, where that is known; otherwise it is written when it rests, unless it was read from a text */
  constructor(description: Description, text?: string) {
    this.#whole = description;
    this.#text = text;
  }

  get description(): Description {
    return (this.#whole ??= this.#read ? readAgain(this.#text!) : readWritten(this.#text!));
  }

  get text(): string {
    return (this.#text ??= writeDescription(this.#whole!));
  }

  rest(): void {
    if (this.#text === undefined) {
      this.#text = sourceOf(this.#whole!);
      this.#read = this.#text !== undefined;
    }
    this.text.charCodeAt(0); // V8 then copies the pieces that it was put together from, and lets go of them
    this.#whole = undefined;
  }
}

/** Bounds were kept when it was read first. */
const NO_LIMITS: SdpLimits = { maxBytes: Infinity, maxSections: Infinity, maxFormats: Infinity, maxLines: Infinity };

function readAgain(text: string): Description {
  const verdict = parseDescription(text, NO_LIMITS);
  if (!verdict.ok) throw new Error(`read before, and now ${verdict.rule}`);
  return verdict.description;
}
