import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JitterBuffer } from './jitter-buffer.ts';
import { RtpPacket } from './packet.ts';

const NOTHING = new Uint8Array(0);
const packet = (index: number, base = 65530, units = 160): RtpPacket =>
  new RtpPacket(false, 0, (base + index) & 0xffff, (0xffffff00 + index * units) >>> 0, 1, NOTHING);

/** Feeds one list of packets per frame, and notes what each frame gave, by index. */
function play(arrivals: readonly (readonly number[])[], { delay = 2, units = 160 } = {}) {
  const buffer = new JitterBuffer(160, delay);
  const frames = arrivals.map((indices) => {
    for (const index of indices) buffer.push(packet(index, 65530, units));
    buffer.advance();
    const given: number[] = [];
    for (let next = buffer.next(); next !== undefined; next = buffer.next()) given.push((next.sequence - 65530) & 0xffff);
    return given;
  });
  return { buffer, frames };
}
const idle = (count: number): number[][] => Array.from({ length: count }, () => []);

describe('the jitter buffer', () => {
  it.each<{ what: string; arrivals: number[][]; frames: number[][]; stats: object }>([
    {
      what: 'holds each packet for the delay',
      arrivals: [[0], [1], [2], ...idle(2)],
      frames: [[], [0], [1], [2], []],
      stats: { played: 3, lost: 0 },
    },
    {
      what: 'puts packets in order, over the wrap',
      arrivals: [[5], [7, 6], [8], ...idle(3)],
      frames: [[], [5], [6], [7], [8], []],
      stats: { played: 4, late: 0 },
    },
    {
      what: 'goes past a packet that never comes',
      arrivals: [[0], [1], [3], ...idle(3)],
      frames: [[], [0], [1], [], [3], []],
      stats: { lost: 1 },
    },
    {
      what: 'drops one that comes after its turn',
      arrivals: [[0], [1], [3], [], [], [2]],
      frames: [[], [0], [1], [], [3], []],
      stats: { lost: 1, late: 1 },
    },
    { what: 'plays a copy once', arrivals: [[0, 0], [1], [0, 1], []], frames: [[], [0], [1], []], stats: { played: 2, duplicate: 3 } },
    {
      what: 'lets an earlier packet than the first come before it',
      arrivals: [[1], [0], [2], []],
      frames: [[], [0, 1], [2], []],
      stats: { played: 3, late: 0 },
    },
    {
      what: 'gives nothing while nothing comes, and goes on after',
      arrivals: [[0], ...idle(3), [4], [5], [6], []],
      frames: [[], [0], [], [], [], [4], [5], [6]],
      stats: { lost: 3 },
    },
  ])('$what', ({ arrivals, frames, stats }) => {
    const played = play(arrivals);
    expect(played.frames).toEqual(frames);
    expect(played.buffer.stats()).toMatchObject(stats);
  });

  it('gives several packets in a frame when the sender uses shorter ones, and pauses for longer ones', () => {
    expect(play([[0, 1], [2, 3], [4, 5], []], { units: 80 }).frames).toEqual([[], [0], [1, 2], [3, 4]]);
    expect(play([[0], [], [1], [], [2], [], []], { units: 320 }).frames).toEqual([[], [0], [], [1], [], [2], []]);
  });

  it('holds 64 packets at most, and drops the oldest of a burst', () => {
    const { buffer, frames } = play([Array.from({ length: 200 }, (_, index) => index)]);
    expect(buffer.stats()).toMatchObject({ overflow: 136, lost: 0 });
    expect(buffer.stats().depth + frames[0]!.length).toBe(64);
  });

  it('follows a sender whose clock is slower, so that packets get their delay again', () => {
    const buffer = new JitterBuffer(160, 4);
    let waitedLate = 0;
    for (let index = 0, frame = 0; index < 2000; frame += 1) {
      for (; index < 2000 && index * 1.02 <= frame; index += 1) buffer.push(packet(index)); // 2 % slower
      buffer.advance();
      while (buffer.next() !== undefined);
      if (index > 1000 && buffer.stats().depth > 0) waitedLate += 1;
    }
    expect(waitedLate).toBeGreaterThan(300); // without a correction the delay would be used up after 200 packets
    expect(buffer.stats()).toMatchObject({ late: 0, lost: 0 });
  });

  it('is not held up by a jump of the timestamps, and gives its delay again after it', () => {
    const buffer = new JitterBuffer(160, 3);
    for (const [sequence, timestamp] of [
      [0, 0],
      [1, 0x40000000],
    ] as const) {
      buffer.push(new RtpPacket(false, 0, sequence, timestamp, 1, NOTHING));
      const given = [1, 2, 3].map(() => {
        buffer.advance();
        return buffer.next()?.sequence;
      });
      expect(given).toEqual([undefined, undefined, sequence]);
    }
  });

  it('starts anew after a reset', () => {
    const { buffer } = play([[0], [1]]);
    buffer.reset();
    expect(buffer.next()).toBeUndefined();
    buffer.push(packet(30000));
    buffer.advance();
    buffer.advance();
    expect(buffer.next()).toBeDefined();
  });

  it('never gives a packet twice or out of order, whatever the network does', () => {
    const arrival = fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 60 }), fc.integer({ min: 0, max: 8 }), (arrivals, delay) => {
        const { buffer, frames } = play(arrivals, { delay });
        const given = frames.flat();
        expect(given).toEqual([...new Set(given)].toSorted((a, b) => a - b));
        const { played, late, duplicate, overflow, depth } = buffer.stats();
        expect(played + late + duplicate + overflow + depth).toBe(arrivals.flat().length);
        expect(depth).toBeLessThanOrEqual(64);
      }),
      { numRuns: 500 },
    );
  });
});
