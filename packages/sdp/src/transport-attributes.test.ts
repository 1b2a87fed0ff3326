import { describe, expect, it } from 'vitest';
import type { MediaSection } from './model.ts';
import { candidates, cryptoLines, fingerprints, rtcp, rtcpMux } from './transport-attributes.ts';

const audio = (...lines: string[]): MediaSection => ({ kind: 'audio', port: 4000, protocol: 'RTP/SAVP', formats: ['0'], lines });

describe('a=rtcp and a=rtcp-mux, RFC 3605 and RFC 5761', () => {
  it.each<{ value: string; is: object | undefined }>([
    { value: '53020', is: { port: 53020, address: undefined } },
    { value: '53020 IN IP4 192.0.2.1', is: { port: 53020, address: '192.0.2.1' } },
    { value: '53020 IN IP6 2001:db8::1', is: { port: 53020, address: '2001:db8::1' } },
    { value: '0', is: undefined },
    { value: '65536', is: undefined },
    { value: '', is: undefined },
    { value: 'x', is: undefined },
    { value: '53020 junk', is: undefined },
  ])('a=rtcp:$value gives $is', ({ value, is }) => {
    expect(rtcp(audio(`a=rtcp:${value}`))).toEqual(is);
  });

  it('takes the flag for what it says', () => {
    expect(rtcp(audio('a=rtcp-mux'))).toBeUndefined();
    expect(rtcpMux(audio('a=rtcp-mux'))).toBe(true);
    expect(rtcpMux(audio('a=rtcp-mux:x', 'a=rtcp:5001', 'a=rtcp-mux-only'))).toBe(false);
  });
});

describe('a=crypto, RFC 4568', () => {
  it('is read in the order of preference, session parameters apart', () => {
    const section = audio(
      'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32',
      'a=crypto:100 F8_128_HMAC_SHA1_80 inline:abc;inline:def KDR=1 UNENCRYPTED_SRTCP',
    );
    expect(cryptoLines(section)).toEqual([
      {
        tag: 1,
        suite: 'AES_CM_128_HMAC_SHA1_80',
        keyParameters: 'inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32',
        sessionParameters: [],
      },
      { tag: 100, suite: 'F8_128_HMAC_SHA1_80', keyParameters: 'inline:abc;inline:def', sessionParameters: ['KDR=1', 'UNENCRYPTED_SRTCP'] },
    ]);
  });

  it.each([
    '',
    '1',
    '1 SUITE',
    ' SUITE inline:x',
    'x SUITE inline:x',
    '-1 SUITE inline:x',
    '1000000000 SUITE inline:x',
    '1  inline:x',
    '1 SUITE ',
  ])('passes over %j', (value) => {
    expect(cryptoLines(audio(`a=crypto:${value}`))).toEqual([]);
  });
});

describe('a=fingerprint, RFC 8122', () => {
  it('is read from a section or a description, in one case', () => {
    expect(fingerprints({ lines: ['a=fingerprint:SHA-256 aa:0b', 'a=fingerprint:sha-1', 'a=fingerprint:sha-1 AA x'] })).toEqual([
      { algorithm: 'sha-256', hash: 'AA:0B' },
    ]);
  });
});

describe('a=candidate, RFC 8839', () => {
  it('is read with what sdp-transform does not know kept as text', () => {
    const section = audio(
      'a=candidate:0 1 UDP 2113667327 203.0.113.1 54400 typ host',
      'a=candidate:a/+ 2 udp 1845501695 193.84.77.194 60017 typ srflx raddr 192.168.34.75 rport 60017 generation 0 ufrag xY network-cost 50',
      'a=candidate:3 1 tcp 1518280447 2001:db8::1 9 typ host tcptype active',
    );
    expect(candidates(section)).toEqual([
      {
        foundation: '0',
        component: 1,
        transport: 'UDP',
        priority: 2113667327,
        address: '203.0.113.1',
        port: 54400,
        type: 'host',
        relatedAddress: undefined,
        relatedPort: undefined,
        tcpType: undefined,
        extensions: '',
      },
      {
        foundation: 'a/+',
        component: 2,
        transport: 'udp',
        priority: 1845501695,
        address: '193.84.77.194',
        port: 60017,
        type: 'srflx',
        relatedAddress: '192.168.34.75',
        relatedPort: 60017,
        tcpType: undefined,
        extensions: 'ufrag xY network-cost 50',
      },
      expect.objectContaining({ address: '2001:db8::1', port: 9, tcpType: 'active' }),
    ]);
  });

  it.each([
    '',
    '1 0 udp 1 192.0.2.1 4000 typ host',
    '1 257 udp 1 192.0.2.1 4000 typ host',
    '1 1 udp 0 192.0.2.1 4000 typ host',
    '1 1 udp 2147483648 192.0.2.1 4000 typ host',
    '1 1 udp 1 192.0.2.1 65536 typ host',
    '1 1 udp 1 192.0.2.1 x typ host',
    '1 1 udp 1  4000 typ host',
    '1 1 udp 1 192.0.2.1 4000 host',
  ])('passes over %j', (value) => {
    expect(candidates(audio(`a=candidate:${value}`))).toEqual([]);
  });
});
