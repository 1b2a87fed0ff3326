import { SeededRandom } from '@jackfield/base/testing';
import { readOrigin, type MediaSection } from '@jackfield/sdp';
import { describe, expect, it } from 'vitest';
import type { KeptDescription } from './kept-description.ts';
import { LocalDescriptions } from './local-description.ts';
import type { DraftLine } from './stream-line.ts';

const audio = (port = 40_000, lines: readonly string[] = ['a=rtpmap:0 PCMU/8000']): MediaSection => ({
  kind: 'audio',
  port,
  protocol: 'RTP/AVP',
  formats: ['0'],
  lines,
});

function draft(section: MediaSection | undefined, more: Partial<DraftLine> = {}): DraftLine {
  return {
    kind: 'audio',
    protocol: 'RTP/AVP',
    mid: 'audio-0',
    midShown: false,
    handler: undefined,
    current: undefined,
    wanted: 'sendrecv',
    active: section !== undefined,
    standing: false,
    live: undefined,
    section,
    bundle: undefined,
    ...more,
  };
}

const LIVE = { handler: { name: 'h' }, stream: {} } as NonNullable<DraftLine['live']>; // nobody calls it here
const NO_LINES: ReadonlySet<string> = new Set();
const version = ({ description }: KeptDescription): string => readOrigin(description)!.version;
const sessionId = ({ description }: KeptDescription): string => readOrigin(description)!.sessionId;
const of = (): LocalDescriptions => new LocalDescriptions(new SeededRandom(7));

describe('a description of ours, RFC 8866 §5', () => {
  it('has v=, o=, s=, c=, t=, then the lines that streams need, then the sections', () => {
    const { text } = of().compose([draft(audio())], '192.0.2.1', new Set(['a=ice-lite']));
    expect(text.replace(/o=- \d+ \d+/, 'o=- ID VERSION').split('\r\n')).toEqual([
      'v=0',
      'o=- ID VERSION IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'a=ice-lite',
      'm=audio 40000 RTP/AVP 0',
      'a=rtpmap:0 PCMU/8000',
      '',
    ]);
  });

  it('says IP6 for such an address', () => {
    const { text } = of().compose([draft(audio())], '2001:db8::1', NO_LINES);
    expect(text).toContain('IN IP6 2001:db8::1\r\ns=-');
    expect(text).toContain('c=IN IP6 2001:db8::1');
  });

  it('writes a line without a section as declined', () => {
    const { text } = of().compose([draft(undefined)], '192.0.2.1', NO_LINES);
    expect(text).toMatch(/m=audio 0 RTP\/AVP \S+\r\n/);
  });

  it.each<{ shown: boolean; section: MediaSection | undefined; lines: readonly string[]; because: string }>([
    { shown: true, section: audio(40_000, []), lines: ['a=mid:a1'], because: 'the peer names it' },
    { shown: false, section: audio(40_000, []), lines: [], because: 'the peer does not' },
    { shown: true, section: undefined, lines: ['a=mid:a1'], because: 'a declined line has its name too' },
    {
      shown: true,
      section: audio(40_000, ['a=mid:x', 'a=sendonly']),
      lines: ['a=mid:a1', 'a=sendonly'],
      because: 'the name of another leg means nothing here',
    },
    {
      shown: false,
      section: audio(40_000, ['a=mid:x', 'a=sendonly']),
      lines: ['a=sendonly'],
      because: 'nor does it where no line has one',
    },
  ])('with a=mid $shown has $lines: $because', ({ shown, section, lines }) => {
    const { description } = of().compose([draft(section, { midShown: shown, mid: 'a1' })], '192.0.2.1', NO_LINES);
    expect(description.sections[0]!.lines).toEqual(lines);
  });

  it.each<{ own: readonly (string | undefined)[]; session: string; left: readonly (string | undefined)[]; because: string }>([
    { own: [undefined, undefined], session: '192.0.2.1', left: [undefined, undefined], because: 'ours counts for all' },
    { own: ['192.0.2.7'], session: '192.0.2.7', left: [undefined], because: 'one for all is said once' },
    { own: ['192.0.2.7', '192.0.2.7'], session: '192.0.2.7', left: [undefined, undefined], because: 'and for two' },
    { own: ['192.0.2.7', '192.0.2.8'], session: '192.0.2.1', left: ['192.0.2.7', '192.0.2.8'], because: 'they differ' },
    { own: ['192.0.2.7', undefined], session: '192.0.2.1', left: ['192.0.2.7', undefined], because: 'one is ours' },
    {
      own: ['192.0.2.1', '192.0.2.7'],
      session: '192.0.2.1',
      left: [undefined, '192.0.2.7'],
      because: 'what the session says already is not said again',
    },
  ])('with c= $own in its sections says $session for the session: $because', ({ own, session, left }) => {
    const sections = own.map((address) => draft(audio(40_000, address === undefined ? [] : [`c=IN IP4 ${address}`]), { live: LIVE }));
    const { description } = of().compose([...sections, draft(undefined)], '192.0.2.1', NO_LINES);
    expect(description.lines.find((line) => line.startsWith('c='))).toBe(`c=IN IP4 ${session}`);
    const said = description.sections.slice(0, -1).map(({ lines }) => lines.find((line) => line.startsWith('c='))?.slice(9));
    expect(said).toEqual(left);
  });

  it('leaves what the application passes through as it is', () => {
    const passed = audio(9000, ['c=IN IP4 192.0.2.7', 'a=sendrecv']);
    const { description } = of().compose([draft(passed)], '192.0.2.1', NO_LINES);
    expect([description.lines[3], description.sections]).toEqual(['c=IN IP4 192.0.2.1', [passed]]);
  });
});

