/** The responsible party for one kind of media stream: claims, creates, applies, rolls back, stops. The core owns the description around it. */
import type { DialogView, Awaitable, Nothing } from '@jackfield/sip';
import type { Direction, MediaSection } from '@jackfield/sdp';
import type { BundleGroup, Exchange } from './media.ts';
import type { Session } from './session.ts';

/** A stream of the peer's offer, never a port-0 line. */
export interface OfferedStream<Stream = unknown> {
  /** Of its m= line, from 0. */
  readonly index: number;
  /** As for `StreamView`. */
  readonly mid: string;
  /** As the m= line begins; for a handler of `'*'`. */
  readonly kind: string;
  /** The m= line as the peer offers it. */
  readonly remote: MediaSection;
  /** The address this peer reaches us at, numeric, without brackets: of a family that `remote` may not be of. */
  readonly localAddress: string;
  /** The handler's own stream, when it has one on this line. */
  readonly current: Stream | undefined;
  /** The same object for all lines of this offer. */
  readonly exchange: Exchange;
  /** The group that the peer proposes it for; only for handlers that say `bundles`. */
  readonly bundle: BundleGroup | undefined;
}

/** A line that we are to write, in an offer or an answer. */
export interface StreamSlot<Stream = unknown> {
  /** Of its m= line, from 0. */
  readonly index: number;
  /** As for `StreamView`. */
  readonly mid: string;
  /** For a handler of `'*'`. */
  readonly kind: string;
  /** Of the line where there is one, or as the application asked (`StreamInit`); undefined: the handler's choice. */
  readonly protocol: string | undefined;
  /** What the section shall say: in an answer what the offer allows of what we want. */
  readonly direction: Direction;
  /** The address this peer reaches us at, numeric, without brackets. */
  readonly localAddress: string;
  /** Where to open sockets for it: the same, or, behind a NAT (`advertise` of the transport), the address of ours that is behind it; maybe a wildcard. */
  readonly bindAddress: string;
  /** The m= line of the offer that we answer; undefined where we offer. */
  readonly remote: MediaSection | undefined;
  /** The handler's own stream, when it has one on this line. */
  readonly current: Stream | undefined;
  /** The same object for all lines of this description. */
  readonly exchange: Exchange;
  /** The group it is in, as for `OfferedStream`. */
  readonly bundle: BundleGroup | undefined;
}

/** What `createOutgoingStream` gives back. */
export interface CreatedStream<Stream> {
  /** What the other calls, and `session.stream(kind)`, will be given. */
  readonly stream: Stream;
  /** Codecs, ptime, direction and transport attributes; the core adds and owns c=, a=mid and a=group. */
  readonly section: MediaSection;
  /** Session-level lines that this stream needs, whole (`a=ice-lite`); merged and de-duplicated by the core. */
  readonly sessionLines?: readonly string[] | undefined;
}

/** Both sides of one line, as `applyNegotiatedStream` gets them. */
export interface Agreed {
  /** Ours, whole, as it was sent. */
  readonly local: MediaSection;
  /** The peer's, whole, as it came. */
  readonly remote: MediaSection;
  /** The same object as when the stream was created. */
  readonly exchange: Exchange;
  /** Which leg: of several early dialogs, the one that is heard. */
  readonly dialog: DialogView;
  /** Set where the two sides agreed that the stream shares a transport. */
  readonly bundle: BundleGroup | undefined;
}

/** Registered for a kind by `registerSdpHandler`. */
export interface SdpHandler<Stream = unknown> {
  /** The npm name; a second of the same name for a kind is refused (SESSION_NAME_TAKEN). */
  readonly name: string;
  /** How long its questions may take, ms; default 5000. */
  readonly deadlineMs?: number | undefined;
  /**
   * Its streams can share a transport with streams of other handlers that say so too, and find it in `bundle.cookies`. Others never see a `bundle`: their
   * streams have transports of their own, and are left out of the group of the answer (RFC 8843 §7.3.2). Default false.
   */
  readonly bundles?: boolean | undefined;
  /** `'claimed'` takes nothing yet; `'declined'` ends the round for the line; nothing asks the next; a throw abandons the negotiation (488). */
  handleIncomingStream(session: Session, offered: OfferedStream<Stream>): Awaitable<'claimed' | 'declined' | undefined | void>;
  /** Ports, keys and daemons are taken here. The same `stream` object as `current` keeps it; another replaces it: the old one is stopped when the exchange has succeeded, the new one when it has failed. */
  createOutgoingStream(session: Session, slot: StreamSlot<Stream>): Awaitable<CreatedStream<Stream> | 'declined' | undefined | void>;
  /** Both sides are known. May come again for the same stream: a later exchange, or another early dialog selected. */
  applyNegotiatedStream(session: Session, stream: Stream, agreed: Agreed): Awaitable<void>;
  /** The exchange failed: back to what was applied last. Also called for streams of that exchange that were applied already. */
  rollbackStream(session: Session, stream: Stream): Nothing;
  /** Exactly once, to the owner only. */
  stopStream(session: Session, stream: Stream): Nothing;
}
