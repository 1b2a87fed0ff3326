/**
 * What becomes of the requests that come (RFC 3261 §8.2, §12.2.2): to their dialog, or admitted and given to services and usages, or answered here. What is
 * said of us in every message, and the filters that see it, stand here as well, since the transactions tell both to one user.
 */
import type { Clock, Random } from '@jackfield/base';
import { admitInitial, admitInside, type AdmissionRules } from './admission.ts';
import { CapabilityTable } from './capabilities.ts';
import type { Refusal, SipStackOptions } from './core.ts';
import type { DialogLayer } from './dialogs/layer.ts';
import { FilterTable } from './filters.ts';
import { makeField, type Field } from './messages/field.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import { OwnAnswers } from './own-answers.ts';
import { ServiceTable } from './services.ts';
import type { Spoken } from './spoken.ts';
import type { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransaction, ServerTransaction, TransactionLayerUser } from './transactions/transaction.ts';
import { positive } from './transport/positive.ts';
import type { Flow } from './transport/transport.ts';

const RETRY_AFTER_CLOSING = '30';

/** The stack around it. Its layers are read when something comes. */
export interface UasHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly transactions: TransactionLayer;
  readonly dialogs: DialogLayer;
  /** Not about to close: what begins something is taken. */
  readonly open: boolean;
  /** Whether a `sips` URI shown to the peer of this flow leads to us. */
  reachedBySips(flow: Flow): boolean;
}

export class UasCore implements TransactionLayerUser {
  readonly capabilities = new CapabilityTable();
  readonly services: ServiceTable;
  readonly filters = new FilterTable();
  readonly answers: OwnAnswers;
  readonly #host: UasHost;
  readonly #rules: AdmissionRules;
  /** Written once, and shared by all messages. */
  readonly #userAgent: Field | undefined;
  readonly #server: Field | undefined;
  #refused = 0;
  #strayAcks = 0;

  /** @throws SIP_OPTION, SIP_HEADER_SYNTAX */
  constructor(host: UasHost, { userAgent, serviceDeadlineMs, laterMs, limits }: SipStackOptions) {
    this.#host = host;
    this.#userAgent = userAgent === undefined ? undefined : makeField('User-Agent', userAgent);
    this.#server = userAgent === undefined ? undefined : makeField('Server', userAgent);
    this.answers = new OwnAnswers(host.random, this.capabilities);
    this.services = new ServiceTable({
      clock: host.clock,
      respond: (transaction, status, init) => this.answers.respond(transaction, status, init),
      untaken: (transaction) => this.answers.untaken(transaction),
      deadlineMs: positive('serviceDeadlineMs', serviceDeadlineMs, 5000),
      laterMs: positive('laterMs', laterMs, 30_000),
    });
    this.#rules = {
      capabilities: this.capabilities,
      looped: (request) => host.transactions.looped(request),
      serves: (method) => method === 'OPTIONS' || this.services.serves(method),
      reachedBySips: (flow) => host.reachedBySips(flow),
      maxBodyBytes: positive('maxBodyBytes', limits?.maxBodyBytes, 65_535),
    };
  }

  get total(): Readonly<Record<string, number>> {
    return { refused: this.#refused, strayAcks: this.#strayAcks };
  }

  /** Admission inside a dialog. */
  check(request: SipRequest, spoken: Spoken): Refusal | undefined {
    return admitInside(request, this.#rules, spoken);
  }

  // ---- from the transactions

  request(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!request.initial) {
      if (!this.#host.dialogs.receive(transaction)) this.answers.respond(transaction, 481);
      return;
    }
    if (!this.#host.open) {
      this.answers.respond(transaction, 503, { headers: { 'Retry-After': RETRY_AFTER_CLOSING } });
      return;
    }
    const refusal = admitInitial(request, transaction.flow, this.#rules);
    if (refusal !== undefined) {
      this.#refused += 1;
      this.answers.respond(transaction, refusal.status, refusal);
    } else if (!this.services.ask(transaction)) this.answers.untaken(transaction);
  }

  ack(request: SipRequest, flow: Flow): void {
    if (!this.#host.dialogs.acknowledged(request, flow)) this.#strayAcks += 1; // and met with silence
  }

  cancelUnmatched(transaction: ServerTransaction): void {
    this.answers.respond(transaction, 481);
  }

  strayResponse(): void {
    // RFC 6026 §7.2: dropped; the transaction layer has counted it
  }

  isInside(request: SipRequest): boolean {
    return this.#host.dialogs.isInside(request);
  }

  incoming(message: SipRequest | SipResponse, transaction: ClientTransaction | undefined): void {
    this.filters.incoming(message, transaction);
  }

  outgoing(message: SipRequest | SipResponse, request: SipRequest | undefined): void {
    const own = message.kind === 'request' ? this.#userAgent : this.#server;
    if (own !== undefined && message.headers.first(own.id) === undefined) message.headers.push(own);
    if (request?.initial === false && message.kind === 'response' && message.status >= 200)
      this.#host.dialogs.answered(request, message.status);
    this.filters.outgoing(message, request);
  }
}
