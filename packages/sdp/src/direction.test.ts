import { describe, expect, it } from 'vitest';
import { answerDirection, direction, isHeld, isLegalAnswer, reversed, withDirection } from './direction.ts';
import type { Description, Direction, MediaSection } from './model.ts';

const audio = (...lines: string[]): MediaSection => ({ kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0'], lines });
const session = (...lines: string[]): Description => ({ lines, sections: [] });

describe('direction, RFC 8866 §6.7', () => {
  it.each<{ lines: string[]; above: string[]; is: Direction; because: string }>([
    { lines: [], above: [], is: 'sendrecv', because: 'nothing is said' },
    { lines: ['a=sendonly'], above: [], is: 'sendonly', because: 'the section says it' },
    { lines: [], above: ['a=inactive'], is: 'inactive', because: 'the session says it' },
    { lines: ['a=recvonly'], above: ['a=inactive'], is: 'recvonly', because: 'the section is nearer' },
    { lines: ['a=sendonly', 'a=recvonly'], above: [], is: 'recvonly', because: 'the last counts' },
    { lines: ['a=sendonly', 'a=sendrecv:foo'], above: [], is: 'sendonly', because: 'a value makes it another attribute' },
    { lines: ['a=inactive '], above: [], is: 'inactive', because: 'a blank behind it is nothing' },
    { lines: ['a=SENDONLY', 'i=sendonly'], above: [], is: 'sendrecv', because: 'case and type count' },
  ])('is $is when $because', ({ lines, above, is }) => {
    expect(direction(audio(...lines), session(...above))).toBe(is);
  });

  it('can be read from a section alone', () => {
    expect(direction(audio())).toBe('sendrecv');
  });

  it.each<[Direction, Direction]>([
    ['sendrecv', 'sendrecv'],
    ['sendonly', 'recvonly'],
    ['recvonly', 'sendonly'],
    ['inactive', 'inactive'],
  ])('%s is %s from the other side', (mine, theirs) => {
    expect(reversed(mine)).toBe(theirs);
  });

  it('is written once, in the place of the first', () => {
    expect(withDirection(audio('a=x', 'a=sendonly', 'a=y', 'a=inactive'), 'sendrecv').lines).toEqual(['a=x', 'a=sendrecv', 'a=y']);
    expect(withDirection(audio('a=x'), 'recvonly').lines).toEqual(['a=x', 'a=recvonly']);
  });
});

describe('the direction of an answer, RFC 3264 §6.1', () => {
  const ALL: Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];
  const TABLE: Record<Direction, readonly Direction[]> = {
    // offered: what we answer when we want sendrecv, sendonly, recvonly, inactive
    sendrecv: ['sendrecv', 'sendonly', 'recvonly', 'inactive'],
    sendonly: ['recvonly', 'inactive', 'recvonly', 'inactive'],
    recvonly: ['sendonly', 'sendonly', 'inactive', 'inactive'],
    inactive: ['inactive', 'inactive', 'inactive', 'inactive'],
  };
  it.each(ALL.flatMap((offered) => ALL.map((wanted, at) => ({ offered, wanted, answer: TABLE[offered][at]! }))))(
    'is $answer to $offered when we want $wanted',
    ({ offered, wanted, answer }) => {
      expect(answerDirection(offered, wanted)).toBe(answer);
      expect(isLegalAnswer(offered, answer)).toBe(true);
      expect(isLegalAnswer(offered, wanted)).toBe(wanted === answer);
    },
  );
});

describe('hold', () => {
  it.each<{ lines: string[]; above: string[]; held: boolean }>([
    { lines: [], above: ['c=IN IP4 192.0.2.1'], held: false },
    { lines: ['a=sendonly'], above: [], held: true },
    { lines: ['a=inactive'], above: [], held: true },
    { lines: ['a=recvonly'], above: [], held: false },
    { lines: [], above: ['a=sendonly'], held: true },
    { lines: [], above: ['c=IN IP4 0.0.0.0'], held: true },
    { lines: ['c=IN IP4 192.0.2.1'], above: ['c=IN IP4 0.0.0.0'], held: false },
    { lines: ['c=IN IP6 ::'], above: [], held: true },
    { lines: ['c=IN IP6 0:0:0:0:0:0:0:0'], above: [], held: true },
    { lines: ['c=IN IP6 ::1'], above: [], held: false },
    { lines: ['c=IN IP6 nowhere.Invalid'], above: [], held: true },
    { lines: ['c=IN IP4 0.0.0.00x'], above: [], held: false },
    { lines: [], above: [], held: false },
  ])('with $lines under $above is $held', ({ lines, above, held }) => {
    expect(isHeld(audio(...lines), session(...above))).toBe(held);
  });
});
