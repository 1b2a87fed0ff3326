/**
 * Bytes or text to a `Description` (RFC 8866 §5, §9), or to the rule that was broken; never throws. Every line is kept as it came.
 * Strict about v=, o=, t=, c= and m=; tolerant where deployed peers are sloppy: LF alone, no s= or t=, other orders of lines, blank lines
 * at the very end. Attributes are not looked at here.
 */
import { isDigit, isToken, isTokenCode, isVisible } from './characters.ts';
import type { Description, MediaSection } from './model.ts';

/** Past one of these the description is refused (413 or 488 in SIP terms), before anything grows. */
export interface SdpLimits {
  /** Bytes of the whole; default 65536. */
  readonly maxBytes?: number | undefined;
  /** m= lines; default 16. */
  readonly maxSections?: number | undefined;
  /** Formats of one m= line; default 64. */
  readonly maxFormats?: number | undefined;
  /** Lines of the whole, attributes among them; default 1024. */
  readonly maxLines?: number | undefined;
}

/** What of RFC 8866 a description breaks. */
export type SdpRule =
  | 'too-large'
  | 'too-many-lines'
  | 'too-many-sections'
  | 'too-many-formats'
  | 'character' // NUL, or CR inside a line
  | 'line-syntax' // no `x=` at the start of a line
  | 'unknown-type' // a letter that RFC 8866 does not name
  | 'misplaced-line' // a second v=, o= or s=, or a session's line below m=
  | 'version'
  | 'origin'
  | 'time'
  | 'connection'
  | 'media';

/** `offset`: where the rule was broken, in characters from the start. */
export type SdpVerdict =
  { readonly ok: true; readonly description: Description } | { readonly ok: false; readonly rule: SdpRule; readonly offset: number };

const DEFAULTS: SdpLimits = {};

/** With the text that it was read from, which no copy that is changed takes along. */
class ReadDescription implements Description {
  readonly sections: readonly MediaSection[];
  readonly lines: readonly string[];
  readonly #source: string;

  constructor(sections: readonly MediaSection[], lines: readonly string[], source: string) {
    this.sections = sections;
    this.lines = lines;
    this.#source = source;
  }

  static sourceOf(description: Description): string | undefined {
    return #source in description ? description.#source : undefined;
  }
}

/** The text that `parseDescription` read to get this one; undefined for a description that was made otherwise. To keep it costs less than to keep the object. */
export const sourceOf = (description: Description): string | undefined => ReadDescription.sourceOf(description);

const fault = (rule: SdpRule, offset: number): SdpVerdict => ({ ok: false, rule, offset });

/** Bytes are read as UTF-8; what is none becomes U+FFFD. */
export function parseDescription(source: string | Uint8Array, limits: SdpLimits = DEFAULTS): SdpVerdict {
  const maxBytes = limits.maxBytes ?? 65_536;
  if (source.length > maxBytes) return fault('too-large', maxBytes);
  const text = typeof source === 'string' ? source : decode(source);
  const nul = text.indexOf('\0');
  if (nul !== -1) return fault('character', nul);

  const maxLines = limits.maxLines ?? 1024;
  const maxSections = limits.maxSections ?? 16;
  const maxFormats = limits.maxFormats ?? 64;
  const sessionLines: string[] = [];
  const sections: MediaSection[] = [];
  let lines = sessionLines;
  let count = 0;
  let hasOrigin = false;
  let hasName = false;
  let next = 0;
  let cr = text.indexOf('\r');
  for (let at = 0; at < text.length; at = next) {
    const lf = text.indexOf('\n', at);
    let end = lf;
    if (lf === -1) end = next = text.length;
    else next = lf + 1;
    if (cr !== -1 && cr < end) {
      if (cr !== end - 1) return fault('character', cr);
      end = cr;
      cr = text.indexOf('\r', next);
    }
    if (end === at && isBlankFrom(text, next)) break;
    if (end - at < 2 || text.charCodeAt(at + 1) !== 61) return fault('line-syntax', at);
    count += 1;
    if (count > maxLines) return fault('too-many-lines', at);
    const type = text.charAt(at);
    if (count === 1 && type !== 'v') return fault('version', at);
    switch (type) {
      case 'a':
      case 'b':
      case 'i':
      case 'k':
        break;
      case 'c':
        if (!isConnection(text.slice(at + 2, end).trimEnd())) return fault('connection', at);
        break;
      case 'm': {
        if (sections.length === maxSections) return fault('too-many-sections', at);
        const section = readMedia(text, at + 2, end);
        if (section === undefined) return fault('media', at);
        if (section.formats.length > maxFormats) return fault('too-many-formats', at);
        sections.push(section);
        lines = section.lines;
        continue;
      }
      case 'v':
        if (count !== 1) return fault('misplaced-line', at);
        if (end - at !== 3 || text.charAt(at + 2) !== '0') return fault('version', at);
        break;
      case 'o':
        if (hasOrigin || lines !== sessionLines) return fault('misplaced-line', at);
        if (!isOrigin(text, at + 2, end)) return fault('origin', at);
        hasOrigin = true;
        break;
      case 's':
        if (hasName || lines !== sessionLines) return fault('misplaced-line', at);
        hasName = true;
        break;
      case 't':
        if (lines !== sessionLines) return fault('misplaced-line', at);
        if (!isTime(text, at + 2, end)) return fault('time', at);
        break;
      case 'u':
      case 'e':
      case 'p':
      case 'r':
      case 'z':
        if (lines !== sessionLines) return fault('misplaced-line', at);
        break;
      default:
        return fault('unknown-type', at);
    }
    lines.push(text.slice(at, end));
  }
  if (count === 0) return fault('version', 0);
  if (!hasOrigin) return fault('origin', text.length);
  return { ok: true, description: new ReadDescription(sections, sessionLines, text) };
}

