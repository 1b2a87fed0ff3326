/** The question before anything exists: may this call be? The first `Reply` wins. */
import { isReply, type HeaderList, type IncomingRequest, type Reply, type Uri } from '@jackfield/sip';
import type { CookieJar } from '../cookies.ts';
import type { Endpoint } from '../contract/session.ts';
import type { SessionIntent, Supplement } from '../contract/supplement.ts';
import { ask, hookFailed, nonsense, OpenQuestion, type HookHost } from '../plugins/hooks.ts';
import type { Steps } from '../plugins/steps.ts';
import type { SupplementSet } from '../plugins/supplement-registry.ts';
import { DraftHeaders } from './draft.ts';
import { replyRange } from './hooked-messages.ts';

export interface Admission {
  readonly direction: 'incoming' | 'outgoing';
  readonly request: IncomingRequest | undefined;
  readonly target: Uri;
  readonly endpoint: Endpoint;
  readonly headers: HeaderList | undefined;
  readonly cookies: CookieJar;
  readonly signal: () => AbortSignal;
}

class Intent implements SessionIntent {
  readonly direction: 'incoming' | 'outgoing';
  readonly request: IncomingRequest | undefined;
  readonly target: Uri;
  readonly endpoint: Endpoint;
  readonly headers: DraftHeaders | undefined;
  readonly cookies: CookieJar;
  readonly #signal: () => AbortSignal;

  constructor(admission: Admission) {
    this.direction = admission.direction;
    this.request = admission.request;
    this.target = admission.target;
    this.endpoint = admission.endpoint;
    this.headers = admission.headers === undefined ? undefined : new DraftHeaders(admission.headers);
    this.cookies = admission.cookies;
    this.#signal = admission.signal;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}

/** @throws SESSION_HOOK_FAILED, for a 2xx reply as well: it would be a call that nobody holds */
export function* admit(host: HookHost, supplements: SupplementSet, admission: Admission): Steps<Reply | undefined> {
  const list = supplements.having('admitSession');
  if (list.length === 0) return undefined;
  const intent = new Intent(admission);
  try {
    for (const supplement of list) {
      const { name } = supplement;
      let answer = ask(host, name, 'admitSession', admitSession, supplement, intent, undefined);
      if (answer instanceof OpenQuestion) answer = yield* answer.inTime(supplement.deadlineMs);
      if (answer === undefined) continue;
      if (!isReply(answer)) throw hookFailed(name, 'admitSession', nonsense(name, 'admitSession'));
      if (answer.status < 300) throw hookFailed(name, 'admitSession', replyRange(answer.status));
      return answer;
    }
    return undefined;
  } finally {
    intent.headers?.seal('INVITE');
  }
}

const admitSession = (to: Supplement, intent: SessionIntent): unknown => to.admitSession!(intent);
