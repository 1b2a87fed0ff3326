/** Codes of `@jackfield/sdp-audio`. docs/errors.md says the cause and the cure of each; those of `@jackfield/rtp` come through as they are. */

/** `info` of a `SipError`, by code. */
export interface AudioErrors {
  /** An option of `registerAudio` that is out of its range. */
  AUDIO_OPTION: { readonly option: string; readonly value: unknown };
  /** The answer takes the stream with no codec that was offered (telephone-event alone is none). */
  AUDIO_NO_CODEC: { readonly formats: readonly string[] };
  /** The answer takes the stream and names no address that packets could be sent to: none, a name, one of many hosts, or one of the other family. */
  AUDIO_NO_ADDRESS: { readonly address: string | undefined };
  /** Samples cannot be made into this codec: it has no `encode`, and can be echoed only. */
  AUDIO_CODEC_OPAQUE: { readonly codec: string };
  /** The stream was used before any offer/answer exchange had settled it. */
  AUDIO_NOT_AGREED: { readonly port: number };
  /** What the application hangs on a stream threw; it is taken off. */
  AUDIO_LISTENER_FAILED: { readonly listener: 'hold' | 'silence' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends AudioErrors {}
}
