/** A session as plug-ins and applications see it: one INVITE dialog usage from the first INVITE to the end (RFC 3261 §13 to §15). */
import type { Body, DialogView, HeaderInit, IncomingRequest, IncomingResponse, Method, NameAddr, OutgoingRequest } from '@jackfield/sip';
import type { CookieJar } from '../cookies.ts';
import type { Endpoint } from './endpoint.ts';
import type { MediaInit, StreamView } from './media.ts';
import type { Reliability } from './reliability.ts';
import type { StreamKinds } from './stream-kinds.ts';

export type { Endpoint };

export type SessionState = 'starting' | 'early' | 'established' | 'ending' | 'ended';

/**
 * `by`: who ended it. `status`: of the final response, where one ended it. `cause`: of Q.850, as the peer's BYE, CANCEL or refusal says it in a Reason header
 * (RFC 3326), else what `status` stands for; its word, and nothing vouches for it. Undefined where there is neither.
 */
export interface SessionEnd {
  readonly by: 'local' | 'remote' | 'core';
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly cause?: number | undefined;
  readonly error?: Error | undefined;
}

/** What the application hangs on a session. Empty; the driver's package merges in its members. */
// oxlint-disable-next-line typescript/no-empty-object-type -- members come by declaration merging
export interface Channel {}

/** `media`: 18x other than 183 carry none unless it is given; 183 and 2xx carry the answer. */
export interface ResponseInit {
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
  readonly reason?: string | undefined;
  readonly media?: MediaInit | undefined;
}

export interface InviteOptions {
  /** `Route` is the way the INVITE takes, the next hop first; a malformed one ends the call with SIP_HEADER_SYNTAX. */
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
  /**
   * What to offer; by default one stream of each kind that has a handler. With `'late'` the peer's offer comes in its 2xx, or in a reliable provisional
   * response: with `onResponse` the application answers it by `answerOffer`, without it the SDP handlers do at once.
   */
  readonly media?: MediaInit | undefined;
  /** In place of what the endpoint or the service says. */
  readonly reliable?: Reliability | undefined;
  readonly from?: NameAddr | undefined;
  readonly endpoint?: Endpoint | undefined;
  /**
   * A call that ended with 484, since its number was not complete: this one goes on with more digits. It has the Call-ID, From, tag and endpoint of that
   * one, and the next CSeq (RFC 3578 §3). @throws SESSION_STATE for a call that was answered, is under way, or is not ours
   */
  readonly continues?: Session | undefined;
  /** Its abort is `end()`. */
  readonly signal?: AbortSignal | undefined;
  /** Every response of 101 and up, after the supplements. What it throws is reported. */
  readonly onResponse?: ((response: IncomingResponse) => void) | undefined;
}

export interface ReinviteOptions {
  /** `'same'` unless given. `'late'` as in `InviteOptions`. */
  readonly media?: MediaInit | undefined;
  readonly headers?: HeaderInit | undefined;
  /**
   * `'auto'` (the default): re-INVITE; before the call is answered UPDATE, once an offer and its answer went by reliable messages and the peer allows it.
   * UPDATE in an answered call only when asked for (RFC 3311). What may not be sent yet waits.
   */
  readonly method?: 'INVITE' | 'UPDATE' | 'auto' | undefined;
  /** Its abort gives up a refresh that has not been sent yet, and stops its repeats; the promise resolves `ended` or as the peer answers. */
  readonly signal?: AbortSignal | undefined;
  readonly onResponse?: ((response: IncomingResponse) => void) | undefined;
}

export interface RequestOptions {
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
  /** One of several early dialogs; the session's own unless given. */
  readonly dialog?: DialogView | undefined;
  /** Its abort rejects with its reason; the request is out all the same. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How a refresh ended. It settles exactly once, after all retries. `unchanged`: nothing was sent, since the streams are as asked for, or the peer changed
 * meanwhile what was asked about.
 */
export type RefreshOutcome =
  | { readonly kind: 'agreed' | 'refused'; readonly response: IncomingResponse }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'ended'; readonly end: SessionEnd };

export interface Session {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: SessionState;
  readonly endpoint: Endpoint;
  readonly dialog: DialogView;
  readonly cookies: CookieJar;
  /** The first INVITE, readable to the end and after. */
  readonly invite: IncomingRequest | OutgoingRequest;
  /** The streams both sides agreed on, in the order of the m= lines. */
  readonly streams: readonly StreamView[];
  /** The first stream of a kind. */
  stream<K extends string>(kind: K): StreamView<K> | undefined;
  channel: Channel | undefined;
  /** Aborts when the session ends; made on first read. */
  readonly signal: AbortSignal;
  /** Rejects SESSION_REFUSED { status } or SESSION_ENDED. */
  readonly established: Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<SessionEnd>;

  /**
   * A provisional response, 101 to 199; 180 unless given. Resolves when sent; a reliable one, when its PRACK is in. `reliable` asks for that, where the peer
   * can. One that comes while another waits for its PRACK waits for that too. Rejects SESSION_STATE, SESSION_ENDED, SESSION_HOOK_FAILED.
   */
  progress(status?: number, init?: ResponseInit & { readonly reliable?: boolean | undefined }): Promise<void>;
  /** Resolves when the ACK is in and media is applied; rejects SESSION_ENDED on CANCEL, BYE or no ACK, SESSION_HOOK_FAILED or SESSION_NO_MEDIA where the call was refused instead. */
  accept(init?: ResponseInit): Promise<void>;
  /** Refuses an unanswered incoming call with a status of 300 and up. Resolves after `sessionEnd`. */
  reject(status: number, init?: ResponseInit): Promise<void>;
  /** The answer to a late offer; the 2xx is acknowledged when it settles, or after 5 s with every line declined and a BYE. */
  answerOffer(init: { readonly media: MediaInit }): Promise<void>;
  /** Answers a request that a supplement took with `'later'`. A final one once: @throws SESSION_ALREADY_ANSWERED. */
  sendResponse(request: IncomingRequest, status: number, init?: ResponseInit): void;
  /** Queued behind what is pending. A created stream is asked for again with `current` set. Rejects SESSION_HOOK_FAILED or SESSION_NO_MEDIA when it could not be built. */
  sendReinvite(options?: ReinviteOptions): Promise<RefreshOutcome>;
  /** Resolves with the final response whatever its status, a local 408 or 503 (`origin: 'core'`) when none came; rejects SESSION_ENDED or SESSION_HOOK_FAILED only. */
  sendRequest(method: Method, options?: RequestOptions): Promise<IncomingResponse>;
  /** CANCEL, a final response, or BYE: the state decides. Never rejects. */
  end(init?: ResponseInit & { readonly status?: number | undefined }): Promise<SessionEnd>;
  /** On the injected clock, in this session's mailbox, gone at its end. Never awaited in a hook, which holds the mailbox: to wait inside a question, use `stack.clock`. */
  after(ms: number, task: () => void): Disposable;
  /** The call ends on the wire and in its media at once; `sessionEnd`, cookies and the dialog wait for the last deferral, at most 64·T1. */
  deferEnd(): Disposable;
}

/** The type of a kind's streams, as its handler package declared it. */
export type StreamOf<K extends string> = K extends keyof StreamKinds ? StreamKinds[K] : unknown;
