/** The channels of this package beside what they publish, for `watch` of `@jackfield/base`. docs/diagnostics.md says when each does. */
import type { SipError } from '@jackfield/base';
import type { IncomingResponse } from '@jackfield/sip';
import type { MediaChange } from './contract/media.ts';
import type { Session, SessionEnd, SessionState } from './contract/session.ts';
import type { FlowNews } from './calls/lost-flow.ts';
import type { HookRun } from './plugins/hooks.ts';

/** A session began (`before` is undefined), or is in another state. */
export interface SessionNews {
  readonly session: Session;
  /** From now on. */
  readonly state: SessionState;
  /** Undefined where it has just begun. */
  readonly before: SessionState | undefined;
  /** Once it is over. */
  readonly end: SessionEnd | undefined;
}

/**
 * What became of an offer. `agreed` says what changed; `refused`, with what the peer refused ours; `failed`, why: a peer's mistake, or what an SDP handler
 * did instead of its part.
 */
export type NegotiationNews =
  | { readonly outcome: 'agreed'; readonly session: Session; readonly change: MediaChange }
  | { readonly outcome: 'refused'; readonly session: Session; readonly response: IncomingResponse }
  | { readonly outcome: 'failed'; readonly session: Session | undefined; readonly error: SipError };

/** Message type by channel; a channel's full name begins with `jackfield:`. */
export interface SessionDiagnostics {
  'session:state': SessionNews;
  'session:hook': HookRun;
  'session:flow': FlowNews;
  'session:negotiation': NegotiationNews;
}

declare module '@jackfield/base' {
  // oxlint-disable-next-line typescript/no-empty-object-type -- a row comes from each package
  interface DiagnosticsMap extends SessionDiagnostics {}
}
