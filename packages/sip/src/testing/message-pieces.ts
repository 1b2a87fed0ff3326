/** Bytes cut into messages for a scripted peer: by Content-Length, and with no bounds at all. What is no message comes out as it came. */

/** What a stream brought, as far as it is whole; the rest waits. */
export class MessagePieces {
  #held: Uint8Array = new Uint8Array();

  push(bytes: Uint8Array): Uint8Array[] {
    let rest = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const pieces: Uint8Array[] = [];
    for (;;) {
      const end = wholeLength(rest);
      if (end === undefined) break;
      pieces.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#held = rest;
    return pieces;
  }

  /** What never became whole. */
  end(): Uint8Array[] {
    const rest = this.#held;
    this.#held = new Uint8Array();
    return rest.length === 0 ? [] : [rest];
  }
}

/** A datagram: all of it, cut where several messages are in it. */
export function piecesOf(datagram: Uint8Array): Uint8Array[] {
  const pieces = new MessagePieces();
  return [...pieces.push(datagram), ...pieces.end()];
}

/** Of what stands first: a message, or the line ends of a keep-alive. Undefined: more has to come. */
function wholeLength(bytes: Uint8Array): number | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const blank = /^(?:\r\n)+/.exec(text)?.[0].length;
  if (blank !== undefined) return blank;
  const gap = text.indexOf('\r\n\r\n');
  if (gap < 0) return undefined;
  const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d+)/im.exec(text.slice(0, gap))?.[1];
  if (length === undefined) return bytes.length;
  const end = gap + 4 + Number(length);
  return end <= bytes.length ? end : undefined;
}
