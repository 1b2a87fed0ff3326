/** The session service as plug-ins and drivers see it. */
import type { Awaitable, IncomingRequest, Registration, SipStack, Stats, Uri } from '@jackfield/sip';
import type { SdpHandler } from './sdp-handler.ts';
import type { InviteOptions, Session } from './session.ts';
import type { StreamKind } from './stream-kinds.ts';
import type { Supplement } from './supplement.ts';

/** Calls on a stack: made by `createSessionService`. */
export interface SessionService {
  /** What it was made on. */
  readonly stack: SipStack;
  /** Those that live now, in the order in which they began. */
  readonly sessions: Iterable<Session>;
  /** By the identifiers of any of its dialogs, tags as seen from here. */
  find(dialog: { readonly callId: string; readonly localTag: string; readonly remoteTag: string }): Session | undefined;
  /** For sessions that begin from now on. @throws SESSION_NAME_TAKEN, SESSION_PLUGIN_SHAPE */
  registerSupplement(supplement: Supplement): Registration;
  /** Handlers of a kind are asked in the order of registration. @throws SESSION_NAME_TAKEN, SESSION_PLUGIN_SHAPE */
  registerSdpHandler<Stream>(handler: SdpHandler<Stream>, kind: StreamKind): Registration;
  /** The channel driver: it decides by `progress`, `accept`, `reject`. A second throws SESSION_DRIVER_TAKEN; with none, callers get 480. */
  onIncoming(driver: (session: Session, invite: IncomingRequest) => Awaitable<void>): Registration;
  /** Resolves when established. Rejects as `Session.established` does, or SESSION_HOOK_FAILED, SESSION_NO_MEDIA, SESSION_SERVICE_CLOSED. */
  invite(target: string | Uri, options?: InviteOptions): Promise<Session>;
  /**
   * At once, in state `starting`: watch it by its promises, or by `onResponse`. No hook runs before something is awaited: what is put into its cookies now is there
   * for all. @throws SIP_URI_SYNTAX, SESSION_SERVICE_CLOSED; SESSION_OPTION for a target with headers, which are for the program to choose from (`readUriHeaders`)
   * and to give as `headers` (RFC 3261 §19.1.5)
   */
  create(target: string | Uri, options?: InviteOptions): Session;
  /** A fresh count of sessions and what they hold; its keys are named in docs/diagnostics.md. */
  stats(): Stats;
  /**
   * Ends every session, and answers 503 to callers that wait to be admitted; with `drain` (default false) refuses new ones with 503 and waits for the others,
   * until `signal` aborts. What it and its supplements show of themselves (Allow, Accept, Supported) goes with it.
   */
  close(options?: { readonly drain?: boolean | undefined; readonly signal?: AbortSignal | undefined }): Promise<void>;
}
