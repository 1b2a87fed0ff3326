/** The rows of @jackfield/sdp in the table of codes: misuse by the program only. What a peer sends wrong is a value (see `parseDescription`). */

/** `info` of a `SipError`, by code. */
export interface SdpErrors {
  /** A line or attribute to be written is no `x=value`, or holds CR, LF or NUL. */
  SDP_LINE_SYNTAX: { readonly line: string };
  /** A part of an m= line to be written is outside its grammar or range (RFC 8866 §5.14). */
  SDP_SECTION_FIELD: { readonly field: 'kind' | 'port' | 'portCount' | 'protocol' | 'formats'; readonly value: string };
  /** A part of an o= line to be written is outside its grammar, or a number reached 2^63 (RFC 3264 §5). */
  SDP_ORIGIN_FIELD: { readonly field: string; readonly value: string };
  /** A codec was defined with a number or name outside its range. */
  SDP_CODEC_FIELD: { readonly field: 'payloadType' | 'name' | 'clockRate' | 'channels' | 'fmtp' | 'feedback'; readonly value: string };
  /** A `CodecPolicy` gave what is no list, a codec that it was not given, or one twice. */
  SDP_CODEC_POLICY: { readonly fault: 'no-list' | 'unknown' | 'twice'; readonly role: 'offerer' | 'answerer' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends SdpErrors {}
}
