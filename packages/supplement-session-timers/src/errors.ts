/** Codes of `@jackfield/supplement-session-timers`. docs/errors.md says the cause and the cure of each. */

export interface SessionTimersErrors {
  /** An option outside its range; `option` says which. */
  TIMERS_OPTION: { readonly option: 'mode' | 'sessionExpires' | 'minSE' | 'refresher' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends SessionTimersErrors {}
}
