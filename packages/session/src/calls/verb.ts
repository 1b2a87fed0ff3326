/** A verb of the application on its way into the mailbox: it begins in its turn, settles once, and at the latest with the session. */
import { SipError } from '@jackfield/base';
import type { Method } from '@jackfield/sip';
import type { RefreshOutcome } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import type { CallEnd } from './call-end.ts';
import { Deferred } from './deferred.ts';
import type { Mailbox } from './mailbox.ts';

export interface VerbHost {
  readonly mailbox: Mailbox;
  readonly question: number;
  readonly end: CallEnd;
}

export type Verb<T> = (done: Deferred<T>) => Steps<void> | undefined | void;

/** Of `sendReinvite`, whose outcome names the end: there it resolves, whether its turn had come or not. The other verbs reject, and this one where it is asked for later. */
class Refresh extends Deferred<RefreshOutcome> {
  readonly #end: CallEnd;

  constructor(end: CallEnd, guard: (() => SipError | undefined) | undefined) {
    super(guard);
    this.#end = end;
  }

  override drop(): void {
    this.resolve({ kind: 'ended', end: this.#end.over! });
  }
}

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
  const done = name === 'sendReinvite' ? (new Refresh(end, guard) as Deferred<unknown> as Deferred<T>) : new Deferred<T>(guard);
  end.open(done);
  const turn = (): Steps<void> | undefined => {
    if (method !== undefined && end.keeps(method, turn)) return undefined;
    if (inTime(end, method)) return settleBy(done, task);
    done.drop(end.error());
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
