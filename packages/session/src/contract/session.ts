/** A session as plug-ins and applications see it: one INVITE dialog usage from the first INVITE to the end (RFC 3261 §13 to §15). */
import type { Body, DialogView, HeaderInit, IncomingRequest, IncomingResponse, Method, NameAddr, OutgoingRequest } from '@jackfield/sip';
import type { CookieJar } from '../cookies.ts';
import type { Endpoint } from './endpoint.ts';
import type { MediaInit, StreamView } from './media.ts';
import type { Reliability } from './reliability.ts';
import type { StreamKinds } from './stream-kinds.ts';

export type { Endpoint };

/**
 * `early` once a provisional response went or came; `established` with the 2xx; `ending` from the first word of its end; `ended` when `sessionEnd` has run and
 * nothing is held any more.
 */
export type SessionState = 'starting' | 'early' | 'established' | 'ending' | 'ended';

/** How a session ended: given to `sessionEnd`, `ended` and `end()` alike. */
export interface SessionEnd {
  /** Who ended it; `core`: neither side, but a failure or a limit here. */
  readonly by: 'local' | 'remote' | 'core';
  /** Of the final response, where one ended it. */
  readonly status?: number | undefined;
  /** Its phrase; for logs. */
  readonly reason?: string | undefined;
  /**
   * Of Q.850, as the peer's BYE, CANCEL or refusal says it in a Reason header (RFC 3326), else what `status` stands for; its word, and nothing vouches for
   * it. Undefined where there is neither.
   */
  readonly cause?: number | undefined;
  /** What failed here, where that ended it. */
  readonly error?: Error | undefined;
}

/** What the application hangs on a session. Empty; the driver's package merges in its members. */
// oxlint-disable-next-line typescript/no-empty-object-type -- members come by declaration merging
export interface Channel {}

/**
 * What a response of ours carries beside its status. What cannot be written is refused before anything of the call changes: the verb rejects
 * SIP_HEADER_SYNTAX, SIP_HEADER_LENGTH, SIP_MESSAGE_SYNTAX for a body, or SESSION_OPTION for a stream of `media` without a kind, `sendResponse` throws it, and
 * the verb may be called again. The same holds for what `sendRequest` and `sendReinvite` are given, and `create` throws it.
 */
export interface ResponseInit {
  /** Beside those the stack owns. */
  readonly headers?: HeaderInit | undefined;
  /** As in `InviteOptions`. `progress` and `accept` reject SESSION_OPTION for a session description; a refusal may carry one (RFC 3261 §21.4.26). */
  readonly body?: Body | undefined;
  /** Reason phrase; the usual one of the status unless given. */
  readonly reason?: string | undefined;
  /** What the description says. 183 and 2xx carry the answer; any other 18x none, unless this is given. */
  readonly media?: MediaInit | undefined;
}

/** For `invite` and `create`. */
export interface InviteOptions {
  /**
   * `Route` is the way the INVITE takes, the next hop first; a malformed one ends the call with SIP_HEADER_SYNTAX. A `Call-ID`, and the tag of a `From`, are the
   * call's; one without a tag gets one, and `To` loses its own. @throws SIP_HEADER_SYNTAX for a From or To that is no address
   */
  readonly headers?: HeaderInit | undefined;
  /**
   * What goes along beside the session description: both are then parts of a multipart/mixed (RFC 5621), and Content-Disposition, Content-ID, Content-Encoding
   * and Content-Language of `headers` stand with this one. Who cannot read it refuses the call with 415, unless its Content-Disposition says
   * `handling=optional`. It is never a session description itself, which follows from `media`: @throws SESSION_OPTION
   */
  readonly body?: Body | undefined;
  /**
   * What to offer; by default one stream of each kind that has a handler. With `'late'` the peer's offer comes in its 2xx, or in a reliable provisional
   * response: with `onResponse` the application answers it by `answerOffer`, without it the SDP handlers do at once.
   */
  readonly media?: MediaInit | undefined;
  /** In place of what the endpoint or the service says. */
  readonly reliable?: Reliability | undefined;
  /** From of the INVITE, without a tag; `sip:anonymous@anonymous.invalid` unless given. */
  readonly from?: NameAddr | undefined;
  /** Whom it is with, for its credentials, codecs and timers; unless given, one named by the host of the target, and not trusted. */
  readonly endpoint?: Endpoint | undefined;
  /**
   * How many hops the INVITE may go, 0 to 255; 70. Who passes a call on gives one less than came with it (RFC 3261 §16.6), and none where that was 0: two who
   * pass calls on to each other would do so for ever.
   */
  readonly maxForwards?: number | undefined;
  /**
   * A call that ended with 484, since its number was not complete: this one goes on with more digits. It has the Call-ID, From, tag and endpoint of that
   * one, and the next CSeq (RFC 3578 §3). @throws SESSION_STATE for a call that was answered, is under way, is gone on with already, or is not ours
   */
  readonly continues?: Session | undefined;
  /** Its abort is `end()`; before an answer the call then rejects `SESSION_ENDED`, with the signal's reason as `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Every response of 101 and up, after the supplements. What it throws is reported. */
  readonly onResponse?: ((response: IncomingResponse) => void) | undefined;
}

