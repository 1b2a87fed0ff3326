/** What a stream is told and what it tells: what was agreed, what it shares with the others of its server, its figures. Types only. */
import type { Clock, Random, SipError } from '@jackfield/base';
import type { RemoteView } from './control.ts';
import type { RtpCounters } from './counters.ts';
import type { JitterStats } from './jitter-buffer.ts';
import type { Pacer } from './pacer.ts';
import type { PayloadType } from './payload-type.ts';

/** As seen from here: `'sendonly'` sends and takes nothing in. */
export type StreamDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** What both sides agreed on. */
export interface StreamMedia {
  readonly direction: StreamDirection;
  /** What the peer takes, under its numbers, best first; telephone-event among them when it takes keys. */
  readonly send: readonly PayloadType[];
  /** What may come, under our numbers. */
  readonly receive: readonly PayloadType[];
  /** Length of our frames, whole ms, 1 to 1000; default 20. */
  readonly ptimeMs?: number | undefined;
}

/** Gives the next frame, encoded with `codec`, `samples` timestamp units long; undefined: silence. */
export type FrameSource = (codec: PayloadType, samples: number) => Uint8Array | undefined;

/** For `RtpPorts.stream`. */
export interface StreamOptions {
  /** To begin with. */
  readonly media: StreamMedia;
  /** Frames that a packet waits for those it overtook, for who listens in order; 0 to 32, default 3. */
  readonly delayFrames?: number | undefined;
  /** A callback of the application threw (`RTP_CALLBACK_FAILED`, with the cause); it was taken off. */
  readonly onError: (error: SipError) => void;
}

/** What all streams of a server share. */
export interface StreamWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly pacer: Pacer;
  readonly counters: RtpCounters;
  /** A stream has stopped. */
  left(): void;
}

/** A fresh count of one stream. */
export interface StreamStats {
  /** Ours. */
  readonly ssrc: number;
  readonly sent: { readonly packets: number; readonly octets: number };
  /** Of the present source; `lost` as RFC 3550 A.3 counts it. Undefined until something came. */
  readonly received: { readonly ssrc: number; readonly packets: number; readonly lost: number; readonly jitterMs: number } | undefined;
  /** What the peer reports of us. */
  readonly remote: RemoteView | undefined;
  /** Present while somebody listens in order. */
  readonly buffer: JitterStats | undefined;
}
