/**
 * sdp-transform's attribute grammar, one line at a time and behind guards; the only file that imports it. It drops, reorders, truncates and never
 * complains, so a line enters alone, is short, and counts as understood only when writing the result gives the same text back.
 */
import { parse, parseParams, write } from 'sdp-transform';

/** Longer attributes are not read; the model keeps them all the same. */
const LONGEST_LINE = 4096;
const WRITTEN_HEAD = 'v=0\r\ns= \r\n'; // what its `write` puts before the attributes

export type Fields = Readonly<Record<string, unknown>>;

interface Understood {
  readonly fields: Fields;
  /** What the grammar left unread behind what it knows: extensions of a candidate, more session parameters of a key. */
  readonly rest: string;
}

/** The fields that sdp-transform sees in one a= line, found under its name `key`; possibly truncated, so that each needs its own check. */
export function looseFields(line: string, key: string): Fields | undefined {
  return line.length > LONGEST_LINE ? undefined : fieldsUnder(parse(line), key);
}

/** The fields of one a= line whose text is, up to `rest`, exactly what they say. */
export function exactFields(line: string, key: string): Understood | undefined {
  if (line.length > LONGEST_LINE) return undefined;
  const parsed = parse(line);
  const fields = fieldsUnder(parsed, key);
  if (fields === undefined) return undefined;
  const written = write(parsed).slice(WRITTEN_HEAD.length, -2);
  if (line === written) return { fields, rest: '' };
  return line.startsWith(`${written} `) ? { fields, rest: line.slice(written.length + 1) } : undefined;
}

/**
 * Format parameters, `a=1;b`, in their order. A parameter enters alone too: sdp-transform reads a whole list into an object, which puts names that look
 * like numbers first, keeps one of a kind, turns values into numbers and loses `__proto__`, one-letter flags and empty values.
 */
export function parameterList(text: string): readonly (readonly [name: string, value: string])[] {
  const list: (readonly [string, string])[] = [];
  for (const part of text.split(';')) {
    const piece = part.trim();
    const [name, value] = piece.length > LONGEST_LINE ? ['', ''] : parameter(piece);
    if (name !== '') list.push([name, value]);
  }
  return list;
}

function parameter(piece: string): readonly [name: string, value: string] {
  const entry = Object.entries(parseParams(piece))[0];
  if (entry?.[1] !== undefined) return [entry[0].trim(), String(entry[1]).trim()];
  const equals = piece.indexOf('=');
  return equals === -1 ? [piece, ''] : [piece.slice(0, equals).trim(), piece.slice(equals + 1).trim()];
}

function fieldsUnder(parsed: object, key: string): Fields | undefined {
  const found: unknown = Object.hasOwn(parsed, key) ? (parsed as Fields)[key] : undefined;
  const fields: unknown = Array.isArray(found) ? found[0] : found;
  return typeof fields === 'object' && fields !== null ? (fields as Fields) : undefined;
}
