import { describe, expect, it } from 'vitest';
import { connectionAddress, connectionLine } from './connection.ts';
import type { MediaSection } from './model.ts';

const audio = (...lines: string[]): MediaSection => ({ kind: 'audio', port: 4000, protocol: 'RTP/AVP', formats: ['0'], lines });

describe('c=, RFC 8866 §5.7', () => {
  it.each<{ line: string; is: object | undefined }>([
    { line: 'c=IN IP4 192.0.2.1', is: { addressType: 'IP4', address: '192.0.2.1' } },
    { line: 'c=IN IP6 2001:db8::1', is: { addressType: 'IP6', address: '2001:db8::1' } },
    { line: 'c=IN IP4 media.example.com', is: { addressType: 'IP4', address: 'media.example.com' } },
    { line: 'c=IN IP4 233.252.0.1/127/3', is: { addressType: 'IP4', address: '233.252.0.1' } },
    { line: 'c=IN IP4 192.0.2.1 ', is: { addressType: 'IP4', address: '192.0.2.1' } },
    { line: 'c=IN IP4 /127', is: undefined },
    { line: 'c=IN IP4 a b', is: undefined },
    { line: 'c=ATM NSAP 47.0091', is: undefined },
    { line: 'c=', is: undefined },
  ])('$line gives $is', ({ line, is }) => {
    expect(connectionAddress(audio(line))).toEqual(is);
  });

  it("is the section's first, else the session's", () => {
    const description = { lines: ['c=IN IP4 192.0.2.9'], sections: [] };
    expect(connectionAddress(audio('c=IN IP4 192.0.2.1', 'c=IN IP4 192.0.2.2'), description)?.address).toBe('192.0.2.1');
    expect(connectionAddress(audio(), description)?.address).toBe('192.0.2.9');
    expect(connectionAddress(audio())).toBeUndefined();
  });

  it('is written for an address of either family', () => {
    expect(connectionLine('192.0.2.1')).toBe('c=IN IP4 192.0.2.1');
    expect(connectionLine('2001:db8::1')).toBe('c=IN IP6 2001:db8::1');
    expect(() => connectionLine('')).toThrow(expect.objectContaining({ code: 'SDP_LINE_SYNTAX' }));
    expect(() => connectionLine('x\r\na=y')).toThrow(expect.objectContaining({ code: 'SDP_LINE_SYNTAX' }));
  });
});
