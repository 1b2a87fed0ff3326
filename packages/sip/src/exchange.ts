/** One request outside any dialog and its final response, as a promise (RFC 3261 §8.1). INVITE wants a session, and is refused. */
import { isPromise, SipError, type Random } from '@jackfield/base';
import { buildResponse } from './messages/build.ts';
import { HeaderList } from './messages/headers.ts';
import type { SipResponse } from './messages/message.ts';
import type { Awaitable, Body, HeaderInit, IncomingResponse, Method, Uri } from './messages/model.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrList, type Party } from './messages/name-addr.ts';
import { newCallId, newTag } from './messages/tags.ts';
import { parseUri } from './messages/uri.ts';
import type { RepeatableRequest } from './core.ts';
import type { Way } from './dialogs/next-hop.ts';
import type { RequestHandle } from './dialogs/plan.ts';
import type { ClientTransaction, ClientTransactionUser, TransactionFailure } from './transactions/transaction.ts';
import { ReceivedResponse, SentRequest } from './views.ts';

export interface ExchangeHost {
  readonly random: Random;
  wayTo(target: Uri, routes: readonly Party[]): Awaitable<Way>;
  startInitial(method: Method, target: Uri, init: RepeatableRequest, way: Way, user: ClientTransactionUser): RequestHandle;
}

export interface ExchangeInit {
  readonly headers?: HeaderInit | undefined;
  readonly body?: Body | undefined;
  readonly signal?: AbortSignal | undefined;
}

const ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>';
const REFUSED: ReadonlySet<string> = new Set(['INVITE', 'ACK', 'CANCEL']);

/** Waits for the final response of one request. */
class Exchange implements ClientTransactionUser {
  readonly #resolve: (response: IncomingResponse) => void;

  constructor(resolve: (response: IncomingResponse) => void) {
    this.#resolve = resolve;
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    if (response.status >= 200)
      this.#resolve(new ReceivedResponse(response, new SentRequest(transaction.request, 'application'), 'remote'));
  }

  failed(cause: TransactionFailure, transaction: ClientTransaction | undefined): void {
    if (transaction === undefined) return;
    const response = buildResponse(transaction.request, cause === 'timeout' ? 408 : 503);
    this.#resolve(new ReceivedResponse(response, new SentRequest(transaction.request, 'application'), 'core'));
  }
}

/** Makes exchanges, numbers them, and ends those that are open when the stack closes. */
export class Exchanges {
  readonly #host: ExchangeHost;
  readonly #open = new Set<(reason: unknown) => void>();
  #sequence = 0;

  constructor(host: ExchangeHost) {
    this.#host = host;
  }

  get open(): number {
    return this.#open.size;
  }

  /** @throws (rejects) SIP_URI_SYNTAX, SIP_HEADER_SYNTAX, SIP_OPTION for a method that it cannot send, SIP_UNREACHABLE, or the signal's reason. */
  async send(method: Method, to: string | Uri, init: ExchangeInit): Promise<IncomingResponse> {
    if (REFUSED.has(method)) throw new SipError('SIP_OPTION', `${method} belongs to a session`, { option: 'method' });
    init.signal?.throwIfAborted();
    const target = typeof to === 'string' ? parseUri(to) : to;
    if (target === undefined) throw new SipError('SIP_URI_SYNTAX', `${JSON.stringify(to)} is no URI`, { uri: String(to) });
    const headers = this.#headers(target, init.headers);
    const routes = parseNameAddrList(headers.getAll('Route'));
    if (routes === undefined) throw new SipError('SIP_HEADER_SYNTAX', 'Route is malformed', { header: 'Route' });
    const nextSequence = (): number => (this.#sequence += 1); // rises over all requests, so that those of one Call-ID (REGISTER) rise too
    return new Promise<IncomingResponse>((resolve, reject) => {
      const aborted = (): void => end(init.signal?.reason);
      const settle = (): void => {
        this.#open.delete(end);
        init.signal?.removeEventListener('abort', aborted);
      };
      const end = (reason: unknown): void => {
        settle();
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is the caller's
        reject(reason);
      };
      this.#open.add(end);
      init.signal?.addEventListener('abort', aborted);
      const user = new Exchange((response) => {
        settle();
        resolve(response);
      });
      const go = (way: Way): void => {
        if (!this.#open.has(end)) return;
        this.#host.startInitial(method, target, { headers, body: init.body, nextSequence, routes }, way, user);
      };
      try {
        const way = this.#host.wayTo(target, routes);
        if (isPromise(way)) way.then(go).then(undefined, end);
        else go(way);
      } catch (error) {
        end(error);
      }
    });
  }

  /** Rejects all that are open. */
  close(reason: unknown): void {
    for (const end of this.#open) end(reason);
  }

  #headers(target: Uri, given: HeaderInit | undefined): HeaderList {
    const headers = new HeaderList(given);
    const { random } = this.#host;
    const from = parseNameAddr(headers.get('From') ?? ANONYMOUS);
    if (from === undefined) throw new SipError('SIP_HEADER_SYNTAX', 'From is malformed', { header: 'From' });
    headers.set('From', from.tag === undefined ? formatNameAddr(from, newTag(random)) : from.toString());
    if (!headers.has('To')) headers.set('To', formatNameAddr({ uri: target }));
    if (!headers.has('Call-ID')) headers.set('Call-ID', newCallId(random));
    return headers;
  }
}
