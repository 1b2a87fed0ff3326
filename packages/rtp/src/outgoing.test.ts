import { ManualClock, SeededRandom } from '@jackfield/base/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outgoing } from './outgoing.ts';
import { RtpPacket, readRtp, sequenceDelta } from './packet.ts';

const FRAME = new Uint8Array(160);
function setUp(seed = 1) {
  const clock = new ManualClock();
  const outgoing = new Outgoing(clock, new SeededRandom(seed));
  const send = (units = 160): RtpPacket => readRtp(outgoing.media(FRAME, 0, units))!;
  const relay = (sequence: number, timestamp: number, ssrc = 9, marker = false): RtpPacket =>
    readRtp(outgoing.relay(new RtpPacket(marker, 0, sequence, timestamp >>> 0, ssrc, FRAME), 0, 160))!;
  return { clock, outgoing, send, relay };
}
const steps = (packets: readonly RtpPacket[]): number[][] =>
  packets.map((packet) => [
    sequenceDelta(packet.sequence, packets[0]!.sequence),
    (packet.timestamp - packets[0]!.timestamp) | 0,
    packet.marker ? 1 : 0,
  ]);

describe('numbers of what we send, RFC 3550 §5.1', () => {
  it('begin at random, for each stream anew', () => {
    const first = Array.from({ length: 10 }, (_, seed) => setUp(seed).send());
    for (const field of ['ssrc', 'sequence', 'timestamp'] as const) expect(new Set(first.map((packet) => packet[field])).size).toBe(10);
    expect(first.every((packet) => packet.sequence < 2 ** 15)).toBe(true);
  });

  it('rise by one packet and one frame', async () => {
    const { clock, send } = setUp();
    const packets = [send()];
    for (let at = 0; at < 3; at += 1) {
      await clock.advance(20);
      packets.push(send());
    }
    expect(steps(packets)).toEqual([
      [0, 0, 1],
      [1, 160, 0],
      [2, 320, 0],
      [3, 480, 0],
    ]);
  });

  it('wrap', () => {
    const { send } = setUp();
    let before = send();
    for (let at = 0; at < 70_000; at += 1) {
      const packet = send();
      if (sequenceDelta(packet.sequence, before.sequence) !== 1) throw new Error(`${before.sequence} then ${packet.sequence}`);
      before = packet;
    }
    expect(before.sequence).toBeLessThan(2 ** 16);
  });

  it('mark the first packet after silence, and let its time pass', () => {
    const { outgoing, send } = setUp();
    const packets = [send(), send()];
    outgoing.skip(160);
    outgoing.skip(160);
    packets.push(send(), send());
    expect(steps(packets)).toEqual([
      [0, 0, 1],
      [1, 160, 0],
      [2, 640, 1],
      [3, 800, 0],
    ]);
  });

  it('forgive a late frame, and follow the clock after a pause', async () => {
    const { clock, send } = setUp();
    const packets = [send()];
    await clock.advance(100);
    packets.push(send());
    await clock.advance(5000);
    packets.push(send());
    expect(steps(packets)).toEqual([
      [0, 0, 1],
      [1, 160, 0],
      [2, 5100 * 8, 1],
    ]);
  });

  it('follow another clock rate from where they are', async () => {
    const { clock, outgoing, send } = setUp();
    const first = send();
    await clock.advance(1000);
    outgoing.setRate(48_000);
    await clock.advance(1000);
    expect((send(960).timestamp - first.timestamp) >>> 0).toBe(8000 + 48_000);
  });
});

describe('another source under our name', () => {
  it('keeps its gaps, its order and its time', () => {
    const { send, relay } = setUp();
    const own = send();
    const relayed = [relay(65534, 0xffffff60), relay(0, 160), relay(65535, 0), relay(4, 800)];
    expect(steps([own, ...relayed])).toEqual([
      [0, 0, 1],
      [1, 160, 1],
      [3, 480, 0],
      [2, 320, 0],
      [7, 1120, 0],
    ]);
  });

  it('passes its marks on', () => {
    const { relay } = setUp();
    expect([relay(1, 0), relay(2, 160), relay(3, 1600, 9, true)].map((packet) => packet.marker)).toEqual([true, false, true]);
  });

  it.each<{ what: string; next: (world: ReturnType<typeof setUp>) => RtpPacket }>([
    { what: 'another source follows', next: ({ relay }) => relay(50_000, 99, 10) },
    { what: 'it starts anew', next: ({ relay }) => relay(40_000, 99) },
    { what: 'we send something of our own in between', next: ({ send, relay }) => (send(), relay(102, 320)) },
  ])('is joined on when $what', ({ next }) => {
    const world = setUp();
    const before = world.relay(100, 0);
    const after = next(world);
    expect(sequenceDelta(after.sequence, before.sequence)).toBeLessThanOrEqual(2);
    expect((after.timestamp - before.timestamp) >>> 0).toBeLessThanOrEqual(320);
    expect(after.marker).toBe(true);
  });

  it('that was overtaken is no reason to give its number again', () => {
    const { send, relay } = setUp();
    const packets = [relay(1, 0), relay(3, 320), relay(2, 160), send()];
    expect(steps(packets)).toEqual([
      [0, 0, 1],
      [2, 320, 0],
      [1, 160, 0],
      [3, 480, 0],
    ]);
  });

  it('and our own never share a number', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }), { nil: undefined }), { maxLength: 60 }), (steps) => {
        const { send, relay } = setUp();
        const seen = new Set<number>();
        let source = 0;
        for (const step of steps) {
          source += step ?? 0;
          const packet = step === undefined ? send() : relay((source += 1) & 0xffff, source * 160);
          expect(seen.has(packet.sequence)).toBe(false);
          seen.add(packet.sequence);
        }
      }),
    );
  });
});
