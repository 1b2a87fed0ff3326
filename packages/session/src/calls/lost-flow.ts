/**
 * What becomes of an established call whose connection is gone: it is kept, its way is found anew, or it ends. A call that is not answered hangs
 * on the transaction of its INVITE, and nothing is done for it here. RFC 3261 §12.2.1, RFC 3311.
 */
import { Diagnostics, SipError } from '@jackfield/base';
import type { Flow } from '@jackfield/sip';
import type { FlowLost } from '../contract/endpoint.ts';
import type { Session } from '../contract/session.ts';
import type { Call } from './call.ts';
import { giveUp } from './hang-up.ts';

/** `jackfield:session:flow`: the connection that a call was last heard by is gone. */
export interface FlowNews {
  readonly session: Session;
  readonly flow: Flow;
  /** What is done for it. */
  readonly policy: FlowLost;
}
const flowChannel = new Diagnostics<FlowNews>('session:flow');

/** Of one call, made with the first loss that has to be remembered. */
export class FlowRenewal {
  readonly #call: Call;
  #underWay = false;
  /** Not before then, ms of the clock: a peer that closes every connection is not asked without end. */
  #next = -Infinity;

  constructor(call: Call) {
    this.#call = call;
  }

  begin(): void {
    if (this.#underWay) return;
    const call = this.#call;
    this.#underWay = true;
    call.timer(Math.max(0, this.#next - call.clock.now()), () => {
      const { dialog, refreshing, clock, timers } = call;
      if (dialog?.flow.closed !== true) return this.#over(); // heard from by another way meanwhile
      this.#next = clock.now() + 64 * timers.t1;
      const done = refreshing.renew(dialog.remoteAllow.has('UPDATE') ? { method: 'UPDATE', media: 'none' } : {});
      void done.then(
        () => this.#over(),
        (error: unknown) => {
          this.#over();
          if (error instanceof SipError) call.report(error);
        },
      );
    });
  }

  #over(): void {
    this.#underWay = false;
  }
}

/** @returns whether its way is to be found anew */
export function wantsRenewal(call: Call, flow: Flow): boolean {
  const policy = call.state === 'established' ? (call.endpoint.flowLost ?? call.options.flowLost) : 'keep';
  if (flowChannel.hasSubscribers) flowChannel.publish({ session: call.session, flow, policy });
  if (policy === 'end') {
    call.mailbox.interrupt(() => {
      if (call.state !== 'established') return;
      call.mailbox.giveUp();
      giveUp(call, { status: 503, reason: 'the flow is gone' });
    });
  }
  return policy === 'refresh';
}
