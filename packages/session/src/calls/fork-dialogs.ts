/** The dialogs that responses to our first INVITE make, one per To tag (RFC 3261 §12.1.2, §13.2.2). */
import type { ClientTransaction, Dialog, DialogUser, SipResponse } from '@jackfield/sip';
import type { Call } from './call.ts';

/** Whether it would make one early dialog more than there may be. */
export function forksTooMuch({ dialogs, options }: Call, { status, to: { tag } }: SipResponse): boolean {
  if (status >= 200 || tag === undefined || dialogs.length < options.maxForks) return false;
  return !dialogs.some(({ remoteTag }) => remoteTag === tag);
}

/** Whether the call goes on without this dialog, which its peer has lost: it was one of several early dialogs, or is. */
export function goesOnWithout(call: Call, dialog: Dialog): boolean {
  return dialog.state === 'terminated' || call.placed?.lose(dialog) === true;
}

/** The one it belongs to, made if need be; undefined: it makes none. */
export function dialogOf(call: Call, response: SipResponse, transaction: ClientTransaction, user: DialogUser): Dialog | undefined {
  const tag = response.to.tag;
  if (tag === undefined && response.status < 200) return undefined;
  const { callId, localTag } = call.view;
  const known = call.core.dialogs.find(callId, localTag, tag);
  if (known !== undefined) return known;
  if (response.status >= 300) return undefined;
  const dialog = call.core.dialogs.fromResponse(transaction, response, user);
  dialog.localSequence = Math.max(dialog.localSequence, call.droppedSequence);
  call.use(dialog);
  return dialog;
}
