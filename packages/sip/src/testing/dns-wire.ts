/** As much of the wire format of DNS (RFC 1035 §4) as a server for tests needs. */
import type { RecordType, ZoneRecord } from './zone.ts';

export const TYPES: Readonly<Record<RecordType, number>> = { A: 1, CNAME: 5, AAAA: 28, SRV: 33, NAPTR: 35 };
const IN = 1;
const DEFAULT_TTL = 300;

export interface Query {
  readonly id: number;
  readonly name: string;
  /** Undefined: one that zones do not have. */
  readonly type: RecordType | undefined;
  /** The question section as it came. */
  readonly question: Uint8Array;
}

/** Undefined for what is no query with one question. */
export function readQuery(datagram: Uint8Array): Query | undefined {
  const bytes = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length);
  if (bytes.length < 17 || bytes.readUInt16BE(4) !== 1 || (bytes[2]! & 0x80) !== 0) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (let length = bytes[at]!; length !== 0; length = bytes[at] ?? 64) {
    if (length > 63 || at + length + 5 >= bytes.length) return undefined;
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > bytes.length) return undefined;
  const code = bytes.readUInt16BE(at + 1);
  const type = (Object.keys(TYPES) as RecordType[]).find((one) => TYPES[one] === code);
  return { id: bytes.readUInt16BE(0), name: labels.join('.'), type, question: Uint8Array.from(bytes.subarray(12, at + 5)) };
}

export interface Reply {
  readonly id: number;
  readonly question: Uint8Array;
  readonly rcode?: number;
  readonly truncated?: boolean;
  readonly records?: readonly Uint8Array[];
}

export function writeReply({ id, question, rcode = 0, truncated = false, records = [] }: Reply): Uint8Array {
  const flags = 0x8580 | (truncated ? 0x0200 : 0) | rcode; // a response, authoritative, recursion as asked for
  return Buffer.concat([words(id, flags, 1, records.length, 0, 0), question, ...records]);
}

/** One resource record; `data` in place of what the record says, `owner` in place of its name's encoding. */
export function writeRecord(
  name: string,
  record: ZoneRecord,
  instead: { readonly owner?: Uint8Array; readonly data?: Uint8Array } = {},
): Uint8Array {
  const { owner = writeName(name), data = dataOf(record) } = instead;
  return Buffer.concat([owner, words(TYPES[record.type], IN, 0, record.ttl ?? DEFAULT_TTL, data.length), data]);
}

function dataOf(record: ZoneRecord): Uint8Array {
  switch (record.type) {
    case 'A':
    case 'AAAA':
      return writeAddress(record.address);
    case 'CNAME':
      return writeName(record.target);
    case 'SRV':
      return Buffer.concat([words(record.priority ?? 0, record.weight ?? 0, record.port), writeName(record.target)]);
    case 'NAPTR': {
      const { order = 10, preference = 10, flags = 's', service, regexp = '', replacement } = record;
      return Buffer.concat([words(order, preference), ...[flags, service, regexp].map(writeText), writeName(replacement)]);
    }
  }
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 2);
  for (const [at, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, at * 2);
  return bytes;
}

const writeText = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);

function writeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map(writeText), Buffer.from([0])]);
}

function writeAddress(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number));
  const [left = '', right] = address.split('::');
  const groups = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));
  const [head, tail] = [groups(left), groups(right ?? '')];
  return words(...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail);
}
