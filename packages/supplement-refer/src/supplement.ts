/** The supplement: REFER, its NOTIFYs and SUBSCRIBEs, and Replaces, each handed to where it is dealt with. */
import { SipError } from '@jackfield/base';
import { reply, type Awaitable, type SessionService, type Supplement } from '@jackfield/session';
import { readEvent } from '@jackfield/sip';
import { EndedDialogs } from './ended-dialogs.ts';
import { follow, type FollowOptions } from './follow.ts';
import { notified } from './referrals.ts';
import { ReplacesGate, type ReplacesOptions } from './replaces.ts';
import { SIPFRAG } from './sipfrag.ts';
import type { Transfer } from './transfer.ts';
import { asked, subscribed, type TransfersHome } from './transfers.ts';

/** For `registerRefer`. */
export interface ReferSupplementOptions extends ReplacesOptions {
  /**
   * Decides about a REFER of the peer, at once or later; `follow(sessions, transfer)` does what it asks for. Undecided when its promise resolves: 603; after
   * `deadlineMs`: 504. What it throws is 500, to the REFER or as the last NOTIFY.
   */
  readonly onRefer?: ((transfer: Transfer) => Awaitable<void>) | undefined;
  /** Without `onRefer`: calls whom the peer names, by INVITE and a SIP or tel URI; anything else is 603, or 416. Default: every REFER is 603. */
  readonly follow?: boolean | FollowOptions | undefined;
  /** How long a transfer is told about, ms, from 1000 to the 2^32-1 s that Subscription-State can say; 180,000 unless given. */
  readonly expiresMs?: number | undefined;
  /** Transfers of one call at a time, 1 and up; more get 503. Default 8. */
  readonly maxTransfers?: number | undefined;
  /** How long `authorize` may take, and a REFER may wait for its decision, ms, above 0 and below 2^31; 5000 unless given. */
  readonly deadlineMs?: number | undefined;
}

/** What `expires` of Subscription-State can say. */
const LONGEST_MS = (2 ** 32 - 1) * 1000;
const SCHEMES: ReadonlySet<string> = new Set(['sip', 'sips', 'tel']);

/** @throws {@link SipError} `REFER_OPTION` */
export function referSupplement(sessions: SessionService, options: ReferSupplementOptions = {}): Supplement {
  const { expiresMs = 180_000, maxTransfers = 8, deadlineMs } = options;
  if (!(Number.isFinite(expiresMs) && expiresMs >= 1000 && expiresMs <= LONGEST_MS)) {
    throw wrongOption('expiresMs', `from 1000 to ${LONGEST_MS}`, expiresMs);
  }
  if (!(Number.isInteger(maxTransfers) && maxTransfers >= 1)) throw wrongOption('maxTransfers', '1 and up', maxTransfers);
  if (deadlineMs !== undefined && !(Number.isFinite(deadlineMs) && deadlineMs > 0 && deadlineMs < 2 ** 31)) {
    throw wrongOption('deadlineMs', 'above 0 and below 2^31', deadlineMs);
  }
  const ended = new EndedDialogs();
  const gate = new ReplacesGate(sessions, ended, options);
  const home: TransfersHome = {
    expiresMs,
    max: maxTransfers,
    now: () => sessions.stack.clock.now(),
    after: (ms, task) => sessions.stack.clock.after(ms, task),
    find: ({ callId, toTag, fromTag }) => sessions.find({ callId, localTag: toTag, remoteTag: fromTag }),
    decide: options.onRefer ?? following(sessions, options.follow),
  };

  return {
    name: '@jackfield/supplement-refer',
    methods: ['INVITE', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'UPDATE', 'INFO', 'MESSAGE', 'OPTIONS'],
    allow: ['REFER', 'NOTIFY'],
    accept: [SIPFRAG],
    optionTags: ['replaces', 'norefersub'],
    deadlineMs,
    admitSession: (intent) => gate.admit(intent),
    sessionEnd({ dialog: { callId, localTag, remoteTag } }) {
      if (remoteTag !== undefined) ended.add({ callId, localTag, remoteTag });
    },
    incomingRequest(session, request) {
      const { method, initial, headers } = request;
      if (!initial && headers.get('Replaces') !== undefined) return reply(method === 'INVITE' ? 488 : 400); // RFC 3891 §3
      if (method === 'REFER') return asked(home, session, request);
      if (method !== 'NOTIFY' && method !== 'SUBSCRIBE') return undefined;
      if (readEvent(headers)?.type !== 'refer') return undefined;
      return method === 'NOTIFY' ? notified(session, request) : subscribed(session, request);
    },
  };
}

function following(sessions: SessionService, options: boolean | FollowOptions | undefined): TransfersHome['decide'] {
  if (options === undefined || options === false) return undefined;
  return (transfer) => {
    if (!SCHEMES.has(transfer.target.scheme)) transfer.reject(416);
    else if (transfer.method !== 'INVITE') transfer.reject(603);
    else follow(sessions, transfer, options === true ? {} : options);
  };
}

function wrongOption(option: string, range: string, value: number): SipError<'REFER_OPTION'> {
  return new SipError('REFER_OPTION', `${option} is ${range}, not ${value}`, { option });
}
