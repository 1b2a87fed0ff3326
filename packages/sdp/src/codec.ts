/** Codecs of an RTP section: formats, rtpmap, fmtp and rtcp-fb read together (RFC 8866 §6.6, §6.15, RFC 4585 §4.2), and written. */
import { SipError } from '@jackfield/base';
import { isDigit, isOneLine, isToken, isTokenCode, readInteger } from './characters.ts';
import { Fmtp, NO_FMTP } from './fmtp.ts';
import { looseFields } from './grammar.ts';
import type { MediaSection } from './model.ts';
import { Latest } from './remember.ts';
import { staticPayload, type StaticPayload } from './static-payloads.ts';

/** One format of an RTP section. */
export interface Codec {
  /** 0 to 127. */
  readonly payloadType: number;
  /** As written; compared without regard to case. */
  readonly name: string;
  /** Hz, of the RTP timestamp. */
  readonly clockRate: number;
  readonly channels: number;
  /** Never undefined: `fmtp.raw` is '' when there is none. */
  readonly fmtp: Fmtp;
  /** The values of its a=rtcp-fb lines, those for `*` among them, without the payload number: `nack pli`. */
  readonly feedback: readonly string[];
}

/** For `defineCodec`. A field that cannot be written: SDP_CODEC_FIELD. */
export interface CodecInit {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number;
  /** Default 1. */
  readonly channels?: number | undefined;
  /** As on the wire: `0-16`, `minptime=10;useinbandfec=1`. */
  readonly fmtp?: string | undefined;
  readonly feedback?: readonly string[] | undefined;
}

interface Rtpmap {
  readonly payloadType: number;
  readonly name: string;
  readonly clockRate: number | undefined;
  readonly channels: number;
}

const MAX_CLOCK_RATE = 2 ** 31 - 1;
const MAX_CHANNELS = 255;
const LETTER_F = 102;
const LETTER_R = 114;
const NO_FEEDBACK: readonly string[] = [];

/** A codec that we support. @throws SipError `SDP_CODEC_FIELD` for a number out of range, a name that is no token, or text with CR, LF or NUL. */
export function defineCodec({ payloadType, name, clockRate, channels = 1, fmtp = '', feedback = NO_FEEDBACK }: CodecInit): Codec {
  if (!isWithin(payloadType, 0, 127)) throw refused('payloadType', String(payloadType));
  if (!isToken(name)) throw refused('name', name);
  if (!isWithin(clockRate, 1, MAX_CLOCK_RATE)) throw refused('clockRate', String(clockRate));
  if (!isWithin(channels, 1, MAX_CHANNELS)) throw refused('channels', String(channels));
  if (!isOneLine(fmtp)) throw refused('fmtp', fmtp);
  for (const value of feedback) if (value === '' || !isOneLine(value)) throw refused('feedback', value);
  return { payloadType, name, clockRate, channels, fmtp: fmtp === '' ? NO_FMTP : new Fmtp(fmtp), feedback };
}

/**
 * The codecs that an RTP section lists, in its order. Passed over: formats that are no number from 0 to 127, numbers listed twice, dynamic ones without a
 * usable a=rtpmap, and attributes for numbers that the m= line does not list. A section of another protocol has none.
 */
export function readCodecs(section: MediaSection): readonly Codec[] {
  if (section === lastSection) return lastCodecs; // a negotiation asks three times of the one section
  lastCodecs = codecsOf(section);
  lastSection = section;
  return lastCodecs;
}

let lastSection: MediaSection | undefined;
let lastCodecs: readonly Codec[] = [];

function codecsOf(section: MediaSection): readonly Codec[] {
  for (const read of latest.entries) if (saysTheSame(section, read)) return read.codecs;
  const { kind, protocol, formats } = section;
  const codecs = Object.freeze(protocol.includes('RTP/') ? read(section) : []);
  for (const codec of codecs) Object.freeze(codec);
  latest.add({ kind, protocol, formats, lines: section.lines.filter(isOfCodecs), codecs });
  return codecs;
}

/** What a section said of its codecs, and what that came to: it is read again in every call of such a peer, and more than once. */
interface ReadSection extends Pick<MediaSection, 'kind' | 'protocol' | 'formats' | 'lines'> {
  readonly codecs: readonly Codec[];
}
const latest = new Latest<ReadSection>();

function saysTheSame(section: MediaSection, read: ReadSection): boolean {
  const { formats } = section;
  if (formats.length !== read.formats.length || section.kind !== read.kind || section.protocol !== read.protocol) return false;
  for (let at = 0; at < formats.length; at += 1) if (formats[at] !== read.formats[at]) return false;
  let at = 0;
  for (const line of section.lines) {
    if (!isOfCodecs(line)) continue;
    if (line !== read.lines[at]) return false;
    at += 1;
  }
  return at === read.lines.length;
}

function isOfCodecs(line: string): boolean {
  const letter = line.charCodeAt(2);
  if (letter !== LETTER_R && letter !== LETTER_F) return false;
  return line.startsWith('a=rtpmap:') || line.startsWith('a=fmtp:') || line.startsWith('a=rtcp-fb:');
}

