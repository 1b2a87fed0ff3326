/**
 * 2xx to our INVITE that are not wanted any more, from another fork, after a failure or after the end: ACK and BYE for each, and the ACK once more for every
 * copy as long as the INVITE is remembered below (RFC 3261 §13.2.2.4, §16.7, RFC 6026). Made with the first of a call.
 */
import { HeaderList, type ClientTransaction, type Dialog, type SipResponse } from '@jackfield/sip';
import type { Call } from './call.ts';
import type { RequestDraft } from './draft.ts';
import { HeardResponse } from './heard-response.ts';

export class UnwantedAnswers {
  readonly #call: Call;
  /** The INVITE as it left. */
  readonly #draft: RequestDraft;
  /** By To tag: sends its ACK again. */
  readonly #refused = new Map<string | undefined, () => void>();

  constructor(call: Call, draft: RequestDraft) {
    this.#call = call;
    this.#draft = draft;
  }

  /** Behind what the mailbox holds; at the end of the call at the latest, which leaves nothing in it. */
  refuseInTurn(response: SipResponse, transaction: ClientTransaction): void {
    const call = this.#call;
    if (call.over !== undefined) return this.refuse(response, transaction);
    let waits = true;
    const refuse = (): void => {
      if (waits) this.refuse(response, transaction);
      waits = false;
    };
    call.mailbox.post(refuse);
    if (waits) call.end.atEnd(refuse);
  }

  /** At once. Hooks run as long as the session has any. */
  refuse(response: SipResponse, transaction: ClientTransaction): void {
    const call = this.#call;
    const { tag } = response.to;
    const again = this.#refused.get(tag);
    if (again !== undefined) return again(); // a copy: our ACK was lost
    const known = call.core.dialogs.find(call.view.callId, call.view.localTag, tag);
    if (known?.state === 'confirmed' || this.#refused.size >= call.options.maxUnwantedAnswers) return; // the one that won has its own ACK
    const dialog = known ?? this.#dialogOf(response, transaction);
    dialog.confirm(response);
    const hooks = call.over === undefined;
    if (hooks) call.heard(new HeardResponse(response, this.#draft, dialog));
    const acknowledged = dialog.acknowledge(transaction.request, hooks ? { headers: call.prepare('ACK').headers.list } : {});
    this.#refused.set(tag, acknowledged);
    this.#hangUp(dialog, hooks ? call.prepare('BYE') : undefined);
  }

  #dialogOf(response: SipResponse, transaction: ClientTransaction): Dialog {
    const dialog = this.#call.core.dialogs.fromResponse(transaction, response);
    this.#call.equip(dialog);
    dialog.localSequence = Math.max(dialog.localSequence, this.#call.droppedSequence);
    return dialog;
  }

  #hangUp(dialog: Dialog, bye: RequestDraft | undefined): void {
    const call = this.#call;
    const forget = (): void => dialog.terminate();
    const headers = bye?.headers.list ?? new HeaderList();
    const ended = (answer: SipResponse): void => {
      if (answer.status < 200) return;
      forget();
      if (bye !== undefined) call.mailbox.post(() => void call.heard(new HeardResponse(answer, bye, dialog)));
    };
    dialog.request('BYE', { headers }, { started: () => undefined, response: ended, failed: forget });
  }
}
