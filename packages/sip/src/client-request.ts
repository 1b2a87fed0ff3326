/**
 * One request of ours until its final response: the next target after a timeout, a failure of the transport or a 503 (RFC 3263 §4.3), credentials after
 * a 401 or 407 (RFC 3261 §22), a stream for what is too long for a datagram (§18.1.1). Its user hears what none of that could mend.
 */
import { isPromise } from '@jackfield/base';
import type { DigestClient, DigestExchange } from './auth/client.ts';
import { NextHops } from './dialogs/next-hop.ts';
import type { RequestHandle, RequestPlan } from './dialogs/plan.ts';
import type { LongRequests } from './long-requests.ts';
import type { HeaderList } from './messages/headers.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import type { Awaitable, HeaderInit } from './messages/model.ts';
import { readRetryAfter } from './messages/typed-headers.ts';
import type { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransaction, ClientTransactionUser, TransactionFailure } from './transactions/transaction.ts';
import type { TransportLayer } from './transport/layer.ts';
import { failures } from './transport/plugin-failures.ts';
import type { Flow } from './transport/transport.ts';

/** All causes together. */
const MAX_REPEATS = 3;

/** What all requests have in common: requesters.ts's. */
export interface RequestHome {
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  /** Absent: 401 and 407 are final, unless the plan of a request says otherwise. */
  readonly digest: DigestClient | undefined;
  /** By which flow one leaves that is long. */
  readonly long: LongRequests;
}

/** Its user, which may know why no further copy is wanted. */
export interface ClientRequestUser extends ClientTransactionUser {
  /** Asked before each copy but the first. Without it, they leave as long as there is cause, and none is one too many. */
  mayRepeat?(): boolean;
}

export class ClientRequest implements RequestHandle, ClientTransactionUser {
  transaction: ClientTransaction | undefined = undefined;
  repeats = 0;
  unanswered = false;
  readonly #home: RequestHome;
  readonly #plan: RequestPlan;
  readonly #user: ClientRequestUser;
  #hops: NextHops | undefined;
  #exchange: DigestExchange | undefined = undefined;
  /** Of the copy that is about to leave: each has its own nonce count (RFC 7616 §3.4). */
  #credentials: HeaderInit | undefined = undefined;
  #sequence: number;
  /** A response above 100 came: from here on the request is that server's. */
  #taken = false;
  /** The stream of the copy had served before: where it breaks now, that says nothing of the server. */
  #served = false;
  #cancelled = false;
  /** The final response, or that there is none, was told. */
  #over = false;
  /** The transaction of the copy is out of its table. */
  #gone = false;
  /** What the user is told if no copy leaves; while one waits for a flow. */
  #held: (() => void) | undefined = undefined;

  constructor(home: RequestHome, plan: RequestPlan, hops: NextHops | undefined, user: ClientRequestUser) {
    this.#home = home;
    this.#plan = plan;
    this.#user = user;
    this.#hops = hops;
    this.#sequence = plan.nextSequence();
  }

  start(flow: Flow | undefined): void {
    if (flow !== undefined) {
      this.#served = this.#hops?.reused === true;
      return this.#send(flow);
    }
    this.#elsewhere((error) => this.#user.failed('transport', undefined, error));
  }

  stopRepeating(): void {
    this.#cancelled = true;
    if (this.#held !== undefined) this.#settle(this.#held);
  }

  cancel(headers?: HeaderList, user?: ClientTransactionUser): void {
    this.stopRepeating();
    if (this.#over) return;
    if (this.transaction !== undefined) this.#home.transactions.cancel(this.transaction, headers, user);
  }

  response(response: SipResponse, transaction: ClientTransaction): void {
    const { status } = response;
    if (transaction !== this.transaction) {
      // of a copy that was given up: but somebody has to acknowledge a 2xx (RFC 3261 §16.7 lets it pass after a failure)
      if (status >= 200 && status < 300 && transaction.request.method === 'INVITE') this.#user.response(response, transaction);
      return;
    }
    if (status < 200) {
      if (status > 100) this.#taken = true;
    } else if (!this.#over) {
      if (this.#mayRepeat() && this.#mends(response, transaction)) return;
      if (status < 300) this.#exchange?.confirm(response);
      this.#over = true;
      this.#held = undefined; // the next copy, which waits for its way: it was answered after all
    }
    this.#user.response(response, transaction);
  }

  failed(cause: TransactionFailure, transaction: ClientTransaction | undefined, error?: Error): void {
    if (transaction !== this.transaction) return;
    const tell = (): void => this.#user.failed(cause, transaction, error);
    // without hops, the stream of a dialog was used: there may be a new one
    const elsewhere = this.#hops !== undefined || cause === 'transport';
    if (!this.#over && !this.#taken && elsewhere && this.#mayRepeat()) {
      this.unanswered = true;
      return cause === 'transport' && this.#served && transaction?.flow.reliable === true ? this.#anew(tell) : this.#elsewhere(tell);
    }
    this.#over = true;
    tell();
  }

  terminated(transaction: ClientTransaction): void {
    if (transaction !== this.transaction) return;
    if (this.#over) this.#user.terminated?.(transaction);
    else this.#gone = true; // the last copy, if no other leaves
  }

  #mayRepeat(): boolean {
    return !this.#stopped && this.repeats < (this.#plan.repeats ?? MAX_REPEATS);
  }

  /** No copy is to follow the first: cancelled, or its user says so, which may have come to that while one waited for its way. */
  get #stopped(): boolean {
    return this.#cancelled || this.#user.mayRepeat?.() === false;
  }

  /** True when another copy leaves, or may. */
  #mends(response: SipResponse, transaction: ClientTransaction): boolean {
    const { status } = response;
    if (status === 503 && this.#hops !== undefined && !this.#taken) {
      const seconds = readRetryAfter(response.headers)?.seconds;
      this.#elsewhere(() => this.#user.response(response, transaction), seconds === undefined ? undefined : seconds * 1000);
      return true;
    }
    if (status !== 401 && status !== 407) return false;
    const credentials = this.#answer(response, transaction.request);
    if (credentials === undefined) return false;
    this.#credentials = credentials;
    this.#sequence = this.#plan.nextSequence();
    const { flow } = transaction;
    if (flow.closed) this.#anew(() => this.#user.response(response, transaction));
    else {
      this.#repeat();
      this.#served = true;
      this.#send(flow);
    }
    return true;
  }

  #answer(response: SipResponse, request: SipRequest): HeaderInit | undefined {
    try {
      const answer = this.#exchange?.answer(request, response);
      return answer?.ok === true ? answer.headers : undefined;
    } catch (error) {
      if (failures.hasSubscribers) failures.publish({ owner: 'credentials', error }); // a function of the program's
      return undefined;
    }
  }

