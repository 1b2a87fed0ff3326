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
    if (this.text !== '') this.#whole = undefined;
  }
}
