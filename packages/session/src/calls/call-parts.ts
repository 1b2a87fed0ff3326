/** What the parts of a call are to one another. Types only. */
import type { Dialog, Origin, ServerTransaction, SipRequest } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { RefreshOutcome, ReinviteOptions, ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';

/** The first INVITE, from either side, while the call is not established. */
export interface InitialInvite {
  /** Ours, and not through with yet. */
  readonly inviting: boolean;
  /** Of ours: CSeq of the copy that left last. */
  readonly sequence?: number;
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
  /** Of ours: this early dialog has answered the offer that is open, and was not heard so far. */
  unheard?(dialog: Dialog): boolean;
  /** Of several early dialogs this one is to be heard. */
  turnTo(dialog: Dialog): Steps<void>;
  /** Of an INVITE of theirs: a PRACK came. True when a response of ours waits for it; that is not repeated any more. */
  prackCame?(prack: SipRequest): boolean;
  /** Its turn. @param passed - false: a supplement has answered it. */
  pracked?(transaction: ServerTransaction, passed: boolean): Steps<void>;
}

/** Our own re-INVITEs and UPDATEs. */
export interface Refreshing {
  /** An INVITE of ours is out. */
  readonly inviting: boolean;
  /** Goes on with what waits, if it may: an exchange that was not ours is over. */
  drain(): void;
  /** Offers what is active once more, before all that waits: the peer has switched and we could not. If that fails too, the call ends. */
  restore(): void;
  /** A request of the core's own, before all that waits. If it is refused, the call goes on. */
  renew(options: ReinviteOptions): Promise<RefreshOutcome>;
  /** Nothing leaves any more: the call is ending. */
  stop(): void;
  /** The last of the end. */
  over(end: SessionEnd): void;
}

/** A late offer of the peer that the application is to answer. */
export interface OpenOffer {
  answer(media: MediaInit): Steps<void>;
  /** The call ends before it was answered. */
  drop(): void;
}
