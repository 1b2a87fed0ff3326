/**
 * What of a body of several parts has to be understood, and where its session description lies (RFC 3261 §8.2.3 and §20.11, RFC 3204, RFC 5621 §4 to §9).
 * Bounded as multipart.ts is. A subtype of multipart other than alternative and related counts as mixed (RFC 5621 §4.2); nothing is decoded.
 */
import { Buffer } from 'node:buffer';
import { bodyParts, partOfContentId, partOfType } from './body-parts.ts';
import type { HeaderList } from './headers.ts';
import type { Body, ReadonlyHeaders } from './model.ts';
import { splitMultipart } from './multipart.ts';
import { readContentDisposition, readContentId } from './values/content.ts';

interface BodyReader {
  /** @param type - lower-case */
  accepts(type: string): boolean;
}

/** A message, or a part of one. */
interface Entity<Of extends ReadonlyHeaders = ReadonlyHeaders> {
  readonly headers: Of;
  readonly body: Body;
}

const SDP = 'application/sdp';

/**
 * False: 415. What is malformed, or is of a type, disposition or encoding that nobody reads, may not be in a request that requires it, and whoever says
 * nothing of it requires it (RFC 5621 §8.1). A part that the message itself refers to is what the reference makes of it (§9.3): nothing, where nobody reads that.
 */
export function understandsParts(message: Entity<HeaderList>, by: BodyReader): boolean {
  if (bodyParts(message.body, message.headers) === undefined) return !isRequired(message, message);
  return mayBeIgnored(message, message) || isRead(message, message, by);
}

/** The bytes of a session description of the message as a whole: of several, the root of related ones, the last of alternatives, else the first. */
export function sessionPartOf(body: Body): Uint8Array | undefined {
  if (body.type === SDP) return body.bytes;
  if (!body.type.startsWith('multipart/')) return undefined;
  const parts = bodyParts(body, NO_HEADERS)?.filter(describesSession);
  if (parts === undefined || parts.length === 0) return undefined;
  const start = body.type === 'multipart/related' ? body.parameters?.['start'] : undefined;
  const root = start === undefined ? undefined : partOfContentId(parts, start.replace(/^<|>$/g, ''));
  return (root ?? partOfType(parts, SDP))?.body.bytes;
}

const NO_HEADERS: ReadonlyHeaders = { get: () => undefined, getAll: () => [], names: () => [] };

function isRead(part: Entity, message: Entity<HeaderList>, by: BodyReader): boolean {
  const { body } = part;
  if (!body.type.startsWith('multipart/'))
    return isIdentity(part) && by.accepts(body.type) && (body.type !== SDP || describesSession(part));
  const parts = splitMultipart(body) ?? [];
  if (body.type === 'multipart/alternative') return parts.some((one) => isRead(one, message, by)); // whatever each of them requires (§8.3)
  return parts.every((one) => mayBeIgnored(one, message) || isRead(one, message, by));
}

/** Several parts that nobody requires are left alone, unless our offer is among them. */
function mayBeIgnored(part: Entity, message: Entity<HeaderList>): boolean {
  if (isRequired(part, message)) return false;
  return !part.body.type.startsWith('multipart/') || sessionPartOf(part.body) === undefined;
}

function isRequired({ headers }: Entity, message: Entity<HeaderList>): boolean {
  const handling = readContentDisposition(headers)?.parameters.get('handling');
  if (handling !== undefined) return handling.toLowerCase() !== 'optional';
  const id = readContentId(headers);
  return id === undefined || !refersTo(`cid:${id}`, message);
}

function refersTo(cid: string, { headers, body: { bytes } }: Entity<HeaderList>): boolean {
  for (const [, value] of headers.entries()) if (value.includes(cid)) return true;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(cid);
}

/** Disposition `session`, which is what it is without any (RFC 3261 §20.11), and bytes as they are. */
function describesSession(part: Entity): boolean {
  if (part.body.type !== SDP || !isIdentity(part)) return false;
  const transfer = part.headers.get('Content-Transfer-Encoding')?.toLowerCase() ?? 'binary';
  if (transfer !== 'binary' && transfer !== '8bit' && transfer !== '7bit') return false;
  return part.headers.get('Content-Disposition') === undefined || readContentDisposition(part.headers)?.type === 'session';
}

function isIdentity({ headers }: Entity): boolean {
  return (headers.get('Content-Encoding')?.toLowerCase() ?? 'identity') === 'identity';
}
