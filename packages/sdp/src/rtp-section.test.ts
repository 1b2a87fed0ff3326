import { describe, expect, it } from 'vitest';
import { defineCodec, type Codec } from './codec.ts';
import { offerCodecs, rtpSection } from './rtp-section.ts';

const pcmu = defineCodec({ payloadType: 0, name: 'PCMU', clockRate: 8000 });
const pcma = defineCodec({ payloadType: 8, name: 'PCMA', clockRate: 8000 });
const events = defineCodec({ payloadType: 101, name: 'telephone-event', clockRate: 8000, fmtp: '0-16' });
const vp8 = defineCodec({ payloadType: 96, name: 'VP8', clockRate: 90_000 });
const numbered = (codec: Codec, payloadType: number): Codec => ({ ...codec, payloadType });
const shown = (codecs: readonly Codec[]): string[] => codecs.map((codec) => `${codec.payloadType} ${codec.name}`);

describe('the section of an RTP stream', () => {
  it('lists formats, their lines, what else there is, and the direction', () => {
    const made = rtpSection({
      kind: 'audio',
      port: 4000,
      protocol: 'RTP/AVP',
      codecs: [pcma, events],
      direction: 'sendonly',
      lines: ['a=ptime:20'],
    });
    expect(made).toEqual({
      kind: 'audio',
      port: 4000,
      protocol: 'RTP/AVP',
      formats: ['8', '101'],
      lines: ['a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16', 'a=ptime:20', 'a=sendonly'],
    });
  });

  it('names the port of RTCP only where it is not the one above', () => {
    const base = { kind: 'audio', port: 4000, protocol: 'RTP/AVP', codecs: [pcma], direction: 'sendrecv' } as const;
    expect(rtpSection({ ...base, rtcpPort: 4001 }).lines.at(-1)).toBe('a=sendrecv');
    expect(rtpSection({ ...base, rtcpPort: 5003 }).lines.at(-1)).toBe('a=rtcp:5003');
    expect(rtpSection({ ...base, rtcpMux: true }).lines.at(-1)).toBe('a=rtcp-mux');
  });
});

describe('codecs of an offer, RFC 3264 §8.3.2', () => {
  it.each<{ said: readonly Codec[]; offered: string[]; because: string }>([
    { said: [], offered: ['0 PCMU', '8 PCMA', '101 telephone-event'], because: 'nothing was said before' },
    {
      said: [pcma, numbered(events, 97)],
      offered: ['8 PCMA', '97 telephone-event', '0 PCMU'],
      because: 'numbers and order of the last description stay',
    },
    {
      said: [pcma, numbered(vp8, 101)],
      offered: ['8 PCMA', '0 PCMU', '96 telephone-event'],
      because: 'a number that stood for another codec is not used again',
    },
  ])('are $offered: $because', ({ said, offered }) => {
    expect(shown(offerCodecs([pcmu, pcma, events], said))).toEqual(offered);
  });

  it('leave out a codec when all dynamic numbers have stood for others', () => {
    const said = Array.from({ length: 32 }, (_, at) => defineCodec({ payloadType: 96 + at, name: `old${at}`, clockRate: 8000 }));
    expect(shown(offerCodecs([pcmu, events], said))).toEqual(['0 PCMU']);
  });
});
