/** `createSipStack`: wires transports, transactions, dialogs, admission and services to one `listen()`. What each does is its own file's. */
import { SipError, systemClock, systemRandom, type Clock, type Random } from '@jackfield/base';
import { admitInitial, admitInside, type AdmissionRules } from './admission.ts';
import { CapabilityTable, assertTokens } from './capabilities.ts';
import { Closing, stackClosed } from './closing.ts';
import { Contacts } from './contact.ts';
import type { MessageFilter, Registration, SipService, SipStack } from './contract.ts';
import type {
  Capabilities,
  DialogUsage,
  InitialRequest,
  Refusal,
  RepeatableRequest,
  ResponseContent,
  SipCore,
  SipStackOptions,
} from './core.ts';
import { DialogLayer } from './dialogs/layer.ts';
import type { RequestHandle } from './dialogs/plan.ts';
import { flowToward, NextHops } from './dialogs/next-hop.ts';
import { asksForSips } from './dialogs/sips.ts';
import { Exchanges, type ExchangeInit } from './exchange.ts';
import { FilterTable } from './filters.ts';
import { composeInitial, planInitial } from './initial-request.ts';
import { makeField, type Field } from './messages/field.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import type { Awaitable, IncomingRequest, IncomingResponse, Method, Stats, Uri } from './messages/model.ts';
import type { Party } from './messages/name-addr.ts';
import { OwnAnswers } from './own-answers.ts';
import { Requesters, type Way } from './requesters.ts';
import { ServiceTable } from './services.ts';
import type { Spoken } from './spoken.ts';
import { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransaction, ClientTransactionUser, ServerTransaction, TransactionLayerUser } from './transactions/transaction.ts';
import { TransportLayer } from './transport/layer.ts';
import { positive } from './transport/positive.ts';
import type { Flow, Malformed, SipMessage, TransportUser } from './transport/transport.ts';

const RETRY_AFTER_CLOSING = '30';

class Stack implements SipCore, TransportUser, TransactionLayerUser {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogLayer;
  /** Written once, and shared by all messages. */
  readonly #userAgent: Field | undefined;
  readonly #server: Field | undefined;
  readonly #capabilities = new CapabilityTable();
  readonly #contacts: Contacts;
  readonly #services: ServiceTable;
  readonly #filters = new FilterTable();
  readonly #exchanges: Exchanges;
  readonly #requesters: Requesters;
  readonly #rules: AdmissionRules;
  readonly #answers: OwnAnswers;
  readonly #closing: Closing;
  #refused = 0;
  #strayAcks = 0;

