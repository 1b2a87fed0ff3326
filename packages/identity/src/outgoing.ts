/** Our own identity on what we send: P-Asserted-Identity (RFC 3325), Remote-Party-ID, Privacy and an anonymous From (RFC 3323). Any other From is the application's. */
import { SipError } from '@jackfield/base';
import { formatNameAddr, parseUri, SipUri, TelUri, type Headers, type NameAddr, type Party, type Uri } from '@jackfield/sip';
import { defineCookie, type CookieJar } from '@jackfield/session';
import { privacyValues, readFrom } from './headers.ts';
import { isAnonymous, type Identity } from './identity.ts';

/**
 * Who we say we are; an `Identity` of another session does, so that a caller can be passed on: of its URI user and host are, and no more. `screened: false`
 * (what was only claimed in From) is never asserted; our own word (absent) is. `presentation` is `'allowed'` unless given.
 */
export interface LocalIdentity extends Partial<Pick<Identity, 'name' | 'presentation' | 'screened' | 'source'>> {
  readonly uri: Uri | string;
}

/** Headers that carry an identity of ours. */
export type IdentityHeader = 'P-Asserted-Identity' | 'Remote-Party-ID';

/** To whom and how it is written. */
export interface Showing {
  readonly trusted: boolean;
  /** The application asked for privacy in this message, or in an earlier one of the session. */
  readonly privacy: boolean;
  readonly headers: readonly IdentityHeader[];
  readonly party: 'calling' | 'called';
  /** The From that hides who calls; undefined where From is not ours to write: in a dialog, and in responses. */
  readonly anonymous: NameAddr | undefined;
}

/** What {@link setIdentity} set. */
export const localIdentity = defineCookie<LocalIdentity>('identity.local');

const ALL_HEADERS = ['P-Asserted-Identity', 'Remote-Party-ID', 'P-Preferred-Identity'];

/**
 * From now on what this session sends shows `identity`; undefined takes it back. In effect with the next INVITE, UPDATE, 18x or 2xx: to
 * show it in a call that is up, follow with `session.sendReinvite({ method: 'UPDATE', media: 'none' })`. In time for the first INVITE it is directly after
 * `create()`, before anything is awaited, or in an `admitSession`, whose intent fits here as well.
 *
 * @throws SipError `SIP_URI_SYNTAX` for a text that is no URI; `SESSION_ENDED`.
 */
export function setIdentity(session: { readonly cookies: CookieJar }, identity: LocalIdentity | undefined): void {
  if (identity === undefined) session.cookies.remove(localIdentity);
  else session.cookies.set(localIdentity, { ...identity, uri: uriOf(identity) });
}

/**
 * Writes `identity`, where there is one, for one peer. It is restricted when it says so, or `showing` does; then it is shown to trusted peers only,
 * and never when it is but a claim. One that may be shown takes the place of an anonymous From, which is what an application
 * has that gave none.
 */
export function writeIdentity(headers: Headers, identity: LocalIdentity | undefined, showing: Showing): void {
  const restricted = identity?.presentation === 'restricted' || showing.privacy;
  if (identity === undefined && (!restricted || showing.trusted)) return; // as the application wrote it
  for (const name of ALL_HEADERS) headers.delete(name);
  if (restricted && !(showing.trusted && isVouched(identity))) {
    if (showing.anonymous !== undefined) writeFrom(headers, showing.anonymous, readFrom(headers));
  } else if (identity !== undefined && identity.presentation !== 'unavailable') show(headers, identity, showing, restricted);
}

function show(headers: Headers, identity: LocalIdentity, showing: Showing, restricted: boolean): void {
  const address: NameAddr = { uri: uriOf(identity), displayName: identity.name };
  if (!restricted && showing.anonymous !== undefined) {
    const from = readFrom(headers);
    if (from === undefined || isAnonymous(from.uri)) writeFrom(headers, address, from);
  }
  for (const name of showing.headers) {
    if (name === 'Remote-Party-ID') {
      const screen = isVouched(identity) ? 'yes' : 'no';
      headers.set(name, `${formatNameAddr(address)};party=${showing.party};privacy=${restricted ? 'full' : 'off'};screen=${screen}`);
    } else if (isVouched(identity)) headers.set(name, formatNameAddr(address));
  }
  if (restricted) askPrivacy(headers);
}

function isVouched(identity: LocalIdentity | undefined): boolean {
  return identity?.screened !== false;
}

/** The tag is the dialog's and stays (RFC 3261 §12.1.2). */
function writeFrom(headers: Headers, address: NameAddr, before: Party | undefined): void {
  headers.set('From', formatNameAddr(address, before?.tag));
}

function askPrivacy(headers: Headers): void {
  const values = privacyValues(headers).filter((value) => value !== 'none' && value !== 'id');
  headers.set('Privacy', [...values, 'id'].join(';'));
}

function uriOf({ uri, source }: LocalIdentity): Uri {
  if (typeof uri !== 'string') return source === undefined || source === 'endpoint' ? uri : withoutExtras(uri);
  const parsed = parseUri(uri);
  if (parsed === undefined) throw new SipError('SIP_URI_SYNTAX', `${JSON.stringify(uri)} is no URI`, { uri });
  return parsed;
}

/**
 * What a peer wrote, without what is no part of a name: password, port, headers and parameters (RFC 3261 table 1), which would otherwise speak to the
 * next hop in our name.
 */
function withoutExtras(uri: Uri): Uri {
  if (uri instanceof TelUri) {
    const context = uri.parameters.get('phone-context');
    return parseUri(`tel:${uri.user}${context === undefined ? '' : `;phone-context=${context}`}`) ?? uri;
  }
  if (!(uri instanceof SipUri)) return uri;
  const phone = uri.parameters.get('user')?.toLowerCase() === 'phone' ? ';user=phone' : '';
  return parseUri(`${uri.scheme}:${uri.user === undefined ? '' : `${nameIn(uri.user)}@`}${uri.host}${phone}`) ?? uri;
}

/** A user part may be a telephone number with parameters of its own (RFC 3261 §19.1.6), of which only the context belongs to the number. */
function nameIn(user: string): string {
  const end = user.indexOf(';');
  if (end === -1) return user;
  const context = user.split(';').find((parameter) => /^phone-context=/i.test(parameter));
  return user.slice(0, end) + (context === undefined ? '' : `;${context}`);
}
