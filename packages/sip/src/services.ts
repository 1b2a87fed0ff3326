/**
 * Who is asked about a request outside a dialog, and in which order (early, normal, late; then registration). A service that
 * answers at once costs no promise; one that takes time has a deadline; one that fails costs its caller a 500 and nobody else anything.
 */
import { isPromise, SipError, type Clock } from '@jackfield/base';
import { isReply, registration, writtenHeaders, type Decision, type Order, type Registration, type SipService } from './contract.ts';
import type { DialogUsage, ResponseContent } from './core.ts';
import type { Awaitable, IncomingRequest } from './messages/model.ts';
import { insertInOrder, isOrder } from './order.ts';
import type { ServerTransaction } from './transactions/transaction.ts';
import { failures } from './transport/plugin-failures.ts';

export interface ServiceHost {
  readonly clock: Clock;
  respond(transaction: ServerTransaction, status: number, init?: ResponseContent): void;
  /** All were asked, and none took it. */
  untaken(transaction: ServerTransaction): void;
  /** When a service gives its decision after this many ms: 500. */
  readonly deadlineMs: number;
  /** When a service that decided `'later'` has not answered after this many ms: 504. */
  readonly laterMs: number;
}

interface Entry {
  readonly name: string;
  readonly methods: readonly string[];
  readonly order: Order | undefined;
  readonly service: SipService | undefined;
  readonly usage: DialogUsage | undefined;
}

/** What a service is asked about and has not answered. */
interface Waiting {
  readonly transaction: ServerTransaction;
  deadline: Disposable | undefined;
}

const NOBODY: readonly Entry[] = [];

export class ServiceTable {
  readonly #host: ServiceHost;
  #entries: readonly Entry[] = [];
  #byMethod = new Map<string, readonly Entry[]>();
  /** Asked for last: admission and whoever asks the services want the same. */
  #method = '';
  #ofMethod = NOBODY;
  readonly #waiting = new Map<IncomingRequest, Waiting>();
  /** Whose request a service has in hand right now; it waits in no table unless it has to. */
  #asked: ServerTransaction | undefined;

  constructor(host: ServiceHost) {
    this.#host = host;
  }

  /** Requests that services were asked about and have not answered. */
  get waiting(): number {
    return this.#waiting.size;
  }

  serves(method: string): boolean {
    return this.#of(method).length > 0;
  }

  /** @throws SIP_OPTION, SIP_NAME_TAKEN */
  registerService(service: SipService): Registration {
    if (typeof service.handleRequest !== 'function') throw misuse('handleRequest', 'a function');
    return this.#register(service, service, undefined);
  }

  /** @throws SIP_OPTION, SIP_NAME_TAKEN */
  registerUsage(usage: DialogUsage): Registration {
    return this.#register(usage, undefined, usage);
  }

  /** Asks one after the other. False: nobody took it. */
  ask(transaction: ServerTransaction): boolean {
    return this.#ask(transaction, this.#of(transaction.request.method), 0);
  }

  /** The answer to a request for which `'later'` was decided, or is about to be. False: that one is over. */
  answer(request: IncomingRequest, status: number, init: ResponseContent | undefined): boolean {
    const transaction = this.#asked?.request === request ? this.#asked : this.#waiting.get(request)?.transaction;
    if (transaction === undefined || transaction.answered) return false;
    this.#host.respond(transaction, status, init);
    if (status >= 200) this.#done(request);
    return true;
  }

  /** Forgets who waits. */
  close(): void {
    for (const request of this.#waiting.keys()) this.#done(request);
  }

  #register(named: SipService | DialogUsage, service: SipService | undefined, usage: DialogUsage | undefined): Registration {
    const { name, methods, order } = named;
    if (typeof name !== 'string' || name === '') throw misuse('name', 'a text that is not empty');
    if (!Array.isArray(methods)) throw misuse('methods', 'a list');
    if (order !== undefined && !isOrder(order)) throw misuse('order', 'early, normal or late');
    if (this.#entries.some((entry) => entry.name === name)) throw new SipError('SIP_NAME_TAKEN', `${name} is registered already`, { name });
    const entry: Entry = { name, methods, order, service, usage };
    this.#set(insertInOrder(this.#entries, entry));
    return registration(() => this.#set(this.#entries.filter((other) => other !== entry)));
  }

  #set(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#byMethod = new Map();
    this.#method = '';
    this.#ofMethod = NOBODY;
    for (const entry of entries) {
      for (const method of new Set(entry.methods)) this.#byMethod.set(method, [...(this.#byMethod.get(method) ?? []), entry]);
    }
  }

  #of(method: string): readonly Entry[] {
    if (method !== this.#method) {
      this.#method = method;
      this.#ofMethod = this.#byMethod.get(method) ?? NOBODY;
    }
    return this.#ofMethod;
  }

