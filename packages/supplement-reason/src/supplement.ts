/** Reads Reason from the peer's BYE, CANCEL and refusal of a call, and writes ours into those we send (RFC 3326, RFC 6432). */
import { SipError } from '@jackfield/base';
import { defineCookie, type CookieJar, type Session, type Supplement } from '@jackfield/session';
import { formatReason, parseReasons, type Reason } from '@jackfield/sip';

/** For `registerReason`. */
export interface ReasonOptions {
  /** Q.850 cause in our own BYE and CANCEL where nothing else was set, 1 to 127; default 16, normal clearing. `false`: none. */
  readonly cause?: number | false | undefined;
}

/** Why the peer ended the call, as it said it: the peer's word, whoever the peer is. Absent until it says so. */
export const lastReason = defineCookie<readonly Reason[]>('reason.last');
const nextReason = defineCookie<readonly string[]>('reason.next');

/**
 * Why we end the call: what our next BYE, CANCEL or refusal carries, in place of the default cause. Several are of different protocols. A Reason
 * header that the verb was given (`end({ headers })`) goes before it.
 *
 * @throws {@link SipError} `SIP_HEADER_SYNTAX` for what no header can carry, `REASON_SYNTAX` for two of one protocol; `SESSION_ENDED`.
 */
export function setReason(session: { readonly cookies: CookieJar }, reason: Reason | readonly Reason[]): void {
  const reasons: readonly Reason[] = 'protocol' in reason ? [reason] : reason;
  const protocols = new Set(reasons.map(({ protocol }) => protocol.toUpperCase()));
  if (protocols.size < reasons.length) throw new SipError('REASON_SYNTAX', 'two reasons of one protocol', { part: 'protocol' });
  session.cookies.set(nextReason, reasons.map(formatReason));
}

export function reasonSupplement({ cause = 16 }: ReasonOptions = {}): Supplement {
  if (cause !== false && !(Number.isInteger(cause) && cause >= 1 && cause <= 127)) {
    throw new SipError('REASON_SYNTAX', `a Q.850 cause is 1 to 127, got ${cause}`, { part: 'cause' });
  }
  const clearing = cause === false ? [] : [formatReason({ protocol: 'Q.850', cause })];

  return {
    name: '@jackfield/supplement-reason',
    methods: ['BYE', 'CANCEL', 'INVITE'],
    incomingRequest(session, request) {
      if (request.method !== 'INVITE') keep(session, request.headers.getAll('Reason'));
    },
    incomingResponse(session, response) {
      if (response.status >= 300 && response.request.method === 'INVITE' && response.request.initial) {
        keep(session, response.headers.getAll('Reason'));
      }
    },
    outgoingRequest(session, request) {
      if (request.method === 'INVITE' || request.headers.get('Reason') !== undefined) return;
      // What the core ends by itself (a lost ACK, an expired timer) is no normal clearing.
      const reasons = session.cookies.get(nextReason) ?? (request.origin === 'application' ? clearing : []);
      for (const reason of reasons) request.headers.add('Reason', reason);
    },
    outgoingResponse(session, response) {
      const { request, headers } = response;
      if (response.status < 300 || request.method !== 'INVITE' || !request.initial || headers.get('Reason') !== undefined) return;
      for (const reason of session.cookies.get(nextReason) ?? []) headers.add('Reason', reason);
    },
  };
}

function keep(session: Session, fields: readonly string[]): void {
  const reasons = parseReasons(fields);
  if (reasons.length > 0) session.cookies.set(lastReason, reasons);
}
