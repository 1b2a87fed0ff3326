/** The driver, on its own from here: nothing of it holds the mailbox. What it leaves unanswered, or fails at, is answered for it. */
import { isPromise, isSipError, type SipError } from '@jackfield/base';
import type { SipRequest } from '@jackfield/sip';
import { driverCookie } from '../contract/driver.ts';
import { hookFailed } from '../plugins/hooks.ts';
import type { AnswerTimers } from './answer-timers.ts';
import type { Call } from './call.ts';
import { giveUp } from './hang-up.ts';

/** The INVITE that it is to answer. */
export interface DrivenInvite {
  readonly request: SipRequest;
  readonly timers: AnswerTimers;
  readonly answered: boolean;
  /** The failure that was reported last: not once more when a verb passed it on to the driver. */
  readonly told: SipError | undefined;
  /** @param error - why; it was reported */
  refuse(status: number, error: SipError | undefined): void;
}

export function drive(call: Call, invite: DrivenInvite): void {
  const driver = call.cookies.get(driverCookie) ?? call.home.driver;
  if (driver === undefined) return invite.refuse(480, undefined);
  const failed = (cause: unknown): void => {
    if (call.over !== undefined && isSipError(cause, 'SESSION_ENDED')) return; // the call ended under one of its verbs
    const error = hookFailed('driver', 'onIncoming', cause);
    if (cause !== invite.told) call.report(error);
    call.mailbox.post(() => {
      if (!invite.answered) invite.refuse(500, error);
      else giveUp(call, { error });
    });
  };
  try {
    const running = driver(call.session, invite.request);
    if (isPromise(running)) running.then(undefined, failed);
  } catch (cause) {
    failed(cause);
  }
  // behind what it asked for at once: most calls are answered by then
  call.mailbox.post(() => {
    if (invite.answered) return;
    invite.timers.ring(call.options.ringMs, () => {
      if (!invite.answered) invite.refuse(480, undefined);
    });
  });
}
