import type { Direction } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import type { StreamInit } from '../contract/media.ts';
import { carriedOver, isNothing, mergeStreams } from './merge-streams.ts';
import { streamLimits } from './stream-limits.ts';
import { isRemoval, matchWishes, type LineState, type Wishes } from './stream-wishes.ts';

/** `audio`, `video!` (declined), `audio:sendonly`, `video@slides`; unnamed ones are called after their place. */
const words = (text: string): { kind: string; mid: string | undefined; declined: boolean; wanted: Direction | undefined }[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [, kind = '', declined, mid, wanted] = /^(\w+)(!)?(?:@([\w.-]+))?(?::(\w+))?$/.exec(word) ?? [];
      return { kind, mid, declined: declined !== undefined, wanted: wanted as Direction | undefined };
    });
const lines = (text: string): readonly LineState[] =>
  words(text).map(({ kind, mid, declined, wanted }, index) => ({
    kind,
    mid: mid ?? `${kind}-${index}`,
    active: !declined,
    wanted: wanted ?? 'sendrecv',
  }));
/** The same; `!` takes away. */
const wishes = (text: string): readonly StreamInit[] =>
  words(text).map(({ kind, mid, declined, wanted }) => ({ kind, mid, removed: declined, direction: wanted }));

const shown = ({ kind, active, wanted }: Pick<LineState, 'kind' | 'active' | 'wanted'>): string =>
  `${kind}${active ? '' : '!'}${active && wanted !== 'sendrecv' ? `:${wanted}` : ''}`;

/** What the lines say with these wishes done. */
function done(standing: readonly LineState[], { at, added }: Wishes): string {
  const kept = standing.map((line, index) => {
    const wish = at[index];
    return shown(wish === undefined ? line : { kind: line.kind, active: !isRemoval(wish), wanted: wish.direction ?? line.wanted });
  });
  return kept.concat(added.map(({ kind, direction = 'sendrecv' }) => shown({ kind, active: true, wanted: direction }))).join(' ');
}

/** What the lines say once it is done; `unchanged` when there is nothing to do. */
function merged(asked: string, was: string, now: string, limits: Readonly<Record<string, number>> = {}): string {
  const standing = lines(now);
  const result = mergeStreams(wishes(asked), lines(was), standing, streamLimits(limits));
  expect(result.at).toHaveLength(standing.length); // no line is lost
  if (isNothing(result, standing)) return 'unchanged';
  return done(standing, result);
}

interface Row {
  readonly asked: string;
  /** When it was asked for. */
  readonly was: string;
  readonly now: string;
  readonly gives: string;
  readonly limits?: Readonly<Record<string, number>>;
  readonly because: string;
}

