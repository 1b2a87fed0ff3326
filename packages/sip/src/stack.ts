/** `createSipStack`: wires transports, transactions, dialogs, admission and services to one `listen()`. What each does is its own file's. */
import { randomToken, SipError, systemClock, systemRandom, type Clock, type Random } from '@jackfield/base';
import { admitInitial, admitInside, type AdmissionRules } from './admission.ts';
import { DigestClient } from './auth/client.ts';
import { CapabilityTable, assertTokens } from './capabilities.ts';
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
import type { RequestHandle, RequestPlan } from './dialogs/plan.ts';
import { flowToward } from './dialogs/next-hop.ts';
import { CARRIES_CONTACT, composeRequest } from './dialogs/request.ts';
import { routeTo } from './dialogs/route-set.ts';
import { asksForSips, isSips } from './dialogs/sips.ts';
import { Exchanges, type ExchangeInit } from './exchange.ts';
import { FilterTable } from './filters.ts';
import { buildResponse } from './messages/build.ts';
import { makeField, type Field } from './messages/field.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import type { Awaitable, IncomingRequest, IncomingResponse, Method, Stats, Uri } from './messages/model.ts';
import type { Party } from './messages/name-addr.ts';
import { Requesters, type Way } from './requesters.ts';
import { ServiceTable } from './services.ts';
import type { Spoken } from './spoken.ts';
import { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransaction, ClientTransactionUser, ServerTransaction, TransactionLayerUser } from './transactions/transaction.ts';
import { TransportLayer } from './transport/layer.ts';
import type { Flow, Malformed, SipMessage, TransportUser } from './transport/transport.ts';

