/** Codes of `@jackfield/supplement-reason`. docs/errors.md says the cause and the cure of each. */

export interface ReasonErrors {
  /** A reason that no Reason header can carry, or a default cause that is none. */
  REASON_SYNTAX: { readonly part: 'protocol' | 'cause' | 'text' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends ReasonErrors {}
}
