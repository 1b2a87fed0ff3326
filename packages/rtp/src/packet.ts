/**
 * RTP packets (RFC 3550 §5.1): bytes to a value and back. Padding, extension and CSRC list are stepped over, and checked on the way
 * (appendix A.1); their content is not kept. Knows no payload types and no state of a source.
 */

export const RTP_HEADER_BYTES = 12;

/** `payload` is a view into the bytes that arrived: whoever keeps it keeps them. */
export class RtpPacket {
  readonly marker: boolean;
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits, unsigned. */
  readonly timestamp: number;
  /** 32 bits, unsigned. */
  readonly ssrc: number;
  readonly payload: Uint8Array;

  constructor(marker: boolean, payloadType: number, sequence: number, timestamp: number, ssrc: number, payload: Uint8Array) {
    this.marker = marker;
    this.payloadType = payloadType;
    this.sequence = sequence;
    this.timestamp = timestamp;
    this.ssrc = ssrc;
    this.payload = payload;
  }
}

/** Undefined for anything that is no whole RTP packet of version 2. Never throws. */
export function readRtp(bytes: Uint8Array): RtpPacket | undefined {
  const length = bytes.length;
  if (length < RTP_HEADER_BYTES) return undefined;
  const first = bytes[0]!;
  if (first >> 6 !== 2) return undefined;
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  let end = length;
  if ((first & 0x10) !== 0) {
    if (start + 4 > length) return undefined;
    start += 4 + uint16(bytes, start + 2) * 4;
  }
  if ((first & 0x20) !== 0) {
    const padding = bytes[length - 1]!;
    if (padding === 0) return undefined; // the count includes itself
    end -= padding;
  }
  if (start > end) return undefined;
  const second = bytes[1]!;
  return new RtpPacket(
    second >= 0x80,
    second & 0x7f,
    uint16(bytes, 2),
    uint32(bytes, 4),
    uint32(bytes, 8),
    start === end ? NOTHING : bytes.subarray(start, end),
  );
}

const NOTHING = new Uint8Array(0);

/** A packet without padding, extension or CSRC, in fresh bytes. */
export function writeRtp(
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = Buffer.allocUnsafe(RTP_HEADER_BYTES + payload.length);
  bytes[0] = 0x80;
  bytes[1] = (marker ? 0x80 : 0) | payloadType;
  bytes[2] = sequence >>> 8;
  bytes[3] = sequence;
  putUint32(bytes, 4, timestamp);
  putUint32(bytes, 8, ssrc);
  bytes.set(payload, RTP_HEADER_BYTES);
  return bytes;
}

/** Steps from `b` to `a` modulo 2^16, -32768 to 32767: positive when `a` is the later sequence number. */
export function sequenceDelta(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** Ticks from `b` to `a` modulo 2^32: positive when `a` is the later timestamp. */
export function timestampDelta(a: number, b: number): number {
  return (a - b) | 0;
}

export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
