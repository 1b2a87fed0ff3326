/** Every message of a session on its way past the supplements: questions about requests, edits of what leaves, news of responses (docs/promises.md). */
import { SipError } from '@jackfield/base';
import {
  buildResponse,
  HeaderList,
  isReply,
  isRetry,
  type Body,
  type DialogView,
  type IncomingRequest,
  type IncomingResponse,
  type Method,
  type Origin,
  type Reply,
  type Retry,
  type ServerTransaction,
  type SipCore,
  type SipRequest,
  type Spoken,
} from '@jackfield/sip';
import type { Reliability } from '../contract/reliability.ts';
import type { ResponseInit, Session } from '../contract/session.ts';
import type { Supplement } from '../contract/supplement.ts';
import { ask, DEFAULT_DEADLINE_MS, editInOrder, firstWish, hookFailed, nonsense, OpenQuestion, type HookHost } from '../plugins/hooks.ts';
import type { Steps } from '../plugins/steps.ts';
import type { SupplementSet } from '../plugins/supplement-registry.ts';
import { besides } from './own-body.ts';
import { showCapabilities } from './own-capabilities.ts';
import { markReliable } from './reliability.ts';
import { sdpOf } from './sdp-body.ts';
import { addHeaders, ResponseDraft, type RequestDraft } from './draft.ts';

export interface MessageHost extends HookHost {
  readonly session: Session;
  readonly core: SipCore;
  readonly reliable: Reliability;
  readonly supplements: SupplementSet;
  readonly spoken: Spoken;
  readonly view: DialogView;
  /** A request of the peer has its final response. */
  owed(transaction: ServerTransaction): void;
}

/** What a round decided: a reply to send, time for one to come by `sendResponse`, or nothing. */
export type Decided = Reply | { readonly laterMs: number } | undefined;

const UNSTOPPABLE: ReadonlySet<Method> = new Set(['ACK', 'CANCEL', 'BYE']);

/**
 * Asks the supplements about a request; the first decision ends the round.
 *
 * @throws SESSION_HOOK_FAILED but for ACK, CANCEL and BYE, where the next one is asked
 */
export function* decide(host: MessageHost, request: SipRequest): Steps<Decided> {
  const list = host.supplements.forMessage('incomingRequest', request.method);
  if (list.length === 0) return undefined;
  let over = false;
  try {
    const decision = yield* askAll(host, list, request);
    over = true;
    return decision;
  } finally {
    // the round was given up, or failed: whoever still works for it may stop; of a BYE it may have another turn, until it is answered
    if (!over && request.method !== 'BYE') request.abort();
  }
}

function* askAll(host: MessageHost, list: readonly Supplement[], request: SipRequest): Steps<Decided> {
  const { method } = request;
  for (const supplement of list) {
    if (host.excluded?.has(supplement)) continue;
    const { name } = supplement;
    try {
      let answer = ask(host, name, 'incomingRequest', incomingRequest, supplement, host.session, request);
      if (answer instanceof OpenQuestion) answer = yield* answer.inTime(supplement.deadlineMs);
      if (answer === undefined) continue;
      if (method === 'ACK' || method === 'CANCEL') host.report(hookFailed(name, 'incomingRequest', nonsense(name, 'incomingRequest')));
      else if (answer === 'later') return { laterMs: supplement.deadlineMs ?? DEFAULT_DEADLINE_MS };
      else if (!isReply(answer)) throw hookFailed(name, 'incomingRequest', nonsense(name, 'incomingRequest'));
      else if (agreesOnMedia(request, answer.status, answer.body)) throw hookFailed(name, 'incomingRequest', replyRange(answer.status));
      else return answer;
    } catch (error) {
      if (!UNSTOPPABLE.has(method) || !(error instanceof SipError)) throw error;
      host.report(error);
    }
  }
  return undefined;
}

/**
 * Sends a response of this session, hooks included.
 *
 * @param sequence - RSeq of a reliable one
 * @returns the failure that keeps a 2xx to INVITE from leaving; every other response leaves all the same
 */
