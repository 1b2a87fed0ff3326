/** Bodies and their media types (RFC 3261 §20.15): Content-Type in both directions. What is inside is nobody's concern here; multipart.ts takes some apart. */
import { Buffer } from 'node:buffer';
import { SipError } from '@jackfield/base';
import { look } from './codes.ts';
import type { Body, ReadonlyHeaders } from './model.ts';
import { Parameters, nextHeaderParameter } from './parameters.ts';
import { SEMICOLON, SLASH, TOKEN, isAscii, isToken, skipClass, skipSpace } from './tokens.ts';

const SDP = 'application/sdp';

/** Content-Type, read. */
export interface MediaType {
  /** Lower-case, without parameters: `application/sdp`. */
  readonly type: string;
  readonly parameters: Parameters;
}

/** A media type or range as it stands in Content-Type or Accept. Undefined when malformed. */
export function parseMediaType(text: string): MediaType | undefined {
  const end = text.length;
  const from = skipSpace(text, 0, end);
  const slash = skipClass(text, from, end, TOKEN);
  let at = skipSpace(text, slash, end);
  if (slash === from || at === end || text.charCodeAt(at) !== SLASH) return undefined;
  const subtypeFrom = skipSpace(text, at + 1, end);
  const subtypeTo = skipClass(text, subtypeFrom, end, TOKEN);
  if (subtypeTo === subtypeFrom) return undefined;
  const parametersFrom = skipSpace(text, subtypeTo, end);
  look(text, parametersFrom, end);
  for (at = parametersFrom; at < end;) {
    if (text.charCodeAt(at) !== SEMICOLON) return undefined;
    at = nextHeaderParameter(at, end);
    if (at < 0) return undefined;
  }
  return {
    type: `${text.slice(from, slash)}/${text.slice(subtypeFrom, subtypeTo)}`.toLowerCase(),
    parameters: new Parameters(text.slice(parametersFrom)),
  };
}

/** `bytes` as the headers describe them. Undefined when Content-Type is missing or malformed. */
export function bodyOf(headers: ReadonlyHeaders, bytes: Uint8Array): Body | undefined {
  const text = headers.get('Content-Type');
  if (text === undefined) return undefined;
  if (text === SDP) return { type: SDP, bytes }; // by our own word for it, which is found in tables at once
  const media = parseMediaType(text);
  if (media === undefined) return undefined;
  const parameters: Record<string, string> = Object.create(null);
  let some = false;
  for (const [name, value] of media.parameters.entries()) {
    parameters[name.toLowerCase()] ??= value ?? '';
    some = true;
  }
  return some ? { type: media.type, parameters, bytes } : { type: media.type, bytes };
}

/** A body that is a text: its bytes are made where somebody reads them, and a message that leaves has the text written with its head. */
class TextBody implements Body {
  readonly type: string;
  readonly text: string;
  private made: Uint8Array | undefined = undefined;

  constructor(type: string, text: string) {
    this.type = type;
    this.text = text;
  }

  get bytes(): Uint8Array {
    return (this.made ??= Buffer.from(this.text));
  }
}

/** A body of this text, in UTF-8. @param type - without parameters: `application/sdp` */
export function textBody(type: string, text: string): Body {
  return new TextBody(type, text);
}

/** The text of what {@link textBody} made, where each of its characters is one byte. @internal */
export function asciiOf(body: Body): string | undefined {
  return body instanceof TextBody && isAscii(body.text) ? body.text : undefined;
}

/** Refuses what would be no body of a message. @throws SipError as {@link contentTypeOf} does, and `SIP_MESSAGE_SYNTAX` for content that is no bytes. */
export function assertBody(body: Body): void {
  contentTypeOf(body);
  if (!(body.bytes instanceof Uint8Array)) throw new SipError('SIP_MESSAGE_SYNTAX', 'a body wants bytes', { part: 'body' });
}

/**
 * Content-Type of a body that the program made.
 *
 * @throws SipError `SIP_MESSAGE_SYNTAX` for a type that is no media type, `SIP_HEADER_SYNTAX` for a parameter that is none.
 */
export function contentTypeOf(body: Body): string {
  const slash = body.type.indexOf('/');
  if (slash < 0 || !isToken(body.type.slice(0, slash)) || !isToken(body.type.slice(slash + 1))) {
    throw new SipError('SIP_MESSAGE_SYNTAX', `${JSON.stringify(body.type)} is no media type`, { part: 'body' });
  }
  if (body.parameters === undefined) return body.type;
  const parameters = new Parameters();
  for (const [name, value] of Object.entries(body.parameters)) parameters.set(name, value);
  return body.type + parameters.toString();
}
