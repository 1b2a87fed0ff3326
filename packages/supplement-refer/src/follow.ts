/** Does what a REFER asks for: calls its target, on behalf of who asked, and tells it how that goes (RFC 3515 §2.4.3, RFC 3892 §2.2, RFC 5589). */
import { isSipError } from '@jackfield/base';
import type { Endpoint, HeaderInit, InviteOptions, MediaInit, Session, SessionService, StreamInit } from '@jackfield/session';
import { formatReferredBy, formatReplaces, readInteger, type NameAddr } from '@jackfield/sip';
import { localParty } from './parties.ts';
import type { Transfer } from './transfer.ts';

/** For `follow`, or as `follow` of `registerRefer`. */
export interface FollowOptions {
  /** Who calls; unless given, who we are in the call that is transferred. */
  readonly from?: NameAddr | undefined;
  /** More for the INVITE. Referred-By, Replaces and its Require are there already. */
  readonly headers?: HeaderInit | undefined;
  /** What to offer, as `InviteOptions`; unless given, a stream for each that the call which is transferred has. */
  readonly media?: MediaInit | undefined;
  /** Whom the new call is with, as `InviteOptions`. */
  readonly endpoint?: Endpoint | undefined;
  /** The new call, before its INVITE leaves. */
  readonly onSession?: ((session: Session, transfer: Transfer) => void) | undefined;
}

/**
 * Accepts the transfer unless that is done, and calls. The end of the call that asked does not end the new call, nor the news before their time; nor does it
 * end itself: who asked for the transfer hangs up (RFC 5589 §6.1). A Content-ID in Referred-By, which would vouch for it with a body, is left out. The INVITE
 * may go one hop less than the REFER had left, so that those who send each other on do not do so for ever; one that had none is told 483.
 *
 * @returns the new call; undefined where it is too late (see `Transfer.accept`), the REFER had no hop left, or no call is placed any more
 * @throws SipError `REFER_STATE` when the transfer was refused; `SIP_HEADER_SYNTAX` for headers that are none
 */
export function follow(sessions: SessionService, transfer: Transfer, options: FollowOptions = {}): Session | undefined {
  if (transfer.state !== 'accepted' && !transfer.accept()) return undefined;
  const hops = readInteger(transfer.request.headers, 'Max-Forwards', 255);
  if (hops === 0) {
    transfer.notify(483);
    return undefined;
  }
  const { from = localParty(transfer.session), media = streamsOf(transfer.session), endpoint } = options;
  const invite: InviteOptions = {
    ...(from !== undefined && { from }),
    ...(media !== undefined && { media }),
    ...(endpoint !== undefined && { endpoint }),
    ...(hops !== undefined && { maxForwards: hops - 1 }),
    headers: headersOf(transfer, options.headers),
    onResponse: ({ status, reason }) => {
      if (status < 200) transfer.notify(status, reason);
    },
  };
  const session = create(sessions, transfer, invite);
  if (session === undefined) return undefined;
  session.established.then(
    () => transfer.notify(200),
    async (error: unknown) => {
      if (isSipError(error, 'SESSION_REFUSED')) return transfer.notify(error.info.status, error.info.reason || undefined);
      const { by, status = 0 } = await session.ended;
      return transfer.notify(status >= 300 ? status : by === 'local' ? 487 : 503);
    },
  );
  try {
    options.onSession?.(session, transfer);
  } catch (error) {
    void session.end(); // nobody would know of it
    throw error;
  }
  return session;
}

function create(sessions: SessionService, transfer: Transfer, invite: InviteOptions): Session | undefined {
  try {
    return sessions.create(transfer.target, invite);
  } catch (error) {
    transfer.notify(503);
    if (isSipError(error, 'SESSION_SERVICE_CLOSED')) return undefined; // calls go on while it drains, and so do their wishes
    throw error;
  }
}

/** Of those with a handler; undefined where there is none: what the service offers by itself. */
function streamsOf({ streams }: Session): readonly StreamInit[] | undefined {
  const handled = streams.filter(({ handler }) => handler !== '');
  return handled.length === 0 ? undefined : handled.map(({ kind }) => ({ kind }));
}

function headersOf({ by, replaces }: Transfer, more: HeaderInit | undefined): HeaderInit {
  return {
    ...(by !== undefined && { 'Referred-By': formatReferredBy(by) }),
    ...(replaces !== undefined && { Replaces: formatReplaces(replaces), Require: 'replaces' }),
    ...more,
  };
}
