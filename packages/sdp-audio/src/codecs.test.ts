import { describe, expect, it } from 'vitest';
import { CodecTable, DEFAULT_CODECS, PCMA, PCMU, TELEPHONE_EVENT } from './codecs.ts';

const opus = { name: 'opus', clockRate: 48_000 };
const g722 = { name: 'G722', clockRate: 8000, payloadType: 9 };
const shown = ({ listed }: CodecTable): string[] => listed.map(({ payloadType, name }) => `${payloadType} ${name}`);

describe('the codecs of a handler', () => {
  it('are offered in their order, unnumbered ones from 96 on', () => {
    expect(shown(new CodecTable([opus, PCMU, { ...g722, name: 'other', payloadType: 97 }, { ...opus, name: 'third' }]))).toEqual([
      '96 opus',
      '0 PCMU',
      '97 other',
      '98 third',
    ]);
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
