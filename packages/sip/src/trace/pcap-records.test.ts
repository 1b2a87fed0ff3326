import { describe, expect, it } from 'vitest';
import { flowOf } from '../testing/flow.ts';
import { parseMessage } from '../messages/parse.ts';
import type { PassingMessage } from '../transport/news.ts';
import type { TransportKind } from '../transport/transport.ts';
import { fileHeader, PcapRecords } from './pcap-records.ts';

const BYTES = Buffer.from(
  'OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP c;branch=z9hG4bK1\r\nFrom: <sip:c@d>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n' +
    'CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n',
);

interface FlowShape {
  readonly kind?: TransportKind;
  readonly local?: string;
  readonly remote?: string;
  readonly remotePort?: number;
  readonly advertised?: string;
  readonly localPort?: number;
}

function passing(shape: FlowShape = {}, bytes: Uint8Array = BYTES, at = 1_750_000_000_123): PassingMessage {
  const { kind = 'UDP', local = '192.0.2.1', remote = '192.0.2.2', remotePort = 40_000, advertised = local, localPort = 5061 } = shape;
  const flow = flowOf({
    kind,
    local: { host: local, port: localPort },
    remote: { host: remote, port: remotePort },
    advertised: { host: advertised, port: localPort === 0 ? 49_152 : localPort },
  });
  const verdict = parseMessage(BYTES);
  if (!verdict.ok) throw new Error('the message is good');
  return { message: verdict.message, bytes, flow, stack: {}, at };
}

/** The records of one message, or undefined where it was not written. */
function write(records: PcapRecords, message: PassingMessage, outgoing = true, room = true): Buffer | undefined {
  let taken: Buffer | undefined;
  const written = records.write(message, outgoing, (bytes) => {
    if (room) taken = Buffer.from(bytes);
    return room;
  });
  expect(written).toBe(taken !== undefined);
  return taken;
}

const addresses = (record: Buffer): string[] =>
  record[16]! >> 4 === 4
    ? [record.subarray(28, 32).join('.'), record.subarray(32, 36).join('.')]
    : [record.subarray(24, 40).toString('hex'), record.subarray(40, 56).toString('hex')];
const ports = (record: Buffer): number[] => [record.readUInt16BE(36), record.readUInt16BE(38)];
const places = (record: Buffer): number[] => [record.readUInt32BE(40), record.readUInt32BE(44)];

describe('records of a pcap file', () => {
  it('stand behind a header that names version 2.4, µs and raw IP', () => {
    expect(Buffer.from(fileHeader()).toString('hex')).toBe('d4c3b2a1020004000000000000000000' + '0000040065000000');
  });

  it('have the time of the message in µs, and their length twice', () => {
    const record = write(new PcapRecords(), passing())!;
    expect([record.readUInt32LE(0), record.readUInt32LE(4)]).toEqual([1_750_000_000, 123_000]);
    expect([record.readUInt32LE(8), record.readUInt32LE(12)]).toEqual([record.length - 16, 28 + BYTES.length]);
  });

  it('go from us to the peer, and back', () => {
    const records = new PcapRecords();
    expect(addresses(write(records, passing(), true)!)).toEqual(['192.0.2.1', '192.0.2.2']);
    const back = write(records, passing(), false)!;
    expect(addresses(back)).toEqual(['192.0.2.2', '192.0.2.1']);
    expect(ports(back)).toEqual([40_000, 5061]);
  });

  it.each<FlowShape & { from: string; because: string }>([
    { local: '0.0.0.0', advertised: '192.0.2.9', from: '192.0.2.9', because: 'the peer sees that' },
    { local: '0.0.0.0', advertised: 'sip.example.com', from: '0.0.0.0', because: 'a name is no address' },
    { local: '0.0.0.0', advertised: '2001:db8::9', from: '0.0.0.0', because: 'it is of the other family' },
    { local: '192.0.2.1', advertised: '203.0.113.9', from: '192.0.2.1', because: 'packets leave from where the socket is bound' },
  ])('come from $from: $because', ({ from, because, ...shape }) => {
    expect(because).not.toBe('');
    expect(addresses(write(new PcapRecords(), passing(shape))!)[0]).toBe(from);
  });

  it('come from the port of the connection where a transport listens nowhere', () => {
    expect(ports(write(new PcapRecords(), passing({ kind: 'TCP', localPort: 0 }))!)).toEqual([49_152, 40_000]);
  });

  it('have both addresses in one family', () => {
    const record = write(new PcapRecords(), passing({ local: '::', remote: '192.0.2.2', advertised: '::' }))!;
    expect(addresses(record)).toEqual(['0'.repeat(32), '00000000000000000000ffffc0000202']);
  });

  it.each<{ kind: TransportKind; remotePort: number; seen: number[] }>([
    { kind: 'TCP', remotePort: 443, seen: [5061, 443] },
    { kind: 'TLS', remotePort: 5061, seen: [5060, 5061] },
    { kind: 'TLS', remotePort: 443, seen: [5060, 50_443] },
    { kind: 'WS', remotePort: 80, seen: [5060, 50_080] },
    { kind: 'WSS', remotePort: 40_000, seen: [5060, 40_000] },
  ])('of $kind with port $remotePort show the ports $seen, so that they are read as SIP', ({ kind, remotePort, seen }) => {
    expect(ports(write(new PcapRecords(), passing({ kind, remotePort }))!)).toEqual(seen);
  });

  it('number what a stream carried, each connection and direction for itself', () => {
    const records = new PcapRecords();
    const { length } = BYTES;
    const one = { kind: 'TCP', remotePort: 40_001 } as const;
    const other = { kind: 'TCP', remotePort: 40_002 } as const;
    expect(places(write(records, passing(one), true)!)).toEqual([1, 1]);
    expect(places(write(records, passing(one), true)!)).toEqual([1 + length, 1]);
    expect(places(write(records, passing(other), true)!)).toEqual([1, 1]);
    expect(places(write(records, passing(one), false)!)).toEqual([1, 1 + 2 * length]);
    expect(places(write(records, passing(one), true)!)).toEqual([1 + 2 * length, 1 + length]);
  });

  it('do not count what there was no room for', () => {
    const records = new PcapRecords();
    const shape = { kind: 'TCP' } as const;
    expect(write(records, passing(shape), true, false)).toBeUndefined();
    expect(places(write(records, passing(shape), true)!)).toEqual([1, 1]);
  });

  it('of a long message on a stream are several, that follow one another', () => {
    const record = write(new PcapRecords(), passing({ kind: 'TCP' }, Buffer.alloc(70_000, 'x')))!;
    const found: number[][] = [];
    for (let at = 0; at < record.length; at += 16 + record.readUInt32LE(at + 8)) found.push(places(record.subarray(at)));
    expect(found).toEqual([
      [1, 1],
      [1 + 32_768, 1],
      [1 + 65_536, 1],
    ]);
  });

  it('are none for a datagram that fits no packet, and for a peer that has no numeric address', () => {
    const records = new PcapRecords();
    expect(write(records, passing({}, Buffer.alloc(65_476)))).toBeUndefined();
    expect(write(records, passing({}, Buffer.alloc(65_475)))).toBeDefined();
    expect(write(records, passing({ remote: 'peer.example.com' }))).toBeUndefined();
  });
});
