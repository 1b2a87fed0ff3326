/** Offer/answer of one dialog as a table (RFC 3264 §4, RFC 6337 §2.2 and §4): one exchange at a time. No messages, no clock, no descriptions. */

/** Who owes whom an answer. */
export type OfferAnswerState =
  | 'stable' // nothing is proposed
  | 'local-offer' // ours is out, the answer is due to us
  | 'remote-offer'; // theirs is in, we owe the answer

/** What happened to an offer or its answer. */
export type OfferAnswerInput =
  | 'sendOffer'
  | 'receiveOffer'
  | 'sendAnswer'
  | 'receiveAnswer'
  | 'reject' // the offer was refused by whoever had to answer it
  | 'rollback'; // its carrier failed, was cancelled, or could not be applied

/** What is to be done about it. */
export type OfferAnswerEffect =
  | 'propose' // keep the offer as pending
  | 'commit' // pending becomes active
  | 'discard' // pending goes, active stays
  | 'glare' // refuse it with 491: both sides offer (RFC 3261 §14.2)
  | 'busy' // refuse it with 500 and Retry-After: theirs of before is unanswered (RFC 3261 §14.2)
  | 'ignore' // a description that answers nothing (RFC 6337 §3.1.1: copies of the answer in later responses)
  | 'deny'; // a mistake of ours: queue it or report it, nothing may leave

/** Where an input leads. */
export interface OfferAnswerEdge {
  readonly to: OfferAnswerState;
  readonly effect: OfferAnswerEffect;
}
const edge = (to: OfferAnswerState, effect: OfferAnswerEffect): OfferAnswerEdge => ({ to, effect });

const TABLE: Readonly<Record<OfferAnswerState, Readonly<Record<OfferAnswerInput, OfferAnswerEdge>>>> = {
  stable: {
    sendOffer: edge('local-offer', 'propose'),
    receiveOffer: edge('remote-offer', 'propose'),
    sendAnswer: edge('stable', 'deny'),
    receiveAnswer: edge('stable', 'ignore'),
    reject: edge('stable', 'ignore'),
    rollback: edge('stable', 'ignore'),
  },
  'local-offer': {
    sendOffer: edge('local-offer', 'deny'),
    receiveOffer: edge('local-offer', 'glare'),
    sendAnswer: edge('local-offer', 'deny'),
    receiveAnswer: edge('stable', 'commit'),
    reject: edge('stable', 'discard'),
    rollback: edge('stable', 'discard'),
  },
  'remote-offer': {
    sendOffer: edge('remote-offer', 'deny'),
    receiveOffer: edge('remote-offer', 'busy'),
    sendAnswer: edge('stable', 'commit'),
    receiveAnswer: edge('remote-offer', 'ignore'),
    reject: edge('stable', 'discard'),
    rollback: edge('stable', 'discard'),
  },
};

/** What `input` does in `state`. Total: every pair has its row. */
export function stepOfferAnswer(state: OfferAnswerState, input: OfferAnswerInput): OfferAnswerEdge {
  return TABLE[state][input];
}
