/** A verb of the application on its way into the mailbox: it begins in its turn, settles once, and at the latest with the session. */
import { SipError } from '@jackfield/base';
import type { Method } from '@jackfield/sip';
import type { Steps } from '../plugins/steps.ts';
import type { CallEnd } from './call-end.ts';
import type { Deferred } from './deferred.ts';
import type { Mailbox } from './mailbox.ts';

export interface VerbHost {
  readonly mailbox: Mailbox;
  readonly question: number;
  readonly end: CallEnd;
}

export type Verb<T> = (done: Deferred<T>) => Steps<void> | undefined | void;

/** @param method - of the request that it sends, where it may be one that outlives the call */
export function begin<T>(host: VerbHost, name: string, task: Verb<T>, method?: Method): Promise<T> {
  const { mailbox, end } = host;
  const question = mailbox.running ? host.question : 0;
  const guard =
    question === 0
      ? undefined
      : (): SipError | undefined =>
          host.question === question && !mailbox.running
            ? new SipError('SESSION_HOOK_AWAITS_SELF', `${name} begins when this hook is over: a hook cannot await it`, { verb: name })
            : undefined;
  const done = end.open<T>(guard);
  const turn = (): Steps<void> | undefined => {
    if (method !== undefined && end.keeps(method, turn)) return undefined;
    if (inTime(end, method)) return settleBy(done, task);
    done.reject(end.error());
    return undefined;
  };
  if (inTime(end, method)) mailbox.post(turn);
  else done.reject(end.error());
  return done.promise;
}

const inTime = (end: CallEnd, method: Method | undefined): boolean =>
  end.over === undefined || (method !== undefined && end.carries(method));

function* settleBy<T>(done: Deferred<T>, task: Verb<T>): Steps<void> {
  try {
    const steps = task(done);
    if (steps !== undefined) yield* steps;
  } catch (error) {
    done.reject(error);
  }
}
