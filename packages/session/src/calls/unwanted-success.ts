/** A 2xx to our INVITE that is not wanted any more, from another fork or after the end: ACK and BYE (RFC 3261 §13.2.2.4). */
import { HeaderList, type ClientTransaction, type Dialog, type SipResponse } from '@jackfield/sip';
import type { Call } from './call.ts';
import { RequestDraft } from './draft.ts';
import { HeardResponse } from './heard-response.ts';

/** What sends the ACK of each again, while its BYE is under way. */
const acknowledged = new WeakMap<Dialog, () => void>();

/** @param draft - the INVITE as it left. Its hooks run as long as the session has any. */
export function refuseSuccess(call: Call, draft: RequestDraft, response: SipResponse, transaction: ClientTransaction): void {
  const known = call.core.dialogs.find(call.view.callId, call.view.localTag, response.to.tag);
  if (known?.state === 'confirmed') return acknowledged.get(known)?.(); // a copy: our ACK was lost
  const dialog = known ?? call.core.dialogs.fromResponse(transaction, response);
  if (known === undefined) {
    call.equip(dialog);
    dialog.localSequence = Math.max(dialog.localSequence, call.droppedSequence);
  }
  dialog.confirm(response);
  const hooks = call.over === undefined;
  if (hooks) call.heard(new HeardResponse(response, draft, dialog));
  const ack = hooks ? call.prepare('ACK', new HeaderList(), undefined, 'core') : undefined;
  acknowledged.set(dialog, dialog.acknowledge(transaction.request, ack instanceof RequestDraft ? { headers: ack.headers.list } : {}));
  const bye = hooks ? call.prepare('BYE', new HeaderList(), undefined, 'core') : undefined;
  const forget = (): void => dialog.terminate();
  const headers = bye instanceof RequestDraft ? bye.headers.list : new HeaderList();
  const ended = (answer: SipResponse): void => {
    if (answer.status < 200) return;
    forget();
    if (bye instanceof RequestDraft) call.mailbox.post(() => void call.heard(new HeardResponse(answer, bye, dialog)));
  };
  dialog.request('BYE', { headers }, { started: () => undefined, response: ended, failed: forget });
}
