/** An INVITE that is to take the place of another call here (RFC 3891 §3): found at admission, decided when its turn has come. */
import {
  defineCookie,
  type CookieJar,
  type IncomingRequest,
  type NameAddr,
  type Reply,
  type ResponseInit,
  type Session,
} from '@jackfield/session';

/** Before there is a call: who wants to take whose place. */
export interface ReplacementIntent {
  readonly invite: IncomingRequest;
  readonly replaced: Session;
  /** Referred-By: at whose wish, as the caller says. */
  readonly by: NameAddr | undefined;
}

/** What the INVITE would be refused with, if its dialog were looked at now. */
export type Refusal = () => Reply | undefined;

/** Where the replaced call may be found by who comes second. */
const taken = defineCookie<true>('refer.taken');
const cookie = defineCookie<Replacing>('refer.replacement', (replacing) => replacing.release());

/** Holds the place from admission to the end of the call that took it. */
class Replacing {
  readonly intent: ReplacementIntent;
  readonly refusal: Refusal;

  constructor(intent: ReplacementIntent, refusal: Refusal) {
    this.intent = intent;
    this.refusal = refusal;
    intent.replaced.cookies.set(taken, true);
  }

  release(): void {
    this.intent.replaced.cookies.remove(taken);
  }
}

/** Another INVITE is about to replace it. */
export function isTaken(session: Session): boolean {
  return session.cookies.get(taken) === true;
}

export function take(cookies: CookieJar, intent: ReplacementIntent, refusal: Refusal): void {
  cookies.add(cookie, new Replacing(intent, refusal));
}

/** Given to `onReplaces`: the new call, the one it names, and the verbs that decide. */
export class Replacement implements ReplacementIntent {
  /** The new call. */
  readonly session: Session;
  readonly invite: IncomingRequest;
  /** Whose place it is to take. */
  readonly replaced: Session;
  /** Referred-By: who sent the caller, as it says itself. */
  readonly by: NameAddr | undefined;
  readonly #refusal: Refusal;

  /** @internal */
  constructor(session: Session, intent: ReplacementIntent, refusal: Refusal) {
    this.#refusal = refusal;
    this.session = session;
    this.invite = intent.invite;
    this.replaced = intent.replaced;
    this.by = intent.by;
  }

  /**
   * Answers the new call; when that is acknowledged, hands it the channel of the replaced one, unless it has one, and ends the replaced one. If it cannot be
   * answered, the replaced one stays as it is. The dialog that Replaces names is looked at once more: if the call has ended meanwhile, the new one is declined
   * (603); if another fork was answered, it is 481; if this one was, and the caller wants an early dialog only, 486. A fork that is answered before the new
   * call is acknowledged ends the new one.
   *
   * Rejects as `Session.accept`.
   */
  async accept(init?: ResponseInit): Promise<void> {
    const { session, replaced } = this;
    const refused = this.#refusal();
    if (refused !== undefined) return session.reject(refused.status);
    await session.accept(init);
    // a fork was answered before our 200 was acknowledged; where it has ended, as when a transferor hangs up, its place is free
    if (!isOver(replaced) && this.#refusal() !== undefined) return void session.end();
    if (session.channel === undefined) session.channel = replaced.channel;
    void replaced.end();
  }
}

/** The replacement that this call is; undefined for any other. */
export function replacementOf(session: Session): Replacement | undefined {
  const replacing = session.cookies.get(cookie);
  return replacing === undefined ? undefined : new Replacement(session, replacing.intent, replacing.refusal);
}

export function isOver({ state }: Session): boolean {
  return state === 'ending' || state === 'ended';
}
