/** Transaction timers (RFC 3261 §17, table 4; RFC 6026). Computes whole milliseconds; reads no clock, arms nothing. */
import { SipError } from '@jackfield/base';

/** Of both peers of a path: shorter ones than the RFC's are for links that are known, and for tests. */
export interface TimerBase {
  /** ms, round-trip estimate; RFC 3261 §17.1.1.1 suggests 500. */
  readonly t1: number;
  /** ms, ceiling of the retransmission interval of non-INVITE requests and INVITE responses; suggested 4000. */
  readonly t2: number;
  /** ms, the longest that a message stays in the network; suggested 5000. */
  readonly t4: number;
}

export const DEFAULT_TIMERS: TimerBase = { t1: 500, t2: 4000, t4: 5000 };

const MIN_TIMER_D_MS = 32_000;

/** Fills in the defaults. @throws SIP_OPTION for a timer that is no positive integer. */
export function timerBase(given: Partial<TimerBase> = {}): TimerBase {
  const base = { t1: given.t1 ?? DEFAULT_TIMERS.t1, t2: given.t2 ?? DEFAULT_TIMERS.t2, t4: given.t4 ?? DEFAULT_TIMERS.t4 };
  for (const [name, ms] of Object.entries(base)) {
    if (!Number.isInteger(ms) || ms < 1)
      throw new SipError('SIP_OPTION', `timer ${name} wants whole milliseconds, got ${ms}`, { option: name });
  }
  return base;
}

/** Wait before the next copy of an INVITE (§17.1.1.2). @param sent - copies on the wire so far, 1 after the first send. */
export const timerA = (base: TimerBase, sent: number): number => base.t1 * 2 ** (sent - 1);

/** Wait before the next copy of another request (§17.1.2.2). @param proceeding - a provisional response came. */
export const timerE = (base: TimerBase, sent: number, proceeding: boolean): number =>
  proceeding ? base.t2 : Math.min(base.t1 * 2 ** (sent - 1), base.t2);

/** Wait before the next copy of a failure response to INVITE (§17.2.1). */
export const timerG = (base: TimerBase, sent: number): number => Math.min(base.t1 * 2 ** (sent - 1), base.t2);

/** Timers B, F, H, J, L, M, and the time that a cancelled INVITE gets (§9.1). */
export const timeout = (base: TimerBase): number => 64 * base.t1;

/** How long an INVITE client acknowledges repeated failure responses (§17.1.1.2); 0 on streams. */
export const timerD = (base: TimerBase, reliable: boolean): number => (reliable ? 0 : Math.max(MIN_TIMER_D_MS, timeout(base)));

/** How long a server repeats its response to a non-INVITE request (§17.2.2); 0 on streams. */
export const timerJ = (base: TimerBase, reliable: boolean): number => (reliable ? 0 : timeout(base));

/** Timers I and K: how long stray copies are absorbed; 0 on streams. */
export const timerIK = (base: TimerBase, reliable: boolean): number => (reliable ? 0 : base.t4);
