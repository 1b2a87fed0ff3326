/** Message filters: every message of the stack, once, below sessions. What a filter throws is reported, and the message goes on. */
import { SipError } from '@jackfield/base';
import { registration, type MessageFilter, type Registration } from './contract.ts';
import type { SipRequest, SipResponse } from './messages/message.ts';
import { failures } from './transport/plugin-failures.ts';
import type { ClientTransaction } from './transactions/transaction.ts';
import { ReceivedResponse, SentRequest, SentResponse } from './views.ts';

const NONE: readonly MessageFilter[] = [];

export class FilterTable {
  #filters: readonly MessageFilter[] = [];
  #incoming: readonly MessageFilter[] = NONE;
  #outgoing: readonly MessageFilter[] = NONE;

  register(filter: MessageFilter): Registration {
    const { name } = filter;
    if (this.#filters.some((other) => other.name === name)) throw new SipError('SIP_NAME_TAKEN', `${name} is registered already`, { name });
    this.#set([...this.#filters, filter]);
    return registration(() => this.#set(this.#filters.filter((other) => other !== filter)));
  }

  incoming(message: SipRequest | SipResponse, transaction: ClientTransaction | undefined): void {
    if (this.#incoming.length === 0) return;
    if (message.kind === 'response' && transaction === undefined) return;
    const shown =
      message.kind === 'request' ? message : new ReceivedResponse(message, new SentRequest(transaction!.request, 'application'), 'remote');
    for (const filter of this.#incoming) {
      try {
        filter.incoming!(shown);
      } catch (error) {
        report(filter, error);
      }
    }
  }

  outgoing(message: SipRequest | SipResponse, request: SipRequest | undefined): void {
    if (this.#outgoing.length === 0) return;
    if (message.kind === 'response' && request === undefined) return;
    const shown = message.kind === 'request' ? new SentRequest(message, 'application') : new SentResponse(message, request!);
    for (const filter of this.#outgoing) {
      try {
        filter.outgoing!(shown);
      } catch (error) {
        report(filter, error);
      }
    }
  }

  #set(filters: readonly MessageFilter[]): void {
    this.#filters = filters;
    this.#incoming = filters.filter((filter) => filter.incoming !== undefined);
    this.#outgoing = filters.filter((filter) => filter.outgoing !== undefined);
  }
}

function report(filter: MessageFilter, error: unknown): void {
  if (failures.hasSubscribers) failures.publish({ owner: filter.name, error });
}
