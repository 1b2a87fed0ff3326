/**
 * Requests that cross, or come before another is through (RFC 3261 §14, RFC 3311 §5.2, RFC 6337 §4.3): what one of the peer gets, and how long one of ours waits
 * after a 491. Pure: whoever asks collects what is under way.
 */
import type { Random } from '@jackfield/base';

/** What is not through; several together, as a sum. */
export const UNDERWAY = {
  /** An UPDATE of theirs has no answer. */
  theirUpdate: 1,
  /** The first INVITE of theirs has none: `theirExchange` says how far it came. */
  theirFirst: 2,
  /** A re-INVITE of theirs has none. */
  theirInvite: 4,
  /** The exchange of their first INVITE is not through: by reliable provisional responses and their PRACKs it may be, long before the answer. */
  theirExchange: 8,
  /** Our 2xx to an INVITE of theirs made the offer, and its ACK, which brings the answer, did not come. */
  theirAnswer: 16,
  /** The ACK of our 2xx did not come. */
  theirAck: 32,
  /** An INVITE of ours has no answer. */
  ourInvite: 64,
  /** Nor is the exchange in it through, or the PRACK for that. */
  ourExchange: 128,
  /** An offer of ours has no answer. */
  ourOffer: 256,
  /** An offer of theirs has none. */
  theirOffer: 512,
} as const;

interface Crossing {
  readonly meets: number;
  readonly gets: 491 | 500;
  /** By RFC 6337 §4.3, unless it says another. */
  readonly rule: string;
}

/** The first that fits counts. 500 where what is not through is a request of theirs, 491 where it is one of ours. */
export const CROSSINGS: Readonly<Record<'INVITE' | 'UPDATE' | 'UPDATE with an offer', readonly Crossing[]>> = {
  INVITE: [
    { meets: UNDERWAY.theirFirst, gets: 500, rule: 'UAS-IsI' },
    { meets: UNDERWAY.theirInvite, gets: 500, rule: 'UAS-IsI' },
    { meets: UNDERWAY.theirAnswer, gets: 500, rule: 'UAS-IsI' },
    { meets: UNDERWAY.theirUpdate, gets: 500, rule: 'UAS-UsI' },
    { meets: UNDERWAY.ourInvite, gets: 491, rule: 'UAS-IcI' },
    { meets: UNDERWAY.theirAck, gets: 491, rule: 'RFC 3261 §14.2' },
    { meets: UNDERWAY.ourOffer, gets: 491, rule: 'UAS-UcI' },
    { meets: UNDERWAY.theirOffer, gets: 491, rule: 'RFC 3264 §4' },
  ],
  UPDATE: [{ meets: UNDERWAY.theirUpdate, gets: 500, rule: 'UAS-UsU' }],
  'UPDATE with an offer': [
    { meets: UNDERWAY.theirUpdate, gets: 500, rule: 'UAS-UsU' },
    { meets: UNDERWAY.theirInvite, gets: 500, rule: 'RFC 3311 §5.2' },
    { meets: UNDERWAY.theirExchange, gets: 500, rule: 'UAS-IsU' },
    { meets: UNDERWAY.theirAnswer, gets: 500, rule: 'UAS-IsU' },
    { meets: UNDERWAY.ourExchange, gets: 491, rule: 'UAS-IcU' },
    { meets: UNDERWAY.ourOffer, gets: 491, rule: 'UAS-UcU' },
    { meets: UNDERWAY.theirOffer, gets: 500, rule: 'RFC 3311 §5.2' },
  ],
};

/** What a request of theirs gets while this is under way; undefined: nothing stands against it. @param underway - a sum of `UNDERWAY` */
export function crossed(request: keyof typeof CROSSINGS, underway: number): 491 | 500 | undefined {
  if (underway === 0) return undefined;
  for (const { meets, gets } of CROSSINGS[request]) if ((meets & underway) !== 0) return gets;
  return undefined;
}

/**
 * How long to wait after 491 (RFC 3261 §14.1), in units of 10 ms: windows that do not meet, so that the next two do not cross.
 *
 * @param role - who owns the Call-ID (the caller) waits 2.1 to 4 s, the other 0 to 2 s. @returns ms
 */
export function glareWaitMs(role: 'uac' | 'uas', random: Random): number {
  return role === 'uac' ? 2100 + 10 * random.integer(191) : 10 * random.integer(201);
}
