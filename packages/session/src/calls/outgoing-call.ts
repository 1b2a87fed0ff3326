/** A call of ours before it begins: whom it is from, its Call-ID and tag; or those of a call that did not dial enough (RFC 3578). */
import { randomToken, SipError } from '@jackfield/base';
import { formatNameAddr, HeaderList, parseUri, type NameAddr, type Uri } from '@jackfield/sip';
import type { InviteOptions, Session } from '../contract/session.ts';
import { OwnedCookies } from '../cookies.ts';
import { addHeaders } from './draft.ts';
import type { Call } from './call.ts';
import type { CallHome } from './call-home.ts';
import { InviteSession } from './invite-session.ts';
import { refuseDescription } from './own-body.ts';

const TOKEN_BYTES = 8;
const NONE: ReadonlySet<string> = new Set();
const ANONYMOUS: NameAddr = { uri: parseUri('sip:anonymous@anonymous.invalid')!, displayName: undefined };

/** @throws SESSION_OPTION, SESSION_STATE, SIP_HEADER_SYNTAX */
export function placeCall(home: CallHome, target: Uri, options: InviteOptions): Call {
  refuseDescription(options.body);
  const { random } = home.core;
  const before = options.continues === undefined ? undefined : incompleteCall(options.continues);
  const localTag = before?.view.localTag ?? randomToken(random, TOKEN_BYTES);
  const callId = before?.view.callId ?? randomToken(random, 2 * TOKEN_BYTES);
  const headers = new HeaderList();
  const from = options.from === undefined ? before?.invite.headers.get('From') : undefined;
  headers.set('From', from ?? formatNameAddr(options.from ?? ANONYMOUS, localTag));
  headers.set('To', formatNameAddr({ uri: target }));
  headers.set('Call-ID', callId);
  addHeaders(headers, options.headers);
  return InviteSession.outgoing(home, target, options, headers, before?.initial?.sequence ?? random.integer(2 ** 16), {
    endpoint: options.endpoint ?? before?.endpoint ?? { name: target.host, trusted: false },
    cookies: new OwnedCookies(home.cookieFailed),
    view: { callId, localTag, remoteTag: undefined, remoteAllow: NONE, remoteSupported: NONE },
  });
}

function incompleteCall(session: Session): Call {
  const call = InviteSession.callOf(session);
  if (call?.direction === 'outgoing' && call.over !== undefined && !call.isEstablished) return call;
  throw new SipError('SESSION_STATE', 'continues wants an outgoing call that was refused', { verb: 'continues', state: session.state });
}
