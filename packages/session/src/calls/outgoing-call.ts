/** A call of ours before it begins: whom it is from, its Call-ID and tag; or those of a call that did not dial enough (RFC 3578). */
import { SipError } from '@jackfield/base';
import { formatNameAddr, HeaderList, newCallId, newTag, parseUri, SipUri, type NameAddr, type Uri } from '@jackfield/sip';
import type { InviteOptions, Session } from '../contract/session.ts';
import { OwnedCookies } from '../cookies.ts';
import { optionError } from '../endpoints/option-range.ts';
import { addHeaders } from './draft.ts';
import type { Call } from './call.ts';
import type { CallHome } from './call-home.ts';
import { checkGiven } from './given.ts';
import { InviteSession } from './invite-session.ts';
import { refuseDescription } from './own-body.ts';
import { idsOf, partyOf, type WrittenIds } from './own-parties.ts';

const NONE: ReadonlySet<string> = new Set();
const NO_IDS: WrittenIds = { callId: undefined, localTag: undefined };
const ANONYMOUS: NameAddr = { uri: parseUri('sip:anonymous@anonymous.invalid')!, displayName: undefined };

/** @throws SESSION_OPTION, SESSION_STATE, SIP_HEADER_SYNTAX, SIP_HEADER_LENGTH, SIP_MESSAGE_SYNTAX */
export function placeCall(home: CallHome, target: Uri, options: InviteOptions): Call {
  checkGiven({ body: options.body, media: options.media }); // headers are checked as they are written, below
  refuseDescription(options.body);
  if (target instanceof SipUri && target.headers !== undefined)
    throw optionError('target', 'the target has headers: read them with readUriHeaders, and give those that you want as headers');
  const { random } = home.core;
  const before = options.continues === undefined ? undefined : incompleteCall(options.continues);
  const tag = before?.view.localTag ?? newTag(random);
  const headers = new HeaderList();
  const from = options.from === undefined ? before?.invite.headers.get('From') : undefined;
  headers.set('From', from ?? formatNameAddr(options.from ?? ANONYMOUS, tag));
  headers.set('To', formatNameAddr({ uri: partyOf(target) }));
  const id = before?.view.callId ?? newCallId(random);
  headers.set('Call-ID', id);
  addHeaders(headers, options.headers);
  const { callId = id, localTag = tag } = options.headers === undefined ? NO_IDS : idsOf(headers);
  const call = InviteSession.outgoing(home, target, options, headers, before?.placed?.sequence ?? random.integer(2 ** 16), {
    endpoint: options.endpoint ?? before?.endpoint ?? { name: target.host, trusted: false },
    cookies: new OwnedCookies(home.cookieFailed),
    view: { callId, localTag, remoteTag: undefined, remoteAllow: NONE, remoteSupported: NONE },
  });
  if (before !== undefined) before.end.continued = true;
  return call;
}

/** Gone on with once: two calls with one Call-ID, tag and CSeq are one to the peer. */
function incompleteCall(session: Session): Call {
  const call = InviteSession.callOf(session);
  if (call?.direction === 'outgoing' && call.over !== undefined && !call.isEstablished && !call.end.continued) return call;
  throw new SipError('SESSION_STATE', 'continues wants an outgoing call that was refused, and that no other goes on with', {
    verb: 'continues',
    state: session.state,
  });
}
