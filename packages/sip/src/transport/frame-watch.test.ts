import { describe, expect, it } from 'vitest';
import { FrameWatch } from './frame-watch.ts';

const [MORE, TEXT, BINARY, CLOSE, PING, PONG, LAST, MASKED] = [0, 1, 2, 8, 9, 10, 0x80, 0x80];
const content = (count: number): number[] => Array.from({ length: count }, () => 0xff);
const large = [0, 0, 0, 0, 0, 1, 0, 0];

describe('frames of a peer, RFC 6455 §5.2', () => {
  it.each<{ name: string; bytes: readonly number[]; pieces: number }>([
    { name: 'nothing', bytes: [], pieces: 0 },
    { name: 'one byte of a message', bytes: [LAST | TEXT], pieces: 1 },
    { name: 'one byte of a ping', bytes: [LAST | PING], pieces: 0 },
    { name: 'an empty message', bytes: [LAST | TEXT, 0], pieces: 0 },
    { name: 'an empty message without the end of its mask', bytes: [LAST | TEXT, MASKED, 1, 2, 3], pieces: 1 },
    { name: 'an empty message with its mask', bytes: [LAST | TEXT, MASKED, 1, 2, 3, 4], pieces: 0 },
    { name: 'a message', bytes: [LAST | BINARY, MASKED | 3, ...content(7)], pieces: 0 },
    { name: 'a message without its last byte', bytes: [LAST | TEXT, MASKED | 3, ...content(6)], pieces: 1 },
    { name: 'a length of 16 bits', bytes: [LAST | TEXT, MASKED | 126, 1, 0, ...content(260)], pieces: 0 },
    { name: 'a length of 16 bits, and a byte less', bytes: [LAST | TEXT, MASKED | 126, 1, 0, ...content(259)], pieces: 1 },
    { name: 'a length of 64 bits', bytes: [LAST | TEXT, 127, ...large, ...content(65_536)], pieces: 0 },
    { name: 'a length of 64 bits, and a byte less', bytes: [LAST | TEXT, 127, ...large, ...content(65_535)], pieces: 1 },
    { name: 'a length of 16 bits that is 0', bytes: [LAST | TEXT, 126, 0, 0], pieces: 0 },
    { name: 'frames without the last', bytes: [TEXT, 1, 0, MORE, 1, 0, MORE, 0], pieces: 3 },
    { name: 'frames with the last', bytes: [TEXT, 1, 0, MORE, 1, 0, LAST | MORE, 0], pieces: 0 },
    {
      name: 'frames with others between',
      bytes: [TEXT, 0, LAST | PING, 1, 0, MORE, 0, LAST | PONG, 0, LAST | CLOSE, 2, 3, 0xe8],
      pieces: 2,
    },
    { name: 'a message, and another that begins', bytes: [LAST | TEXT, 0, TEXT], pieces: 1 },
  ])('$name: $pieces of a message that is not whole', ({ bytes, pieces }) => {
    const [whole, split] = [new FrameWatch(), new FrameWatch()];
    whole.push(Uint8Array.from(bytes));
    for (const byte of bytes) split.push(Uint8Array.of(byte));
    expect([whole.pieces, split.pieces]).toEqual([pieces, pieces]);
  });
});
