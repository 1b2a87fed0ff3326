/** Session-Expires and Min-SE in INVITE, UPDATE and their 2xx, 422 both ways, and the timer of each call (RFC 4028). */
import {
  readTokens,
  reply,
  retry,
  type CookieJar,
  type Headers,
  type IncomingRequest,
  type IncomingResponse,
  type Method,
  type ReadonlyHeaders,
  type Session,
  type Supplement,
} from '@jackfield/session';
import { formatMinSE, formatSessionExpires, readMinSE, readSessionExpires } from '@jackfield/sip';
import { needTimer, timerOf } from './call-timer.ts';
import { agreed, answer, ask, isTooShort, raised, ROLE_OF_CALLEE, type Agreement, type Asked } from './negotiation.ts';
import { policyOfCall, samePolicy } from './policy-of-call.ts';
import { policyOf, type Policy, type SessionTimersOptions, type TimersForEndpoint } from './policy.ts';

const NAME = '@jackfield/supplement-session-timers';
const TAG = 'timer';
const TIMERS_WANTED = reply(421, { headers: { Require: TAG } });
const UNSUPPORTED = reply(420, { headers: { Unsupported: TAG } });

/** The timer of a call, as agreed last. */
export interface SessionTimer extends Agreement {
  /** This side ended the call, because nobody refreshed it. */
  readonly expired: boolean;
}

/** Undefined where there is none, and after the end. In `sessionEnd` it is there. */
export function sessionTimer(session: { readonly cookies: CookieJar }): SessionTimer | undefined {
  const timer = timerOf(session);
  return timer?.agreement === undefined ? undefined : { ...timer.agreement, expired: timer.expired };
}

/** @throws `TIMERS_OPTION`, unless the options are a function: that is asked call by call */
export function sessionTimersSupplement(options: SessionTimersOptions | TimersForEndpoint = {}): Supplement {
  const policyFor = typeof options === 'function' ? policyOfCall(options) : samePolicy(policyOf(options));
  if (policyFor === undefined) return { name: NAME };

  return {
    name: NAME,
    methods: typeof options === 'function' ? ['INVITE', 'UPDATE', 'OPTIONS'] : ['INVITE', 'UPDATE'], // the answer to OPTIONS says what we support
    order: 'late', // the timer is the last of what an INVITE can be refused for, and begins with a 2xx that no other supplement takes back
    optionTags: [TAG],

    incomingRequest(session, request) {
      const policy = policyFor(session);
      if (policy.mode === 'off') return lists(request.headers, 'Require') ? UNSUPPORTED : undefined;
      if (!refreshes(session, request.method)) return undefined;
      const asked = askedBy(session, request);
      if (isTooShort(asked, policy)) return reply(422, { headers: { 'Min-SE': formatMinSE(policy.minSE) } });
      return policy.mode === 'required' && request.initial && !asked.supports ? TIMERS_WANTED : undefined;
    },

    outgoingRequest(session, { method, headers }) {
      const policy = policyFor(session);
      if (policy.mode === 'off') return hideTimers(headers);
      if (!refreshes(session, method)) return;
      const timer = timerOf(session);
      const { sessionExpires, minSE } = ask(policy, timer?.agreement, timer?.minSE);
      headers.set('Session-Expires', formatSessionExpires(sessionExpires));
      if (minSE === undefined) headers.delete('Min-SE');
      else headers.set('Min-SE', formatMinSE(minSE));
      if (policy.mode === 'required') requireTimer(headers);
    },

    incomingResponse(session, response) {
      const { status, request } = response;
      const policy = policyFor(session);
      // of an UPDATE that left before the call was answered, the response may come after that
      if (policy.mode === 'off' || request.headers.get('Session-Expires') === undefined) return undefined;
      if (status === 422) return tryLonger(session, response);
      if (status >= 200 && status < 300 && !(request.initial && session.state === 'established')) settle(session, response, policy);
      return undefined;
    },

    outgoingResponse(session, { status, headers, request }) {
      const policy = policyFor(session);
      if (policy.mode === 'off') return hideTimers(headers);
      if (status < 200 || status >= 300 || !refreshes(session, request.method)) return;
      const asked = askedBy(session, request);
      const agreement = answer(asked, policy, timerOf(session)?.agreement);
      if (agreement === undefined) return timerOf(session)?.renew(undefined);
      const timer = needTimer(session);
      if (asked.minSE !== undefined) timer.learn(asked.minSE);
      timer.renew(agreement);
      const { seconds, refresher } = agreement;
      headers.set('Session-Expires', formatSessionExpires({ seconds, refresher: ROLE_OF_CALLEE[refresher] }));
      if (refresher === 'remote') requireTimer(headers);
    },
  };
}

/** An UPDATE of an early dialog refreshes no session: there is none yet. */
function refreshes(session: Session, method: Method): boolean {
  if (method === 'OPTIONS') return false;
  return method === 'INVITE' || session.state === 'established' || timerOf(session)?.running === true;
}

function askedBy({ dialog }: Session, { headers }: IncomingRequest): Asked {
  const supports = dialog.remoteSupported.has(TAG) || lists(headers, 'Require');
  return { supports, sessionExpires: readSessionExpires(headers), minSE: readMinSE(headers) };
}

/** §7.3. The core bounds how often a request is repeated. */
function tryLonger(session: Session, { headers, request }: IncomingResponse): ReturnType<typeof retry> | undefined {
  const minSE = readMinSE(headers);
  const longer = raised(minSE, readSessionExpires(request.headers));
  if (minSE === undefined || longer === undefined) return undefined;
  needTimer(session).learn(minSE);
  return retry({ headers: { 'Session-Expires': formatSessionExpires(longer), 'Min-SE': formatMinSE(minSE) } });
}

function settle(session: Session, { headers, request }: IncomingResponse, policy: Policy): void {
  const asked = { sessionExpires: readSessionExpires(request.headers), minSE: readMinSE(request.headers) };
  const agreement = agreed(readSessionExpires(headers), asked, policy);
  if (agreement === undefined) timerOf(session)?.renew(undefined);
  else needTimer(session).renew(agreement);
}

/** To a peer with whom there are none: the stack shows what it can do with others. */
function hideTimers(headers: Headers): void {
  if (!lists(headers, 'Supported')) return;
  const others = readTokens(headers, 'Supported').filter((tag) => tag.toLowerCase() !== TAG);
  if (others.length === 0) headers.delete('Supported');
  else headers.set('Supported', others.join(', '));
}

function requireTimer(headers: Headers): void {
  if (!lists(headers, 'Require')) headers.add('Require', TAG);
}

const lists = (headers: ReadonlyHeaders, name: string): boolean =>
  headers.get(name) !== undefined && readTokens(headers, name).some((tag) => tag.toLowerCase() === TAG);
