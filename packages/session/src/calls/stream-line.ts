/** The m= lines of a session: those agreed on, those under negotiation, and the streams that live on them. */
import type { Direction, MediaSection } from '@jackfield/sdp';
import type { StreamView } from '../contract/media.ts';
import type { SdpHandler } from '../contract/sdp-handler.ts';

/** A stream that a handler created: on one line, of one owner, stopped once. */
export interface LiveStream {
  readonly handler: SdpHandler;
  readonly stream: unknown;
}

/** A line as both sides agreed on it. Its place in the array is its index, for good. */
export interface Line {
  readonly kind: string;
  readonly protocol: string;
  readonly mid: string;
  /** Whether a=mid is written: the peer names it. */
  readonly midShown: boolean;
  /** Pinned: undefined on a declined line, and on one that the application passes through. */
  readonly live: LiveStream | undefined;
  /** The direction we want, to which every answer of ours keeps. */
  readonly wanted: Direction;
  readonly local: MediaSection;
  readonly remote: MediaSection;
  readonly active: boolean;
}

/** A line of the exchange under way. */
export interface DraftLine {
  readonly kind: string;
  readonly protocol: string;
  readonly mid: string;
  readonly midShown: boolean;
  /** Who takes it; undefined when declined or passed through. */
  readonly handler: SdpHandler | undefined;
  readonly current: LiveStream | undefined;
  wanted: Direction;
  active: boolean;
  live: LiveStream | undefined;
  section: MediaSection | undefined;
}

export function viewOf(line: Line, index: number): StreamView {
  return {
    index,
    mid: line.mid,
    kind: line.kind,
    handler: line.live?.handler.name ?? '',
    local: line.local,
    remote: line.remote,
    stream: line.live?.stream,
  };
}