export function respond(
  host: MessageHost,
  transaction: ServerTransaction,
  status: number,
  init: ResponseInit | Reply,
  origin: Origin,
  body: Body | undefined,
  sequence?: number,
): SipError | undefined {
  if (transaction.answered) return undefined;
  const { request } = transaction;
  const { method } = request;
  const headers = new HeaderList();
  const shown = makesDialog(method, status);
  addHeaders(headers, init.headers);
  if (shown) showCapabilities(headers, host);
  if (sequence !== undefined) markReliable(headers, sequence);
  const draft = new ResponseDraft(status, headers, besides(body, init.body, headers), request, origin);
  const list = host.supplements.forMessage('outgoingResponse', method);
  const error = editInOrder(host, list, 'outgoingResponse', draft.headers, outgoingResponse, host.session, draft);
  draft.headers.seal('response');
  if (error !== undefined && method === 'INVITE' && status >= 200 && status < 300) return error;
  const response = buildResponse(request, status, {
    reason: init.reason,
    headers: draft.headers.list,
    body: draft.body,
    toTag: host.view.localTag,
  });
  if (sequence !== undefined) markReliable(response.headers, sequence);
  if (shown || subscribes(method, status)) response.headers.set('Contact', host.core.contactFor(transaction.flow, request));
  transaction.respond(response);
  if (status >= 200) {
    host.owed(transaction);
    request.abort();
  }
  return undefined;
}

/** A request of this session on its way past the hooks. @returns the first failure, which was reported */
export function prepare(host: MessageHost, draft: RequestDraft): SipError | undefined {
  const { method } = draft;
  const list = host.supplements.forMessage('outgoingRequest', method);
  const error = editInOrder(host, list, 'outgoingRequest', draft.headers, outgoingRequest, host.session, draft);
  draft.headers.seal(method);
  return error;
}

/** Tells the supplements of a response. @returns the first `Retry`, where one counts */
export function heard(host: MessageHost, response: IncomingResponse): Retry | undefined {
  const list = host.supplements.forMessage('incomingResponse', response.request.method);
  const wish = firstWish(host, list, 'incomingResponse', isRetry, incomingResponse, host.session, response);
  return response.status >= 300 && response.origin === 'remote' ? wish : undefined;
}

const incomingRequest = (to: Supplement, session: Session, request: SipRequest): unknown => to.incomingRequest!(session, request);
const outgoingResponse = (to: Supplement, session: Session, draft: ResponseDraft): unknown => to.outgoingResponse!(session, draft);
const outgoingRequest = (to: Supplement, session: Session, draft: RequestDraft): unknown => to.outgoingRequest!(session, draft);
const incomingResponse = (to: Supplement, session: Session, response: IncomingResponse): unknown => to.incomingResponse!(session, response);

const makesDialog = (method: Method, status: number): boolean =>
  (method === 'INVITE' && status > 100 && status < 300) || (method === 'UPDATE' && status >= 200 && status < 300);

/** RFC 3515 table 1, RFC 6665 §8.1.1: they want a Contact in their 2xx. */
const subscribes = (method: Method, status: number): boolean =>
  (method === 'REFER' || method === 'SUBSCRIBE') && status >= 200 && status < 300;

/**
 * A response that only the core may give: the 2xx to an INVITE, and to an UPDATE or PRACK where either of the two has a description. An offer that is accepted
 * without an answer leaves nobody knowing what is agreed (RFC 3264 §5, RFC 3311 §5.2, RFC 3262 §5).
 */
export function agreesOnMedia(request: IncomingRequest, status: number, body: Body | undefined): boolean {
  if (status >= 300) return false;
  if (request.method === 'INVITE') return true;
  return (request.method === 'UPDATE' || request.method === 'PRACK') && (sdpOf(request.body) ?? sdpOf(body)) !== undefined;
}

export function replyRange(status: number): SipError<'SESSION_REPLY_RANGE'> {
  return new SipError('SESSION_REPLY_RANGE', `${status} cannot be given here`, { status });
}
