import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Framer } from '../../src/transport/framer.ts';
import { messageModel } from './messages.ts';
import { holds, TIMEOUT } from './settings.ts';

const LIMITS = { maxHeadBytes: 65_535, maxMessageBytes: 65_535 };

/** What comes out of the pieces: the messages, and whether the framing broke. */
function framed(pieces: Iterable<Uint8Array>): { readonly messages: string[]; readonly broken: number } {
  const messages: string[] = [];
  let broken = 0;
  const framer = new Framer(LIMITS, {
    framed: (bytes) => void messages.push(Buffer.from(bytes).toString('latin1')),
    pinged() {},
    ponged() {},
    broken: () => (broken += 1),
  });
  for (const piece of pieces) framer.push(piece);
  return { messages, broken };
}

function* cut(bytes: Buffer, places: readonly number[]): Iterable<Buffer> {
  let from = 0;
  for (const to of [...places.map((share) => Math.floor(share * bytes.length)).toSorted((a, b) => a - b), bytes.length]) {
    yield Buffer.from(bytes.subarray(from, to)); // nobody looks beyond its piece
    from = to;
  }
}

const pause = fc.constantFrom('', '', '\r\n', '\r\n\r\n', '\r\n\r\n\r\n');
const stream: Arbitrary<{ readonly bytes: Buffer; readonly messages: readonly string[] }> = fc
  .array(fc.tuple(messageModel(), pause), { minLength: 1, maxLength: 4 })
  .map((parts) => ({
    bytes: Buffer.concat(parts.flatMap(([{ bytes }, between]) => [Buffer.from(between), bytes])),
    messages: parts.map(([{ bytes }]) => bytes.toString('latin1')),
  }));
const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('a stream of any messages', { timeout: TIMEOUT }, () => {
  it('gives them whole, wherever it is cut', () => {
    holds(fc.tuple(stream, fc.array(share, { maxLength: 8 })), ([{ bytes, messages }, places]) => {
      expect(framed(cut(bytes, places))).toEqual({ messages, broken: 0 });
    });
  });

  it('gives them whole, byte by byte', () => {
    holds(stream, ({ bytes, messages }) => {
      const single = Array.from(bytes, (_, at) => Buffer.from(bytes.subarray(at, at + 1)));
      expect(framed(single)).toEqual({ messages, broken: 0 });
    });
  });

  it('gives the same, wherever it is cut, when something in it is wrong', () => {
    const noise = fc.tuple(share, fc.constantFrom('', '\0', '\r', '\n', '\r\n\r\n', 'l: x\r\n', 'Content-Length: 5\r\n', '\r\nl:1\r\n'));
    holds(fc.tuple(stream, noise, fc.array(share, { maxLength: 8 })), ([{ bytes }, [at, inserted], places]) => {
      const place = Math.floor(at * bytes.length);
      const wrong = Buffer.concat([bytes.subarray(0, place), Buffer.from(inserted), bytes.subarray(place)]);
      expect(framed(cut(wrong, places))).toEqual(framed([wrong]));
    });
  });
});
