/** What this side wants of session timers: the options, checked, with their defaults. */
import { SipError } from '@jackfield/base';
import type { Endpoint } from '@jackfield/session';
import type { SessionTimersErrors } from './errors.ts';

/** For `registerSessionTimers`. Out of range: TIMERS_OPTION. */
export interface SessionTimersOptions {
  /**
   * - `'supported'`, the default: a timer with every peer that knows timers, and where a proxy asks for one;
   * - `'required'`: no call without; peers that do not know timers are refused with 421, or refuse us with 420;
   * - `'always'`: with every peer; this side refreshes where the peer does not know timers;
   * - `'off'`: none, and no word of timers in any message.
   */
  readonly mode?: 'off' | 'supported' | 'required' | 'always' | undefined;
  /** The interval that we ask for, and the longest that we agree to unless the peer's Min-SE is longer; seconds, `minSE` to 2^31-1, default 1800. */
  readonly sessionExpires?: number | undefined;
  /** The shortest interval that we agree to; seconds, 90 (RFC 4028 §4) and up, default 90. */
  readonly minSE?: number | undefined;
  /** Who is to refresh where the peer leaves it open. `'auto'`, the default: whoever does now; in a new call, the peer chooses where we call, and the caller refreshes where we are called. */
  readonly refresher?: 'auto' | 'local' | 'remote' | undefined;
}

/**
 * What it is with a peer; undefined: the defaults. Asked once a call, before its first message: what it throws, or gives that is no options (`TIMERS_OPTION`),
 * goes to `onError` of the service as the cause of a SESSION_HOOK_FAILED, and the defaults hold for that call.
 */
export type TimersForEndpoint = (endpoint: Endpoint) => SessionTimersOptions | undefined;

export type Mode = NonNullable<SessionTimersOptions['mode']>;
export type Side = 'local' | 'remote';

export interface Policy {
  readonly mode: Mode;
  readonly sessionExpires: number;
  readonly minSE: number;
  readonly refresher: Side | undefined;
}

/** No interval is shorter, s (RFC 4028 §4): what Min-SE is where it is absent. */
export const SHORTEST = 90;
const LONGEST = 2 ** 31 - 1;

/** @throws `TIMERS_OPTION` */
export function policyOf(options: SessionTimersOptions): Policy {
  if (typeof options !== 'object' || options === null || 'then' in options) throw refused('options', 'these are no options');
  const { mode = 'supported', sessionExpires = 1800, minSE = SHORTEST, refresher = 'auto' } = options;
  if (!['off', 'supported', 'required', 'always'].includes(mode)) throw refused('mode', `${String(mode)} is no mode`);
  if (!isWithin(minSE, SHORTEST)) throw refused('minSE', `minSE is ${SHORTEST} s and up, got ${minSE}`);
  if (!isWithin(sessionExpires, minSE)) throw refused('sessionExpires', `sessionExpires is ${minSE} s and up, got ${sessionExpires}`);
  if (!['auto', 'local', 'remote'].includes(refresher)) throw refused('refresher', `${String(refresher)} is no side`);
  return { mode, sessionExpires, minSE, refresher: refresher === 'auto' ? undefined : refresher };
}

const isWithin = (seconds: number, least: number): boolean => Number.isInteger(seconds) && seconds >= least && seconds <= LONGEST;

function refused(option: SessionTimersErrors['TIMERS_OPTION']['option'], message: string): SipError {
  return new SipError('TIMERS_OPTION', message, { option });
}
