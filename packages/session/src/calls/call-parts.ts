/** What the parts of a call are to one another, and the options they share. Types only. */
import type { Origin } from '@jackfield/sip';
import type { MediaInit } from '../contract/media.ts';
import type { ResponseInit, SessionEnd } from '../contract/session.ts';
import type { Steps } from '../plugins/steps.ts';

export interface CallOptions {
  /** Entries that wait in a mailbox before requests get 503. */
  readonly mailboxLimit: number;
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
  /** Our 2xx waits for its ACK, and BYE for that (RFC 3261 §15): it is kept for then. False: BYE may leave. */
  keepsBye(init: ResponseInit, origin: Origin, end: SessionEnd): boolean;
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
