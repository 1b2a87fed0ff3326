/** Who speaks in a session, by its first INVITE, and whether two addresses are the same user. */
import type { Session } from '@jackfield/session';
import { parseNameAddr, SipUri, type NameAddr, type Uri } from '@jackfield/sip';

export function localParty(session: Session): NameAddr | undefined {
  return partyOf(session, session.direction === 'incoming' ? 'To' : 'From');
}

export function remoteParty(session: Session): NameAddr | undefined {
  return partyOf(session, session.direction === 'incoming' ? 'From' : 'To');
}

function partyOf(session: Session, header: 'From' | 'To'): NameAddr | undefined {
  const party = parseNameAddr(session.invite.headers.get(header) ?? '');
  return party === undefined ? undefined : { uri: party.uri, displayName: party.displayName };
}

/** By user and host; ports, parameters and the scheme do not count. Nobody is the same as an anonymous user. */
export function sameUser(a: Uri, b: Uri): boolean {
  return !isAnonymous(a) && userOf(a) === userOf(b) && a.host.toLowerCase() === b.host.toLowerCase();
}

/** RFC 3323 §4.1.1.3, and the user that phones write for it. */
export function isAnonymous(uri: Uri): boolean {
  return uri.host.toLowerCase() === 'anonymous.invalid' || userOf(uri)?.toLowerCase() === 'anonymous';
}

function userOf(uri: Uri): string | undefined {
  return uri instanceof SipUri ? uri.userDecoded : uri.user;
}
