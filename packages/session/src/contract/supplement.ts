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

/** Before anything exists. `headers` (outgoing only) is what the INVITE will carry, editable with time; `cookies` become the session's. */
export interface SessionIntent {
  readonly direction: 'incoming' | 'outgoing';
  readonly request: IncomingRequest | undefined;
  readonly target: Uri;
  readonly endpoint: Endpoint;
  readonly headers: Headers | undefined;
  readonly cookies: CookieJar;
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
  readonly order?: Order | undefined;
  /** What it adds to Supported, Allow and Accept; a required tag that nobody adds is 420. */
  readonly optionTags?: readonly string[] | undefined;
  readonly allow?: readonly Method[] | undefined;
  readonly accept?: readonly string[] | undefined;
  /** How long its questions may take, ms; default 5000. */
  readonly deadlineMs?: number | undefined;

  admitSession?(intent: SessionIntent): Awaitable<Reply | undefined | void>;
  sessionBegin?(session: Session): Nothing;
  sessionEnd?(session: Session, end: SessionEnd): Nothing;
  incomingRequest?(session: Session, request: IncomingRequest): Awaitable<Decision>;
  /** Before media is applied. A `Retry` counts on a final response of 300 and up. */
  incomingResponse?(session: Session, response: IncomingResponse): Retry | undefined | void;
  outgoingRequest?(session: Session, request: OutgoingRequest): Nothing;
  outgoingResponse?(session: Session, response: OutgoingResponse): Nothing;
  /** Each gets the list that the one before left; undefined leaves it; an empty list ends the session. A list that is returned is followed. */
  redirected?(session: Session, targets: readonly NameAddr[]): Awaitable<readonly NameAddr[] | undefined | void>;
  /** After an offer/answer exchange was applied. */
  mediaChanged?(session: Session, change: MediaChange): Nothing;
}
