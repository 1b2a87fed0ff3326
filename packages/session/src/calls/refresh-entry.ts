/** One re-INVITE or UPDATE of ours, from when it is asked for to its outcome: how far it is, and what it is about. Sends nothing. */
import type { Dialog, Origin } from '@jackfield/sip';
import type { RefreshOutcome, ReinviteOptions } from '../contract/session.ts';
import type { Call } from './call.ts';
import type { Deferred } from './deferred.ts';
import type { EarlyRefresh } from './early-refresh.ts';
import type { Line } from './stream-line.ts';
import type { Wishes } from './stream-wishes.ts';

export interface Entry {
  readonly options: ReinviteOptions;
  readonly done: Deferred<RefreshOutcome>;
  /** The core's own offer of what is active, after an answer that could not be applied: if it fails, the call ends. */
  readonly restoring: boolean;
  readonly origin: Origin;
  attempt: number;
  /** When it met a request of the peer first (491), ms of the clock. */
  crossedAt: number | undefined;
  /** The request that is out carries an offer. */
  offered: boolean;
  /** Of the re-INVITE that is out. */
  early: EarlyRefresh | undefined;
  /** The lines that its wishes are about: those of the moment it was asked for, and what requests of ours before it made of them. */
  standing: readonly Line[];
  /** What was asked for when it was sent, and the lines of then. */
  sent: { readonly wishes: Wishes; readonly before: readonly Line[] } | undefined;
}

export function entryOf(
  options: ReinviteOptions,
  done: Deferred<RefreshOutcome>,
  restoring: boolean,
  standing: readonly Line[],
  origin: Origin = restoring ? 'core' : 'application',
): Entry {
  return {
    options,
    done,
    restoring,
    origin,
    attempt: 1,
    crossedAt: undefined,
    offered: false,
    early: undefined,
    standing,
    sent: undefined,
  };
}

/** Where it may go although the call is not answered; only an UPDATE may (RFC 3311 §5.1). */
export function earlyWay({ options }: Entry, call: Call): Dialog | undefined {
  const { method, media } = options;
  return method === 'INVITE' || (media === 'late' && method !== 'UPDATE') ? undefined : call.initial?.earlyDialog;
}
