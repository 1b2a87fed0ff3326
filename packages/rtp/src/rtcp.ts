/**
 * RTCP (RFC 3550 §6.4): compound packets checked as appendix A.2 asks, sender and receiver reports read, and our own written with a CNAME
 * and, at the end, a BYE. Other packet types are stepped over. Keeps no state and sets no pace.
 */
import { putUint32, uint16, uint32 } from './packet.ts';

/** What a receiver says about one source (RFC 3550 §6.4.1). */
export interface ReportBlock {
  /** Of the source that it is about. */
  readonly ssrc: number;
  /** Of the last interval, in 256ths. */
  readonly fractionLost: number;
  /** Since the start; negative when duplicates outnumber losses. */
  readonly lost: number;
  readonly highestSequence: number;
  /** In timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report, 0 when there was none. */
  readonly lastReport: number;
  /** Since that report came in, in 1/65536 s. */
  readonly delaySinceLastReport: number;
}

/** What a sender report says of its sender (RFC 3550 §6.4.1). */
export interface SenderInfo {
  readonly ntpSeconds: number;
  /** In 2^-32 s. */
  readonly ntpFraction: number;
  readonly timestamp: number;
  readonly packets: number;
  /** Of payload. */
  readonly octets: number;
}

/** A sender or receiver report. */
export interface RtcpReport {
  /** Who reports. */
  readonly ssrc: number;
  /** Present in a sender report. */
  readonly sender: SenderInfo | undefined;
  readonly blocks: readonly ReportBlock[];
}

/** What a compound packet says, stepped-over types left out. */
export interface RtcpCompound {
  readonly reports: readonly RtcpReport[];
  /** Sources that said they leave. */
  readonly bye: readonly number[];
}

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const BYE = 203;
const BLOCK_BYTES = 24;
const SENDER_BYTES = 20;

/** True when the second octet is one of RTCP's where RTP and RTCP share a port (RFC 5761 §4). */
export function looksLikeRtcp(bytes: Uint8Array): boolean {
  const type = bytes.length > 1 ? bytes[1]! : 0;
  return type >= 192 && type <= 223;
}

/** Undefined unless the whole compound packet holds together: version, first type, lengths that add up. Never throws. */
export function readRtcp(bytes: Uint8Array): RtcpCompound | undefined {
  const reports: RtcpReport[] = [];
  const bye: number[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return undefined;
    const first = bytes[at]!;
    const type = bytes[at + 1]!;
    const end = at + 4 + uint16(bytes, at + 2) * 4;
    if (first >> 6 !== 2 || end > bytes.length) return undefined;
    const padded = (first & 0x20) !== 0;
    if (at === 0 && ((type !== SENDER_REPORT && type !== RECEIVER_REPORT) || (padded && end < bytes.length))) return undefined;
    const bodyEnd = padded ? end - bytes[end - 1]! : end;
    const count = first & 0x1f;
    if (type === SENDER_REPORT || type === RECEIVER_REPORT) {
      const report = readReport(bytes, at, bodyEnd, count, type === SENDER_REPORT);
      if (report === undefined) return undefined;
      reports.push(report);
    } else if (type === BYE) {
      if (at + 4 + count * 4 > bodyEnd) return undefined;
      for (let source = 0; source < count; source += 1) bye.push(uint32(bytes, at + 4 + source * 4));
    }
    at = end;
  }
  return reports.length === 0 ? undefined : { reports, bye };
}

function readReport(bytes: Uint8Array, at: number, end: number, count: number, fromSender: boolean): RtcpReport | undefined {
  let block = at + 8 + (fromSender ? SENDER_BYTES : 0);
  if (block + count * BLOCK_BYTES > end) return undefined;
  const blocks: ReportBlock[] = [];
  for (let i = 0; i < count; i += 1, block += BLOCK_BYTES) {
    blocks.push({
      ssrc: uint32(bytes, block),
      fractionLost: bytes[block + 4]!,
      lost: (uint32(bytes, block + 4) << 8) >> 8, // 24 bits, signed
      highestSequence: uint32(bytes, block + 8),
      jitter: uint32(bytes, block + 12),
      lastReport: uint32(bytes, block + 16),
      delaySinceLastReport: uint32(bytes, block + 20),
    });
  }
  const sender = fromSender
    ? {
        ntpSeconds: uint32(bytes, at + 8),
        ntpFraction: uint32(bytes, at + 12),
        timestamp: uint32(bytes, at + 16),
        packets: uint32(bytes, at + 20),
        octets: uint32(bytes, at + 24),
      }
    : undefined;
  return { ssrc: uint32(bytes, at + 4), sender, blocks };
}

/**
 * A compound packet: the report, SDES with the CNAME (RFC 3550 §6.1 wants it in each), and a BYE when we leave.
 *
 * @param cname - ASCII, at most 255 characters.
 */
export function writeRtcp(report: RtcpReport, cname: string, bye: boolean): Uint8Array {
  const sender = report.sender;
  const reportBytes = 8 + (sender === undefined ? 0 : SENDER_BYTES) + report.blocks.length * BLOCK_BYTES;
  const sdesBytes = (4 + 4 + 2 + cname.length + 1 + 3) & ~3; // item list ends with a zero octet, then up to a whole word
  const bytes = new Uint8Array(reportBytes + sdesBytes + (bye ? 8 : 0));

  header(bytes, 0, report.blocks.length, sender === undefined ? RECEIVER_REPORT : SENDER_REPORT, reportBytes);
  putUint32(bytes, 4, report.ssrc);
  let at = 8;
  if (sender !== undefined) {
    putUint32(bytes, 8, sender.ntpSeconds);
    putUint32(bytes, 12, sender.ntpFraction);
    putUint32(bytes, 16, sender.timestamp);
    putUint32(bytes, 20, sender.packets);
    putUint32(bytes, 24, sender.octets);
    at += SENDER_BYTES;
  }
  for (const block of report.blocks) {
    putUint32(bytes, at, block.ssrc);
    putUint32(bytes, at + 4, (block.fractionLost << 24) | (block.lost & 0xffffff));
    putUint32(bytes, at + 8, block.highestSequence);
    putUint32(bytes, at + 12, block.jitter);
    putUint32(bytes, at + 16, block.lastReport);
    putUint32(bytes, at + 20, block.delaySinceLastReport);
    at += BLOCK_BYTES;
  }

  header(bytes, at, 1, SOURCE_DESCRIPTION, sdesBytes);
  putUint32(bytes, at + 4, report.ssrc);
  bytes[at + 8] = 1; // CNAME
  bytes[at + 9] = cname.length;
  for (let i = 0; i < cname.length; i += 1) bytes[at + 10 + i] = cname.charCodeAt(i);

  if (bye) {
    at += sdesBytes;
    header(bytes, at, 1, BYE, 8);
    putUint32(bytes, at + 4, report.ssrc);
  }
  return bytes;
}

function header(bytes: Uint8Array, at: number, count: number, type: number, length: number): void {
  bytes[at] = 0x80 | count;
  bytes[at + 1] = type;
  bytes[at + 2] = (length / 4 - 1) >>> 8;
  bytes[at + 3] = length / 4 - 1;
}
