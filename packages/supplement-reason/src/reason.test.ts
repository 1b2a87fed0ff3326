import { describe, expect, it } from 'vitest';
import { formatReason, parseReasons, type Reason } from './reason.ts';

describe('reading Reason (RFC 3326 §2)', () => {
  it.each<{ field: string; reasons: Reason[]; because: string }>([
    {
      field: 'SIP ;cause=200 ;text="Call completed elsewhere"',
      reasons: [{ protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' }],
      because: 'spaces stand before semicolons',
    },
    { field: 'Q.850;cause=16;text="Terminated"', reasons: [{ protocol: 'Q.850', cause: 16, text: 'Terminated' }], because: 'none have to' },
    { field: 'q.850 ; CAUSE = 16', reasons: [{ protocol: 'Q.850', cause: 16 }], because: 'names and tokens have no case' },
    {
      field: 'SIP;cause=600;text="Busy, all; of us"',
      reasons: [{ protocol: 'SIP', cause: 600, text: 'Busy, all; of us' }],
      because: 'separators in quotes part nothing',
    },
    {
      field: 'Q.850;cause=17, SIP;cause=486',
      reasons: [
        { protocol: 'Q.850', cause: 17 },
        { protocol: 'SIP', cause: 486 },
      ],
      because: 'a field may have several',
    },
    {
      field: String.raw`X;text="say \"no\" \\ \," , SIP`,
      reasons: [{ protocol: 'X', text: String.raw`say "no" \ ,` }, { protocol: 'SIP' }],
      because: 'quotes may be escaped',
    },
    {
      field: 'Q.850;cause=16;cause=17;location=LN;x',
      reasons: [{ protocol: 'Q.850', cause: 16 }],
      because: 'the first of two counts, others are skipped',
    },
    { field: 'Q.850;text=Terminated', reasons: [{ protocol: 'Q.850', text: 'Terminated' }], because: 'some forget the quotes' },
    { field: 'Q.850;cause=sixteen;text="unclosed', reasons: [{ protocol: 'Q.850' }], because: 'what is malformed is left out' },
    {
      field: 'Q.850;cause=-1,SIP;cause=4860',
      reasons: [{ protocol: 'Q.850' }, { protocol: 'SIP' }],
      because: 'a cause is up to three digits',
    },
    {
      field: ';cause=16,, "x";cause=1, SIP;cause=487',
      reasons: [{ protocol: 'SIP', cause: 487 }],
      because: 'without a protocol it is no reason',
    },
    { field: 'SIP;text="bell\u0007"', reasons: [{ protocol: 'SIP', text: 'bell\ufffd' }], because: 'control characters go' },
    { field: '', reasons: [], because: 'empty' },
    { field: 'SIP;text="a\\', reasons: [{ protocol: 'SIP' }], because: 'a backslash may stand last' },
  ])('$field: $because', ({ field, reasons }) => {
    expect(parseReasons([field])).toEqual(reasons);
  });

  it('takes fields in their order', () => {
    expect(parseReasons(['SIP;cause=487', 'Q.850;cause=16'])).toEqual([
      { protocol: 'SIP', cause: 487 },
      { protocol: 'Q.850', cause: 16 },
    ]);
  });

  it.each(['"', '";,', ',', '\\', '\\"', 'SIP;=', 'SIP;text="\\"', 'SIP;text=""'])('never throws on %j', (field) => {
    expect(() => parseReasons([field])).not.toThrow();
  });
});

describe('writing Reason', () => {
  it.each<Reason>([
    { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' },
    { protocol: 'Q.850', cause: 0 },
    { protocol: 'Preemption', text: String.raw`"a\b"; c, d` },
    { protocol: 'SIP', text: 'Gespräch beendet' },
  ])('$protocol $cause $text comes back as it was', (reason) => {
    expect(parseReasons([formatReason(reason)])).toEqual([reason]);
  });

  it('quotes the text', () => {
    expect(formatReason({ protocol: 'SIP', cause: 603, text: 'say "no"' })).toBe(String.raw`SIP;cause=603;text="say \"no\""`);
  });

  it.each<{ reason: Reason; part: string }>([
    { reason: { protocol: 'Q 850' }, part: 'protocol' },
    { reason: { protocol: '' }, part: 'protocol' },
    { reason: { protocol: 'SIP', cause: 1000 }, part: 'cause' },
    { reason: { protocol: 'SIP', cause: -1 }, part: 'cause' },
    { reason: { protocol: 'SIP', cause: 1.5 }, part: 'cause' },
    { reason: { protocol: 'SIP', text: 'a\r\nX: y' }, part: 'text' },
  ])('refuses $reason', ({ reason, part }) => {
    expect(() => formatReason(reason)).toThrow(expect.objectContaining({ code: 'REASON_SYNTAX', info: { part } }));
  });
});
