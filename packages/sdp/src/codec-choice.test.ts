import { describe, expect, it } from 'vitest';
import { CodecChoice, type CodecsBefore } from './codec-choice.ts';
import { configuredOrder } from './codec-policy.ts';
import { codecFormats, defineCodec, type Codec } from './codec.ts';
import type { MediaSection } from './model.ts';

const PCMU = defineCodec({ payloadType: 0, name: 'PCMU', clockRate: 8000 });
const PCMA = defineCodec({ payloadType: 8, name: 'PCMA', clockRate: 8000 });
const EVENTS = defineCodec({ payloadType: 101, name: 'telephone-event', clockRate: 8000, fmtp: '0-15' });
const OURS = [PCMU, PCMA, EVENTS];
const choice = new CodecChoice({ codecs: OURS, beside: (codec) => codec === EVENTS });
const shown = (codecs: readonly Codec[]): string => codecFormats(codecs).join(' ');

const OFFER: MediaSection = {
  kind: 'audio',
  port: 4000,
  protocol: 'RTP/AVP',
  formats: ['18', '8', '0', '96'],
  lines: ['a=rtpmap:96 telephone-event/8000'],
};

describe('the codecs for a peer', () => {
  it.each<{ names: readonly string[] | undefined; offered: string; answered: string; because: string }>([
    { names: undefined, offered: '0 8 101', answered: '8 0 96', because: 'the peer is configured for nothing' },
    { names: ['pcma', 'PCMU'], offered: '8 0 101', answered: '8 0 96', because: "the peer's order counts in an offer, and case does not" },
    {
      names: ['PCMA', 'VP8', 'PCMA'],
      offered: '8 101',
      answered: '8 96',
      because: 'names of other kinds say nothing, and twice is once',
    },
    { names: ['telephone-event'], offered: '', answered: '', because: 'what goes beside is no stream' },
    { names: [], offered: '', answered: '', because: 'none is allowed' },
  ])('with $names are $offered in an offer, $answered in an answer: $because', ({ names, offered, answered }) => {
    expect(shown(choice.offer({ codecs: names }, undefined))).toBe(offered);
    expect(shown(choice.answer({ codecs: names }, OFFER))).toBe(answered);
  });

  it('are all chosen by their names where nothing goes beside them', () => {
    const strict = new CodecChoice({ codecs: OURS });
    expect(shown(strict.offer({ codecs: ['PCMA'] }, undefined))).toBe('8');
    expect(shown(strict.offer({ codecs: ['telephone-event', 'PCMA'] }, undefined))).toBe('101 8');
  });

  it('keep the numbers that they had in the stream', () => {
    const before: CodecsBefore = { said: [PCMA, { ...EVENTS, payloadType: 96 }], theirs: [PCMA] };
    expect(shown(choice.offer({}, before))).toBe('8 96 0');
  });

  it("are left to the peer's policy, else to that of all, which hears what the peer takes", () => {
    const heard: string[] = [];
    const own = new CodecChoice({
      codecs: OURS,
      policy: (theirs, configured, role) => {
        heard.push(`${role}: ${shown(theirs)} of ${shown(configured)}`);
        return configuredOrder(theirs, configured, role);
      },
    });
    expect(shown(own.answer({}, OFFER))).toBe('0 8 96');
    own.offer({}, { said: [], theirs: [PCMA] });
    expect(shown(own.answer({ codecPolicy: ([first]) => [first!] }, OFFER))).toBe('8');
    expect(heard).toEqual(['answerer: 8 0 96 of 0 8 101', 'offerer: 8 of 0 8 101']);
  });
});
