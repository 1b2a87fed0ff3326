/**
 * Multipart bodies (RFC 2046 §5.1, RFC 2387, RFC 5621), both ways. Bounded in time and count: a body past the limits, or unterminated, or with a part of no
 * bytes, is none. Walking through nested ones, and finding a part, lies in body-parts.ts.
 */
import { Buffer } from 'node:buffer';
import { SipError } from '@jackfield/base';
import { bodyOf, contentTypeOf } from './body.ts';
import { scanFields } from './field-scan.ts';
import type { Field } from './field.ts';
import { HeaderList } from './headers.ts';
import type { Body } from './model.ts';
import { isToken } from './tokens.ts';

/** One part. Without a Content-Type it is `text/plain` (RFC 2046 §5.1). */
export interface Part {
  readonly headers: HeaderList;
  readonly body: Body;
}

/** For `splitMultipart`, `bodyParts` and what stands on them. Out of range: SIP_OPTION. */
export interface MultipartLimits {
  /** Parts of one body, those of nested ones included where they are walked; default 32. */
  readonly maxParts?: number | undefined;
  /** Header fields of one part; default 32. */
  readonly maxPartHeaders?: number | undefined;
  /** Bytes of one header field of a part, name and folds included; default 4096. */
  readonly maxPartHeaderBytes?: number | undefined;
  /** Multipart bodies inside one another, the outermost counted; default 4. Used where they are walked. */
  readonly maxDepth?: number | undefined;
}

export type FullMultipartLimits = { readonly [K in keyof MultipartLimits]-?: number };

const DEFAULT_LIMITS: FullMultipartLimits = { maxParts: 32, maxPartHeaders: 32, maxPartHeaderBytes: 4096, maxDepth: 4 };

/** @throws SipError `SIP_OPTION` for a limit that is no positive integer. */
export function fullMultipartLimits(limits: MultipartLimits | undefined): FullMultipartLimits {
  if (limits === undefined || limits === DEFAULT_LIMITS) return DEFAULT_LIMITS;
  const full: { -readonly [K in keyof FullMultipartLimits]: number } = { ...DEFAULT_LIMITS };
  for (const name of ['maxParts', 'maxPartHeaders', 'maxPartHeaderBytes', 'maxDepth'] as const) {
    const value = limits[name];
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < 1)
      throw new SipError('SIP_OPTION', `${name} wants a positive integer, got ${value}`, { option: name });
    full[name] = value;
  }
  return full;
}

/**
 * The parts of a `multipart/*` body, views and no copies; undefined when it is malformed, of another type, or past a limit. A part that is a multipart body
 * itself is given whole.
 *
 * @throws SipError `SIP_OPTION` for a limit that is no positive integer.
 */
export function splitMultipart(body: Body, limits?: MultipartLimits): Part[] | undefined {
  const full = fullMultipartLimits(limits);
  const boundary = body.parameters?.['boundary'];
  if (!body.type.startsWith('multipart/') || boundary === undefined || !isBoundary(boundary)) return undefined;
  const bytes = Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength);
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const parts: Part[] = [];
  let at = startsAt(bytes, delimiter.subarray(2)) ? delimiter.length - 2 : behind(bytes, delimiter, 0);
  while (at >= 0) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return parts.length > 0 ? parts : undefined;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
    if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a || parts.length === full.maxParts) return undefined;
    const next = behind(bytes, delimiter, at); // from the line end on: a part may have no bytes between, which is refused
    const part = next < 0 ? undefined : readPart(bytes.subarray(at + 2, next - delimiter.length), full);
    if (part === undefined) return undefined;
    parts.push(part);
    at = next;
  }
  return undefined;
}

/** The place behind the first delimiter from `from` on, or -1. A line that only begins like one is text. */
function behind(bytes: Buffer, delimiter: Buffer, from: number): number {
  for (let at = bytes.indexOf(delimiter, from); at >= 0; at = bytes.indexOf(delimiter, at + delimiter.length)) {
    const next = bytes[at + delimiter.length];
    if (next === 0x0d || next === 0x2d || next === 0x20 || next === 0x09) return at + delimiter.length;
  }
  return -1;
}

