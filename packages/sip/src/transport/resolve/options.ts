/** How servers are located: times, bounds and preference, each with its default. */
import { SipError } from '@jackfield/base';
import { positive } from '../positive.ts';

/** For `createSipStack` (`locating`). Whole numbers from 1 up, else SIP_OPTION. */
export interface LocateOptions {
  /** Which addresses of a name with both come first, where a listener has both families; `'ipv6'` (as RFC 6724 has it, and RFC 7984 for SIP). What `Network.lookup` gives keeps its order. */
  readonly prefer?: 'ipv4' | 'ipv6' | undefined;
  /** ms that an answer without a TTL is kept (node:dns tells none for SRV and NAPTR, nor does `Network.lookup`); 60,000. */
  readonly ttlMs?: number | undefined;
  /** ms that any answer is kept at most; 3,600,000. */
  readonly maxTtlMs?: number | undefined;
  /** ms that "there is no such record" and "nobody knows" are kept; 5000. */
  readonly negativeMs?: number | undefined;
  /** ms until a query counts as failed; 5000. */
  readonly queryMs?: number | undefined;
  /** ms that one URI may wait for DNS, all queries together: after it no query but the last resort begins; 15,000. */
  readonly waitMs?: number | undefined;
  /** Queries for one URI, cached ones included; 64. */
  readonly maxQueries?: number | undefined;
  /** Records of one answer: those beyond are not read; 64. */
  readonly maxRecords?: number | undefined;
  /** Targets of one URI; 32. */
  readonly maxTargets?: number | undefined;
  /** Targets that a response is offered whose connection is gone (RFC 3263 §5), the host that the request came from included; 4. 1: none but that. */
  readonly maxReturnTargets?: number | undefined;
  /** Names whose answers are kept, for each kind of record (at most twice as many); 1024. */
  readonly maxCached?: number | undefined;
  /** Queries under way, for each kind of record; one more is not asked, and counts as failed; 256. */
  readonly maxPending?: number | undefined;
  /** ms that a failed target is tried last, unless it is told; 30,000. */
  readonly failedMs?: number | undefined;
  /** The most that may be told, by Retry-After for instance; 300,000. */
  readonly maxFailedMs?: number | undefined;
  /** Failed targets that are remembered: one more drives out the oldest; 1024. */
  readonly maxFailed?: number | undefined;
}

/** {@link LocateOptions}, all given. */
export type LocateLimits = { readonly [Name in keyof LocateOptions]-?: NonNullable<LocateOptions[Name]> };

/** @throws SIP_OPTION for what is no positive integer, and for an unknown preference. */
export function locateLimits(options: LocateOptions = {}): LocateLimits {
  const { prefer = 'ipv6' } = options;
  if (prefer !== 'ipv4' && prefer !== 'ipv6')
    throw new SipError('SIP_OPTION', `prefer wants 'ipv4' or 'ipv6', got ${String(prefer)}`, { option: 'prefer' });
  return {
    prefer,
    ttlMs: positive('ttlMs', options.ttlMs, 60_000),
    maxTtlMs: positive('maxTtlMs', options.maxTtlMs, 3_600_000),
    negativeMs: positive('negativeMs', options.negativeMs, 5000),
    queryMs: positive('queryMs', options.queryMs, 5000),
    waitMs: positive('waitMs', options.waitMs, 15_000),
    maxQueries: positive('maxQueries', options.maxQueries, 64),
    maxRecords: positive('maxRecords', options.maxRecords, 64),
    maxTargets: positive('maxTargets', options.maxTargets, 32),
    maxReturnTargets: positive('maxReturnTargets', options.maxReturnTargets, 4),
    maxCached: positive('maxCached', options.maxCached, 1024),
    maxPending: positive('maxPending', options.maxPending, 256),
    failedMs: positive('failedMs', options.failedMs, 30_000),
    maxFailedMs: positive('maxFailedMs', options.maxFailedMs, 300_000),
    maxFailed: positive('maxFailed', options.maxFailed, 1024),
  };
}
