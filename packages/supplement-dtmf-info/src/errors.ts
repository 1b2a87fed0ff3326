/** Codes of `@jackfield/supplement-dtmf-info`. docs/errors.md says the cause and the cure of each. */

/** `info` of a `SipError`, by code. */
export interface DtmfInfoErrors {
  /** No key, or what is no key among those to send. */
  DTMF_INFO_DIGITS: { readonly digits: string };
  /** Milliseconds outside 1 to 10000. */
  DTMF_INFO_DURATION: { readonly durationMs: number };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends DtmfInfoErrors {}
}
