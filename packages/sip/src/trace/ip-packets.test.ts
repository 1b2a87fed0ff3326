import { describe, expect, it } from 'vitest';
import { addressBytes, asIpv6, tcpPacket, udpPacket } from './ip-packets.ts';

const hex = (bytes: Uint8Array | undefined): string | undefined => (bytes === undefined ? undefined : Buffer.from(bytes).toString('hex'));
const end = (host: string, port: number): { address: Uint8Array; port: number } => ({ address: addressBytes(host)!, port });

/** Ones' complement sum as RFC 1071 has it: all ones where the checksum in the bytes is right. */
function sum(...parts: Uint8Array[]): number {
  const words = parts.flatMap((part) => {
    const padded = Buffer.concat([part, Buffer.alloc(part.length % 2)]);
    return Array.from({ length: padded.length / 2 }, (_, at) => padded.readUInt16BE(at * 2));
  });
  return words.reduce((total, word) => ((total + word) & 0xffff) + ((total + word) >>> 16), 0);
}

describe('bytes of an address', () => {
  it.each([
    { host: '192.0.2.1', bytes: 'c0000201' },
    { host: '2001:db8::1', bytes: '20010db8000000000000000000000001' },
    { host: '::', bytes: '0'.repeat(32) },
    { host: '::1', bytes: `${'0'.repeat(31)}1` },
    { host: 'fe80::', bytes: `fe80${'0'.repeat(28)}` },
    { host: '1:2:3:4:5:6:7:8', bytes: '00010002000300040005000600070008' },
    { host: '1:2:3:4:5:6:7::', bytes: '00010002000300040005000600070000' },
    { host: '::ffff:192.0.2.1', bytes: `${'0'.repeat(20)}ffffc0000201` },
    { host: 'FE80::AB%eth0', bytes: `fe80${'0'.repeat(26)}ab` },
    { host: 'sip.example.com', bytes: undefined },
    { host: '192.0.2', bytes: undefined },
    { host: '192.0.2.256', bytes: undefined },
    { host: '', bytes: undefined },
    { host: '1::2::3', bytes: undefined },
    { host: '1:2:3:4:5:6:7', bytes: undefined },
    { host: '1:2:3:4:5:6:7:8:9', bytes: undefined },
    { host: '1:2:3:4:5:6:7:8::9', bytes: undefined },
    { host: '12345::', bytes: undefined },
    { host: 'g::', bytes: undefined },
  ])('$host', ({ host, bytes }) => {
    expect(hex(addressBytes(host))).toBe(bytes);
  });

  it('of IPv4 are written as IPv6 where the other end is', () => {
    expect(hex(asIpv6(addressBytes('192.0.2.1')!))).toBe(hex(addressBytes('::ffff:192.0.2.1')));
    expect(hex(asIpv6(addressBytes('2001:db8::1')!))).toBe(hex(addressBytes('2001:db8::1')));
  });
});

describe('a packet', () => {
  const payloads = ['', 'x', 'OPTIONS', 'é'.repeat(999)].map((text) => Buffer.from(text));

  it.each(payloads)('of UDP over IPv4 has lengths and checksums that are right', (payload) => {
    const packet = Buffer.from(udpPacket(end('192.0.2.1', 5060), end('198.51.100.7', 5070), payload, 7));
    expect(packet.readUInt16BE(2)).toBe(packet.length);
    expect(packet.readUInt16BE(4)).toBe(7);
    expect(packet[9]).toBe(17);
    expect(sum(packet.subarray(0, 20))).toBe(0xffff);
    const udp = packet.subarray(20);
    expect([udp.readUInt16BE(0), udp.readUInt16BE(2), udp.readUInt16BE(4)]).toEqual([5060, 5070, udp.length]);
    expect(sum(packet.subarray(12, 20), Buffer.from([0, 17]), udp.subarray(4, 6), udp)).toBe(0xffff);
    expect(udp.subarray(8)).toEqual(payload);
  });

  it.each(payloads)('of TCP over IPv6 as well', (payload) => {
    const place = { sequence: 0xffffffff, acknowledged: 3 };
    const packet = Buffer.from(tcpPacket(end('2001:db8::1', 5060), end('2001:db8::2', 40_000), payload, place, 7));
    expect(packet[0]! >> 4).toBe(6);
    expect(packet.readUInt16BE(4)).toBe(packet.length - 40);
    const tcp = packet.subarray(40);
    expect([tcp.readUInt32BE(4), tcp.readUInt32BE(8), tcp[13]]).toEqual([0xffffffff, 3, 0x18]);
    const length = Buffer.from([0, 0, tcp.length >> 8, tcp.length & 0xff]);
    expect(sum(packet.subarray(8, 40), length, Buffer.from([0, 6]), tcp)).toBe(0xffff);
    expect(tcp.subarray(20)).toEqual(payload);
  });

  it('of UDP never says that it has no checksum', () => {
    const [from, to] = [end('0.0.0.0', 0), end('0.0.0.0', 0)];
    const plain = Buffer.from(udpPacket(from, to, Buffer.from([0, 0]), 0)).readUInt16BE(26);
    const packet = Buffer.from(udpPacket(from, to, Buffer.from([plain >> 8, plain & 0xff]), 0)); // what is left of it makes the sum all ones
    expect(packet.readUInt16BE(26)).toBe(0xffff);
  });
});
