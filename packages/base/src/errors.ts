/** The one error class and its table of codes. A code is public API: added in a minor release, never renamed, never reused. */

/** Empty here. Each package merges in its own rows, under its own prefix: `{ SESSION_HOOK_FAILED: { hook: string; owner: string } }`. */
// oxlint-disable-next-line typescript/no-empty-object-type -- rows come by declaration merging
export interface SipErrorMap {}
/** Those of the packages that are imported, or any other text. */
export type SipErrorCode = keyof SipErrorMap | (string & {});

/** What a program did wrong, or what became of a call. Bad input from the network is never thrown; it is a value. */
export class SipError<C extends SipErrorCode = SipErrorCode> extends Error {
  override readonly name = 'SipError';
  /** Does not change from release to release; docs/errors.md has them all. */
  readonly code: C;
  /** What went wrong, for programs: its members depend on the code. */
  readonly info: C extends keyof SipErrorMap ? SipErrorMap[C] : unknown;

  constructor(code: C, message: string, info: C extends keyof SipErrorMap ? SipErrorMap[C] : unknown, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.info = info;
  }
}

/** Narrows by code and not by class, so that it also holds when two copies of the package are installed. */
export function isSipError<C extends SipErrorCode>(error: unknown, code: C): error is SipError<C> {
  return error instanceof Error && error.name === 'SipError' && 'code' in error && error.code === code;
}
