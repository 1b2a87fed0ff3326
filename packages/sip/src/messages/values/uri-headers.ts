/** The headers that a SIP URI carries behind its `?` (RFC 3261 §19.1.1): Replaces in a Refer-To, Reason and Privacy in a History-Info. */
import { SipError } from '@jackfield/base';
import { HeaderList } from '../headers.ts';
import type { HeaderInit, Uri } from '../model.ts';
import { unescapeUri } from '../tokens.ts';
import { SipUri } from '../uri-syntax.ts';

const NOTHING = new HeaderList();

/**
 * Their names and values, escapes undone, for the readers of this package; empty for a URI without any. Undefined when one is malformed: no name, or a value
 * with CR, LF or NUL. It is the peer's word: what of it goes into a request is for the program to choose (RFC 3261 §19.1.5).
 */
export function readUriHeaders(uri: Uri): HeaderList | undefined {
  if (!(uri instanceof SipUri) || uri.headers === undefined) return NOTHING.clone();
  const list = new HeaderList();
  for (const part of uri.headers.split('&')) {
    const equals = part.indexOf('=');
    if (equals < 0) return undefined;
    try {
      list.add(unescapeUri(part.slice(0, equals)), unescapeUri(part.slice(equals + 1)));
    } catch (error) {
      if (error instanceof SipError) return undefined;
      throw error;
    }
  }
  return list;
}

/**
 * Headers as the part behind a URI's `?`, for {@link SipUri.with}.
 *
 * @throws SipError `SIP_HEADER_SYNTAX` for a name that is no token, a value with CR, LF or NUL, or no header at all.
 */
export function formatUriHeaders(init: HeaderInit): string {
  const list = new HeaderList(init);
  if (list.size === 0) throw new SipError('SIP_HEADER_SYNTAX', 'a URI wants a header behind its question mark', { header: '' });
  return [...list.entries()].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join('&');
}

/** What `encodeURIComponent` leaves is unreserved, and stands in a URI as it is. */
function escaped(text: string): string {
  return encodeURIComponent(text);
}
