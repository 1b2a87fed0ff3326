/** One header field as it stands in a message, and the guard against a value that would end its line (T-42 of the security statements: no header injection). */
import { SipError } from '@jackfield/base';
import type { HeaderInit } from './model.ts';
import { UNKNOWN, nameId, nameOf } from './names.ts';
import { decodeBytes, encodeBytes, isToken, wellFormed } from './tokens.ts';

/** Characters of a value that a program may write: no datagram carries more. Nothing is ever cut to fit. */
const MAX_WRITTEN = 65_535;
const LINE_END = '\r\n';

/**
 * A field: its text is the part of `source`, which holds one byte a character, from `start` to `end`; there the line end follows. Immutable, so lists share it.
 * Strings for its name and value are made on first read.
 *
 * @internal
 */
export class Field {
  readonly id: number;
  readonly source: string;
  readonly start: number;
  readonly nameEnd: number;
  /** The value without white space around it; folds are still in it when `folded`. */
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
  readonly folded: boolean;
  private read: string | undefined;

  constructor(
    id: number,
    source: string,
    start: number,
    nameEnd: number,
    valueStart: number,
    valueEnd: number,
    end: number,
    folded: boolean,
    value: string | undefined,
  ) {
    this.id = id;
    this.source = source;
    this.start = start;
    this.nameEnd = nameEnd;
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.end = end;
    this.folded = folded;
    this.read = value;
  }

  /** As on the wire. */
  get name(): string {
    return this.source.slice(this.start, this.nameEnd);
  }

  /** UTF-8 decoded, each fold one space, NUL as U+FFFD: what is read of one header may be written into another. */
  get value(): string {
    return (this.read ??= withoutNul(decodeBytes(this.bytes)));
  }

  /** The value, one byte a character, each fold one space. */
  get bytes(): string {
    const bytes = this.source.slice(this.valueStart, this.valueEnd);
    return this.folded ? bytes.replaceAll(/(?:(?<![ \t])[ \t]+)?\r\n[ \t]+/g, ' ') : bytes; // a run of blanks is tried once, from its start
  }

  /** The whole line as it came, one byte a character, with its end. */
  get line(): string {
    const to = this.end + LINE_END.length;
    return this.start === 0 && to === this.source.length ? this.source : this.source.slice(this.start, to);
  }

  /** Whether this is the field with the number `id`, or, where that is unknown, of the name `lower`, which is lower-case. */
  is(id: number, lower: string): boolean {
    return this.id === id && (id !== UNKNOWN || (this.nameEnd - this.start === lower.length && this.name.toLowerCase() === lower));
  }
}

/** Looking first: to replace nothing costs as much as to replace something. */
function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

/**
 * A field that the program writes, in the canonical spelling where the name is known.
 *
 * @throws SipError `SIP_HEADER_SYNTAX` for a name that is no token, or a value with CR, LF or NUL, `SIP_HEADER_LENGTH` for one above {@link MAX_WRITTEN}.
 */
export function makeField(name: string, value: string): Field {
  if (!isToken(name)) throw new SipError('SIP_HEADER_SYNTAX', `${JSON.stringify(name)} is no header name`, { header: name });
  const id = nameId(name, 0, name.length);
  const before = latest[id];
  if (before !== undefined && before.value === value) return before;
  const written = id === UNKNOWN ? name : nameOf(id);
  const field = assertHeaderText(written, value)
    ? fieldOfBytes(id, written, value, value)
    : fieldOfBytes(id, written, encodeBytes(value), wellFormed(value));
  if (SAME_AGAIN.has(id)) latest[id] = field;
  return field;
}

/** What a program says of itself is the same in message after message: the field that was made last is used again. */
const SAME_AGAIN: ReadonlySet<number> = new Set(
  ['Allow', 'Supported', 'Accept', 'Content-Type', 'Server', 'User-Agent', 'Allow-Events'].map((name) => nameId(name, 0, name.length)),
);
const latest: (Field | undefined)[] = [];

/** A field of bytes that are known to fit on a line. */
export function fieldOfBytes(id: number, name: string, bytes: string, value: string | undefined): Field {
  const source = name + ': ' + bytes + LINE_END;
  const end = source.length - LINE_END.length;
  return new Field(id, source, 0, name.length, name.length + 2, end, end, false, value);
}

/**
 * Refuses what would end a header line or a start line.
 *
 * @returns whether all of it is ASCII.
 * @throws SipError `SIP_HEADER_SYNTAX` for CR, LF or NUL in `text`, or when it is no string, `SIP_HEADER_LENGTH` when it is above {@link MAX_WRITTEN}.
 */
export function assertHeaderText(header: string, text: string): boolean {
  if (typeof text !== 'string') throw new SipError('SIP_HEADER_SYNTAX', `${header} wants a string`, { header });
  if (text.length > MAX_WRITTEN) {
    throw new SipError('SIP_HEADER_LENGTH', `${header} may be ${MAX_WRITTEN} characters long, got ${text.length}`, {
      header,
      limit: MAX_WRITTEN,
    });
  }
  let ascii = true;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 127) ascii = false;
    else if (code === 0 || code === 10 || code === 13) {
      throw new SipError('SIP_HEADER_SYNTAX', `${header} may not hold CR, LF or NUL (at ${at})`, { header });
    }
  }
  return ascii;
}

/** {@link makeField} for every entry, for the throws alone. */
export function assertHeaderInit(init: HeaderInit): void {
  for (const [name, value] of Object.entries(init)) {
    if (!isToken(name)) throw new SipError('SIP_HEADER_SYNTAX', `${JSON.stringify(name)} is no header name`, { header: name });
    // sound: whatever else it is, it is refused there
    if (typeof value === 'string' || !Array.isArray(value)) assertHeaderText(name, value as string);
    else for (const one of value as readonly string[]) assertHeaderText(name, one);
  }
}
