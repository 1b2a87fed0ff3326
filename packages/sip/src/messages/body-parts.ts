/** Walks through a body that may be several, nested ones too, and finds what a program looks for in it (RFC 5621 §4, RFC 2387, RFC 2392). Nothing is decoded. */
import type { Body, ReadonlyHeaders } from './model.ts';
import { type FullMultipartLimits, type MultipartLimits, type Part, fullMultipartLimits, splitMultipart } from './multipart.ts';
import { unescapeUri } from './tokens.ts';
import { readContentId } from './values/content.ts';

/**
 * All parts that are no multipart bodies themselves, in order; a body that is none is its own only part. Each level is read once, so time goes with bytes
 * and depth.
 *
 * @param headers - those of the message, for a body that is its own part.
 * @returns undefined when one of the multipart bodies is malformed, or a limit is passed.
 * @throws SipError `SIP_OPTION` for a limit that is no positive integer.
 */
export function bodyParts(body: Body, headers: ReadonlyHeaders, limits?: MultipartLimits): readonly BodyPart[] | undefined {
  const full = fullMultipartLimits(limits);
  const leaves: BodyPart[] = [];
  return walk(body, headers, '', 1, full, leaves) ? leaves : undefined;
}

/** One part of a body; its bytes as they came. */
export interface BodyPart {
  /** Of a part without any, empty. */
  readonly headers: ReadonlyHeaders;
  readonly body: Body;
  /** Type of the body that it is directly in: `multipart/alternative`, whose last readable part is the best (RFC 2046 §5.1.4). Empty when it is alone. */
  readonly inside: string;
}

function walk(
  body: Body,
  headers: ReadonlyHeaders,
  inside: string,
  depth: number,
  limits: FullMultipartLimits,
  leaves: BodyPart[],
): boolean {
  if (!body.type.startsWith('multipart/')) {
    if (leaves.length === limits.maxParts) return false;
    leaves.push({ headers, body, inside });
    return true;
  }
  const parts: readonly Part[] | undefined = depth > limits.maxDepth ? undefined : splitMultipart(body, limits);
  return parts !== undefined && parts.every((part) => walk(part.body, part.headers, body.type, depth + 1, limits, leaves));
}

/** The part of that type, lower-case: the first, or, among alternatives, the last one. */
export function partOfType(parts: readonly BodyPart[], type: string): BodyPart | undefined {
  let chosen: BodyPart | undefined;
  for (const part of parts) {
    if (part.body.type !== type) continue;
    if (part.inside !== 'multipart/alternative') return chosen ?? part;
    chosen = part;
  }
  return chosen;
}

/** The part that a `cid:` URI names, its escapes undone (RFC 2392 §2); the identifier alone does as well. */
export function partOfContentId(parts: readonly BodyPart[], cid: string): BodyPart | undefined {
  const id = /^cid:/i.test(cid) ? unescapeUri(cid.slice(4)) : cid;
  return parts.find((part) => readContentId(part.headers) === id);
}
