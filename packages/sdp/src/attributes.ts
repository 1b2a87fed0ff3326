/** Readers and editors of a= and b= lines (RFC 8866 §5.8, §5.13, §6). They read what came and throw nothing at it; editors give new objects. */
import { SipError } from '@jackfield/base';
import { isOneLine, isToken, readInteger } from './characters.ts';
import type { Description, Lines, MediaSection } from './model.ts';

/** A group of streams, `a=group:BUNDLE 0 1` (RFC 5888 §5). */
export interface StreamGroup {
  readonly semantics: string;
  readonly mids: readonly string[];
}

/** The most milliseconds in a packet that a receiver has to bear (RFC 3551 §4.2). */
const LONGEST_PACKET = 200;
const COLON = 58;

/** The value of the first `a=<name>:value`; '' for a bare `a=<name>`; undefined when there is none. Names are case-sensitive. */
export function attributeValue(holder: Lines, name: string): string | undefined {
  for (const line of holder.lines) if (isNamed(line, name)) return valueOf(line, name);
  return undefined;
}

/** All values of `a=<name>`, in order. */
export function attributeValues(holder: Lines, name: string): readonly string[] {
  const values: string[] = [];
  for (const line of holder.lines) if (isNamed(line, name)) values.push(valueOf(line, name));
  return values;
}

/**
 * The holder with this one `a=<name>[:value]`, in the place of the first that it had, else at its end; others of the name go.
 *
 * @throws SipError `SDP_LINE_SYNTAX` for a name that is no token or a value with CR, LF or NUL.
 */
export function withAttribute<T extends Lines>(holder: T, name: string, value?: string): T {
  const line = value === undefined ? `a=${name}` : `a=${name}:${value}`;
  if (!isToken(name) || !isOneLine(line)) {
    throw new SipError('SDP_LINE_SYNTAX', `this cannot be an attribute: ${JSON.stringify(line)}`, { line });
  }
  const lines: string[] = [];
  let placed = false;
  for (const had of holder.lines) {
    if (!isNamed(had, name)) lines.push(had);
    else if (!placed) {
      lines.push(line);
      placed = true;
    }
  }
  if (!placed) lines.push(line);
  return { ...holder, lines };
}

/** The holder without any `a=<name>`. */
export function withoutAttribute<T extends Lines>(holder: T, name: string): T {
  return { ...holder, lines: holder.lines.filter((line) => !isNamed(line, name)) };
}

/** `a=mid` (RFC 5888 §4); undefined when there is none, or one that is no token. */
export function mid(section: MediaSection): string | undefined {
  const value = attributeValue(section, 'mid');
  return value !== undefined && isToken(value) ? value : undefined;
}

/** The groups of a description, in order; with `semantics` those alone: `groups(description, 'BUNDLE')`. */
export function groups(description: Description, semantics?: string): readonly StreamGroup[] {
  const found: StreamGroup[] = [];
  for (const value of attributeValues(description, 'group')) {
    const [first, ...mids] = value.split(' ').filter((word) => word !== '');
    if (first !== undefined && (semantics === undefined || semantics === first)) found.push({ semantics: first, mids });
  }
  return found;
}

/** The milliseconds of media that the section's owner would like in a packet: 1 to 200. More is 200; zero, less and nonsense count as not said. */
export function ptime(section: MediaSection): number | undefined {
  return packetTime(attributeValue(section, 'ptime'));
}

/** The most milliseconds in a packet that the section's owner takes; clamped as `ptime`. */
export function maxptime(section: MediaSection): number | undefined {
  return packetTime(attributeValue(section, 'maxptime'));
}

/** What `b=<type>:` says, in the unit of its type (AS and CT: kbit/s; TIAS, RS and RR: bit/s); undefined unless it is a whole number. */
export function bandwidth(holder: Lines, type: string): number | undefined {
  for (const line of holder.lines) {
    if (line.startsWith('b=') && line.startsWith(type, 2) && line.charCodeAt(2 + type.length) === 58) {
      return readInteger(line.slice(3 + type.length), 0, Number.MAX_SAFE_INTEGER);
    }
  }
  return undefined;
}

function isNamed(line: string, name: string): boolean {
  const end = name.length + 2;
  // most lines are others, and known by their first letter
  if (line.charCodeAt(2) !== name.charCodeAt(0) || (line.length !== end && line.charCodeAt(end) !== COLON)) return false;
  return line.startsWith('a=') && line.startsWith(name, 2);
}

const valueOf = (line: string, name: string): string => line.slice(name.length + 3);

function packetTime(value: string | undefined): number | undefined {
  const text = value?.trim();
  if (text === undefined || text.length > 20) return undefined;
  const dot = text.indexOf('.');
  const whole = readInteger(dot === -1 ? text : text.slice(0, dot), 1, Number.MAX_SAFE_INTEGER);
  if (whole === undefined) return undefined;
  if (dot === -1) return Math.min(whole, LONGEST_PACKET);
  const part = text.slice(dot + 1);
  return readInteger(part, 0, Number.MAX_SAFE_INTEGER) === undefined ? undefined : Math.min(Number(text), LONGEST_PACKET);
}