describe('a change of streams that had to wait', () => {
  it.each<Row>([
    // nothing else happened
    { asked: 'audio:sendonly', was: 'audio', now: 'audio', gives: 'audio:sendonly', because: 'the stream is as it was' },
    { asked: 'audio video', was: 'audio', now: 'audio', gives: 'audio video', because: 'what is new comes at the end' },
    { asked: 'video!', was: 'audio video', now: 'audio video', gives: 'audio video!', because: 'what is taken away keeps its place' },
    { asked: 'video:sendonly', was: 'audio video', now: 'audio video', gives: 'audio video:sendonly', because: 'who is not named stays' },
    { asked: 'video', was: 'audio video!', now: 'audio video!', gives: 'audio video', because: 'a free place is used again' },
    {
      asked: 'audio:sendonly video:recvonly',
      was: 'audio video',
      now: 'audio video',
      gives: 'audio:sendonly video:recvonly',
      because: 'each gets its own',
    },
    // the same stream was changed meanwhile
    { asked: 'audio:sendonly', was: 'audio', now: 'audio:inactive', gives: 'unchanged', because: 'what is now counts' },
    { asked: 'audio:sendrecv', was: 'audio:sendonly', now: 'audio:inactive', gives: 'unchanged', because: 'whatever was asked for' },
    {
      asked: 'audio:sendonly video:sendonly',
      was: 'audio video',
      now: 'audio:inactive video',
      gives: 'audio:inactive video:sendonly',
      because: 'one was changed, the other was not',
    },
    {
      asked: 'video:sendonly',
      was: 'audio video',
      now: 'audio:inactive video',
      gives: 'audio:inactive video:sendonly',
      because: 'what changed is not asked about',
    },
    // streams that are gone
    { asked: 'video:sendonly', was: 'audio video', now: 'audio video!', gives: 'unchanged', because: 'the peer took it away' },
    { asked: 'video!', was: 'audio video', now: 'audio video!', gives: 'unchanged', because: 'it is away already' },
    {
      asked: 'audio:sendonly video:sendonly',
      was: 'audio video',
      now: 'audio video!',
      gives: 'audio:sendonly video!',
      because: 'one is gone, the other is not',
    },
    { asked: 'video:sendonly', was: 'audio video', now: 'audio text', gives: 'unchanged', because: 'its place has another stream' },
    {
      asked: 'video:sendonly',
      was: 'audio video',
      now: 'audio video@video-1.2',
      gives: 'unchanged',
      because: 'another of its kind is not the one that was meant',
    },
    { asked: 'audio@b:sendonly', was: 'audio@a audio@b', now: 'audio@a audio@b!', gives: 'unchanged', because: 'nor is its neighbour' },
    // streams that came
    { asked: 'audio video', was: 'audio', now: 'audio video', gives: 'unchanged', because: 'it is there already' },
    { asked: 'audio video:sendonly', was: 'audio', now: 'audio video', gives: 'unchanged', because: 'as somebody else made it' },
    { asked: 'audio video', was: 'audio', now: 'audio video@v', gives: 'unchanged', because: 'whatever the peer calls it' },
    { asked: 'audio video', was: 'audio', now: 'audio video!', gives: 'unchanged', because: 'it was tried meanwhile, and declined' },
    {
      asked: 'video@slides',
      was: 'audio',
      now: 'audio video@camera',
      gives: 'audio video video',
      because: 'a name is wanted that nobody has',
    },
    { asked: 'video@slides', was: 'audio', now: 'audio video@slides', gives: 'unchanged', because: 'and one that somebody has by now' },
    { asked: 'video video video', was: 'audio', now: 'audio video', gives: 'audio video video video', because: 'one of three has come' },
    { asked: 'video', was: 'audio', now: 'audio text', gives: 'audio text video', because: 'what came is of another kind' },
    { asked: 'audio:sendonly', was: 'audio', now: 'audio video', gives: 'audio:sendonly video', because: 'what came stays' },
    { asked: 'video', was: 'audio text', now: 'audio text video!@old', gives: 'unchanged', because: 'a declined newcomer is an answer' },
    // places
    { asked: 'video', was: 'audio video!', now: 'audio video!', gives: 'audio video', because: 'the free place of its kind' },
    { asked: 'video', was: 'audio video!', now: 'audio video', gives: 'unchanged', because: 'the place was used again by somebody' },
    { asked: 'video', was: 'audio video!', now: 'audio text', gives: 'audio text video', because: 'the place is taken by another kind' },
    {
      asked: 'text',
      was: 'audio video!',
      now: 'audio video!',
      gives: 'audio video! text',
      because: 'a place is used again for its kind alone',
    },
    {
      asked: 'audio:sendonly',
      was: 'audio',
      now: 'audio video! text!',
      gives: 'audio:sendonly video! text!',
      because: 'declined lines stay where they are',
    },
    {
      asked: 'audio@b:sendonly',
      was: 'audio@b',
      now: 'audio@a audio@b',
      gives: 'audio audio:sendonly',
      because: 'the name counts, not the place',
    },
    // limits
    {
      asked: 'video@b',
      was: 'audio',
      now: 'audio video@a',
      limits: { video: 1 },
      gives: 'unchanged',
      because: 'no more of the kind may be',
    },
    {
      asked: 'video@b video@c',
      was: 'audio',
      now: 'audio video@a',
      limits: { video: 2 },
      gives: 'audio video video',
      because: 'one more may',
    },
    {
      asked: 'video@b text',
      was: 'audio',
      now: 'audio video@a',
      limits: { video: 1 },
      gives: 'audio video text',
      because: 'each kind by itself',
    },
    {
      asked: 'video!@a video@b',
      was: 'audio video@a',
      now: 'audio video@a',
      limits: { video: 1 },
      gives: 'audio video! video',
      because: 'one goes, another comes',
    },
    // fax
    { asked: 'audio! image', was: 'audio', now: 'audio:inactive', gives: 'audio! image', because: 'a call becomes a fax as a whole' },
    {
      asked: 'audio:sendrecv image!',
      was: 'audio:inactive image',
      now: 'audio:sendonly image',
      gives: 'audio image!',
      because: 'and ends to be one',
    },
    {
      asked: 'audio:sendonly image',
      was: 'audio image',
      now: 'audio:inactive image',
      gives: 'unchanged',
      because: 'one that it is already is merged as any',
    },
    // the rest
    {
      asked: 'audio:sendonly',
      was: '',
      now: 'audio',
      gives: 'audio:sendonly',
      because: 'asked before anything was agreed on, it is about the first that was',
    },
    { asked: '', was: 'audio', now: 'audio video', gives: 'unchanged', because: 'nothing is asked' },
    { asked: 'video!', was: 'audio', now: 'audio video', gives: 'unchanged', because: 'what was not there was not meant' },
  ])('[$asked] of [$was], with [$now] now, gives [$gives]: $because', ({ asked, was, now, gives, limits }) => {
    expect(merged(asked, was, now, limits)).toBe(gives);
  });
});