const DRAIN_POLL_MS = 100;
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
  readonly #contacts = new Contacts();
  readonly #services: ServiceTable;
  readonly #filters = new FilterTable();
  readonly #exchanges: Exchanges;
  readonly #requesters: Requesters;
  readonly #rules: AdmissionRules;
  /** To tag of what is answered without a transaction: a copy must get the same (§8.2.7). */
  readonly #statelessTag: string;
  #state: 'open' | 'draining' | 'closed' = 'open';
  #closing: Promise<void> | undefined;
  #refused = 0;
  #strayAcks = 0;

  constructor(options: SipStackOptions) {
    const { limits } = options;
    this.clock = options.clock ?? systemClock();
    this.random = options.random ?? systemRandom();
    this.#userAgent = options.userAgent === undefined ? undefined : makeField('User-Agent', options.userAgent);
    this.#server = options.userAgent === undefined ? undefined : makeField('Server', options.userAgent);
    this.#statelessTag = randomToken(this.random, 8);
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
      digest: digestOf(options.credentials, this.random),
      longRequests: options.longRequests,
    });
    this.dialogs = new DialogLayer({
      transactions: this.transactions,
      flowTo: (nextHop) => flowToward(this.transport, nextHop),
      start: (plan, flow, user) => this.#requesters.start(plan, { flow }, user),
      contactFor: (flow, sips) => this.#contacts.for(flow, sips),
    });
    this.#services = new ServiceTable({
      clock: this.clock,
      respond: (transaction, status, init) => this.#respond(transaction, status, init),
      untaken: (transaction) => this.#untaken(transaction),
      deadlineMs: options.serviceDeadlineMs ?? 5000,
      laterMs: options.laterMs ?? 30_000,
    });
    this.#exchanges = new Exchanges(this);
    this.#rules = {
      capabilities: this.#capabilities,
      looped: (request) => this.transactions.looped(request),
      serves: (method) => method === 'OPTIONS' || this.#services.serves(method),
      maxBodyBytes: limits?.maxBodyBytes ?? 65_535,
    };
  }

  // ---- the contract

  listen(): Promise<readonly { readonly transport: string; readonly host: string; readonly port: number }[]> {
    if (this.#state !== 'open') return Promise.reject(closed('listen'));
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
    if (this.#state === 'closed') return Promise.reject(closed('sendRequest'));
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
    if (options.drain === true && this.#state === 'open') {
      this.#state = 'draining';
      this.#closing = this.#drained(options.signal).then(() => this.#close());
      return this.#closing;
    }
    if (options.drain === true && this.#closing !== undefined) return this.#closing;
    this.#closing = this.#close();
    return this.#closing;
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
    const { headers, body, digest, repeats, routes = [] } = init;
    const plan: RequestPlan = {
      nextHop: routes[0]?.uri ?? target,
      digest,
      repeats,
      nextSequence: () => init.nextSequence(),
      compose: (flow, sequence) => this.#composeInitial(method, target, { headers, body, sequence, routes }, flow),
    };
    return this.#requesters.start(plan, way, user);
  }

  sendInitial(method: Method, target: Uri, init: InitialRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    return this.transactions.request(this.#composeInitial(method, target, init, flow), flow, user);
  }

  #composeInitial(method: Method, target: Uri, init: InitialRequest, flow: Flow): SipRequest {
    const { headers } = init;
    const parties = { localParty: need(headers, 'From'), remoteParty: need(headers, 'To'), callId: need(headers, 'Call-ID') };
    const { routes = [] } = init;
    const carries = method === 'INVITE' || (CARRIES_CONTACT.has(method) && !headers.has('Contact'));
    const contact = carries ? this.#contacts.for(flow, isSips(target) || isSips(routes[0]?.uri)) : undefined;
    return composeRequest(parties, routeTo(target, routes), method, init.sequence, init, contact);
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
    const { request, status } = verdict;
    if (request === undefined || status === undefined || request.method === 'ACK') return;
    const headers = status === 501 || status === 405 ? { Allow: this.#capabilities.values.allow } : undefined;
    const response = buildResponse(request, status, { toTag: this.#statelessTag, headers });
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
      if (!this.dialogs.receive(transaction)) this.#respond(transaction, 481);
      return;
    }
    if (this.#state !== 'open') {
      this.#respond(transaction, 503, { headers: { 'Retry-After': RETRY_AFTER_CLOSING } });
      return;
    }
    const refusal = admitInitial(request, this.#rules);
    if (refusal !== undefined) {
      this.#refused += 1;
      this.#respond(transaction, refusal.status, refusal);
    } else if (!this.#services.ask(transaction)) this.#untaken(transaction);
  }

  ack(request: SipRequest, flow: Flow): void {
    if (!this.dialogs.acknowledged(request, flow)) this.#strayAcks += 1; // and met with silence
  }

  cancelUnmatched(transaction: ServerTransaction): void {
    this.#respond(transaction, 481);
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

  #respond(transaction: ServerTransaction, status: number, init: ResponseContent = {}): void {
    const { request } = transaction;
    const toTag = status > 100 && request.initial ? randomToken(this.random, 8) : undefined;
    transaction.respond(buildResponse(request, status, { reason: init.reason, headers: init.headers, body: init.body, toTag }));
  }

  /** Somebody serves the method, or it is OPTIONS, which we answer ourselves (§11.2). */
  #untaken(transaction: ServerTransaction): void {
    if (transaction.request.method !== 'OPTIONS') {
      this.#respond(transaction, 404);
      return;
    }
    const { allow, accept, supported } = this.#capabilities.values;
    const headers: Record<string, string> = { Allow: allow, Supported: supported }; // empty: no extension at all (§20.37)
    if (accept !== '') headers['Accept'] = accept;
    this.#respond(transaction, 200, { headers });
  }

  async #drained(signal: AbortSignal | undefined): Promise<void> {
    while (signal?.aborted !== true && this.#state === 'draining' && (this.transactions.pending > 0 || this.dialogs.live > 0)) {
      await new Promise<void>((resolve) => {
        this.clock.after(DRAIN_POLL_MS, resolve);
      });
    }
  }

  async #close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#services.close();
    this.transactions.close();
    this.dialogs.close();
    this.#exchanges.close(closed('sendRequest'));
    await this.transport.close();
  }
}

const closed = (operation: string): SipError => new SipError('SIP_STACK_CLOSED', 'the stack is closed', { operation });

function digestOf(given: SipStackOptions['credentials'], random: Random): DigestClient | undefined {
  if (given === undefined) return undefined;
  return new DigestClient(typeof given === 'object' && 'credentials' in given ? { random, ...given } : { random, credentials: given });
}

function need(headers: { get(name: string): string | undefined }, name: string): string {
  const value = headers.get(name);
  if (value === undefined) throw new SipError('SIP_HEADER_SYNTAX', `${name} is missing`, { header: name });
  return value;
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