/** For `sendReinvite`. */
export interface ReinviteOptions {
  /** `'same'` unless given. `'late'` as in `InviteOptions`. */
  readonly media?: MediaInit | undefined;
  /** Beside those the stack owns. */
  readonly headers?: HeaderInit | undefined;
  /**
   * `'auto'` (the default): re-INVITE; before the call is answered UPDATE, once an offer and its answer went by reliable messages and the peer allows it;
   * of several early dialogs to the one that is heard.
   * Where it does not, a change of streams that a caller asked for before goes with the PRACK of the answer (RFC 6337 §3.2). UPDATE in an answered call only
   * when asked for (RFC 3311). What may not be sent yet waits.
   */
  readonly method?: 'INVITE' | 'UPDATE' | 'auto' | undefined;
  /**
   * Its abort gives up a refresh that has not been sent yet, or waits to be sent again: it rejects with the signal's reason. One that is out settles as the
   * peer answers, or `ended`, and is not repeated.
   */
  readonly signal?: AbortSignal | undefined;
  /** Every response to it, provisional ones too, after the supplements. What it throws is reported. */
  readonly onResponse?: ((response: IncomingResponse) => void) | undefined;
}

/** For `sendRequest`. */
export interface RequestOptions {
  /** Beside those the stack owns. */
  readonly headers?: HeaderInit | undefined;
  /** Sent as it is. */
  readonly body?: Body | undefined;
  /** One of several early dialogs; the session's own unless given. */
  readonly dialog?: DialogView | undefined;
  /** Its abort rejects with its reason; the request is out all the same. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * How a refresh ended. It settles exactly once, after all retries: three at most, after 491, or 500 whose Retry-After is 64·T1 (32 s) or less; one of more
 * is `refused`, and the application may ask again. `unchanged`: nothing was sent, since the streams are as asked for, or the peer changed
 * meanwhile what was asked about.
 */
export type RefreshOutcome =
  | { readonly kind: 'agreed' | 'refused'; readonly response: IncomingResponse }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'ended'; readonly end: SessionEnd };

/**
 * A call, from its first INVITE to its end: for supplements, handlers, drivers and applications alike. A verb called in a hook begins when the round is over.
 */
export interface Session {
  /** Call-ID and our tag: unique in this process, the same as in `jackfield:session:hook`. */
  readonly id: string;
  /** Who sent the first INVITE: `outgoing`, we did. */
  readonly direction: 'incoming' | 'outgoing';
  /** Where it stands now. */
  readonly state: SessionState;
  /** The peer, as it was recognised or given; another only where a 3xx has led to another host than its own. */
  readonly endpoint: Endpoint;
  /** The one that was answered; before that the early one that spoke last, whichever of them is heard; without a tag of the peer's until there is one. */
  readonly dialog: DialogView;
  /** State of plug-ins on this call, each under a key of its own; destroyed after `sessionEnd`, last in first out. */
  readonly cookies: CookieJar;
  /** The first INVITE, readable to the end and after. */
  readonly invite: IncomingRequest | OutgoingRequest;
  /** The streams both sides agreed on, in the order of the m= lines. */
  readonly streams: readonly StreamView[];
  /** The first stream of a kind. */
  stream<K extends string>(kind: K): StreamView<K> | undefined;
  /** What the driver hangs on it; the core neither reads nor clears it. */
  channel: Channel | undefined;
  /** Aborts when the session ends; made on first read. */
  readonly signal: AbortSignal;
  /** Rejects SESSION_REFUSED { status }; SESSION_ENDED where the program gave the call up itself, by `end()` or its signal. */
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
  /** The answer to a late offer; the 2xx is acknowledged when it settles, or after `answerOfferMs` with every line declined and a BYE. */
  answerOffer(init: { readonly media: MediaInit }): Promise<void>;
  /**
   * Answers a request that a supplement took with `'later'`. A final one once: @throws SESSION_ALREADY_ANSWERED. SESSION_REPLY_RANGE for a 2xx to INVITE, and to
   * an UPDATE or PRACK where it or the response has a session description; SESSION_ENDED
   */
  sendResponse(request: IncomingRequest, status: number, init?: ResponseInit): void;
  /**
   * Queued behind what is pending. A created stream is asked for again with `current` set. Resolves `ended` where the call is over before the answer came;
   * rejects SESSION_ENDED when it was over before, SESSION_HOOK_FAILED or SESSION_NO_MEDIA when the request could not be built.
   */
  sendReinvite(options?: ReinviteOptions): Promise<RefreshOutcome>;
  /** Resolves with the final response whatever its status, a local 408 or 503 (`origin: 'core'`) when none came; rejects SESSION_ENDED, SESSION_HOOK_FAILED or what {@link ResponseInit} says only. */
  sendRequest(method: Method, options?: RequestOptions): Promise<IncomingResponse>;
  /**
   * CANCEL, a final response, or BYE: the state decides. Resolves as `ended`; never rejects. `status` is for a call that is not answered, 300 to 699; 603 for
   * any other, and unless given. What of `init` cannot be written is reported, and nothing but the status of it sent.
   */
  end(init?: ResponseInit & { readonly status?: number | undefined }): Promise<SessionEnd>;
  /** For `await using`: `end()`, and its end is waited for. Never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
  /** On the injected clock, in this session's mailbox, gone at its end. Never awaited in a hook, which holds the mailbox: to wait inside a question, use `stack.clock`. */
  after(ms: number, task: () => void): Disposable;
  /**
   * The call ends on the wire and in its media at once; `sessionEnd`, cookies and the dialog wait for the last deferral, `deferEndMs` (64·T1) at most, and with
   * them `ended` and `end()`. Meanwhile SUBSCRIBE and NOTIFY go both ways in the dialog: a subscription that shares it outlives the call (RFC 5057 §5.5). One
   * of ours waits until our BYE is answered. Other requests get 481, and reject SESSION_ENDED.
   */
  deferEnd(): Disposable;
}

/** The type of a kind's streams, as its handler package declared it. */
export type StreamOf<K extends string> = K extends keyof StreamKinds ? StreamKinds[K] : unknown;
