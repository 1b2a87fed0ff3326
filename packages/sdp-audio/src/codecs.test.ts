import { describe, expect, it } from 'vitest';
import { CodecTable, DEFAULT_CODECS, PCMA, PCMU, TELEPHONE_EVENT } from './codecs.ts';

const opus = { name: 'opus', clockRate: 48_000 };
const g722 = { name: 'G722', clockRate: 8000, payloadType: 9 };
const shown = (table: CodecTable, names?: readonly string[]): string[] =>
  table.supported(names).map(({ payloadType, name }) => `${payloadType} ${name}`);

describe('the codecs of a handler', () => {
  it('are offered in their order, unnumbered ones from 96 on', () => {
    expect(shown(new CodecTable([opus, PCMU, { ...g722, name: 'other', payloadType: 97 }, { ...opus, name: 'third' }]))).toEqual([
      '96 opus',
      '0 PCMU',
      '97 other',
      '98 third',
    ]);
  });

  it.each<{ names: readonly string[] | undefined; chosen: string[]; because: string }>([
    { names: undefined, chosen: ['0 PCMU', '8 PCMA', '101 telephone-event'], because: 'the endpoint says nothing' },
    {
      names: ['pcma', 'PCMU'],
      chosen: ['8 PCMA', '0 PCMU', '101 telephone-event'],
      because: "the endpoint's order counts, and case does not",
    },
    {
      names: ['PCMA', 'VP8', 'PCMA'],
      chosen: ['8 PCMA', '101 telephone-event'],
      because: 'names of other kinds say nothing, and twice is once',
    },
    { names: [], chosen: ['101 telephone-event'], because: 'no codec of sound is allowed' },
  ])('for an endpoint with $names are $chosen: $because', ({ names, chosen }) => {
    expect(shown(new CodecTable(DEFAULT_CODECS), names)).toEqual(chosen);
  });

  it('are found by name and clock rate, whatever the case', () => {
    const table = new CodecTable(DEFAULT_CODECS);
    expect(table.find({ name: 'pcma', clockRate: 8000 })).toBe(PCMA);
    expect(table.find({ name: 'TELEPHONE-EVENT', clockRate: 8000 })).toBe(TELEPHONE_EVENT);
    expect(table.find({ name: 'PCMA', clockRate: 16_000 })).toBeUndefined();
  });

  it('must be such that SDP can say them', () => {
    expect(() => new CodecTable([{ name: 'two words', clockRate: 8000 }])).toThrow(
      expect.objectContaining({ code: 'SDP_CODEC_FIELD' }) as Error,
    );
  });
});
