import { describe, expect, it } from 'vitest';
import { stepOfferAnswer, type OfferAnswerEffect, type OfferAnswerInput, type OfferAnswerState } from './offer-answer.machine.ts';

describe('offer/answer, RFC 3264 §4 and RFC 6337 §2', () => {
  it.each<{ from: OfferAnswerState; on: OfferAnswerInput; to: OfferAnswerState; effect: OfferAnswerEffect; because: string }>([
    { from: 'stable', on: 'sendOffer', to: 'local-offer', effect: 'propose', because: 'nothing is pending' },
    { from: 'stable', on: 'receiveOffer', to: 'remote-offer', effect: 'propose', because: 'nothing is pending' },
    { from: 'stable', on: 'sendAnswer', to: 'stable', effect: 'deny', because: 'there is nothing to answer' },
    { from: 'stable', on: 'receiveAnswer', to: 'stable', effect: 'ignore', because: 'a later response repeats the answer' },
    { from: 'stable', on: 'reject', to: 'stable', effect: 'ignore', because: 'there is nothing to refuse' },
    { from: 'stable', on: 'rollback', to: 'stable', effect: 'ignore', because: 'there is nothing to take back' },
    { from: 'local-offer', on: 'sendOffer', to: 'local-offer', effect: 'deny', because: 'ours is unanswered' },
    { from: 'local-offer', on: 'receiveOffer', to: 'local-offer', effect: 'glare', because: 'both offer at once' },
    { from: 'local-offer', on: 'sendAnswer', to: 'local-offer', effect: 'deny', because: 'the answer is theirs to give' },
    { from: 'local-offer', on: 'receiveAnswer', to: 'stable', effect: 'commit', because: 'the answer is in' },
    { from: 'local-offer', on: 'reject', to: 'stable', effect: 'discard', because: 'they refused it' },
    { from: 'local-offer', on: 'rollback', to: 'stable', effect: 'discard', because: 'its carrier failed' },
    { from: 'remote-offer', on: 'sendOffer', to: 'remote-offer', effect: 'deny', because: 'theirs comes first' },
    { from: 'remote-offer', on: 'receiveOffer', to: 'remote-offer', effect: 'busy', because: 'their last one is unanswered' },
    { from: 'remote-offer', on: 'sendAnswer', to: 'stable', effect: 'commit', because: 'the answer is out' },
    { from: 'remote-offer', on: 'receiveAnswer', to: 'remote-offer', effect: 'ignore', because: 'they cannot answer themselves' },
    { from: 'remote-offer', on: 'reject', to: 'stable', effect: 'discard', because: 'we refused it' },
    { from: 'remote-offer', on: 'rollback', to: 'stable', effect: 'discard', because: 'it was cancelled' },
  ])('$from + $on -> $to, $effect: $because', ({ from, on, to, effect }) => {
    expect(stepOfferAnswer(from, on)).toEqual({ to, effect });
  });
});
