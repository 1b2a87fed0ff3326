/** What a program can do wrong with media, and what the host can refuse. Bad packets are never here: they are dropped and counted. */
import { SipError } from '@jackfield/base';

/** `info` of a `SipError`, by code. */
export interface RtpErrors {
  /** No free pair of ports: every pair of the range is taken, or `tried` of them in a row were bound by another program. */
  RTP_PORTS_EXHAUSTED: { readonly first: number; readonly last: number; readonly tried: number };
  /** The host refused a socket for another reason than a taken port; the system's error is the cause. */
  RTP_BIND_FAILED: { readonly host: string; readonly port: number };
  /** A range without a whole pair in 1024 to 65535. */
  RTP_PORT_RANGE: { readonly first: number; readonly last: number };
  /** A number that is not whole, or out of its range. */
  RTP_OPTION_RANGE: { readonly option: string; readonly value: number };
  /** Digits to a peer that agreed to no telephone-event. */
  RTP_EVENTS_NOT_AGREED: { readonly digits: string };
  /** Not one of 0-9 * # A-D. */
  RTP_DIGIT_UNKNOWN: { readonly digit: string };
  /** The stream was stopped before or while it did what was asked. */
  RTP_STREAM_STOPPED: { readonly ssrc: number };
  /** A source, sink or listener of the application threw; it is taken off the stream, which goes on. */
  RTP_CALLBACK_FAILED: { readonly callback: 'source' | 'sink' | 'tap' | 'events' };
  /** Not a file that `readWav` reads: PCM of 16 bits or G.711, one channel. */
  RTP_WAV_UNSUPPORTED: { readonly reason: string };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends RtpErrors {}
}

/** @throws {@link SipError} `RTP_OPTION_RANGE` unless `value` is a whole number of `least` to `most`. */
export function within(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SipError('RTP_OPTION_RANGE', `${option} is a whole number of ${least} to ${most}, not ${value}`, { option, value });
}
