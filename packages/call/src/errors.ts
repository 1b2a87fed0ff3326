/** Codes of `@jackfield/call`. docs/errors.md says the cause and the cure of each; those of session, media and keys come through as they are. */

/** `info` of a `SipError`, by code. */
export interface CallErrors {
  /** The call has no audio stream (yet): it was neither answered nor early, or the peer declined the line. */
  CALL_NO_AUDIO: { readonly verb: string };
  /** The peer takes keys neither as telephone-events nor as INFO. */
  CALL_NO_DIGITS: { readonly digits: string };
  /** The peer answered a key with a refusal. */
  CALL_DIGITS_REFUSED: { readonly status: number };
  /** No SIP address: `sip:alice@example.com`, `"Alice" <sip:alice@example.com>`. */
  CALL_ADDRESS: { readonly text: string };
  /** An option of `createCalls` that excludes another one that is given. */
  CALL_OPTION: { readonly option: string };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends CallErrors {}
}
