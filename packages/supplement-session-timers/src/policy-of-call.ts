/** Which policy a call has: one for all, or what the application says of the peer, asked once a call and kept in a cookie. */
import { defineCookie, type Session } from '@jackfield/session';
import { policyOf, type Policy, type TimersForEndpoint } from './policy.ts';

type PolicyFor = (session: Session) => Policy;

const policyCookie = defineCookie<Policy>('session-timers.policy');
const DEFAULTS = policyOf({});

/** Undefined where no call has a timer. */
export function samePolicy(policy: Policy): PolicyFor | undefined {
  return policy.mode === 'off' ? undefined : () => policy;
}

export function policyOfCall(forEndpoint: TimersForEndpoint): PolicyFor {
  return (session) => {
    const there = session.cookies.get(policyCookie);
    if (there !== undefined) return there;
    const policy = askedFor(forEndpoint, session);
    session.cookies.set(policyCookie, policy);
    return policy;
  };
}

function askedFor(forEndpoint: TimersForEndpoint, session: Session): Policy {
  try {
    return policyOf(forEndpoint(session.endpoint) ?? {});
  } catch (error) {
    session.after(0, () => {
      throw error; // to `onError` of the service; thrown from a hook, it would cost the call its timer, or more
    });
    return DEFAULTS;
  }
}
