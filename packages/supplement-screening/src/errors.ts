/** Codes of `@jackfield/supplement-screening`. docs/errors.md says the cause and the cure of each. */

/** `info` of a `SipError`, by code. */
export interface ScreeningErrors {
  /** A status outside 300 to 699, a Retry-After that is no whole number of seconds. */
  SCREENING_OPTION: { readonly option: 'status' | 'retryAfter' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends ScreeningErrors {}
}