  #repeat(): void {
    this.repeats += 1;
    this.#taken = false;
    this.#user.repeated?.();
  }

  /** Sends by the next way there is; without one, `otherwise`. */
  #elsewhere(otherwise: (error?: Error) => void, retryAfterMs?: number): void {
    if (this.transaction !== undefined) this.#hops?.failed(retryAfterMs);
    const hops = (this.#hops ??= new NextHops(this.#home.transport, this.#plan.nextHop));
    this.#by(hops, hops.next(), otherwise);
  }

  /** To the same target by a new stream: it was the old one that failed. */
  #anew(otherwise: (error?: Error) => void): void {
    const hops = (this.#hops ??= new NextHops(this.#home.transport, this.#plan.nextHop));
    this.#by(hops, hops.again(), otherwise);
  }

  #by(hops: NextHops, flow: Awaitable<Flow | undefined>, otherwise: (error?: Error) => void): void {
    const held = (): void => {
      otherwise(hops.failure instanceof Error ? hops.failure : undefined);
    };
    const go = (found: Flow | undefined): void => {
      if (found === undefined || (this.transaction !== undefined && this.#stopped)) return this.#settle(held);
      this.#held = undefined;
      if (this.transaction !== undefined) this.#repeat();
      this.#served = hops.reused;
      this.#send(found);
    };
    if (!isPromise(flow)) return go(flow);
    this.#held = held;
    void flow.then((found) => {
      if (this.#held === held) this.#late(() => go(found));
    });
  }

  #settle(tell: () => void): void {
    this.#held = undefined;
    this.#over = true;
    tell();
    if (this.#gone) this.#user.terminated?.(this.transaction!);
  }

  /** For what had to wait: nobody is there any more to whom an error could be thrown. */
  #late(send: () => void): void {
    try {
      send();
    } catch (error) {
      this.#settle(() => this.#user.failed('transport', this.transaction, error instanceof Error ? error : undefined));
    }
  }

  #send(flow: Flow): void {
    const { long } = this.#home;
    let request: SipRequest | undefined = this.#compose(flow);
    if (!long.isLong(request, flow)) {
      if (this.#leave(request, flow, long.mostBy(flow))) return;
      request = undefined; // written, and longer than it had seemed
    }
    const chosen = long.streamFor(flow);
    if (!isPromise(chosen)) {
      if (chosen !== flow) this.#served = true;
      this.#leave(chosen === flow && request !== undefined ? request : this.#compose(chosen), chosen);
      return;
    }
    const held = (): void => this.#user.failed('transport', undefined);
    this.#held = held;
    void chosen.then((by) => {
      if (this.#held !== held) return; // cancelled meanwhile
      if (this.transaction !== undefined && this.#stopped) return this.#settle(held);
      this.#held = undefined;
      this.#served = false;
      this.#late(() => this.#leave(by === flow && request !== undefined ? request : this.#compose(by), by));
    });
  }

  #compose(flow: Flow): SipRequest {
    const request = this.#plan.compose(flow, this.#sequence);
    const digest = this.#plan.digest ?? this.#home.digest;
    if (digest === undefined) return request;
    this.#exchange ??= digest.exchange(this.#plan.nonces ?? calledDomain(request));
    this.#credentials ??= this.#exchange.authorize(request);
    for (const [name, values] of Object.entries(this.#credentials)) {
      request.headers.delete(name);
      for (const value of typeof values === 'string' ? [values] : values) request.headers.add(name, value);
    }
    return request;
  }

  /** False, and nothing has left: it has more than `most` bytes. */
  #leave(request: SipRequest, flow: Flow, most = Infinity): boolean {
    const first = this.transaction === undefined;
    const transaction = this.#home.transactions.requestWithin(most, request, flow, this);
    if (transaction === undefined) return false;
    this.#gone = false;
    this.#credentials = undefined;
    this.transaction = transaction;
    if (first) this.#user.started?.(transaction);
    return true;
  }
}

/** Of the To, and not of the Request-URI, which inside a dialog is the peer's Contact: a realm stays known there (RFC 3261 §22.2). */
function calledDomain({ to: { uri } }: SipRequest): string {
  return uri.host === '' ? uri.toString() : uri.host.toLowerCase();
}
