/** Requests of the peer whose answer a supplement gives later, by `sendResponse`; 504 when its time is over. Made with the first of a call. */
import { SipError } from '@jackfield/base';
import type { IncomingRequest, Origin } from '@jackfield/sip';
import type { ResponseInit } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import { agreesOnMedia, replyRange } from './hooked-messages.ts';
import type { Mailbox, Task } from './mailbox.ts';

export type LateDecision = (status: number, init: ResponseInit, origin: Origin) => Steps<void> | undefined | void;

export interface LateDecisionHost {
  readonly mailbox: Mailbox;
  timer(ms: number, task: Task): Disposable;
}

export class LateDecisions {
  readonly #host: LateDecisionHost;
  readonly #open = new Map<IncomingRequest, LateDecision>();

  constructor(host: LateDecisionHost) {
    this.#host = host;
  }

  await(request: IncomingRequest, ms: number, decide: LateDecision): void {
    this.#open.set(request, decide);
    this.#host.timer(ms, () => this.#take(request)?.(504, {}, 'core'));
  }

  /** @throws SESSION_ALREADY_ANSWERED, SESSION_REPLY_RANGE */
  give(request: IncomingRequest, status: number, init: ResponseInit): void {
    const final = Number.isInteger(status) && status >= 200 && status <= 699;
    if (!final || agreesOnMedia(request, status, init.body)) throw replyRange(status);
    const decide = this.#take(request);
    if (decide === undefined)
      throw new SipError('SESSION_ALREADY_ANSWERED', `this ${request.method} is answered already, or was never left to a plug-in`, {
        status,
      });
    this.#host.mailbox.post(() => decide(status, init, 'application'));
  }

  #take(request: IncomingRequest): LateDecision | undefined {
    const decide = this.#open.get(request);
    this.#open.delete(request);
    return decide;
  }
}