function decode(bytes: Uint8Array): string {
  return (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).toString('utf8');
}

function isBlankFrom(text: string, from: number): boolean {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code !== 10 && code !== 13) return false;
  }
  return true;
}

/** `<kind> <port>[/<count>] <protocol> <formats>`. Spaces may be repeated before and after formats, which some phones do; a line with port 0 may name none. */
function readMedia(text: string, start: number, end: number): (MediaSection & { readonly lines: string[] }) | undefined {
  let at = start;
  while (at < end && isTokenCode(text.charCodeAt(at))) at += 1;
  if (at === start || text.charCodeAt(at) !== 32) return undefined;
  const kind = text.slice(start, at);
  const portAt = at + 1;
  const portEnd = digitsEnd(text, portAt, end);
  const port = decimal(text, portAt, portEnd);
  if (port === undefined) return undefined;
  at = portEnd;
  let portCount: number | undefined;
  if (text.charCodeAt(at) === 47) {
    const countEnd = digitsEnd(text, at + 1, end);
    portCount = decimal(text, at + 1, countEnd);
    if (portCount === undefined || portCount === 0) return undefined;
    at = countEnd;
  }
  if (at >= end || text.charCodeAt(at) !== 32) return undefined;
  const protocolAt = at + 1;
  at = protocolAt;
  while (at < end && (isTokenCode(text.charCodeAt(at)) || text.charCodeAt(at) === 47)) at += 1;
  if (at === protocolAt || (at < end && text.charCodeAt(at) !== 32)) return undefined;
  const protocol = text.slice(protocolAt, at);
  const formats: string[] = [];
  while (at < end) {
    at += 1; // the space
    const from = at;
    for (; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 32) break;
      if (code < 32 || code === 127) return undefined;
    }
    if (at > from) formats.push(text.slice(from, at));
  }
  if (formats.length === 0 && port !== 0) return undefined;
  return { kind, port, portCount, protocol, formats, lines: [] };
}

function digitsEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && isDigit(text.charCodeAt(at))) at += 1;
  return at;
}

/** 0 to 65535, written in one to five digits. */
function decimal(text: string, from: number, end: number): number | undefined {
  if (end === from || end - from > 5) return undefined;
  let value = 0;
  for (let at = from; at < end; at += 1) value = value * 10 + text.charCodeAt(at) - 48;
  return value <= 65_535 ? value : undefined;
}

/** `<user> <id> <version> <net> <type> <address>`; numbers as far as 64 bits reach, for peers that count unsigned. */
function isOrigin(text: string, from: number, end: number): boolean {
  let field = 0;
  let start = from;
  let digits = true;
  for (let at = from; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 32) {
      if (at === start || ((field === 1 || field === 2) && (!digits || at - start > 20))) return false;
      field += 1;
      start = at + 1;
      digits = true;
    } else if (code < 32 || code === 127) return false;
    else if (!isDigit(code)) digits = false;
  }
  return field === 5 && start < end;
}

function isConnection(value: string): boolean {
  const first = value.indexOf(' ');
  const second = value.indexOf(' ', first + 1);
  return (
    first > 0 &&
    second > first &&
    isToken(value.slice(0, first)) &&
    isToken(value.slice(first + 1, second)) &&
    isVisible(value.slice(second + 1))
  );
}

function isTime(text: string, from: number, end: number): boolean {
  const space = digitsEnd(text, from, end);
  return space > from && space + 1 < end && text.charCodeAt(space) === 32 && digitsEnd(text, space + 1, end) === end;
}
