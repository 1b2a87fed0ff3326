/** Calls for mutated messages to fall into: those that come are taken, those of ours are placed, and none is kept. */
import {
  buildResponse,
  HeaderList,
  parseUri,
  type ClientTransaction,
  type ClientTransactionUser,
  type Dialog,
  type DialogUser,
  type ServerTransaction,
  type SipCore,
  type SipResponse,
} from '@jackfield/sip';
import type { SeededRandom } from '@jackfield/sip/testing';
import { PEER, US, Usage, type Rig } from '../rig.ts';

export const STATUSES = [180, 200, 200, 302, 404, 486, 500, 603];

/** Takes calls, and answers whatever comes in them. */
export class Callee extends Usage {
  readonly dialogs: Dialog[] = [];

  constructor(world: Rig, random: SeededRandom) {
    super(world.core, (transaction) => this.#answer(transaction, random.pick(STATUSES)));
  }

  #answer(transaction: ServerTransaction, status: number): void {
    const tag = `us-${this.dialogs.length}`;
    const headers = { Contact: this.core.contactFor(transaction.flow) };
    transaction.respond(buildResponse(transaction.request, status, { toTag: tag, headers }));
    if (status >= 300) return;
    const dialog = this.core.dialogs.fromRequest(transaction, tag, this);
    if (status >= 200) dialog.confirm(transaction.request);
    this.dialogs.push(dialog);
  }

  override request(transaction: ServerTransaction): void {
    transaction.respond(buildResponse(transaction.request, 200));
  }

  override ack(): void {
    // nothing waits for it
  }

  end(): void {
    for (const dialog of this.dialogs.splice(0)) dialog.terminate();
    for (const rung of this.taken.splice(0)) if (!rung.answered) rung.respond(buildResponse(rung.request, 480, { toTag: 'us' }));
    this.news.length = 0;
  }
}

/** A call of ours, whatever is answered to it. Each dialog is acknowledged, and hung up on. */
export class Calling implements ClientTransactionUser, DialogUser {
  readonly #core: SipCore;
  over = false;

  constructor(core: SipCore, id: string) {
    this.#core = core;
    const target = parseUri(`sip:peer@${PEER}`)!;
    const headers = new HeaderList({ From: `<sip:us@${US}>;tag=${id}`, To: `<sip:peer@${PEER}>`, 'Call-ID': id });
    const way = core.wayTo(target);
    if (!('flow' in way)) throw new Error('datagrams leave at once');
    const invite = core.startInitial('INVITE', target, { headers, repeats: 0, nextSequence: () => 1 }, way, this);
    core.clock.after(3000, () => invite.cancel());
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    if (response.status < 101 || response.status >= 300) return;
    const { callId, from, to } = response;
    const dialog = this.#core.dialogs.find(callId, from.tag ?? '', to.tag) ?? this.#core.dialogs.fromResponse(transaction, response, this);
    if (response.status < 200) {
      dialog.terminate();
      return;
    }
    dialog.confirm(response);
    const again = dialog.acknowledge(transaction.request);
    again();
    dialog.request('BYE', {}, { response: ({ status }) => void (status >= 200 && dialog.terminate()), failed: () => dialog.terminate() });
  }

  failed(): void {
    // nobody answered, or nothing that could be read
  }

  terminated(): void {
    this.over = true;
  }

  request(transaction: ServerTransaction): void {
    transaction.respond(buildResponse(transaction.request, 200));
  }

  ack(): void {
    // nothing waits for it
  }
}
