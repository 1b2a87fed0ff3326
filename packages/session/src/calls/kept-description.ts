/** A description that stays for as long as a call: whole while it is worked with, and its text alone between two exchanges. */
import { readWritten, writeDescription, type Description } from '@jackfield/sdp';

export class KeptDescription {
  #whole: Description | undefined;
  #text: string | undefined;

  /** @param text - what it is written as, where that is known; otherwise it is written when it rests */
  constructor(description: Description, text?: string) {
    this.#whole = description;
    this.#text = text;
  }

  get description(): Description {
    return (this.#whole ??= readWritten(this.#text!));
  }

  get text(): string {
    return (this.#text ??= writeDescription(this.#whole!));
  }

  rest(): void {
    this.text.charCodeAt(0); // V8 then copies the pieces that it was put together from, and lets go of them
    this.#whole = undefined;
  }
}
