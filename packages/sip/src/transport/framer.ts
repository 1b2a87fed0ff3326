/**
 * Cuts a stream into messages by Content-Length (RFC 3261 §18.3), and finds keep-alives between them (RFC 5626 §4.4.1). Holds at most one
 * message, and reads no more of it than where it ends: whether it is a good one is for the parser to say. Times nothing.
 */
import type { DropCause } from './transport.ts';

export interface FramerLimits {
  /** Bytes up to and with the empty line. */
  readonly maxHeadBytes: number;
  /** Bytes of a whole message. */
  readonly maxMessageBytes: number;
}

/** Any of these may call {@link Framer.stop}. */
export interface FramerUser {
  /** A whole message, never changed afterwards. */
  framed(bytes: Uint8Array): void;
  /** A double CRLF between messages; once for what came in one piece. */
  pinged(): void;
  /** The CRLF that {@link Framer.expectPong} was told of. */
  ponged(): void;
  /** Nothing that follows can be told apart any more; the framer has stopped. `head`: the header block, or as much as there is. */
  broken(head: Uint8Array, status: number, cause: DropCause): void;
}

const CR = 0x0d;
const LF = 0x0a;
const EMPTY_LINE = '\r\n\r\n';
const FIRST_BUFFER = 1024;

export class Framer {
  readonly #limits: FramerLimits;
  readonly #user: FramerUser;
  /** The message that has begun; its first `#length` bytes are there. */
  #held: Buffer | undefined;
  #length = 0;
  /** Bytes of the whole message; 0 until its header block is there. */
  #total = 0;
  /** CR and LF seen since the last message, up to four: a ping is CR LF CR LF. */
  #blank = 0;
  #pong = false;
  #stopped = false;
  #begun = 0;

  constructor(limits: FramerLimits, user: FramerUser) {
    this.#limits = limits;
    this.#user = user;
  }

  /** Half a message is here: the how many-th that came in several pieces; 0 when there is none. */
  get half(): number {
    return this.#held === undefined ? 0 : this.#begun;
  }

