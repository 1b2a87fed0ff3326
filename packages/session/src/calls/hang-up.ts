/** BYE, and what becomes of the session when it is answered, refused or lost (RFC 3261 §15.1.1); which failures inside a call are its end (RFC 5057 §5). */
import { consequenceOf, HeaderList, type Method, type Origin } from '@jackfield/sip';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Call } from './call.ts';
import { addHeaders, RequestDraft } from './draft.ts';
import { ofSubscription } from './other-usages.ts';
import { RequestRun } from './request-run.ts';

/** Ends an established call. In the mailbox. BYE leaves whatever hooks do, and the session ends with its final response, at the latest after 64·T1. */
export function hangUp(call: Call, init: ResponseInit, origin: Origin, end: SessionEnd): void {
  if (call.over !== undefined || call.byeSent) return;
  call.state = 'ending';
  if (call.initial?.keepsBye(init, origin, end) === true) return;
  call.byeSent = true;
  call.payAck();
  call.media.rollback();
  call.answerPending(); // their re-INVITE gets no other answer now
  call.refreshing?.stop();
  const headers = new HeaderList();
  addHeaders(headers, init.headers);
  const draft = call.prepare('BYE', headers, init.body, origin);
  const dialog = call.dialog;
  if (!(draft instanceof RequestDraft) || dialog === undefined) return call.finish(end);
  new RequestRun(call, dialog, draft, { final: () => call.finish(end) }).send();
}

/** Whether the call is over with this final response to a request of ours inside it: the peer has lost it, or cannot be reached any more. */
export function endsCall(status: number, method: Method): boolean {
  if (method === 'REFER') return status === 481 || status === 408; // the others may be said of whom it names, and not of the peer
  const consequence = consequenceOf(status, method);
  return consequence === 'dialog' || (consequence === 'usage' && !ofSubscription(method));
}
