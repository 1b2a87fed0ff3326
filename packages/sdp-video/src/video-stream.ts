/** A video stream as applications hold it: `session.stream('video')?.stream`. It carries packets and looks into none. */
import type { PayloadType, RtpPacket, StreamStats } from '@jackfield/rtp';
import type { Direction } from '@jackfield/sdp';

/** What both sides speak now. */
export interface AgreedVideo {
  /** Encoding name. */
  readonly name: string;
  /** Hz. */
  readonly clockRate: number;
}

/** Every verb may be called at any time; once the stream has stopped, nothing happens. */
export interface VideoStream {
  /** What we send with first. Undefined before the first answer. */
  readonly codec: AgreedVideo | undefined;
  /** Seen from our side: `sendonly` when we hold the peer. */
  readonly direction: Direction;
  /** The peer holds us: it takes nothing, or names no address. */
  readonly held: boolean;
  readonly statistics: StreamStats | undefined;

  /** Sends back what arrives. Takes the place of `relayTo`. */
  echo(on: boolean): void;
  /** Passes what arrives to another stream, for the two legs of a call; undefined ends it. Takes the place of `echo`. */
  relayTo(other: VideoStream | undefined): void;
  /** Sends a packet of another stream under our numbers, its payload untouched. Dropped on hold, and when the peer does not take its codec. */
  relay(packet: RtpPacket, codec: PayloadType): void;
}