  push(bytes: Uint8Array): void {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    let pinged = false;
    while (at < chunk.length && !this.#stopped) {
      if (this.#held !== undefined) {
        at = this.#goOn(this.#held, chunk, at);
        continue;
      }
      const code = chunk[at]!;
      if (code === CR || code === LF) {
        at += 1;
        if (!this.#blankByte(code) || pinged) continue;
        pinged = true;
        this.#user.pinged();
      } else at = this.#begin(chunk, at);
    }
  }

  /** We sent a ping: the next CRLF between messages is no half of one (RFC 5626 §4.4.1). */
  expectPong(): void {
    this.#pong = true;
    this.#blank = 0;
  }

  /** Whatever comes from now on is ignored, and what is held is let go. */
  stop(): void {
    this.#stopped = true;
    this.#held = undefined;
  }

  /** True at the end of a double CRLF. */
  #blankByte(code: number): boolean {
    if (code === (this.#blank % 2 === 0 ? CR : LF)) this.#blank += 1;
    else this.#blank = code === CR ? 1 : 0;
    if (this.#pong && this.#blank === 2) {
      this.#pong = false;
      this.#blank = 0;
      this.#user.ponged();
      return false;
    }
    if (this.#blank < 4) return false;
    this.#blank = 0;
    return true;
  }

  /** A message begins at `at`: passed on as a view when all of it is here, else held. @returns where to go on. */
  #begin(chunk: Buffer, at: number): number {
    this.#blank = 0;
    const empty = chunk.indexOf(EMPTY_LINE, at, 'latin1');
    const head = empty < 0 ? 0 : empty + 4 - at;
    if (head === 0 && chunk.length - at > this.#limits.maxHeadBytes) {
      this.#break(chunk.subarray(at), 513, 'too-large');
      return chunk.length;
    }
    const total = head === 0 ? 0 : this.#measure(chunk, at, at + head);
    if (total < 0) return chunk.length;
    if (total > 0 && at + total <= chunk.length) {
      this.#user.framed(chunk.subarray(at, at + total));
      return at + total;
    }
    this.#begun += 1;
    this.#total = total;
    this.#length = 0;
    this.#held = Buffer.allocUnsafeSlow(Math.max(FIRST_BUFFER, chunk.length - at)); // grows with what comes, not with what is announced;
    this.#append(this.#held, chunk, at, chunk.length);
    return chunk.length;
  }

  /** Takes from `chunk` what belongs to the message that has begun. @returns where to go on. */
  #goOn(held: Buffer, chunk: Buffer, at: number): number {
    if (this.#total > 0) {
      const end = Math.min(chunk.length, at + this.#total - this.#length);
      return this.#complete(this.#append(held, chunk, at, end), end);
    }
    const { maxHeadBytes } = this.#limits;
    const before = this.#length;
    const whole = this.#append(held, chunk, at, Math.min(chunk.length, at + maxHeadBytes + 1 - before));
    const empty = whole.subarray(0, this.#length).indexOf(EMPTY_LINE, Math.max(0, before - 3), 'latin1');
    if (empty < 0) {
      if (this.#length <= maxHeadBytes) return chunk.length;
      this.#break(whole.subarray(0, this.#length), 513, 'too-large');
      return chunk.length;
    }
    const head = empty + 4;
    const total = this.#measure(whole, 0, head);
    if (total < 0) return chunk.length;
    this.#length = head; // what came behind the header block is taken again, by its measure
    this.#total = total;
    const rest = at + head - before;
    const end = Math.min(chunk.length, rest + total - head);
    return this.#complete(this.#append(whole, chunk, rest, end), end);
  }

  #complete(held: Buffer, at: number): number {
    if (this.#length < this.#total) return at;
    this.#held = undefined;
    this.#user.framed(held.subarray(0, this.#total));
    return at;
  }

  #append(held: Buffer, chunk: Buffer, from: number, to: number): Buffer {
    const room = this.#room(held, this.#length + to - from);
    chunk.copy(room, this.#length, from, to);
    this.#length += to - from;
    return room;
  }

  #room(held: Buffer, bytes: number): Buffer {
    if (bytes <= held.length) return held;
    const larger = Buffer.allocUnsafeSlow(Math.max(bytes, 2 * held.length));
    held.copy(larger, 0, 0, this.#length);
    this.#held = larger;
    return larger;
  }

  /** Bytes of the message whose header block is there, or -1 when it cannot be told, and the framer has stopped. */
  #measure(bytes: Buffer, from: number, to: number): number {
    const length = contentLength(bytes, from, to);
    if (to - from > this.#limits.maxHeadBytes) this.#break(bytes.subarray(from, to), 513, 'too-large');
    else if (length === undefined) this.#break(bytes.subarray(from, to), 400, 'framing');
    else if (to - from + length > this.#limits.maxMessageBytes) this.#break(bytes.subarray(from, to), 513, 'too-large');
    else return to - from + length;
    return -1;
  }

  #break(head: Uint8Array, status: number, cause: DropCause): void {
    this.stop();
    this.#user.broken(head, status, cause);
  }
}

/** Content-Length of the header block `from` to `to`; undefined when there is none, one that is no number, or two that differ. */
function contentLength(bytes: Buffer, from: number, to: number): number | undefined {
  let length: number | undefined;
  for (let at = bytes.indexOf(LF, from) + 1; at > 0 && at < to; at = bytes.indexOf(LF, at) + 1) {
    const value = nameEnd(bytes, at, to);
    if (value < 0) continue;
    const read = readNumber(bytes, value, to);
    if (read < 0 || (length !== undefined && length !== read)) return undefined;
    length = read;
  }
  return length;
}

const LONG_NAME = 'content-length';

/** The place behind the colon when the line at `at` is Content-Length or its compact form, else -1. */
function nameEnd(bytes: Buffer, at: number, to: number): number {
  const first = bytes[at]! | 0x20;
  if (first === 0x6c) at += 1;
  else if (first === 0x63) {
    for (let of = 0; of < LONG_NAME.length; of += 1) if ((bytes[at + of]! | 0x20) !== LONG_NAME.charCodeAt(of)) return -1;
    at += LONG_NAME.length;
  } else return -1;
  while (at < to && (bytes[at] === 0x20 || bytes[at] === 0x09)) at += 1;
  return bytes[at] === 0x3a ? at + 1 : -1;
}

/** The decimal number that is the value from `at` to the end of its (maybe folded) line, or -1. Stops counting where no limit could bear it. */
function readNumber(bytes: Buffer, at: number, to: number): number {
  at = skipSpace(bytes, at, to);
  let value = 0;
  const digits = at;
  for (; at < to && bytes[at]! >= 0x30 && bytes[at]! <= 0x39; at += 1)
    value = Math.min(value * 10 + bytes[at]! - 0x30, Number.MAX_SAFE_INTEGER / 16);
  if (at === digits) return -1;
  at = skipSpace(bytes, at, to);
  return bytes[at] === CR && bytes[at + 1] === LF ? value : -1;
}

/** Blanks, and line ends that a blank follows. */
function skipSpace(bytes: Buffer, at: number, to: number): number {
  for (; at < to; at += 1) {
    const code = bytes[at];
    if (code === 0x20 || code === 0x09) continue;
    if (code !== CR || bytes[at + 1] !== LF || (bytes[at + 2] !== 0x20 && bytes[at + 2] !== 0x09)) break;
    at += 2;
  }
  return at;
}
