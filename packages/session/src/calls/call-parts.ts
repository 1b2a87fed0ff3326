/** What the parts of a call are to one another, and the options they share. Types only. */
import type { Dialog, Origin, ServerTransaction, SipRequest } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { Reliability } from '../contract/reliability.ts';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';

/** What becomes of media and ringing before a call is answered. */
export interface EarlyMediaOptions {
  /**
   * Which of several early dialogs is heard: the `'latest'` that brings an answer (the default), the `'first'`, or none before one has `'answered'`. The one
   * that answers is heard from then on. An offer of the peer's own is answered in each.
   */
  readonly select?: 'latest' | 'first' | 'answered' | undefined;
  /** What `progress(180)` sends after media was agreed early: `183` (the default), or `180`, for which some phones ring instead of playing it. */
  readonly ringingAfterMedia?: 180 | 183 | undefined;
  /** `progress(180)` sends a 183 with a description: the ringing tone comes as media. Default false. */
  readonly inband?: boolean | undefined;
  /** A 183 of the peer without a description is not shown to `onResponse`; supplements see it. Default false. */
  readonly ignoreBare183?: boolean | undefined;
}

export interface CallOptions {
  readonly reliable: Reliability;
  readonly earlyMedia: EarlyMediaOptions;
  /** Entries that wait in a mailbox before requests get 503. */
  readonly mailboxLimit: number;
  /** To tags of early dialogs that one INVITE of ours may have; provisional responses with others are passed over. */
  readonly maxForks: number;
  /** How long a first INVITE, of either side, may go without a final response, ms. */
  readonly ringMs: number;
  /** The same for a later INVITE of ours. */
  readonly reinviteMs: number;
  /** How long the application has for `answerOffer`, ms. */
  readonly answerOfferMs: number;
}

/** The first INVITE, from either side, while the call is not established. */
export interface InitialInvite {
  /** Ours, and not through with yet. */
  readonly inviting: boolean;
  /** The first round. */
  begin(): Steps<void>;
  /** `end()` before the call is established. */
  end(init: ResponseInit & { readonly status?: number | undefined }): void;
  /**
   * No BYE may leave: our 2xx waits for its ACK, and BYE is kept for then (RFC 3261 §15); or there is no answer yet, and the call ends by a failure
   * response or CANCEL. False: BYE may leave.
   */
  keepsBye(init: ResponseInit, origin: Origin, end: SessionEnd): boolean;
  /** Where an UPDATE may carry an offer although the call is not answered: the exchange of the INVITE is through, its PRACK too (RFC 6337 §5.1). */
  readonly earlyDialog: Dialog | undefined;
  /** What an UPDATE of the peer with an offer gets while that is not so (RFC 6337 §5.1); undefined: nothing stands against it. */
  refusesUpdate(dialog: Dialog): 491 | 500 | undefined;
  /** Of several early dialogs this one is to be heard. */
  turnTo(dialog: Dialog): Steps<void>;
  /** A PRACK came. True when a response of ours waits for it; that is not repeated any more. */
  prackCame(prack: SipRequest): boolean;
  /** Its turn. @param passed - false: a supplement has answered it. */
  pracked(transaction: ServerTransaction, passed: boolean): Steps<void>;
}

/** Our own re-INVITEs and UPDATEs. */
export interface Refreshing {
  /** An INVITE of ours is out. */
  readonly inviting: boolean;
  /** Goes on with what waits, if it may. */
  drain(): void;
  /** Offers what is active once more, before all that waits: the peer has switched and we could not. If that fails too, the call ends. */
  restore(): void;
  /** Nothing leaves any more: the call is ending. */
  stop(): void;
}

/** A late offer of the peer that the application is to answer. */
export interface OpenOffer {
  answer(media: MediaInit): Steps<void>;
  /** The call ends before it was answered. */
  drop(): void;
}

export type LateDecision = (status: number, init: ResponseInit, origin: Origin) => void;
