/** What an identity is, and the numbers in it. Which header it is read from: get-identity.ts. */
import { SipUri, type NameAddr, type Uri } from '@jackfield/sip';

/** `'restricted'`: the caller wants it kept from the callee. `'unavailable'`: there is none to show. */
export type Presentation = 'allowed' | 'restricted' | 'unavailable';
/** The header it is read from; `endpoint`: our own configuration. */
export type IdentitySource = 'P-Asserted-Identity' | 'Remote-Party-ID' | 'From' | 'endpoint';

/** Who the other party is said to be; `source` tells by whom. Strings have no control characters. */
export interface Identity {
  readonly uri: Uri;
  /** User part of a SIP URI, whole and its escapes undone, or the number of a tel URI. Not always a telephone number: see `digits`. */
  readonly number: string | undefined;
  /** The telephone number in `number`: separators and what follows a `;` are gone, a leading `+` stays. Undefined when it is none. */
  readonly digits: string | undefined;
  /** Display name; undefined where there is none. */
  readonly name: string | undefined;
  readonly presentation: Presentation;
  readonly source: IdentitySource;
  /** Vouched for: P-Asserted-Identity, Remote-Party-ID with `screen=yes`, our own configuration. False for From, which is a claim. */
  readonly screened: boolean;
  /** Every value of P-Asserted-Identity, in order (RFC 3325 allows a SIP and a tel URI); empty when the peer is not trusted. */
  readonly asserted: readonly NameAddr[];
  /** True when Privacy says nothing but what no RFC defines (`off`): shown, but look twice. */
  readonly privacyUnknown: boolean;
}

/** The user part, its escapes undone; undefined where there is none. Control characters become U+FFFD. */
export function numberOf(uri: Uri): string | undefined {
  const user = uri instanceof SipUri ? uri.userDecoded : uri.user;
  return user === undefined || user === '' ? undefined : printable(user);
}

/** RFC 3323 §4.1.1.3: a host that is nobody's, or the user `anonymous` at any (§4.1.1.2). */
export function isAnonymous(uri: Uri): boolean {
  return uri.host.toLowerCase() === 'anonymous.invalid' || uri.user?.toLowerCase() === 'anonymous';
}

/**
 * The telephone number that `text` is: an optional `+`, then digits, `*` and `#`, without separators (`-`, `.`, `(`, `)`, space; RFC 3966 §5.1.1)
 * and without what follows a `;`. Undefined when it is none.
 */
export function digitsOf(text: string): string | undefined {
  let digits = '';
  let some = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]!;
    if (character >= '0' && character <= '9') {
      digits += character;
      some = true;
    } else if (character === '*' || character === '#' || (character === '+' && digits === '')) digits += character;
    else if (character === ';') break;
    else if (!'-.() '.includes(character)) return undefined;
  }
  return some ? digits : undefined;
}

function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it is about
  return /[\u0000-\u001f\u007f-\u009f]/.test(text) ? text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd') : text;
}