  constructor(options: SipStackOptions) {
    const { limits } = options;
    this.clock = options.clock ?? systemClock();
    this.random = options.random ?? systemRandom();
    this.#contacts = new Contacts(options.contactUser);
    this.#userAgent = options.userAgent === undefined ? undefined : makeField('User-Agent', options.userAgent);
    this.#server = options.userAgent === undefined ? undefined : makeField('Server', options.userAgent);
    this.#answers = new OwnAnswers(this.random, this.#capabilities);
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
      user: this,
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
      flowTo: (nextHop) => new NextHops(this.transport, nextHop).next(),
      flowFor: (request, flow) => this.#requesters.long.flowFor(request, flow),
      start: (plan, flow, user) => this.#requesters.start(plan, { flow }, user),
      contactFor: (flow, sips) => this.#contacts.for(flow, sips),
    });
    this.#services = new ServiceTable({
      clock: this.clock,
      respond: (transaction, status, init) => this.#answers.respond(transaction, status, init),
      untaken: (transaction) => this.#answers.untaken(transaction),
      deadlineMs: positive('serviceDeadlineMs', options.serviceDeadlineMs, 5000),
      laterMs: positive('laterMs', options.laterMs, 30_000),
    });
    this.#exchanges = new Exchanges(this);
    this.#rules = {
      capabilities: this.#capabilities,
      looped: (request) => this.transactions.looped(request),
      serves: (method) => method === 'OPTIONS' || this.#services.serves(method),
      reachedBySips: (flow) => this.#contacts.reachedBySips(flow),
      maxBodyBytes: positive('maxBodyBytes', limits?.maxBodyBytes, 65_535),
    };
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
    return both(this.#services.registerService(service), this.#capabilities.register({ allow: service.methods }));
  }

  registerUsage(usage: DialogUsage): Registration {
    assertTokens('Allow', usage.methods);
    return both(this.#services.registerUsage(usage), this.#capabilities.register({ allow: usage.methods }));
  }

  registerMessageFilter(filter: MessageFilter): Registration {
    return this.#filters.register(filter);
  }

  registerCapabilities(add: Capabilities): Registration {
    return this.#capabilities.register(add);
  }

  capabilities(): Spoken {
    return this.#capabilities.values;
  }

  sendRequest(method: Method, target: string | Uri, init: ExchangeInit = {}): Promise<IncomingResponse> {
    if (this.#closing.closed) return Promise.reject(stackClosed('sendRequest'));
    return this.#exchanges.send(method, target, init);
  }

  stats(): Stats {
    const parts = [this.transport.stats(), this.transactions.stats(), this.dialogs.stats()];
    const live: Record<string, number> = { exchanges: this.#exchanges.open, waitingServices: this.#services.waiting };
    const total: Record<string, number> = { refused: this.#refused, strayAcks: this.#strayAcks };
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

  check(request: SipRequest, spoken = this.#capabilities.values): Refusal | undefined {
    return admitInside(request, this.#rules, spoken);
  }

  contactFor(flow: Flow, request?: SipRequest): string {
    return this.#contacts.for(flow, request !== undefined && asksForSips(request));
  }

  flowFor(target: Uri, routes: readonly Party[] = []): Awaitable<Flow> {
    return flowToward(this.transport, routes[0]?.uri ?? target);
  }

  wayTo(target: Uri, routes: readonly Party[] = []): Awaitable<Way> {
    return this.#requesters.wayTo(routes[0]?.uri ?? target);
  }

  startInitial(method: Method, target: Uri, init: RepeatableRequest, way: Way, user: ClientTransactionUser): RequestHandle {
    return this.#requesters.start(planInitial(this.#contacts, method, target, init), way, user);
  }

  sendInitial(method: Method, target: Uri, init: InitialRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    return this.transactions.request(composeInitial(this.#contacts, method, target, init, flow), flow, user);
  }

  respond(request: IncomingRequest, status: number, init?: ResponseContent): void {
    if (!Number.isInteger(status) || status < 100 || status > 699)
      throw new SipError('SIP_REPLY_RANGE', `no status: ${status}`, { status });
    this.#services.answer(request, status, init);
  }

  // ---- from the transport

  message(message: SipMessage, flow: Flow): void {
    this.transactions.message(message, flow);
  }

  malformed(verdict: Malformed, flow: Flow): void {
    const { request } = verdict;
    const response = this.#answers.toMalformed(verdict);
    if (request !== undefined && response !== undefined)
      this.transactions.sendStateless(response, this.transport.responseFlow(request, flow));
  }

  flowFailed(flow: Flow, error: Error | undefined): void {
    this.transactions.flowFailed(flow, error);
    if (flow.closed) this.dialogs.flowLost(flow);
  }

  // ---- from the transactions

  request(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!request.initial) {
      if (!this.dialogs.receive(transaction)) this.#answers.respond(transaction, 481);
      return;
    }
    if (!this.#closing.open) {
      this.#answers.respond(transaction, 503, { headers: { 'Retry-After': RETRY_AFTER_CLOSING } });
      return;
    }
    const refusal = admitInitial(request, transaction.flow, this.#rules);
    if (refusal !== undefined) {
      this.#refused += 1;
      this.#answers.respond(transaction, refusal.status, refusal);
    } else if (!this.#services.ask(transaction)) this.#answers.untaken(transaction);
  }

  ack(request: SipRequest, flow: Flow): void {
    if (!this.dialogs.acknowledged(request, flow)) this.#strayAcks += 1; // and met with silence
  }

  cancelUnmatched(transaction: ServerTransaction): void {
    this.#answers.respond(transaction, 481);
  }

  strayResponse(): void {
    // RFC 6026 §7.2: dropped; the transaction layer has counted it
  }

  incoming(message: SipRequest | SipResponse, transaction: ClientTransaction | undefined): void {
    this.#filters.incoming(message, transaction);
  }

  outgoing(message: SipRequest | SipResponse, request: SipRequest | undefined): void {
    const own = message.kind === 'request' ? this.#userAgent : this.#server;
    if (own !== undefined && message.headers.first(own.id) === undefined) message.headers.push(own);
    if (request?.initial === false && message.kind === 'response' && message.status >= 200) this.dialogs.answered(request, message.status);
    this.#filters.outgoing(message, request);
  }

  async #shut(): Promise<void> {
    this.#services.close();
    this.transactions.close();
    this.dialogs.close();
    this.#exchanges.close(stackClosed('sendRequest'));
    await this.transport.close();
  }
}

function both(first: Registration, second: Registration): Registration {
  const unregister = (): void => {
    first.unregister();
    second.unregister();
  };
  return { unregister, [Symbol.dispose]: unregister };
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