describe('two changes of streams in a row', () => {
  it.each<{ first: string; second: string; from: string; to: string; gives: string; because: string }>([
    {
      first: 'audio:sendonly',
      second: 'audio:sendrecv',
      from: 'audio',
      to: 'audio:sendonly',
      gives: 'audio',
      because: 'held, and resumed: the second was asked for last',
    },
    {
      first: 'audio:sendonly',
      second: 'audio:sendrecv',
      from: 'audio',
      to: 'audio',
      gives: 'unchanged',
      because: 'the first was refused: nothing is left to undo',
    },
    {
      first: 'video',
      second: 'video:sendonly',
      from: 'audio',
      to: 'audio video',
      gives: 'audio video:sendonly',
      because: 'the second is about what the first brought',
    },
    { first: 'video', second: 'video', from: 'audio', to: 'audio video', gives: 'unchanged', because: 'the same twice is the same' },
    { first: 'video', second: 'video', from: 'audio', to: 'audio video!', gives: 'unchanged', because: 'the peer has declined it once' },
    {
      first: 'video!',
      second: 'video',
      from: 'audio video',
      to: 'audio video!',
      gives: 'audio video',
      because: 'taken away, and wanted back',
    },
    {
      first: 'video:sendonly',
      second: 'video:inactive',
      from: 'audio video',
      to: 'audio video!',
      gives: 'unchanged',
      because: 'the peer took it away in its answer',
    },
    {
      first: 'video:sendonly',
      second: 'audio:sendonly',
      from: 'audio video',
      to: 'audio video:sendonly',
      gives: 'audio:sendonly video:sendonly',
      because: 'they are about different streams',
    },
    {
      first: 'video:sendonly',
      second: 'audio:sendonly',
      from: 'audio video',
      to: 'audio! video:sendonly',
      gives: 'unchanged',
      because: 'the answer declines what the first did not ask about',
    },
    {
      first: 'video',
      second: 'video',
      from: 'audio video!',
      to: 'audio video@video-1.2',
      gives: 'unchanged',
      because: 'a place that is used again has a new name',
    },
  ])('[$first], then [$second], from [$from] by way of [$to] gives [$gives]: $because', ({ first, second, from, to, gives }) => {
    const [before, after] = [lines(from), lines(to)];
    const limits = streamLimits();
    const meant = carriedOver(before, before, matchWishes(before, wishes(first), limits), after);
    const result = mergeStreams(wishes(second), meant, after, limits);
    expect(isNothing(result, after) ? 'unchanged' : done(after, result)).toBe(gives);
  });

  it('what the peer changed before the first was sent stays strange to the second', () => {
    const [asked, sent] = [lines('audio video'), lines('audio video:inactive')];
    const first = matchWishes(sent, wishes('video:sendonly'), streamLimits());
    const meant = carriedOver(asked, sent, first, lines('audio video:sendonly'));
    const now = lines('audio video:sendonly');
    expect(isNothing(mergeStreams(wishes('video:recvonly'), meant, now, streamLimits()), now)).toBe(true);
  });
});
