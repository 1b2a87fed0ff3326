/** IP packets around given bytes: IPv4 (RFC 791) and IPv6 (RFC 8200), with UDP (RFC 768) or TCP (RFC 9293), checksums included. No options, no fragments. */

export interface Endpoint {
  /** Four bytes or sixteen. */
  readonly address: Uint8Array;
  readonly port: number;
}

/** Where a segment stands in its connection. */
export interface SegmentPlace {
  readonly sequence: number;
  readonly acknowledged: number;
}

/** So that the length of the whole fits into 16 bits, with the longest headers. */
export const MAX_PAYLOAD = 65_535 - 60;

const HOP_LIMIT = 64;
const UDP = 17;
const TCP = 6;
const PUSH_AND_ACK = 0x18;
const WINDOW = 65_535;

/** The bytes of a numeric address, without brackets; of a zone nothing is kept. Undefined: it is none. */
export function addressBytes(host: string): Uint8Array | undefined {
  if (!host.includes(':')) return ipv4Bytes(host);
  const zone = host.indexOf('%');
  const text = zone < 0 ? host : host.slice(0, zone);
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  if (front === undefined || back === undefined) return undefined;
  const gap = 16 - front.length - back.length;
  if (tail === undefined ? gap !== 0 : gap < 0) return undefined;
  return Uint8Array.from([...front, ...Array.from({ length: gap }, () => 0), ...back]);
}

/** As sixteen bytes: an IPv4 address as IPv6 writes it (RFC 4291 §2.5.5.2). */
export function asIpv6(address: Uint8Array): Uint8Array {
  if (address.length === 16) return address;
  return Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...address]);
}

/** A datagram of at most `MAX_PAYLOAD` bytes. @param id - of the packet, 16 bits; IPv6 has none. */
export function udpPacket(from: Endpoint, to: Endpoint, payload: Uint8Array, id: number): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return packet(from, to, UDP, header, payload, 6, id);
}

/** A segment of at most `MAX_PAYLOAD` bytes, with PSH and ACK. */
export function tcpPacket(from: Endpoint, to: Endpoint, payload: Uint8Array, place: SegmentPlace, id: number): Uint8Array {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from.port, 0);
  header.writeUInt16BE(to.port, 2);
  header.writeUInt32BE(place.sequence, 4);
  header.writeUInt32BE(place.acknowledged, 8);
  header[12] = (header.length / 4) << 4;
  header[13] = PUSH_AND_ACK;
  header.writeUInt16BE(WINDOW, 14);
  return packet(from, to, TCP, header, payload, 16, id);
}

function packet(
  from: Endpoint,
  to: Endpoint,
  protocol: number,
  header: Buffer,
  payload: Uint8Array,
  checksumAt: number,
  id: number,
): Uint8Array {
  const length = header.length + payload.length;
  const ip = from.address.length === 4 ? ipv4Header(from, to, protocol, length, id) : ipv6Header(from, to, protocol, length);
  const bytes = Buffer.concat([ip, header, payload]);
  const pseudo = sumOf(from.address, sumOf(to.address, protocol + length));
  const checksum = folded(sumOf(bytes.subarray(ip.length), pseudo));
  bytes.writeUInt16BE(checksum === 0 && protocol === UDP ? 0xffff : checksum, ip.length + checksumAt); // 0 says that there is none
  return bytes;
}

function ipv4Header(from: Endpoint, to: Endpoint, protocol: number, length: number, id: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + length, 2);
  header.writeUInt16BE(id, 4);
  header[8] = HOP_LIMIT;
  header[9] = protocol;
  header.set(from.address, 12);
  header.set(to.address, 16);
  header.writeUInt16BE(folded(sumOf(header, 0)), 10);
  return header;
}

function ipv6Header(from: Endpoint, to: Endpoint, protocol: number, length: number): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header[6] = protocol;
  header[7] = HOP_LIMIT;
  header.set(from.address, 8);
  header.set(to.address, 24);
  return header;
}

/** The sum of 16-bit words that RFC 1071 speaks of, not folded: at most 65,535 bytes stay far below 2^53. */
function sumOf(bytes: Uint8Array, start: number): number {
  let sum = start;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  return sum;
}

function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest % 0x10000) + Math.floor(rest / 0x10000);
  return 0xffff - rest;
}

function ipv4Bytes(host: string): Uint8Array | undefined {
  const parts = host.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256)) return undefined;
  return Uint8Array.from(parts, Number);
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  for (const group of text.split(':')) {
    const embedded = group.includes('.') ? ipv4Bytes(group) : undefined;
    if (embedded !== undefined) bytes.push(...embedded);
    else if (/^[0-9a-f]{1,4}$/i.test(group)) bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}
