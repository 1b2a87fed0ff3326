/** `createSipStack`: wires transports, transactions, dialogs, admission and services to one `listen()`. What each does is its own file's. */
import { SipError, systemClock, systemRandom, type Clock, type Random } from '@jackfield/base';
import { assertTokens } from './capabilities.ts';
import { Closing, stackClosed } from './closing.ts';
import { Contacts } from './contact.ts';
import { registration, type MessageFilter, type Registration, type SipService, type SipStack } from './contract.ts';
import type { Capabilities, DialogUsage, Refusal, RepeatableRequest, ResponseContent, SipCore, SipStackOptions } from './core.ts';
import { DialogLayer } from './dialogs/layer.ts';
import type { RequestHandle } from './dialogs/plan.ts';
import { NextHops, wayToward, type Way } from './dialogs/next-hop.ts';
import { hopTo } from './dialogs/route-set.ts';
import { asksForSips } from './dialogs/sips.ts';
import { Exchanges, type ExchangeInit } from './exchange.ts';
import { planInitial } from './initial-request.ts';
import type { SipRequest } from './messages/message.ts';
import type { Awaitable, IncomingRequest, IncomingResponse, Method, Stats, Uri } from './messages/model.ts';
import type { Party } from './messages/name-addr.ts';
import { Requesters } from './requesters.ts';
import type { Spoken } from './spoken.ts';
import { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransactionUser } from './transactions/transaction.ts';
import { TransportLayer } from './transport/layer.ts';
import type { Flow, Malformed, SipMessage, TransportUser } from './transport/transport.ts';
import { UasCore, type UasHost } from './uas-core.ts';