  #ask(transaction: ServerTransaction, entries: readonly Entry[], from: number): boolean {
    const { request } = transaction;
    for (let at = from; at < entries.length; at += 1) {
      const { name, usage, service } = entries[at]!;
      try {
        if (usage !== undefined) {
          if (!usage.take(transaction)) continue;
          this.#done(request);
          return true;
        }
        const decision = this.#handle(service!, transaction);
        if (isPromise(decision)) {
          if (!this.#waiting.has(request)) this.#waiting.set(request, { transaction, deadline: undefined });
          this.#await(transaction, entries, at, decision);
          return true;
        }
        if (this.#decide(transaction, decision, name)) return true;
      } catch (error) {
        this.#fail(transaction, name, error);
        return true;
      }
    }
    this.#done(request);
    return false;
  }

  #handle(service: SipService, transaction: ServerTransaction): Awaitable<Decision> {
    const before = this.#asked; // a service may cause another request
    this.#asked = transaction;
    try {
      return service.handleRequest(transaction.request);
    } finally {
      this.#asked = before;
    }
  }

  #await(transaction: ServerTransaction, entries: readonly Entry[], at: number, decision: PromiseLike<Decision>): void {
    const { request } = transaction;
    const { name } = entries[at]!;
    let open = true;
    const waiting = this.#waiting.get(request);
    const deadline = this.#host.clock.after(this.#host.deadlineMs, () => {
      open = false;
      this.#fail(
        transaction,
        name,
        new SipError('SIP_SERVICE_FAILED', `${name} took more than ${this.#host.deadlineMs} ms`, { service: name }),
      );
    });
    if (waiting !== undefined) waiting.deadline = deadline;
    const settle = (then: () => void): void => {
      if (!open) return;
      open = false;
      deadline[Symbol.dispose]();
      if (transaction.answered) return this.#done(request);
      try {
        then();
      } catch (error) {
        this.#fail(transaction, name, error); // a reply that cannot be written; thrown here, it would be the process's
      }
    };
    decision.then(
      (late) =>
        settle(() => {
          if (this.#decide(transaction, late, name) || this.#ask(transaction, entries, at + 1)) return;
          this.#host.untaken(transaction);
        }),
      (error: unknown) => settle(() => this.#fail(transaction, name, error)),
    );
  }

  /** False: the next one is asked. */
  #decide(transaction: ServerTransaction, decision: unknown, name: string): boolean {
    const { request } = transaction;
    if (transaction.answered) {
      this.#done(request);
      return true;
    }
    if (decision === undefined) return false;
    if (decision === 'later') {
      this.#later(transaction);
      return true;
    }
    if (!isReply(decision)) {
      this.#fail(transaction, name, new SipError('SIP_SERVICE_FAILED', `${name} gave back what is no decision`, { service: name }));
    } else if (request.method === 'INVITE' && decision.status < 300) {
      // it takes a dialog to answer a call: repeat the 2xx, hear the ACK, and hang up
      this.#fail(transaction, name, new SipError('SIP_REPLY_RANGE', `${name} accepted an INVITE by a reply`, { status: decision.status }));
    } else {
      this.#done(request);
      const { status, reason, body } = decision;
      this.#host.respond(transaction, status, { reason, headers: writtenHeaders(decision) ?? decision.headers, body });
    }
    return true;
  }

  #later(transaction: ServerTransaction): void {
    const { request } = transaction;
    let waiting = this.#waiting.get(request);
    if (waiting === undefined) this.#waiting.set(request, (waiting = { transaction, deadline: undefined }));
    waiting.deadline?.[Symbol.dispose]();
    waiting.deadline = this.#host.clock.after(this.#host.laterMs, () => {
      this.#done(request);
      if (!transaction.answered) this.#host.respond(transaction, 504);
    });
    // a stream that is lost ends nothing: the answer may find another way (§18.2.2), and what nobody answers gets the 504
    transaction.user ??= { terminated: () => this.#done(request) };
  }

  #fail(transaction: ServerTransaction, owner: string, error: unknown): void {
    if (failures.hasSubscribers) failures.publish({ owner, error });
    this.#done(transaction.request);
    if (!transaction.answered) this.#host.respond(transaction, 500);
  }

  #done(request: IncomingRequest): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return;
    waiting.deadline?.[Symbol.dispose]();
    this.#waiting.delete(request);
  }
}

const misuse = (option: string, wanted: string): SipError =>
  new SipError('SIP_OPTION', `${option} of a service wants ${wanted}`, { option });