function read(section: MediaSection): Codec[] {
  const rtpmaps = new Map<number, Rtpmap>();
  const fmtps = new Map<number, string>();
  let feedbacks: (readonly [payloadType: number | undefined, value: string])[] | undefined;
  for (const line of section.lines) {
    if (line.startsWith('a=rtpmap:')) {
      const rtpmap = readRtpmap(line);
      if (rtpmap !== undefined && !rtpmaps.has(rtpmap.payloadType)) rtpmaps.set(rtpmap.payloadType, rtpmap);
    } else if (line.startsWith('a=fmtp:')) {
      const space = line.indexOf(' ', 7);
      const payloadType = space === -1 ? undefined : readPayloadType(line.slice(7, space));
      if (payloadType !== undefined && !fmtps.has(payloadType)) fmtps.set(payloadType, line.slice(space + 1).trim());
    } else if (line.startsWith('a=rtcp-fb:')) {
      const space = line.indexOf(' ', 10);
      if (space === -1) continue;
      const target = line.slice(10, space);
      const payloadType = target === '*' ? undefined : readPayloadType(target);
      const value = line.slice(space + 1).trim();
      if (value !== '' && (payloadType !== undefined || target === '*')) (feedbacks ??= []).push([payloadType, value]);
    }
  }
  const codecs: Codec[] = [];
  for (const format of section.formats) {
    const payloadType = readPayloadType(format);
    if (payloadType === undefined || codecs.some((codec) => codec.payloadType === payloadType)) continue;
    const codec = toCodec(
      payloadType,
      rtpmaps.get(payloadType),
      staticPayload(section.kind, payloadType),
      fmtps.get(payloadType),
      feedbacks,
    );
    if (codec !== undefined) codecs.push(codec);
  }
  return codecs;
}

/** The formats of the m= line for these codecs. */
export function codecFormats(codecs: readonly Codec[]): readonly string[] {
  return codecs.map((codec) => String(codec.payloadType));
}

/** The lines for these codecs, whole, codec by codec: a=rtpmap (for static numbers too), a=fmtp, a=rtcp-fb. */
export function codecLines(codecs: readonly Codec[]): readonly string[] {
  const lines: string[] = [];
  for (const { payloadType, name, clockRate, channels, fmtp, feedback } of codecs) {
    lines.push(`a=rtpmap:${payloadType} ${name}/${clockRate}${channels === 1 ? '' : `/${channels}`}`);
    if (fmtp.raw !== '') lines.push(`a=fmtp:${payloadType} ${fmtp.raw}`);
    for (const value of feedback) lines.push(`a=rtcp-fb:${payloadType} ${value}`);
  }
  return lines;
}

function toCodec(
  payloadType: number,
  rtpmap: Rtpmap | undefined,
  fixed: StaticPayload | undefined,
  fmtp: string | undefined,
  feedbacks: readonly (readonly [payloadType: number | undefined, value: string])[] | undefined,
): Codec | undefined {
  const name = rtpmap?.name ?? fixed?.name;
  if (name === undefined) return undefined;
  // A static number may be bound anew; where the name is its own, the table knows the clock better than peers that write G722/16000.
  const own = fixed !== undefined && (rtpmap === undefined || name.toLowerCase() === fixed.name.toLowerCase());
  const clockRate = own ? fixed.clockRate : rtpmap?.clockRate;
  if (clockRate === undefined) return undefined;
  const channels = rtpmap?.channels ?? fixed?.channels ?? 1;
  const feedback = feedbacks?.filter(([target]) => target === undefined || target === payloadType).map(([, value]) => value);
  return {
    payloadType,
    name,
    clockRate,
    channels,
    fmtp: fmtp === undefined || fmtp === '' ? NO_FMTP : new Fmtp(fmtp),
    feedback: feedback ?? NO_FEEDBACK,
  };
}

/** The plain shape is scanned here, `a=rtpmap:97 iLBC/8000[/1]`; sdp-transform reads the rest: blanks before the slash, no clock rate. */
function readRtpmap(line: string): Rtpmap | undefined {
  const space = line.indexOf(' ', 9);
  const slash = line.indexOf('/', space + 1);
  const payloadType = space === -1 ? undefined : readPayloadType(line.slice(9, space));
  if (payloadType === undefined) return undefined;
  if (slash > space + 1 && isTokenRange(line, space + 1, slash) && isDigit(line.charCodeAt(slash + 1))) {
    const second = line.indexOf('/', slash + 1);
    const clockRate = readInteger(line.slice(slash + 1, second === -1 ? line.length : second), 1, MAX_CLOCK_RATE);
    const channels = second === -1 ? 1 : readInteger(line.slice(second + 1), 1, MAX_CHANNELS);
    if (clockRate !== undefined && channels !== undefined) return { payloadType, name: line.slice(space + 1, slash), clockRate, channels };
  }
  const fields = looseFields(line, 'rtp');
  const name = fields?.['codec'];
  const clockRate = fields?.['rate'];
  const channels = fields?.['encoding'] ?? 1;
  if (typeof name !== 'string' || !isToken(name)) return undefined;
  if (clockRate !== undefined && !isWithin(clockRate, 1, MAX_CLOCK_RATE)) return undefined;
  return isWithin(channels, 1, MAX_CHANNELS) ? { payloadType, name, clockRate, channels } : undefined;
}

/** Written without leading zeros, as every use of the number must be the same text. */
function readPayloadType(text: string): number | undefined {
  if (text.length > 1 && text.charCodeAt(0) === 48) return undefined;
  return readInteger(text, 0, 127);
}

function isTokenRange(text: string, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1) if (!isTokenCode(text.charCodeAt(at))) return false;
  return true;
}

function isWithin(value: unknown, least: number, most: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
}

function refused(
  field: 'payloadType' | 'name' | 'clockRate' | 'channels' | 'fmtp' | 'feedback',
  value: string,
): SipError<'SDP_CODEC_FIELD'> {
  return new SipError('SDP_CODEC_FIELD', `a codec cannot have the ${field} ${JSON.stringify(value)}`, { field, value });
}
