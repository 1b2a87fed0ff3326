/** Follows the frames of a WebSocket peer (RFC 6455 §5.2), to know of a message that has begun and is not whole. Judges nothing: `ws` does that. */

const LAST = 0x80;
const MASKED = 0x80;
const MASK_BYTES = 4;
/** Opcodes from here on are of frames that may stand between those of a message. */
const CONTROL = 8;

export class FrameWatch {
  /** Frames of the message under way so far; 0: none is. */
  pieces = 0;
  #last = false;
  #control = false;
  #mask = 0;
  /** Bytes of the head that have come, up to the second. */
  #head = 0;
  /** Bytes of a longer length that are to come. */
  #extended = 0;
  /** Bytes of mask and content that are to come; the length as far as it is known. */
  #rest = 0;

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#head < 2 || this.#extended > 0) this.#read(bytes[at++]!);
      else {
        const step = Math.min(this.#rest, bytes.length - at);
        this.#rest -= step;
        at += step;
      }
      if (this.#head === 2 && this.#extended === 0 && this.#rest === 0) this.#end();
    }
  }

  /** A byte of the head. */
  #read(byte: number): void {
    if (this.#head === 0) {
      this.#head = 1;
      this.#last = byte >= LAST;
      this.#control = (byte & 0x0f) >= CONTROL;
      if (!this.#control) this.pieces += 1;
    } else if (this.#head === 1) {
      this.#head = 2;
      const length = byte & 0x7f;
      this.#mask = byte >= MASKED ? MASK_BYTES : 0;
      this.#extended = length < 126 ? 0 : length === 126 ? 2 : 8;
      this.#rest = this.#extended === 0 ? length + this.#mask : 0;
    } else {
      this.#rest = this.#rest * 256 + byte;
      this.#extended -= 1;
      if (this.#extended === 0) this.#rest += this.#mask;
    }
  }

  #end(): void {
    this.#head = 0;
    if (this.#last && !this.#control) this.pieces = 0;
  }
}
