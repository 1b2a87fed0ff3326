/** What plug-ins see of offer/answer: exchanges, streams and what was asked of them (RFC 3264). */
import type { Description, Direction, MediaSection } from '@jackfield/sdp';
import type { CookieJar } from '../cookies.ts';
import type { StreamKinds } from './stream-kinds.ts';

/** One offer and its answer: the same object in every call about it, so that one asynchronous step for all streams is made once and kept in its cookies. */
export interface Exchange {
  /** Which side made the offer: `offerer`, ours. */
  readonly role: 'offerer' | 'answerer';
  /** The peer's description, once it is here. */
  readonly remote: Description | undefined;
  /** Destroyed when the exchange has ended, whichever way. */
  readonly cookies: CookieJar;
  /** Aborts when the exchange is given up. */
  readonly signal: AbortSignal;
}

/**
 * Streams that share a transport (RFC 8843, RFC 9143); lives as long as the group, and the shared transport lies in its cookies, which are destroyed when its last
 * stream has been stopped. Peers propose groups, we do not; offers of ours keep those there are.
 */
export interface BundleGroup {
  /** While an offer of the peer is looked at, as it proposes them; then those that are left, of handlers that bundle. */
  readonly mids: readonly string[];
  /** Whose section says what there is to say of the transport. */
  readonly tagged: string;
  /** Where the shared transport lies, under a key of the handlers' own. */
  readonly cookies: CookieJar;
}

/** One m= line that both sides agreed on. */
export interface StreamView<K extends string = string> {
  /** Of its m= line, from 0. */
  readonly index: number;
  /** As the descriptions say it in a=mid (RFC 5888); where they say none, a name that only this side knows. */
  readonly mid: string;
  /** `audio`, `video` … as the m= line begins. */
  readonly kind: string;
  /** Name of the SDP handler that owns it; empty for a section that the application passed through. */
  readonly handler: string;
  /** Ours, as sent. */
  readonly local: MediaSection;
  /** The peer's, as it came. */
  readonly remote: MediaSection;
  /** What the handler's `createOutgoingStream` gave. */
  readonly stream: K extends keyof StreamKinds ? StreamKinds[K] : unknown;
}

/** What an exchange made of the session's streams: hears `mediaChanged`. */
export interface MediaChange {
  /** The one that was applied. */
  readonly exchange: Exchange;
  /** Agreed on until now; empty after the first exchange. */
  readonly before: readonly StreamView[];
  /** Agreed on from now on. */
  readonly after: readonly StreamView[];
}

/**
 * A stream that is asked for. Streams are matched to the lines of the session by `mid` where it is given, else by kind, in order; lines that are not
 * named stay as they are. What is asked for while it has to wait is about the streams of that moment: one that the peer has changed, taken away or declined
 * by the time it is sent stays as the peer has it, and one that came meanwhile is not added twice.
 * A given `section` is sent as it is and belongs to no handler: how one leg's stream passes through to another (B2BUA, RFC 3725).
 * A later offer of the peer that it cannot answer (another transport, no format in common) is refused with 488, or its line declined beside others.
 */
export interface StreamInit {
  /** `audio`, `video` … as the m= line begins. */
  readonly kind: string;
  /** The stream of this name; where the session has none, a new one gets it. A token (RFC 5888 §4). */
  readonly mid?: string | undefined;
  /** Takes the stream away: its line is declined, in its place. Without such a stream nothing happens. */
  readonly removed?: boolean | undefined;
  /** As seen from here; unless given, of a new stream `sendrecv`, of one that is there as it is. */
  readonly direction?: Direction | undefined;
  /** As `RTP/AVP`; the handler's choice unless given. */
  readonly protocol?: string | undefined;
  readonly section?: MediaSection | undefined;
}

/** `'late'`: no offer from us, the peer makes it. `'same'`: what is active. `'none'`: no SDP at all (an UPDATE that refreshes). An empty list as the first offer: a call that has no media yet (RFC 3725 §4.4). */
export type MediaInit = 'late' | 'same' | 'none' | readonly StreamInit[];
