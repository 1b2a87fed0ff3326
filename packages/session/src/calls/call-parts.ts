/** What the parts of a call are to one another. Types only. */
import type { Dialog, IncomingResponse, Origin, ServerTransaction, SipRequest } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { RefreshOutcome, ReinviteOptions, ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';
import type { GivenToEnd } from './given.ts';

/** Why the core ends a call. */
export type Why = Omit<SessionEnd, 'by' | 'cause'>;

/** The first INVITE, from either side, while the call is not established. */
export interface InitialInvite {
  /** The first round. */
  begin(): Steps<void>;
  /** `end()` before the call is established. */
  end(init: GivenToEnd): void;
  /** The core ends the call, whatever it has come to. */
  giveUp(why: Why): void;
  /**
   * No BYE may leave: our 2xx waits for its ACK, and BYE is kept for then (RFC 3261 §15); or there is no answer yet, and the call ends by a failure
   * response or CANCEL. False: BYE may leave.
   */
  keepsBye(init: ResponseInit, origin: Origin, end: SessionEnd): boolean;
  /**
   * Where an UPDATE may carry an offer although the call is not answered: the exchange of the INVITE is through, its PRACK too (RFC 6337 §5.1). Of several
   * early dialogs the one that is heard: the offer is about what was agreed there.
   */
  readonly earlyDialog: Dialog | undefined;
  /** The exchange of the INVITE is not through in this dialog, or its PRACK is not (RFC 6337 §5.1). */
  exchanging(dialog: Dialog): boolean;
}

/** Of a call of ours. */
export interface PlacedInvite extends InitialInvite {
  /** It is not through with yet. */
  readonly inviting: boolean;
  /** CSeq of the copy that left last. */
  readonly sequence: number;
  /** The reason of the application's signal, once that has aborted. */
  readonly givenUpFor: unknown;
  /** This early dialog has answered the offer that is open, and was not heard so far. */
  unheard(dialog: Dialog): boolean;
  /** Of several early dialogs this one is to be heard. */
  turnTo(dialog: Dialog): Steps<void>;
  /** One of several early dialogs is no more: where it was the one that is heard, another is. False: there is no other. */
  lose(dialog: Dialog): boolean;
}

/** Of a call that came in. */
export interface ReceivedInvite extends InitialInvite {
  /** A PRACK came. True when a response of ours waits for it; that is not repeated any more. */
  prackCame(prack: SipRequest): boolean;
  /** Its turn. @param given - the status that a supplement has answered it with; undefined: none has. */
  pracked(transaction: ServerTransaction, given: number | undefined): Steps<void>;
}

/** Our own re-INVITEs and UPDATEs. */
export interface Refreshing {
  /** An INVITE of ours is out. */
  readonly inviting: boolean;
  /** One is, and an exchange in it is not through, or the PRACK for that is not (RFC 6337 §4.3). */
  readonly unsettled: boolean;
  /** Goes on with what waits, if it may: an exchange that was not ours is over. */
  drain(): void;
  /** The dialog is no more, and answers nothing: what is out in it leaves once more, in another. */
  lost(dialog: Dialog): void;
  /** Offers what is active once more, before all that waits: the peer has switched and we could not. If that fails too, the call ends. */
  restore(): void;
  /**
   * Puts the change that waits first into the PRACK of the answer to our INVITE, as an offer (RFC 6337 table 1, pattern 5).
   *
   * @param rack - RAck of it
   * @returns false: nothing goes along, and the PRACK is yet to be sent
   */
  offerInPrack(leg: Acknowledging, rack: string): Steps<boolean>;
  /** A request of the core's own, before all that waits. If it is refused, the call goes on. */
  renew(options: ReinviteOptions): Promise<RefreshOutcome>;
  /** Nothing leaves any more: the call is ending. */
  stop(): void;
  /** The last of the end. */
  over(): void;
}

/** Who acknowledges the answer to our INVITE, where an offer goes along. */
export interface Acknowledging {
  readonly dialog: Dialog;
  /** The PRACK of that answer is through: the next offer may be made (RFC 6337 §5.1). */
  confirmed: boolean;
  /** The offer is void, and what the PRACK acknowledges may be so yet (RFC 6337 §2.3). */
  refused(response: IncomingResponse, rack: string): void;
}

/** A late offer of the peer that the application is to answer. */
export interface OpenOffer {
  /** Whose offer it is. */
  readonly dialog: Dialog;
  answer(media: MediaInit): Steps<void>;
  /** The call ends before it was answered, or another early dialog is heard. */
  drop(): void;
}
