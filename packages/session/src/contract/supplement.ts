/** A plug-in to message processing: hooks on the beginning and end of a session and on every message of it, filtered by method. */
import type {
  Awaitable,
  Decision,
  Headers,
  IncomingRequest,
  IncomingResponse,
  Method,
  NameAddr,
  Nothing,
  Order,
  OutgoingRequest,
  OutgoingResponse,
  Reply,
  Retry,
  Uri,
} from '@jackfield/sip';
import type { CookieJar } from '../cookies.ts';
import type { MediaChange } from './media.ts';
import type { Endpoint, Session, SessionEnd } from './session.ts';

/** A call before anything of it exists: what `admitSession` is asked about. */
export interface SessionIntent {
  /** Who calls: `outgoing`, we do. */
  readonly direction: 'incoming' | 'outgoing';
  /** The INVITE that came; undefined for a call of ours. */
  readonly request: IncomingRequest | undefined;
  /** Request-URI. */
  readonly target: Uri;
  /** Whom it comes from or goes to. */
  readonly endpoint: Endpoint;
  /** What the INVITE will carry, editable until admission is over; undefined where one came. */
  readonly headers: Headers | undefined;
  /** The session's, once there is one; destroyed where the call is refused. */
  readonly cookies: CookieJar;
  /** Aborts when the caller gives up, or the deadline is over. */
  readonly signal: AbortSignal;
}

/**
 * Questions (`admitSession`, `incomingRequest`, `redirected`) may return a promise; news and edits are synchronous.
 * The returned value is the decision: the core sends a returned `Reply`.
 */
export interface Supplement {
  /** The npm name; a second of the same name is refused (SESSION_NAME_TAKEN). */
  readonly name: string;
  /** Absent: every method. Exact and case-sensitive. A response counts as the method of its CSeq. */
  readonly methods?: readonly Method[] | undefined;
  /** `normal` unless given; see {@link Order}. */
  readonly order?: Order | undefined;
  /** What it adds to Supported; a required tag that nobody adds is 420. */
  readonly optionTags?: readonly string[] | undefined;
  /** Methods that it adds to Allow. */
  readonly allow?: readonly Method[] | undefined;
  /** Types of bodies that it adds to Accept, lower-case. */
  readonly accept?: readonly string[] | undefined;
  /** How long its questions may take, ms; default 5000. */
  readonly deadlineMs?: number | undefined;

  /** Asked first, before session, ports and media are there. A reply refuses the call; one to a call of ours is what its verb rejects with. */
  admitSession?(intent: SessionIntent): Awaitable<Reply | undefined | void>;
  /** Once. Who throws here takes no further part in the session. */
  sessionBegin?(session: Session): Nothing;
  /** Once, in reverse order, whatever its `methods`; cookies are still there, and streams unless they stopped before. */
  sessionEnd?(session: Session, end: SessionEnd): Nothing;
  /** Asked in order until one decides. Nothing: the next one is asked, and after the last the core answers. */
  incomingRequest?(session: Session, request: IncomingRequest): Awaitable<Decision>;
  /** Before media is applied. A `Retry` counts on a final response of 300 and up. */
  incomingResponse?(session: Session, response: IncomingResponse): Retry | undefined | void;
  /** Once a message as it is built, not once a repeat. A throw loses its edits; a request of the application is then not sent (SESSION_HOOK_FAILED). */
  outgoingRequest?(session: Session, request: OutgoingRequest): Nothing;
  /** Every response but 100. A throw loses its edits; a 2xx to INVITE is then a 500. */
  outgoingResponse?(session: Session, response: OutgoingResponse): Nothing;
  /** Each gets the list that the one before left; undefined leaves it; an empty list ends the session. A list that is returned is followed. */
  redirected?(session: Session, targets: readonly NameAddr[]): Awaitable<readonly NameAddr[] | undefined | void>;
  /** After an offer/answer exchange was applied. */
  mediaChanged?(session: Session, change: MediaChange): Nothing;
}
