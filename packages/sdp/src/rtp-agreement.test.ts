import { describe, expect, it } from 'vitest';
import { defineCodec } from './codec.ts';
import type { Description, MediaSection } from './model.ts';
import { rtpAgreement } from './rtp-agreement.ts';

const section = (port: number, ...lines: string[]): MediaSection => ({ kind: 'audio', port, protocol: 'RTP/AVP', formats: ['0'], lines });

describe('what both sides agree on', () => {
  it('is in the order of the peer, with the numbers of each', () => {
    const local: MediaSection = { ...section(1, 'a=rtpmap:101 telephone-event/8000'), formats: ['0', '8', '101'] };
    const remote: MediaSection = { ...section(1, 'a=rtpmap:97 telephone-event/8000'), formats: ['97', '8'] };
    const { codecs } = rtpAgreement({ local, remote });
    expect(codecs.map((codec) => [codec.local.payloadType, codec.remote.payloadType])).toEqual([
      [101, 97],
      [8, 8],
    ]);
  });

  it.each([
    { role: 'answerer', order: [8, 0], because: 'our answer says what both send with' },
    { role: 'offerer', order: [0, 8], because: "the peer's answer does" },
  ] as const)('is in the order of the answer, with us as $role: $because', ({ role, order }) => {
    const local: MediaSection = { ...section(1), formats: ['8', '0'] };
    const remote: MediaSection = { ...section(1), formats: ['0', '8'] };
    expect(rtpAgreement({ local, remote, role }).codecs.map((codec) => codec.remote.payloadType)).toEqual(order);
  });

  it.each([
    { role: 'offerer', from: '192.0.2.7', line: 'c=IN IP4 192.0.2.1', reachable: true },
    { role: 'offerer', from: '192.0.2.7', line: 'c=IN IP6 2001:db8::1', reachable: false },
    { role: 'offerer', from: undefined, line: 'c=IN IP6 2001:db8::1', reachable: true },
    { role: 'answerer', from: '192.0.2.7', line: 'c=IN IP6 2001:db8::1', reachable: true },
  ] as const)('as $role at $from finds $line reachable: $reachable', ({ role, from, line, reachable }) => {
    expect(rtpAgreement({ local: section(1), remote: section(1, line), role, localAddress: from }).reachable).toBe(reachable);
  });

  it('is nothing without a codec in common', () => {
    expect(rtpAgreement({ local: section(1), remote: { ...section(1), formats: ['8'] } }).codecs).toEqual([]);
  });

  it('remembers each number that our side has used, with its latest meaning', () => {
    const before = [
      defineCodec({ payloadType: 0, name: 'old', clockRate: 8000 }),
      defineCodec({ payloadType: 96, name: 'opus', clockRate: 48_000 }),
    ];
    const { said } = rtpAgreement({ local: section(1), remote: section(1) }, before);
    expect(said.map(({ payloadType, name }) => `${payloadType} ${name}`)).toEqual(['0 PCMU', '96 opus']);
  });

  it.each([
    { ours: ['a=rtcp-mux'], theirs: ['a=rtcp-mux'], mux: true },
    { ours: ['a=rtcp-mux'], theirs: [], mux: false },
    { ours: [], theirs: ['a=rtcp-mux'], mux: false },
  ])('puts RTCP on the port of RTP when we say $ours and the peer $theirs: $mux', ({ ours, theirs, mux }) => {
    expect(rtpAgreement({ local: section(1, ...ours), remote: section(1, ...theirs) }).rtcpMux).toBe(mux);
  });

  it.each([
    { lines: ['a=sendrecv'], held: false },
    { lines: ['a=recvonly'], held: false },
    { lines: ['a=sendonly'], held: true },
    { lines: ['a=inactive'], held: true },
    { lines: ['c=IN IP4 0.0.0.0'], held: true },
    { lines: ['c=IN IP6 ::'], held: true },
  ])('is held $held when the peer says $lines', ({ lines, held }) => {
    expect(rtpAgreement({ local: section(1), remote: section(1, ...lines) }).held).toBe(held);
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
    expect(rtpAgreement({ local: section(1), remote, description }).target).toEqual(expected);
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
    expect(rtpAgreement({ local: section(1, `a=${local}`), remote: section(1, `a=${remote}`) }).direction).toBe(flows);
  });
});
