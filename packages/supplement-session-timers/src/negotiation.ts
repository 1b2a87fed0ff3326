/** Interval and refresher as RFC 4028 §7 to §9 negotiate them, both roles, from what the headers say. Pure: no session, no clock. */
import type { SessionExpires } from '@jackfield/sip';
import { SHORTEST, type Policy, type Side } from './policy.ts';

export interface Agreement {
  /** The interval, s. */
  readonly seconds: number;
  /** Who refreshes. */
  readonly refresher: Side;
}

/** What a request that refreshes says of timers. */
export interface Wish {
  readonly sessionExpires: SessionExpires | undefined;
  readonly minSE: number | undefined;
}

export interface Asked extends Wish {
  /** Whether its sender knows timers. */
  readonly supports: boolean;
}

/**
 * What our request asks for (§7.1, §7.4): in a call with a timer the roles and the interval stay.
 *
 * @param learned - the largest Min-SE of the peer and of proxies so far in this call
 */
export function ask(
  policy: Policy,
  current: Agreement | undefined,
  learned: number | undefined,
): Wish & { readonly sessionExpires: SessionExpires } {
  const floor = Math.max(policy.minSE, learned ?? SHORTEST);
  const seconds = Math.max(current?.seconds ?? policy.sessionExpires, floor);
  const refresher = current?.refresher ?? policy.refresher;
  return {
    sessionExpires: { seconds, refresher: refresher === undefined ? undefined : ROLE_OF_CALLER[refresher] },
    minSE: learned !== undefined || floor > SHORTEST ? floor : undefined,
  };
}

/** Whether a request is met with 422 (§9). One whose sender does not know timers is not: it could do nothing about it. */
export function isTooShort({ supports, sessionExpires }: Asked, { minSE }: Policy): boolean {
  return supports && sessionExpires !== undefined && sessionExpires.seconds < minSE;
}

/** What our 2xx says (§9, table 2); undefined: no timer. */
export function answer(
  { supports, sessionExpires, minSE = SHORTEST }: Asked,
  policy: Policy,
  current: Agreement | undefined,
): Agreement | undefined {
  const wanted = sessionExpires !== undefined && sessionExpires.seconds >= SHORTEST ? sessionExpires : undefined;
  if (wanted === undefined && !supports && policy.mode !== 'always') return undefined;
  const seconds =
    wanted === undefined
      ? Math.max(current?.seconds ?? policy.sessionExpires, minSE)
      : Math.min(wanted.seconds, Math.max(policy.sessionExpires, minSE));
  if (!supports) return { seconds, refresher: 'local' };
  const { refresher } = wanted ?? {};
  if (refresher !== undefined) return { seconds, refresher: refresher === 'uas' ? 'local' : 'remote' };
  return { seconds, refresher: policy.refresher ?? current?.refresher ?? 'remote' };
}

/**
 * What a 2xx to our request agrees to (§7.2); undefined: no timer. An interval below what we said we bear is not taken from the peer, which could
 * make us refresh without end (§11.1).
 */
export function agreed(said: SessionExpires | undefined, asked: Wish, policy: Policy): Agreement | undefined {
  if (said !== undefined) {
    return { seconds: Math.max(said.seconds, asked.minSE ?? SHORTEST), refresher: said.refresher === 'uas' ? 'remote' : 'local' };
  }
  if (policy.mode === 'supported') return undefined;
  return { seconds: asked.sessionExpires?.seconds ?? policy.sessionExpires, refresher: 'local' };
}

/** What to ask for after a 422 (§7.3); undefined where its Min-SE is no reason to refuse what we asked for, and asking again would not help. */
export function raised(minSE: number | undefined, asked: SessionExpires | undefined): SessionExpires | undefined {
  if (minSE === undefined || asked === undefined || minSE <= asked.seconds) return undefined;
  return { seconds: minSE, refresher: asked.refresher };
}

/** As the sender of the request writes it: of the two sides, who is us. */
const ROLE_OF_CALLER = { local: 'uac', remote: 'uas' } as const satisfies Record<Side, SessionExpires['refresher']>;
/** As who answers writes it. */
export const ROLE_OF_CALLEE = { local: 'uas', remote: 'uac' } as const satisfies Record<Side, SessionExpires['refresher']>;
