/** A verb of the application on its way into the mailbox: it begins in its turn, settles once, and at the latest with the session. */
import { SipError } from '@jackfield/base';
import type { Method } from '@jackfield/sip';
import type { SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import type { Deferred } from './deferred.ts';
import type { Mailbox, Task } from './mailbox.ts';

export interface VerbHost {
  readonly mailbox: Mailbox;
  readonly question: number;
  readonly over: SessionEnd | undefined;
  /** Whether a request with this method goes on, the call being over or not. */
  carries(method: Method): boolean;
  /** Takes the task of one that goes on, and has to wait until our BYE is answered. */
  keeps(method: Method, task: Task): boolean;
  /** A promise that the end of the session rejects. */
  open<T>(guard: (() => SipError | undefined) | undefined): Deferred<T>;
  endedError(): SipError;
}

export type Verb<T> = (done: Deferred<T>) => Steps<void> | undefined | void;

/** @param method - of the request that it sends, where it may be one that outlives the call */
export function begin<T>(host: VerbHost, name: string, task: Verb<T>, method?: Method): Promise<T> {
  const { mailbox } = host;
  const question = mailbox.running ? host.question : 0;
  const guard =
    question === 0
      ? undefined
      : (): SipError | undefined =>
          host.question === question && !mailbox.running
            ? new SipError('SESSION_HOOK_AWAITS_SELF', `${name} begins when this hook is over: a hook cannot await it`, { verb: name })
            : undefined;
  const done = host.open<T>(guard);
  const turn = (): Steps<void> | undefined => {
    if (method !== undefined && host.keeps(method, turn)) return undefined;
    if (inTime(host, method)) return settleBy(done, task);
    done.reject(host.endedError());
    return undefined;
  };
  if (inTime(host, method)) mailbox.post(turn);
  else done.reject(host.endedError());
  return done.promise;
}

const inTime = (host: VerbHost, method: Method | undefined): boolean =>
  host.over === undefined || (method !== undefined && host.carries(method));

function* settleBy<T>(done: Deferred<T>, task: Verb<T>): Steps<void> {
  try {
    const steps = task(done);
    if (steps !== undefined) yield* steps;
  } catch (error) {
    done.reject(error);
  }
}
