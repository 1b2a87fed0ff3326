/** Codes of `@jackfield/supplement-reason`. docs/errors.md says the cause and the cure of each. */

/** `info` of a `SipError`, by code. */
export interface ReasonErrors {
  /** Two reasons of one protocol, or a default cause that is none. */
  REASON_SYNTAX: { readonly part: 'protocol' | 'cause' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends ReasonErrors {}
}
