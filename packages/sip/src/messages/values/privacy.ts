/** Privacy (RFC 3323 §4.2, with RFC 3325 §9.3 and RFC 7044 §10.1) and Remote-Party-ID (draft-ietf-sip-privacy-04), which came before them and is in use still. */
import type { NameAddr, ReadonlyHeaders } from '../model.ts';
import type { Party } from '../name-addr.ts';
import { readWellFormed } from './addresses.ts';
import { addressText, refuse, tokenText } from './elements.ts';

/** A value of Privacy. */
export type PrivacyValue = 'header' | 'session' | 'user' | 'none' | 'critical' | 'id' | 'history' | (string & {});

/** Lower-case, of all fields. The RFC parts them by semicolons; commas come as well. Empty when there is none. */
export function readPrivacy(headers: ReadonlyHeaders): ReadonlySet<PrivacyValue> {
  return parsePrivacy(headers.getAll('Privacy'));
}

/** {@link readPrivacy} of header values, one a field. */
export function parsePrivacy(values: readonly string[]): ReadonlySet<PrivacyValue> {
  const found = new Set<PrivacyValue>();
  for (const value of values) {
    for (const text of value.toLowerCase().split(/[;,]/)) {
      const word = text.trim();
      if (word !== '') found.add(word);
    }
  }
  return found;
}

/** @throws SipError `SIP_HEADER_SYNTAX` for no value at all, one that is no token, or `none` beside others. */
export function formatPrivacy(values: Iterable<PrivacyValue>): string {
  const words = [...values].map((value) => tokenText('Privacy', value));
  if (words.length === 0) refuse('Privacy', 'wants a value');
  if (words.length > 1 && words.some((word) => word.toLowerCase() === 'none')) refuse('Privacy', '"none" stands alone');
  return words.join(';');
}

/** One of Remote-Party-ID; the words are lower-case. */
export interface RemotePartyId {
  readonly address: Party;
  /** Whom it is about; undefined: the caller, in requests from it. */
  readonly party: 'calling' | 'called' | (string & {}) | undefined;
  /** What it names: `user` (as when absent), `subscriber` or `term`. */
  readonly idType: string | undefined;
  /** `full`, `name`, `uri`, `off` …, each maybe with `-network`. */
  readonly privacy: readonly string[];
  /** True only when the sender says that it verified it. */
  readonly screened: boolean;
}

/** In order; a field that is malformed is left out. Whether to believe it is not told here. */
export function readRemotePartyId(headers: ReadonlyHeaders): readonly RemotePartyId[] {
  return readWellFormed(headers, 'Remote-Party-ID').map((address) => {
    const { parameters } = address;
    const privacy: string[] = [];
    for (const [name, value] of parameters.entries()) {
      if (name.toLowerCase() === 'privacy' && value !== undefined) privacy.push(value.toLowerCase());
    }
    return {
      address,
      party: parameters.get('party')?.toLowerCase(),
      idType: parameters.get('id-type')?.toLowerCase(),
      privacy,
      screened: parameters.get('screen')?.toLowerCase() === 'yes',
    };
  });
}

/** @throws SipError `SIP_URI_SYNTAX` for an object that writes no URI, `SIP_HEADER_SYNTAX` for a word that is no token. */
export function formatRemotePartyId(
  address: NameAddr,
  about: { readonly party?: string | undefined; readonly privacy?: string | undefined; readonly screened?: boolean | undefined } = {},
): string {
  const header = 'Remote-Party-ID';
  const { party, privacy, screened } = about;
  return addressText(header, address, {
    party: party === undefined ? undefined : tokenText(header, party),
    privacy: privacy === undefined ? undefined : tokenText(header, privacy),
    screen: screened === undefined ? undefined : screened ? 'yes' : 'no',
  });
}
