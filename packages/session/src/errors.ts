/** Codes of `@jackfield/session`. docs/errors.md says the cause and the cure of each. */

/** `info` of a `SipError`, by code. */
export interface SessionErrors {
  /** A hook, an SDP handler or the driver threw, rejected, gave nonsense or overran its time. `cause` has what it threw. */
  SESSION_HOOK_FAILED: { readonly hook: string; readonly owner: string };
  /** A question was still open when its time was over. */
  SESSION_HOOK_DEADLINE: { readonly hook: string; readonly owner: string; readonly deadlineMs: number };
  /** A verb was called in a hook of the same session and awaited there: it begins when the round is over. */
  SESSION_HOOK_AWAITS_SELF: { readonly verb: string };
  /** What a hook gave back is not what its contract allows. */
  SESSION_HOOK_RESULT: { readonly hook: string; readonly owner: string };
  /** A `Reply` with a status that has no place there (a 2xx to INVITE or to an offer, a provisional). */
  SESSION_REPLY_RANGE: { readonly status: number };
  /** `add` where something lies already. */
  SESSION_COOKIE_TAKEN: { readonly cookie: string };
  /** A plug-in of that name is registered already; of SDP handlers, one for the same kind. */
  SESSION_NAME_TAKEN: { readonly name: string };
  /** There is a driver already. */
  SESSION_DRIVER_TAKEN: { readonly [key: string]: never };
  /** A supplement or SDP handler that cannot be registered as it is. */
  SESSION_PLUGIN_SHAPE: { readonly name: string; readonly member: string };
  /** The session has ended, or it ended before what was asked came about. */
  SESSION_ENDED: { readonly state: string };
  /** The peer, a supplement or the core refused the call. */
  SESSION_REFUSED: { readonly status: number; readonly reason: string };
  /** The request has its final response. */
  SESSION_ALREADY_ANSWERED: { readonly status: number };
  /** The verb does not fit the direction or the state of the session. */
  SESSION_STATE: { readonly verb: string; readonly state: string };
  /** Nothing can be offered or answered: no SDP handler takes a stream that was asked for. */
  SESSION_NO_MEDIA: { readonly kinds: readonly string[] };
  /** A description or an answer that breaks offer/answer; `rule` names which. `warning`: the code of RFC 3261 §20.43 that fits, where one of these does. */
  SESSION_NEGOTIATION: { readonly rule: string; readonly warning?: 301 | 304 | 305 };
  /** A message that has left cannot be edited. */
  SESSION_MESSAGE_SENT: { readonly method: string };
  /** An option of the service, an endpoint or a call that is outside its range. */
  SESSION_OPTION: { readonly option: string };
  /** The service is closed or draining. */
  SESSION_SERVICE_CLOSED: { readonly [key: string]: never };
}

declare module '@jackfield/base' {
  interface SipErrorMap extends SessionErrors {}
}
