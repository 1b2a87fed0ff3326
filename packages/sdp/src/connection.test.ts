import { describe, expect, it } from 'vitest';
import { connectionAddress, connectionLine, isReachable } from './connection.ts';
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

describe('an address that packets can be sent to', () => {
  const ours = { v4: '192.0.2.7', v6: '2001:db8::7', name: 'gate.example.com' } as const;
  it.each<{ line: string | undefined; from?: keyof typeof ours; is: boolean; because: string }>([
    { line: 'c=IN IP4 192.0.2.1', is: true, because: 'it is unicast, of our family' },
    { line: 'c=IN IP6 2001:db8::1', from: 'v6', is: true, because: 'it is unicast, of our family' },
    { line: 'c=IN IP6 ff::1', from: 'v6', is: true, because: 'this does not begin with ff00::/8' },
    { line: 'c=IN IP6 2001:db8::1', is: false, because: 'we are on IPv4' },
    { line: 'c=IN IP4 192.0.2.1', from: 'v6', is: false, because: 'we are on IPv6' },
    { line: 'c=IN IP4 192.0.2.1', from: 'name', is: true, because: 'we may be on either' },
    { line: 'c=IN IP6 2001:db8::1', from: 'name', is: true, because: 'we may be on either' },
    { line: 'c=IN IP4 0.0.0.0', is: true, because: 'nowhere is an answer, too' },
    { line: 'c=IN IP6 ::', is: true, because: 'nowhere, in the words of the other family' },
    { line: 'c=IN IP4 phone.invalid', is: true, because: 'nowhere, as a name' },
    { line: 'c=IN IP4 media.example.com', is: false, because: 'nobody looks names up here' },
    { line: 'c=IN IP4 233.252.0.1/127', is: false, because: 'many would hear it' },
    { line: 'c=IN IP4 255.255.255.255', is: false, because: 'all would hear it' },
    { line: 'c=IN IP6 FF15::101', from: 'v6', is: false, because: 'many would hear it' },
    { line: 'c=IN IP4 192.0.2.1.5', is: false, because: 'it is no address' },
    { line: 'c=ATM NSAP 47.0091', is: false, because: 'this is another network' },
    { line: undefined, is: false, because: 'there is none' },
  ])('is $is for $line from $from: $because', ({ line, from = 'v4', is }) => {
    expect(isReachable(line === undefined ? audio() : audio(line), undefined, ours[from])).toBe(is);
  });

  it('may stand at session level', () => {
    expect(isReachable(audio(), { lines: ['c=IN IP4 192.0.2.1'], sections: [] }, ours.v4)).toBe(true);
  });
});
