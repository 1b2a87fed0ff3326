/** User-to-User (RFC 7433 §4): what an application says to another, through the call. Its content is theirs. */
import { Buffer } from 'node:buffer';
import type { ReadonlyHeaders } from '../model.ts';
import { QUOTE, isToken, unquote } from '../tokens.ts';
import { parseParameterised, readList } from '../typed-headers.ts';
import { parametersText, quotedText, refuse, tokenText } from './elements.ts';

/** What a User-to-User says beside its data (RFC 7433 §4.1). */
export interface UserToUserParts {
  /** Lower-case: `hex` or another token. */
  readonly encoding?: string | undefined;
  /** Package, lower-case: `isdn-uui` (RFC 7434) …; none is `isdn-interwork` (§4.1). */
  readonly purpose?: string | undefined;
  /** Lower-case. */
  readonly content?: string | undefined;
}

/** One User-to-User, read. */
export interface UserToUser extends UserToUserParts {
  /** As written, quotes undone. */
  readonly data: string;
  /** `data` decoded, where the encoding is `hex` and it is that. */
  readonly bytes: Uint8Array | undefined;
}

/** In order; malformed elements are left out. */
export function readUserToUser(headers: ReadonlyHeaders): readonly UserToUser[] {
  return readList(headers, 'User-to-User').flatMap((text) => {
    const element = parseParameterised(text);
    if (element === undefined) return [];
    const { value, parameters } = element;
    if (value.charCodeAt(0) !== QUOTE && !isToken(value)) return [];
    const data = value.charCodeAt(0) === QUOTE ? unquote(value, 1, value.length - 1) : value;
    const encoding = parameters.get('encoding')?.toLowerCase();
    return {
      data,
      bytes: encoding === 'hex' && isHexadecimal(data) ? Buffer.from(data, 'hex') : undefined,
      encoding,
      purpose: parameters.get('purpose')?.toLowerCase(),
      content: parameters.get('content')?.toLowerCase(),
    };
  });
}

function isHexadecimal(text: string): boolean {
  return text.length % 2 === 0 && /^[\da-f]*$/i.test(text);
}

/**
 * @param data - a text as it is, or bytes, which are written as `hex`.
 * @throws SipError `SIP_HEADER_SYNTAX` for no data, a text with CR, LF or NUL, a word that is no token, or bytes with another encoding than `hex`.
 */
export function formatUserToUser(data: string | Uint8Array, parts: UserToUserParts = {}): string {
  const header = 'User-to-User';
  const { purpose, content } = parts;
  const bytes = typeof data !== 'string';
  const text = bytes ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex') : data;
  const encoding = parts.encoding ?? (bytes ? 'hex' : undefined);
  if (text === '') refuse(header, 'wants data');
  if (bytes && encoding?.toLowerCase() !== 'hex') refuse(header, 'bytes are written as hex');
  for (const word of [encoding, purpose, content]) if (word !== undefined) tokenText(header, word);
  return (isToken(text) ? text : quotedText(header, text)) + parametersText(header, { encoding, purpose, content });
}
