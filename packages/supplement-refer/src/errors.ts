/** Codes of `@jackfield/supplement-refer`. docs/errors.md says the cause and the cure of each. */

/** `info` of a `SipError`, by code. */
export interface ReferErrors {
  /** A verb of a transfer that does not fit what was decided about it. */
  REFER_STATE: { readonly verb: string; readonly state: string };
  /** A status outside of what the verb takes. */
  REFER_STATUS: { readonly status: number };
  /** Nothing that a peer can be sent to: no URI, or a session that cannot be replaced. */
  REFER_TARGET: { readonly target: string };
  /** The peer refused our REFER. */
  REFER_REFUSED: { readonly status: number; readonly reason: string };
  /** An option outside its range. */
  REFER_OPTION: { readonly option: string };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends ReferErrors {}
}
