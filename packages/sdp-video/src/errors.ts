/** Codes of `@jackfield/sdp-video`. docs/errors.md says the cause and the cure of each; those of `@jackfield/rtp` come through as they are. */

/** `info` of a `SipError`, by code. */
export interface VideoErrors {
  /** The answer takes the stream with no codec that was offered. */
  VIDEO_NO_CODEC: { readonly formats: readonly string[] };
  /** The answer takes the stream and names no address that packets could be sent to: none, a name, one of many hosts, or one of the other family. */
  VIDEO_NO_ADDRESS: { readonly address: string | undefined };
  /** The stream was used before any offer/answer exchange had settled it. */
  VIDEO_NOT_AGREED: { readonly port: number };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends VideoErrors {}
}
