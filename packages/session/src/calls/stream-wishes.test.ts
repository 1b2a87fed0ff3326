import { describe, expect, it } from 'vitest';
import type { StreamInit } from '../contract/media.ts';
import { streamLimits } from './stream-limits.ts';
import { matchWishes, type LineState } from './stream-wishes.ts';

/** `audio`, `video!` for one that is declined; named by its place. */
const line = (text: string, index: number): LineState => ({
  kind: text.replace('!', ''),
  mid: String(index),
  active: !text.endsWith('!'),
  wanted: 'sendrecv',
});
const MANY = streamLimits({ audio: 9, video: 9 });

describe('streams asked for, matched to lines', () => {
  it.each([
    { lines: [], asked: ['audio'], at: [], added: ['audio'], because: 'there is no line yet' },
    { lines: ['audio'], asked: [], at: [undefined], added: [], because: 'nothing is asked for' },
    { lines: ['audio'], asked: ['audio'], at: ['audio'], added: [], because: 'the line has the kind' },
    { lines: ['audio', 'video'], asked: ['video', 'audio'], at: ['audio', 'video'], added: [], because: 'the kind counts, not the place' },
    { lines: ['audio'], asked: ['audio', 'audio'], at: ['audio'], added: ['audio'], because: 'a line is taken once' },
    { lines: ['audio!'], asked: ['audio'], at: ['audio'], added: [], because: 'the place of a declined line is used again' },
    { lines: ['audio!', 'audio'], asked: ['audio'], at: [undefined, 'audio'], added: [], because: 'an active line comes first' },
    { lines: ['audio!', 'audio'], asked: ['audio', 'audio'], at: ['audio', 'audio'], added: [], because: 'then the declined one' },
    { lines: ['video!'], asked: ['audio'], at: [undefined], added: ['audio'], because: 'a place is used again for its kind only' },
    {
      lines: ['audio', 'video'],
      asked: ['image', 'video', 'text'],
      at: [undefined, 'video'],
      added: ['image', 'text'],
      because: 'new ones keep their order',
    },
  ])('$lines asked for $asked: $because', ({ lines, asked, at, added }) => {
    const wishes = matchWishes(
      lines.map(line),
      asked.map((kind) => ({ kind })),
      MANY,
    );
    expect(wishes.at.map((wish) => wish?.kind)).toEqual(at);
    expect(wishes.added.map(({ kind }) => kind)).toEqual(added);
  });

  it('gives each line the very wish that was made for it', () => {
    const wishes = [
      { kind: 'audio', direction: 'sendonly' },
      { kind: 'audio', direction: 'inactive' },
    ] as const;
    expect(matchWishes(['audio', 'audio'].map(line), wishes, MANY).at).toEqual(wishes);
  });

  it.each<{
    lines: readonly string[];
    asked: readonly StreamInit[];
    at: readonly (number | undefined)[];
    added?: readonly number[];
    because: string;
  }>([
    { lines: ['audio', 'audio'], asked: [{ kind: 'audio', mid: '1' }], at: [undefined, 0], because: 'the name counts' },
    { lines: ['audio', 'audio'], asked: [{ kind: 'audio' }, { kind: 'audio', mid: '0' }], at: [1, 0], because: 'who is named comes first' },
    { lines: ['audio'], asked: [{ kind: 'video', mid: '0' }], at: [undefined], because: 'the name is of another kind' },
    { lines: ['audio'], asked: [{ kind: 'audio', mid: 'x' }], at: [undefined], added: [0], because: 'a name nobody has is a new stream' },
    { lines: ['audio', 'video!'], asked: [{ kind: 'video', mid: 'x' }], at: [undefined, 0], because: 'which may have a free place' },
    { lines: ['video!'], asked: [{ kind: 'video', mid: '0' }], at: [0], because: 'or the place of the one it is named after' },
    {
      lines: ['audio', 'video'],
      asked: [{ kind: 'video', removed: true }],
      at: [undefined, 0],
      because: 'what is there can be taken away',
    },
    { lines: ['audio', 'video!'], asked: [{ kind: 'video', removed: true }], at: [undefined, undefined], because: 'and not twice' },
    { lines: ['audio'], asked: [{ kind: 'video', removed: true }], at: [undefined], because: 'nor what never was' },
    { lines: ['audio'], asked: [{ kind: 'video', mid: 'x', removed: true }], at: [undefined], because: 'whatever its name' },
    {
      lines: ['audio', 'audio!'],
      asked: [{ kind: 'audio', removed: true }, { kind: 'audio' }],
      at: [0, 1],
      because: 'one goes, one comes',
    },
  ])('$lines asked for $asked: $because', ({ lines, asked, at, added = [] }) => {
    const wishes = matchWishes(lines.map(line), asked, MANY);
    const number = (wish: StreamInit | undefined): number | undefined => (wish === undefined ? undefined : asked.indexOf(wish));
    expect(wishes.at.map(number)).toEqual(at);
    expect(wishes.added.map(number)).toEqual(added);
  });

  it.each<{
    limits: Readonly<Record<string, number>>;
    lines: readonly string[];
    asked: readonly StreamInit[];
    streams: number;
    because: string;
  }>([
    {
      limits: {},
      lines: [],
      asked: [1, 2, 3, 4, 5].map(() => ({ kind: 'audio' })),
      streams: 4,
      because: 'four, unless another number is given',
    },
    { limits: { audio: 1 }, lines: [], asked: [{ kind: 'audio' }, { kind: 'audio' }], streams: 1, because: 'one of a kind' },
    {
      limits: { audio: 2 },
      lines: ['audio'],
      asked: [{ kind: 'audio' }, { kind: 'audio' }, { kind: 'audio' }],
      streams: 2,
      because: 'two, where two are',
    },
    { limits: { audio: 0 }, lines: [], asked: [{ kind: 'audio' }], streams: 0, because: 'none, where none is' },
    { limits: { audio: 0 }, lines: ['audio'], asked: [{ kind: 'audio' }], streams: 1, because: 'what is there stays' },
    { limits: { audio: 1 }, lines: ['audio!', 'audio'], asked: [{ kind: 'audio', mid: '0' }], streams: 1, because: 'a name does not help' },
    {
      limits: { audio: 1 },
      lines: ['audio'],
      asked: [
        { kind: 'audio', mid: 'x' },
        { kind: 'audio', mid: '0', removed: true },
      ],
      streams: 1,
      because: 'one goes, and another may come',
    },
    { limits: { video: 0 }, lines: ['audio'], asked: [{ kind: 'audio' }, { kind: 'video' }], streams: 1, because: 'each kind by itself' },
  ])('$limits, with $lines, asked for $asked: $streams, $because', ({ limits, lines, asked, streams }) => {
    const states = lines.map(line);
    const { at, added } = matchWishes(states, asked, streamLimits(limits));
    const left = states.filter(({ active }, index) => (at[index] === undefined ? active : at[index].removed !== true));
    expect(left.length + added.length).toBe(streams);
  });

  it('what the application passes through is not counted', () => {
    const section = { kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0'], lines: [] };
    const asked = [1, 2, 3].map(() => ({ kind: 'audio', section }));
    expect(matchWishes([], asked, streamLimits({ audio: 0 })).added).toHaveLength(3);
  });

  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('a limit of %d is refused', (most) => {
    expect(() => streamLimits({ audio: most })).toThrow(
      expect.objectContaining({ code: 'SESSION_OPTION', info: { option: 'maxStreams' } }),
    );
  });
});
