/**
 * Keeps the machine from calling itself where it is asked for a transfer: two calls of its own that echo to each other are nobody's to end. A REFER to an
 * address of its own gets 403; a call that comes back by a name that it did not know for its own gets 482 (RFC 3261 §21.4.20).
 */
import { reply, type SessionService, type Supplement } from '@jackfield/session';
import { readReferTo, SipUri, type Uri } from '@jackfield/sip';

const FORBIDDEN = reply(403, { reason: 'Does Not Call Itself' });
const LOOP = reply(482);

/** @param isOurs - whether we listen there; `host` in lower case and without brackets */
export function notItself(sessions: SessionService, isOurs: (host: string, port: number) => boolean): Supplement {
  /** Call-IDs of those that we call. */
  const placed = new Set<string>();
  const leadsHere = (uri: Uri): boolean => uri instanceof SipUri && isOurs(uri.hostname.toLowerCase(), portOf(uri));
  return {
    name: 'answer-machine-itself',
    methods: ['INVITE', 'REFER'],
    order: 'early', // before the REFER is followed
    sessionBegin({ direction, dialog }) {
      if (direction === 'outgoing') placed.add(dialog.callId);
    },
    sessionEnd({ direction, dialog }) {
      if (direction === 'outgoing') placed.delete(dialog.callId);
    },
    admitSession({ request }) {
      const callId = request?.headers.get('Call-ID');
      return callId !== undefined && placed.has(callId) ? LOOP : undefined;
    },
    incomingRequest(_session, { method, headers }) {
      const wanted = method === 'REFER' ? readReferTo(headers) : undefined;
      if (wanted === undefined) return undefined;
      const { address, replaces } = wanted;
      if (leadsHere(address.uri)) return FORBIDDEN;
      if (replaces === undefined) return undefined;
      const { callId, toTag: localTag, fromTag: remoteTag } = replaces; // a call of ours can be replaced nowhere else
      return sessions.find({ callId, localTag, remoteTag }) === undefined ? undefined : FORBIDDEN;
    },
  };
}

/** Where a name has no SRV records: RFC 3263 §4.2. */
function portOf({ scheme, port, parameters }: SipUri): number {
  return port ?? (scheme === 'sips' || parameters.get('transport')?.toLowerCase() === 'tls' ? 5061 : 5060);
}
