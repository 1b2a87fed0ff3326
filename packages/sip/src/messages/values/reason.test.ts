import { describe, expect, it } from 'vitest';
import { HeaderList } from '../headers.ts';
import { type Reason, formatReason, parseReasons, readReasons } from './reason.ts';

describe('Reason, RFC 3326 §2', () => {
  it.each<[string[], Reason[]]>([
    [['SIP ;cause=200 ;text="Call completed elsewhere"'], [{ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' }]],
    [
      ['q.850;cause=16;text="Terminated", sip;cause=600'],
      [
        { protocol: 'Q.850', cause: 16, text: 'Terminated' },
        { protocol: 'SIP', cause: 600 },
      ],
    ],
    [
      ['Preemption ;cause=1 ;text="a;b, \\"c\\""', 'X'],
      [{ protocol: 'Preemption', cause: 1, text: 'a;b, "c"' }, { protocol: 'X' }],
    ],
    [['SIP;cause=many;text=Bare words;x=y'], [{ protocol: 'SIP', text: 'Bare words' }]],
    [
      ['SIP;cause=1000', 'SIP;cause=-1', 'SIP;cause'],
      [{ protocol: 'SIP' }, { protocol: 'SIP' }, { protocol: 'SIP' }],
    ],
    [['SIP;text="open;cause=3'], [{ protocol: 'SIP' }]],
    [['SIP;cause=1;cause=2;text="a";text="b"'], [{ protocol: 'SIP', cause: 1, text: 'a' }]],
    [['SIP;text="a\u001bb"'], [{ protocol: 'SIP', text: 'a\ufffdb' }]],
    [[';cause=1', 'two words;cause=1', ''], []],
  ])('%j is %j', (values, reasons) => {
    expect(readReasons(new HeaderList({ Reason: values }))).toEqual(
      reasons.map((reason) => ({ cause: undefined, text: undefined, ...reason })),
    );
  });

  it('is written and read again', () => {
    const reason = { protocol: 'Q.850', cause: 31, text: 'so "it" \\ goes' };
    expect(formatReason(reason)).toBe('Q.850;cause=31;text="so \\"it\\" \\\\ goes"');
    expect(parseReasons([formatReason(reason)])).toEqual([reason]);
    expect(formatReason({ protocol: 'SIP' })).toBe('SIP');
  });

  it.each([
    { protocol: 'a b' },
    { protocol: '' },
    { protocol: 'SIP', cause: -1 },
    { protocol: 'SIP', cause: 1000 },
    { protocol: 'SIP', text: 'a\r\nX: y' },
  ])('%j is not written', (reason) => {
    expect(() => formatReason(reason)).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });
});
