import { describe, expect, it } from 'vitest';
import { matchWishes } from './stream-wishes.ts';

const line = (text: string): { readonly kind: string; readonly active: boolean } => ({
  kind: text.replace('!', ''),
  active: !text.endsWith('!'),
});

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
    );
    expect(wishes.at.map((wish) => wish?.kind)).toEqual(at);
    expect(wishes.added.map(({ kind }) => kind)).toEqual(added);
  });

  it('gives each line the very wish that was made for it', () => {
    const wishes = [
      { kind: 'audio', direction: 'sendonly' },
      { kind: 'audio', direction: 'inactive' },
    ] as const;
    expect(matchWishes(['audio', 'audio'].map(line), wishes).at).toEqual(wishes);
  });
});
