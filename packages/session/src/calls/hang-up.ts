/** BYE, and what becomes of the session when it is answered, refused or lost (RFC 3261 §15.1.1); which failures inside a call are its end (RFC 5057 §5). */
import { consequenceOf, HeaderList, type Method, type Origin } from '@jackfield/sip';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Call } from './call.ts';
import type { Why } from './call-parts.ts';
import { addHeaders } from './draft.ts';
import { ofSubscription } from './other-usages.ts';
import { RequestRun } from './request-run.ts';

/** Ends an established call. In the mailbox. BYE leaves whatever hooks do, and the session ends with its final response, at the latest after 64·T1. */
export function hangUp(call: Call, init: ResponseInit, origin: Origin, end: SessionEnd): void {
  if (call.end.begun) return;
  call.state = 'ending';
  if (call.initial.keepsBye(init, origin, end)) return;
  call.end.byeSent = true;
  call.payAck();
  call.media.rollback();
  call.answerPending(); // their re-INVITE gets no other answer now
  call.refreshing.stop();
  const headers = new HeaderList();
  addHeaders(headers, init.headers);
  const draft = call.prepare('BYE', headers, init.body, origin);
  const { dialog } = call;
  if (dialog === undefined) return call.finish(end);
  new RequestRun(call, dialog, draft, { final: () => call.finish(end) }).send();
}

/** Ends it for a reason of the core's. */
export function giveUp(call: Call, { status, reason, error }: Why): void {
  hangUp(call, {}, 'core', { by: 'core', status, reason, error });
}

/** Whether the call is over with this final response to a request of ours inside it: the peer has lost it, or cannot be reached any more. */
export function endsCall(status: number, method: Method): boolean {
  if (method === 'REFER') return status === 481 || status === 408; // the others may be said of whom it names, and not of the peer
  const consequence = consequenceOf(status, method);
  return consequence === 'dialog' || (consequence === 'usage' && !ofSubscription(method));
}
