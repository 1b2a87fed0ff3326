import { describe, expect, it } from 'vitest';
import { Reception } from './reception.ts';

/** Packets of 160 units that arrive in their own time. */
function receive(sequences: readonly number[], first = sequences[0]!): { readonly source: Reception; readonly verdicts: string[] } {
  const source = new Reception(1, first);
  return { source, verdicts: sequences.map((sequence, at) => source.arrived(sequence & 0xffff, at * 160, at * 160)) };
}
const run = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);

describe('counting a source, RFC 3550 A.1 and A.3', () => {
  it.each<{ what: string; sequences: number[]; lost: number; highest: number }>([
    { what: 'all in order', sequences: [5, 6, 7], lost: 0, highest: 7 },
    { what: 'a gap', sequences: [5, 9], lost: 3, highest: 9 },
    { what: 'a packet that was overtaken', sequences: [5, 7, 6], lost: 0, highest: 7 },
    { what: 'a duplicate', sequences: [5, 5, 6], lost: -1, highest: 6 },
    { what: 'a wrap', sequences: [65534, 65535, 0, 1], lost: 0, highest: 65537 },
    { what: 'a gap over the wrap', sequences: [65534, 2], lost: 3, highest: 65538 },
    { what: 'a packet overtaken over the wrap', sequences: [65535, 1, 0], lost: 0, highest: 65537 },
  ])('$what', ({ sequences, lost, highest }) => {
    const { source } = receive(sequences);
    expect([source.received, source.lost, source.highestSequence]).toEqual([sequences.length, lost, highest]);
  });

  it('counts through several wraps', () => {
    const { source } = receive(run(0, 200_000));
    expect(source.highestSequence).toBe(199_999);
    expect(source.lost).toBe(0);
  });

  it('takes a lone number from far away for a stray, and two in a row for a restart', () => {
    const { source, verdicts } = receive([100, 101, 40000, 102, 40000, 40001, 40002]);
    expect(verdicts).toEqual(['in order', 'in order', 'stray', 'in order', 'stray', 'restarted', 'in order']);
    expect([source.received, source.lost, source.highestSequence]).toEqual([2, 0, 40002]);
  });

  it('gives the share lost since it was last asked, in 256ths', () => {
    const source = receive([0, 1, 3]).source;
    expect(source.takeFractionLost()).toBe(64);
    expect(source.takeFractionLost()).toBe(0);
    source.arrived(5, 0, 0);
    expect(source.takeFractionLost()).toBe(128);
  });
});

describe('jitter, RFC 3550 A.8', () => {
  it('is 0 for packets that keep time', () => {
    expect(receive(run(0, 100)).source.jitter).toBe(0);
  });

  it('grows by a sixteenth of each change in transit time', () => {
    const source = new Reception(1, 0);
    source.arrived(0, 0, 1000);
    source.arrived(1, 160, 1160 + 160); // 160 units late
    expect(source.jitter).toBe(10);
    source.arrived(2, 320, 1320 + 160);
    expect(source.jitter).toBe(9); // 10 - 10/16
  });

  it('takes the wrap of timestamps in its stride', () => {
    const source = new Reception(1, 0);
    source.arrived(0, 0xffffff60, 1000);
    source.arrived(1, 0, 1160);
    expect(source.jitter).toBe(0);
  });
});