describe('the o= line, RFC 3264 §8', () => {
  it('keeps its id, and its version rises with every new description and not otherwise', () => {
    const descriptions = of();
    const first = descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES);
    const same = descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES);
    const moved = descriptions.compose([draft(audio(40_002))], '192.0.2.1', NO_LINES);
    const back = descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES);
    const elsewhere = descriptions.compose([draft(audio())], '192.0.2.9', NO_LINES);
    expect(new Set([first, same, moved, back, elsewhere].map(sessionId)).size).toBe(1);
    const versions = [first, same, moved, back, elsewhere].map((one) => Number(version(one)));
    const start = versions[0]!;
    expect(versions).toEqual([start, start, start + 1, start + 2, start + 3]);
    expect(same.text).toBe(first.text);
  });

  it('has another id in another session, small enough for what 64 bits signed hold', () => {
    const ids = [1, 2, 3].map((seed) =>
      sessionId(new LocalDescriptions(new SeededRandom(seed)).compose([draft(audio())], '192.0.2.1', NO_LINES)),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(Number(id)).toBeLessThan(2 ** 62);
  });

  it('does not rise for a description that could not be written', () => {
    const descriptions = of();
    const before = descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES);
    expect(() => descriptions.compose([draft(audio(40_000, ['a=x\r\nm=evil']))], '192.0.2.1', NO_LINES)).toThrow(
      expect.objectContaining({ code: 'SESSION_NEGOTIATION', info: { rule: 'local-description' } }),
    );
    const after = descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES);
    expect(version(after)).toBe(version(before));
  });

  it('follows the one before where one was withdrawn that did not leave', () => {
    const descriptions = of();
    const first = descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES);
    descriptions.withdraw(descriptions.compose([draft(audio(40_002))], '192.0.2.1', NO_LINES));
    const again = descriptions.compose([draft(audio(40_004))], '192.0.2.1', NO_LINES);
    expect(Number(version(again))).toBe(Number(version(first)) + 1);
    descriptions.withdraw(first); // that was long ago
    expect(Number(version(descriptions.compose([draft(audio())], '192.0.2.1', NO_LINES)))).toBe(Number(version(again)) + 1);
  });
});
