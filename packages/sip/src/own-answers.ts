/** What the stack answers by itself: refusals, OPTIONS (RFC 3261 §11.2), what nobody took, and what the parser refused. Sends through transactions only. */
import type { Random } from '@jackfield/base';
import type { CapabilityTable } from './capabilities.ts';
import type { ResponseContent } from './core.ts';
import { buildResponse } from './messages/build.ts';
import type { SipResponse } from './messages/message.ts';
import { newTag } from './messages/tags.ts';
import type { ServerTransaction } from './transactions/transaction.ts';
import type { Malformed } from './transport/transport.ts';

export class OwnAnswers {
  readonly #random: Random;
  readonly #capabilities: CapabilityTable;
  /** To tag of what is answered without a transaction: a copy must get the same (§8.2.7). */
  readonly #statelessTag: string;

  constructor(random: Random, capabilities: CapabilityTable) {
    this.#random = random;
    this.#capabilities = capabilities;
    this.#statelessTag = newTag(random);
  }

  /** With a To tag of its own where the request has none and the response wants one. */
  respond(transaction: ServerTransaction, status: number, init: ResponseContent = {}): void {
    const { request } = transaction;
    const toTag = status > 100 && request.initial ? newTag(this.#random) : undefined;
    transaction.respond(buildResponse(request, status, { reason: init.reason, headers: init.headers, body: init.body, toTag }));
  }

  /** Somebody serves the method, or it is OPTIONS, which we answer ourselves (§11.2). */
  untaken(transaction: ServerTransaction): void {
    if (transaction.request.method !== 'OPTIONS') {
      this.respond(transaction, 404);
      return;
    }
    const { allow, accept, supported } = this.#capabilities.values;
    const headers: Record<string, string> = { Allow: allow, Supported: supported }; // empty: no extension at all (§20.37)
    if (accept !== '') headers['Accept'] = accept;
    this.respond(transaction, 200, { headers });
  }

  /** To send without a transaction, the same for each copy; undefined where silence is the answer. */
  toMalformed({ request, status }: Malformed): SipResponse | undefined {
    if (request === undefined || status === undefined || request.method === 'ACK') return undefined;
    const headers = status === 501 || status === 405 ? { Allow: this.#capabilities.values.allow } : undefined;
    return buildResponse(request, status, { toTag: this.#statelessTag, headers });
  }
}
