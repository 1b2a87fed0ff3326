/** One re-INVITE or UPDATE of ours, from when it is asked for to its outcome: how far it is, and what it is about. Sends nothing. */
import { readRetryAfter, type Dialog, type IncomingResponse, type Origin } from '@jackfield/sip';
import type { RefreshOutcome, ReinviteOptions } from '../contract/session.ts';
import type { Call } from './call.ts';
import type { Acknowledging } from './call-parts.ts';
import type { Deferred } from './deferred.ts';
import type { EarlyRefresh } from './early-refresh.ts';
import { glareWaitMs } from './crossing.ts';
import type { Line } from './stream-line.ts';
import type { Wishes } from './stream-wishes.ts';

export interface Entry {
  readonly options: ReinviteOptions;
  readonly done: Deferred<RefreshOutcome>;
  /** The core's own offer of what is active, after an answer that could not be applied: if it fails, the call ends. */
  readonly restoring: boolean;
  readonly origin: Origin;
  /** How often it was built. */
  attempt: number;
  /** How often it was repeated, all causes together: built anew, as a supplement wished, or by what is below. */
  repeats: number;
  /** When it met a request of the peer first (491), ms of the clock. */
  crossedAt: number | undefined;
  /** Where its request is out, and not answered. */
  dialog: Dialog | undefined;
  /** The request that is out carries an offer. */
  offered: boolean;
  /** An offer of it may have been taken, and we do not hear of it. */
  unsure: boolean;
  /** Of the PRACK that it is in. */
  prack: { readonly leg: Acknowledging; readonly rack: string } | undefined;
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
    repeats: 0,
    crossedAt: undefined,
    dialog: undefined,
    offered: false,
    unsure: false,
    prack: undefined,
    early: undefined,
    standing,
    sent: undefined,
  };
}

/** Where it may go although the call is not answered, by itself; only an UPDATE may (RFC 3311 §5.1). */
export function earlyWay({ options }: Entry, call: Call): Dialog | undefined {
  const { method, media } = options;
  return method === 'INVITE' || (media === 'late' && method !== 'UPDATE') ? undefined : call.initial.earlyDialog;
}

/**
 * Whether it may go in the PRACK of the answer to our INVITE. Only where no UPDATE can follow that: a PRACK is the message that a peer is to answer with 2xx
 * whatever it thinks of the offer (RFC 3262 §3), so that UPDATE, which may be refused, comes first (RFC 6337 §3.2).
 */
export function fitsPrack({ options: { method = 'auto', media } }: Entry, dialog: Dialog): boolean {
  return method === 'auto' && Array.isArray(media) && !dialog.remoteAllow.has('UPDATE');
}

/** How long until the request is built anew; undefined when this failure stands. */
export function repeatAfterMs(response: IncomingResponse, dialog: Dialog, call: Call): number | undefined {
  if (response.status === 491) return glareWaitMs(dialog.role, call.random);
  if (response.status !== 500) return undefined;
  const seconds = readRetryAfter(response.headers)?.seconds;
  return seconds === undefined || seconds * 1000 > 64 * call.timers.t1 ? undefined : seconds * 1000;
}