function startsAt(bytes: Buffer, line: Buffer): boolean {
  return bytes.length >= line.length && bytes.compare(line, 0, line.length, 0, line.length) === 0;
}

function readPart(bytes: Buffer, limits: FullMultipartLimits): Part | undefined {
  if (bytes.length === 0) return undefined;
  const empty = bytes[0] === 0x0d && bytes[1] === 0x0a ? 0 : bytes.indexOf('\r\n\r\n', 0, 'latin1') + 2;
  if (empty === 1) return undefined; // no empty line: neither headers nor content can be told
  const fields: Field[] = [];
  const block = bytes.toString('latin1', 0, empty + 2);
  const scanned = scanFields(block, 0, limits.maxPartHeaders, limits.maxPartHeaderBytes, fields);
  if (typeof scanned !== 'number') return undefined;
  const headers = HeaderList.of(fields);
  const content = bytes.subarray(scanned);
  const body = headers.has('Content-Type') ? bodyOf(headers, content) : { type: 'text/plain', bytes: content };
  return body === undefined ? undefined : { headers, body };
}

/** RFC 2046 §5.1.1: 1 to 70 of these, no space at the end. */
function isBoundary(text: string): boolean {
  return /^[\w'()+,\-./:=? ]{0,69}[\w'()+,\-./:=?]$/.test(text);
}

/**
 * One body of several. The boundary is made so that no part holds it; the same parts give the same bytes.
 *
 * @param parts - at least one; `headers` are written before it, with Content-Type put in from `body`.
 * @param options - `subtype`: `mixed` unless given; of `related`, the first part is the root (RFC 2387 §3.2).
 * @throws SipError `SIP_MESSAGE_SYNTAX` for no parts at all, a subtype or body type that is none, or a boundary that is none or stands in a part.
 */
export function joinMultipart(
  parts: readonly { readonly headers?: HeaderList | undefined; readonly body: Body }[],
  options: {
    readonly subtype?: 'mixed' | 'alternative' | 'related' | (string & {}) | undefined;
    readonly boundary?: string | undefined;
  } = {},
): Body {
  const { subtype = 'mixed' } = options;
  const contents = parts.map(({ body }) => Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.byteLength));
  const heads = parts.map(({ headers, body }) => Buffer.from(partHead(headers, body), 'latin1'));
  const boundary = options.boundary ?? freeBoundary([...contents, ...heads]);
  if (!isToken(subtype) || parts.length === 0 || !isBoundary(boundary) || holds([...contents, ...heads], boundary)) {
    throw new SipError('SIP_MESSAGE_SYNTAX', 'a multipart body wants a subtype, parts, and a boundary that is in none of them', {
      part: 'body',
    });
  }
  const pieces: Uint8Array[] = [];
  for (const [index, content] of contents.entries()) {
    pieces.push(Buffer.from(`${index === 0 ? '' : '\r\n'}--${boundary}\r\n`, 'latin1'), heads[index]!, CRLF, content);
  }
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'));
  const type = `multipart/${subtype.toLowerCase()}`;
  const parameters = type === 'multipart/related' ? { boundary, type: parts[0]!.body.type } : { boundary };
  return { type, parameters, bytes: Buffer.concat(pieces) };
}

const CRLF = Buffer.from('\r\n', 'latin1');

function partHead(headers: HeaderList | undefined, body: Body): string {
  const list = headers?.clone() ?? new HeaderList();
  list.set('Content-Type', contentTypeOf(body));
  return list.fields.map(({ line }) => line).join('');
}

/** One pass over the parts, however many numbers they use up. */
function freeBoundary(contents: readonly Buffer[]): string {
  const taken = new Set<string>();
  for (const content of contents) {
    for (let at = content.indexOf(OPENING); at >= 0; at = content.indexOf(OPENING, at + OPENING.length - 1)) {
      taken.add(/^\d*/.exec(content.toString('latin1', at + OPENING.length, at + OPENING.length + 10))![0]);
    }
  }
  let number = 1;
  while (taken.has(String(number))) number += 1;
  return `part-${number}-boundary`;
}

const OPENING = Buffer.from('--part-', 'latin1');

function holds(contents: readonly Buffer[], boundary: string): boolean {
  return contents.some((content) => content.includes(`--${boundary}`, 0, 'latin1'));
}