class Stack implements SipCore, TransportUser, UasHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogLayer;
  readonly #contacts: Contacts;
  readonly #uas: UasCore;
  readonly #exchanges: Exchanges;
  readonly #requesters: Requesters;
  readonly #closing: Closing;

  constructor(options: SipStackOptions) {
    const { limits } = options;
    this.clock = options.clock ?? systemClock();
    this.random = options.random ?? systemRandom();
    this.#contacts = new Contacts(options.contactUser);
    this.#uas = new UasCore(this, options);
    this.transport = new TransportLayer({
      transports: options.transports,
      clock: this.clock,
      network: options.network,
      resolver: options.resolver,
      maxConnections: options.maxConnections,
      maxConnectionsPerHost: options.maxConnectionsPerHost,
      locating: options.locating,
      random: this.random,
      limits,
      user: this,
    });
    this.transactions = new TransactionLayer({
      clock: this.clock,
      random: this.random,
      transport: this.transport,
      timers: options.timers,
      tryingAfterMs: options.tryingAfterMs,
      limits,
      user: this.#uas,
    });
    this.#requesters = new Requesters({
      clock: this.clock,
      transport: this.transport,
      transactions: this.transactions,
      random: this.random,
      credentials: options.credentials,
      longRequests: options.longRequests,
    });
    this.dialogs = new DialogLayer({
      transactions: this.transactions,
      flowTo: (nextHop, heardBy) => new NextHops(this.transport, nextHop, heardBy).next(),
      long: this.#requesters.long,
      start: (plan, flow, heardBy, user) => {
        const hops = flow === undefined ? new NextHops(this.transport, plan.nextHop, heardBy) : undefined;
        return this.#requesters.start(plan, { flow, hops }, user);
      },
      contactFor: (flow, sips) => this.#contacts.for(flow, sips),
    });
    this.#exchanges = new Exchanges(this);
    this.#closing = new Closing({
      clock: this.clock,
      busy: () => this.transactions.pending > 0 || this.dialogs.live > 0,
      shut: () => this.#shut(),
    });
  }

  // ---- the contract

  listen(): Promise<readonly { readonly transport: string; readonly host: string; readonly port: number }[]> {
    if (!this.#closing.open) return Promise.reject(stackClosed('listen'));
    return this.transport.listen().then((listening) => {
      this.#contacts.listening(listening);
      return listening;
    });
  }

  registerService(service: SipService): Registration {
    assertTokens('Allow', service.methods);
    return both(this.#uas.services.registerService(service), this.#uas.capabilities.register({ allow: service.methods }));
  }

  registerUsage(usage: DialogUsage): Registration {
    assertTokens('Allow', usage.methods);
    return both(this.#uas.services.registerUsage(usage), this.#uas.capabilities.register({ allow: usage.methods }));
  }

  registerMessageFilter(filter: MessageFilter): Registration {
    return this.#uas.filters.register(filter);
  }

  registerCapabilities(add: Capabilities): Registration {
    return this.#uas.capabilities.register(add);
  }

  capabilities(): Spoken {
    return this.#uas.capabilities.values;
  }

  sendRequest(method: Method, target: string | Uri, init: ExchangeInit = {}): Promise<IncomingResponse> {
    if (this.#closing.closed) return Promise.reject(stackClosed('sendRequest'));
    return this.#exchanges.send(method, target, init);
  }

  stats(): Stats {
    const parts = [this.transport.stats(), this.transactions.stats(), this.dialogs.stats()];
    const live: Record<string, number> = { exchanges: this.#exchanges.open, waitingServices: this.#uas.services.waiting };
    const total: Record<string, number> = { ...this.#uas.total };
    for (const part of parts) {
      Object.assign(live, part.live);
      Object.assign(total, part.total);
    }
    return { live, total };
  }

  close(options: { readonly drain?: boolean; readonly signal?: AbortSignal } = {}): Promise<void> {
    return this.#closing.close(options);
  }

  // ---- for the session package

  check(request: SipRequest, spoken = this.#uas.capabilities.values): Refusal | undefined {
    return this.#uas.check(request, spoken);
  }

  contactFor(flow: Flow, request?: SipRequest): string {
    return this.#contacts.for(flow, request !== undefined && asksForSips(request));
  }

  wayTo(target: Uri, routes: readonly Party[] = []): Awaitable<Way> {
    return wayToward(this.transport, hopTo(target, routes[0]?.uri));
  }

  startInitial(method: Method, target: Uri, init: RepeatableRequest, way: Way, user: ClientTransactionUser): RequestHandle {
    return this.#requesters.start(planInitial(this.#contacts, method, target, init), way, user);
  }

  respond(request: IncomingRequest, status: number, init?: ResponseContent): void {
    if (!Number.isInteger(status) || status < 100 || status > 699)
      throw new SipError('SIP_REPLY_RANGE', `no status: ${status}`, { status });
    this.#uas.services.answer(request, status, init);
  }

  // ---- from the transport

  message(message: SipMessage, flow: Flow): void {
    this.transactions.message(message, flow);
  }

  malformed(verdict: Malformed, flow: Flow): void {
    const { request } = verdict;
    const response = this.#uas.answers.toMalformed(verdict);
    if (request !== undefined && response !== undefined)
      this.transactions.sendStateless(response, this.transport.responseFlow(request, flow));
  }

  flowFailed(flow: Flow, error: Error | undefined): void {
    this.transactions.flowFailed(flow, error);
    if (flow.closed) this.dialogs.flowLost(flow);
  }

  // ---- for what answers requests

  get open(): boolean {
    return this.#closing.open;
  }

  reachedBySips(flow: Flow): boolean {
    return this.#contacts.reachedBySips(flow);
  }

  async #shut(): Promise<void> {
    this.#uas.services.close();
    this.transactions.close();
    this.dialogs.close();
    this.#exchanges.close(stackClosed('sendRequest'));
    await this.transport.close();
  }
}

function both(first: Registration, second: Registration): Registration {
  return registration(() => {
    first.unregister();
    second.unregister();
  });
}

/**
 * A stack that listens nowhere yet.
 *
 * @throws SIP_OPTION for an option outside its range, SIP_HEADER_SYNTAX for a `userAgent` that would break a message.
 */
export function createSipStack(options: SipStackOptions): SipCore {
  return new Stack(options);
}

/** What packages such as the session core need of a stack. @throws SIP_STACK_FOREIGN for an object that `createSipStack` did not make. */
export function coreOf(stack: SipStack): SipCore {
  if (stack instanceof Stack) return stack;
  throw new SipError('SIP_STACK_FOREIGN', 'this is no stack of createSipStack', { operation: 'coreOf' });
}
