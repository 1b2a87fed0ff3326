import { describe, expect, it } from 'vitest';
import { bundledSection, groupLine } from './bundle.ts';
import type { MediaSection } from './model.ts';

const section = (port: number, ...lines: string[]): MediaSection => ({ kind: 'video', port, protocol: 'RTP/AVP', formats: ['96'], lines });

describe('a section in a bundle, RFC 8843 §7.1.3', () => {
  it.each([
    { line: 'a=rtpmap:96 VP8/90000', kept: true },
    { line: 'a=mid:1', kept: true },
    { line: 'a=sendonly', kept: true },
    { line: 'a=rtcp-fb:96 nack pli', kept: true },
    { line: 'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid', kept: true },
    { line: 'b=AS:200', kept: true },
    { line: 'a=rtcp-mux', kept: false },
    { line: 'a=rtcp:4001', kept: false },
    { line: 'a=ice-ufrag:abcd', kept: false },
    { line: 'a=candidate:1 1 UDP 1 192.0.2.1 4000 typ host', kept: false },
    { line: 'a=fingerprint:sha-256 00:11', kept: false },
    { line: 'a=setup:active', kept: false },
    { line: 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x', kept: false },
    { line: 'a=bundle-only', kept: false },
  ])('that is not the tagged one keeps $line: $kept', ({ line, kept }) => {
    expect(bundledSection(section(4002, line), section(4000)).lines).toEqual(kept ? [line] : []);
  });

  it('has the port of the tagged one', () => {
    expect(bundledSection(section(4002), section(4000)).port).toBe(4000);
  });

  it('is named in a line of the session', () => {
    expect(groupLine('BUNDLE', ['0', 'v'])).toBe('a=group:BUNDLE 0 v');
  });
});
