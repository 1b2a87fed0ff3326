/** Codes of `@jackfield/supplement-session-timers`. docs/errors.md says the cause and the cure of each. */

/** `info` of a `SipError`, by code. */
export interface SessionTimersErrors {
  /** An option outside its range; `option` says which. `options`: not an object at all. */
  TIMERS_OPTION: { readonly option: 'options' | 'mode' | 'sessionExpires' | 'minSE' | 'refresher' };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends SessionTimersErrors {}
}
