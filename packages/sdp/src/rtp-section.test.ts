import { describe, expect, it } from 'vitest';
import { defineCodec, type Codec } from './codec.ts';
import type { Description, MediaSection } from './model.ts';
import { agreedDirection, offerCodecs, rtpSection, rtpTarget } from './rtp-section.ts';

const pcmu = defineCodec({ payloadType: 0, name: 'PCMU', clockRate: 8000 });
const pcma = defineCodec({ payloadType: 8, name: 'PCMA', clockRate: 8000 });
const events = defineCodec({ payloadType: 101, name: 'telephone-event', clockRate: 8000, fmtp: '0-16' });
const vp8 = defineCodec({ payloadType: 96, name: 'VP8', clockRate: 90_000 });
const numbered = (codec: Codec, payloadType: number): Codec => ({ ...codec, payloadType });
const shown = (codecs: readonly Codec[]): string[] => codecs.map((codec) => `${codec.payloadType} ${codec.name}`);

const section = (port: number, ...lines: string[]): MediaSection => ({ kind: 'audio', port, protocol: 'RTP/AVP', formats: ['0'], lines });

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

describe('where packets go', () => {
  it.each<{ target: string; remote: MediaSection; session?: string; expected: unknown }>([
    {
      target: "the section's address",
      remote: section(4000, 'c=IN IP4 192.0.2.1'),
      expected: { host: '192.0.2.1', port: 4000, rtcpPort: undefined, rtcpHost: undefined },
    },
    {
      target: "the session's address",
      remote: section(4000),
      session: 'c=IN IP6 2001:db8::1',
      expected: { host: '2001:db8::1', port: 4000, rtcpPort: undefined, rtcpHost: undefined },
    },
    {
      target: 'another place for RTCP',
      remote: section(4000, 'c=IN IP4 192.0.2.1', 'a=rtcp:5005 IN IP4 192.0.2.2'),
      expected: { host: '192.0.2.1', port: 4000, rtcpPort: 5005, rtcpHost: '192.0.2.2' },
    },
    { target: 'nowhere on old-style hold', remote: section(4000, 'c=IN IP4 0.0.0.0'), expected: undefined },
    { target: 'nowhere for port 0', remote: section(0, 'c=IN IP4 192.0.2.1'), expected: undefined },
    { target: 'nowhere without an address', remote: section(4000), expected: undefined },
  ])('is $target', ({ remote, session, expected }) => {
    const description: Description = { sections: [remote], lines: session === undefined ? [] : [session] };
    expect(rtpTarget(remote, description)).toEqual(expected);
  });
});

describe('what flows', () => {
  it.each([
    { local: 'sendrecv', remote: 'sendrecv', flows: 'sendrecv' },
    { local: 'recvonly', remote: 'sendonly', flows: 'recvonly' },
    { local: 'sendrecv', remote: 'recvonly', flows: 'sendonly' },
    { local: 'sendonly', remote: 'sendrecv', flows: 'sendonly' },
    { local: 'sendonly', remote: 'sendonly', flows: 'inactive' },
    { local: 'inactive', remote: 'sendrecv', flows: 'inactive' },
  ])('is $flows when we say $local and the peer says $remote', ({ local, remote, flows }) => {
    expect(agreedDirection(section(1, `a=${local}`), section(1, `a=${remote}`))).toBe(flows);
  });
});
