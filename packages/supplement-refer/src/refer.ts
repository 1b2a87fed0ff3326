/** `refer`: asks the peer of a call to call somebody else, or to take our place in another call of ours (RFC 3515, RFC 3891, RFC 5589 §6 and §7). */
import { SipError } from '@jackfield/base';
import type { HeaderInit, Session } from '@jackfield/session';
import { formatReferredBy, formatReferTo, parseNameAddr, parseUri, type NameAddr, type Replaces, type Uri } from '@jackfield/sip';
import { isAnonymous, localParty, remoteParty } from './parties.ts';
import { Referral } from './referral.ts';
import { referralsOf } from './referrals.ts';
import type { Progress } from './sipfrag.ts';

/** For `refer`. Out of range: REFER_OPTION. */
export interface ReferOptions {
  /** Referred-By; who we are in this call unless given, and none where that is anonymous. `false`: none. */
  readonly by?: NameAddr | false | undefined;
  /** `false`: the peer shall tell nothing of it, if it can keep quiet (RFC 4488). */
  readonly news?: boolean | undefined;
  /** Beside Refer-To and Referred-By. */
  readonly headers?: HeaderInit | undefined;
  /** The longest that it may stay unknown how it ended, ms; 300,000 unless given. */
  readonly timeoutMs?: number | undefined;
  /** Each status that the peer tells, the final one too. What it throws makes the answer to the NOTIFY a 500. */
  readonly onNotify?: ((progress: Progress, referral: Referral) => void) | undefined;
  /** Its abort stops the waiting, as `stop()`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends REFER in a call that has a dialog. The session service must have `registerRefer`, which answers the news. Nothing is hung up here: when it is
 * `done` with 2xx, the application ends its calls (RFC 5589 §6.1).
 *
 * @param target - whom to call: a URI, an address (`"Carol" <sip:carol@example.com>`), or another call of ours, which the peer is to take over.
 * @throws {@link SipError} `REFER_TARGET`, `REFER_OPTION`, `SESSION_ENDED`; `SIP_HEADER_SYNTAX` for headers that are none
 */
export function refer(session: Session, target: string | Uri | NameAddr | Session, options: ReferOptions = {}): Referral {
  const { timeoutMs = 300_000, onNotify, signal, news = true } = options;
  if (!(timeoutMs > 0)) throw new SipError('REFER_OPTION', `timeoutMs is above 0, not ${timeoutMs}`, { option: 'timeoutMs' });
  const { address, replaces } = isSession(target) ? placeIn(target) : { address: addressOf(target), replaces: undefined };
  const by = byWhom(session, options.by);
  const headers: HeaderInit = {
    'Refer-To': formatReferTo(address, replaces),
    ...(by !== undefined && { 'Referred-By': formatReferredBy(by) }),
    ...(!news && { 'Refer-Sub': 'false' }),
    ...options.headers,
  };
  const referrals = referralsOf(session);
  const referral = new Referral({ timeoutMs, onNotify, over: (over) => referrals.remove(over) }, session, address);
  referrals.add(referral);
  const stop = (): void => referral.stop();
  signal?.addEventListener('abort', stop, { once: true });
  void referral.done.then(() => signal?.removeEventListener('abort', stop));
  void referral.send(headers, signal).then(() => referrals.answered(referral));
  return referral;
}

/**
 * What names this call of ours to its peer, for the Replaces of an INVITE that takes its place: `formatReplaces(replacesOf(session))`, with
 * `Require: replaces` beside it (RFC 3891 §4).
 *
 * @throws {@link SipError} `REFER_TARGET` for a call that its peer would not let be replaced: without a dialog, ended, or ours and not answered yet
 */
export function replacesOf({ id, dialog, state, direction }: Session, earlyOnly = false): Replaces {
  const early = state === 'starting' || state === 'early';
  const standing = state === 'established' || (early && direction === 'incoming');
  if (!standing || dialog.remoteTag === undefined)
    throw new SipError('REFER_TARGET', `this call cannot be replaced: it is ${direction}, and ${state}`, { target: id });
  return { callId: dialog.callId, toTag: dialog.remoteTag, fromTag: dialog.localTag, earlyOnly };
}

function placeIn(other: Session): { readonly address: NameAddr; readonly replaces: Replaces } {
  const replaces = replacesOf(other);
  const uri = other.dialog.remoteTarget ?? remoteParty(other)?.uri;
  if (uri === undefined) throw new SipError('REFER_TARGET', 'this call has no peer that could be named', { target: other.id });
  return { address: { uri, displayName: undefined }, replaces };
}

function addressOf(target: string | Uri | NameAddr): NameAddr {
  if (typeof target !== 'string') return 'uri' in target ? target : { uri: target, displayName: undefined };
  const uri = parseUri(target);
  const address = uri === undefined ? parseNameAddr(target) : { uri, displayName: undefined };
  if (address === undefined) throw new SipError('REFER_TARGET', `not an address: ${JSON.stringify(target)}`, { target });
  return address;
}

function byWhom(session: Session, by: NameAddr | false | undefined): NameAddr | undefined {
  if (by !== undefined) return by === false ? undefined : by;
  const party = localParty(session);
  return party === undefined || isAnonymous(party.uri) ? undefined : party;
}

function isSession(target: string | Uri | NameAddr | Session): target is Session {
  return typeof target === 'object' && 'dialog' in target;
}
