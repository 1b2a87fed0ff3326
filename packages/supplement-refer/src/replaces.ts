/** Whether an INVITE with Replaces may be, before there is a session (RFC 3891 §3). Its tags are as in a request to us: to-tag is ours. */
import {
  driverCookie,
  reply,
  type Awaitable,
  type Endpoint,
  type Reply,
  type Session,
  type SessionIntent,
  type SessionService,
} from '@jackfield/session';
import { parseNameAddr, readReferredBy, readReplaces, type Replaces } from '@jackfield/sip';
import type { EndedDialogs } from './ended-dialogs.ts';
import { remoteParty, sameUser } from './parties.ts';
import { isOver, isTaken, Replacement, take, type Refusal, type ReplacementIntent } from './replacement.ts';

/** Who may take whose place: part of the options of `registerRefer`. */
export interface ReplacesOptions {
  /**
   * Whether this caller may take the place of that call's peer; 403 if not. Unless given: an endpoint that is trusted, or a caller whose From or
   * Referred-By names the user of the peer that is replaced. Both are claims: who lets strangers in asks them for credentials first.
   */
  readonly authorize?: ((intent: ReplacementIntent, endpoint: Endpoint) => Awaitable<boolean>) | undefined;
  /** Decides about the new call in place of the driver. Unless given: `replacement.accept()`. What it throws is 500 before an answer and BYE after it. */
  readonly onReplaces?: ((replacement: Replacement) => Awaitable<void>) | undefined;
}

const BAD = reply(400, { reason: 'Bad Replaces' });
const UNKNOWN = reply(481);
const DECLINED = reply(603);
const BUSY = reply(486);
const FORBIDDEN = reply(403);

export class ReplacesGate {
  readonly #sessions: SessionService;
  readonly #ended: EndedDialogs;
  readonly #options: ReplacesOptions;

  constructor(sessions: SessionService, ended: EndedDialogs, options: ReplacesOptions) {
    this.#sessions = sessions;
    this.#ended = ended;
    this.#options = options;
  }

  admit(intent: SessionIntent): Awaitable<Reply | undefined> {
    const { request } = intent;
    if (request === undefined || request.headers.get('Replaces') === undefined) return undefined;
    const replaces = readReplaces(request.headers);
    if (replaces === undefined || request.headers.get('Join') !== undefined) return BAD; // Join means the contrary
    const found = this.#find(replaces);
    if ('status' in found) return found;
    const by = readReferredBy(request.headers)?.address;
    const wanted = { invite: request, replaced: found, by: by === undefined ? undefined : { uri: by.uri, displayName: by.displayName } };
    const { authorize = isSameUser } = this.#options;
    const refusal = (): Reply | undefined => this.#refusalNow(wanted.replaced, replaces);
    const allowed = authorize(wanted, intent.endpoint);
    return typeof allowed === 'boolean' ? this.#decide(intent, wanted, refusal, allowed) : this.#wait(intent, wanted, refusal, allowed);
  }

  async #wait(
    intent: SessionIntent,
    wanted: ReplacementIntent,
    refusal: Refusal,
    allowed: PromiseLike<boolean>,
  ): Promise<Reply | undefined> {
    return this.#decide(intent, wanted, refusal, await allowed);
  }

  #decide(intent: SessionIntent, wanted: ReplacementIntent, refusal: Refusal, allowed: boolean): Reply | undefined {
    if (!allowed) return FORBIDDEN;
    const refused = refusal();
    if (refused !== undefined) return refused;
    if (isTaken(wanted.replaced) || intent.signal.aborted) return DECLINED;
    take(intent.cookies, wanted, refusal);
    const { onReplaces } = this.#options;
    intent.cookies.set(driverCookie, (session) => {
      const replacement = new Replacement(session, wanted, refusal);
      return onReplaces === undefined ? replacement.accept() : onReplaces(replacement);
    });
    return undefined;
  }

  /** The dialog may be answered, lose to another fork or end while somebody thinks about it. */
  #refusalNow(replaced: Session, replaces: Replaces): Reply | undefined {
    if (isOver(replaced)) return DECLINED;
    const found = this.#find(replaces);
    return 'status' in found ? found : undefined;
  }

  #find({ callId, toTag, fromTag, earlyOnly }: Replaces): ReplacementIntent['replaced'] | Reply {
    const ids = { callId, localTag: toTag, remoteTag: fromTag };
    // a zero also stands for no tag at all: peers of RFC 2543 have none (RFC 3891 §6.1)
    const session = this.#sessions.find(ids) ?? (fromTag === '0' ? this.#sessions.find({ ...ids, remoteTag: '' }) : undefined);
    if (session === undefined) return this.#ended.has(ids) ? DECLINED : UNKNOWN;
    if (isOver(session)) return DECLINED;
    if (session.state === 'established') return earlyOnly === true ? BUSY : session;
    return session.direction === 'outgoing' ? session : UNKNOWN;
  }
}

function isSameUser({ invite, replaced, by }: ReplacementIntent, endpoint: Endpoint): boolean {
  if (endpoint.trusted) return true;
  const peer = remoteParty(replaced)?.uri;
  const from = parseNameAddr(invite.headers.get('From') ?? '');
  return peer !== undefined && [from, by].some((party) => party !== undefined && sameUser(party.uri, peer));
}
