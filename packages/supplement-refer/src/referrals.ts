/** The REFERs of ours in one call, and whose a NOTIFY is (RFC 3515 §2.4.6). */
import { defineCookie, reply, type IncomingRequest, type Reply, type Session } from '@jackfield/session';
import { readEvent, readSubscriptionState } from '@jackfield/sip';
import type { Referral } from './referral.ts';

/** News that overtook the answer to its REFER: which one it is for is not known yet. */
interface Early {
  readonly id: string | undefined;
  readonly request: IncomingRequest;
}
const MAX_EARLY = 8;

class Referrals {
  readonly #open = new Set<Referral>();
  #early: Early[] = [];

  add(referral: Referral): void {
    this.#open.add(referral);
  }

  remove(referral: Referral): void {
    this.#open.delete(referral);
  }

  /** Its CSeq is known now. */
  answered(referral: Referral): void {
    const early = this.#early;
    const others = [...this.#open].some(({ asking }) => asking);
    this.#early = others ? early.filter(({ id }) => !referral.isNamed(id)) : [];
    for (const { id, request } of early) {
      try {
        if (referral.isNamed(id)) referral.hear(request);
      } catch (error) {
        referral.session.after(0, () => {
          throw error; // to `onError` of the service: the NOTIFY has its answer
        });
      }
    }
  }

  notified(request: IncomingRequest): Reply {
    const id = readEvent(request.headers)?.id;
    if (readSubscriptionState(request.headers) === undefined) return reply(400, { reason: 'Bad Subscription-State' });
    const all = [...this.#open];
    const named = all.filter((referral) => referral.isNamed(id));
    const asking = all.some((referral) => referral.asking);
    if (named.length === 1 && (id !== undefined || !asking)) {
      named[0]!.hear(request);
      return reply(200);
    }
    if (!asking || this.#early.length >= MAX_EARLY) return reply(481);
    this.#early.push({ id, request });
    return reply(200);
  }

  close(): void {
    for (const referral of this.#open) referral.lost();
  }
}

const cookie = defineCookie<Referrals>('refer.referrals', (referrals) => referrals.close());

/** @throws SESSION_ENDED */
export function referralsOf(session: Session): Referrals {
  let referrals = session.cookies.get(cookie);
  if (referrals === undefined) session.cookies.add(cookie, (referrals = new Referrals()));
  return referrals;
}

/** A NOTIFY of event refer. 481: nothing of ours is open that it could be about. */
export function notified(session: Session, request: IncomingRequest): Reply {
  return session.cookies.get(cookie)?.notified(request) ?? reply(481);
}
