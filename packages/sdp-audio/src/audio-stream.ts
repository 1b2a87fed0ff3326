/** An audio stream as applications hold it: `session.stream('audio')?.stream`. What it speaks was agreed by offer/answer, and may change with the next. */
import type { DigitOptions, DtmfDigit, StreamStats } from '@jackfield/rtp';
import type { Direction } from '@jackfield/sdp';
import type { AudioSource, PlayOutcome } from './playback.ts';

/** What both sides speak now. */
export interface AgreedAudio {
  /** Encoding name. */
  readonly name: string;
  /** Hz; also of the samples that are played and heard. */
  readonly clockRate: number;
  /** Length of the frames we send, ms. */
  readonly ptimeMs: number;
}

/** One key, when it is over. */
export interface Digit {
  readonly digit: DtmfDigit;
  readonly durationMs: number;
}

/** Every verb may be called at any time; once the stream has stopped, nothing happens and no listener is called. */
export interface AudioStream {
  /** What we send with. Undefined before the first answer. */
  readonly codec: AgreedAudio | undefined;
  /** Seen from our side: `sendonly` when we hold the peer. */
  readonly direction: Direction;
  /** The peer holds us: it takes nothing, or names no address. */
  readonly held: boolean;
  /** Whether `sendDigits` reaches it: the peer takes telephone-events (RFC 4733). */
  readonly takesDigits: boolean;
  /** Undefined before anything was agreed. */
  readonly statistics: StreamStats | undefined;

  /** Sends back what arrives, with its timing and its keys. Beside `play`, both are sent: stop one of them. */
  echo(on: boolean): void;
  /**
   * Plays mono samples of 16 bits at `codec.clockRate`, in pieces of any length, a frame every `ptimeMs`. Takes the place of what was played before.
   * On hold it waits. Resolves `finished` with the last frame, `stopped` when `signal` aborts, something else is played, or the stream stops.
   * Rejects with what the source throws, or `AUDIO_CODEC_OPAQUE`.
   */
  play(source: AudioSource, options?: { readonly signal?: AbortSignal | undefined }): Promise<PlayOutcome>;
  /** Sends samples now, as one packet: for who keeps the time. Dropped on hold, and while a key sounds. */
  writeFrame(samples: Int16Array): void;
  /** What the peer says, decoded, in order and in time. `timestamp`: where the samples belong, in samples; what is missing between two is loss or silence. */
  onFrame(listener: (samples: Int16Array, timestamp: number) => void): Disposable;
  /** The peer puts us on hold (`true`), or takes us off it: once each, however often it says so. An exchange that fails takes back what it began. */
  onHold(listener: (held: boolean) => void): Disposable;
  /** Each key of the peer, when it is released. */
  onDigit(listener: (digit: Digit) => void): Disposable;
  /** Presses keys: 0 to 9, *, #, A to D. Resolves after the last; rejects `RTP_EVENTS_NOT_AGREED`, `RTP_DIGIT_UNKNOWN`, `RTP_OPTION_RANGE`, `RTP_STREAM_STOPPED`. */
  sendDigits(digits: string, options?: DigitOptions): Promise<void>;
}
