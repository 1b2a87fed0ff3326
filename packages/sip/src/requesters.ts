/** Makes the requests of one stack, and keeps what they have in common: who answers challenges, how the long ones leave. One of them is client-request.ts's. */
import type { Clock, Random } from '@jackfield/base';
import { DigestClient } from './auth/client.ts';
import type { DigestClientOptions } from './auth/client-options.ts';
import type { CredentialSource } from './auth/keyring.ts';
import { ClientRequest, type RequestHome } from './client-request.ts';
import type { NextHops } from './dialogs/next-hop.ts';
import type { RequestPlan } from './dialogs/plan.ts';
import { LongRequests, type LongRequestOptions } from './long-requests.ts';
import type { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransactionUser } from './transactions/transaction.ts';
import type { TransportLayer } from './transport/layer.ts';
import type { Flow } from './transport/transport.ts';

/** What there is of one. */
interface Known {
  readonly flow: Flow | undefined;
  readonly hops?: NextHops | undefined;
}

export interface RequestersOptions {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly random: Random;
  readonly credentials: CredentialSource | DigestClientOptions | undefined;
  readonly longRequests: LongRequestOptions | undefined;
}

/** Makes requests, and knows what they have in common. */
export class Requesters implements RequestHome {
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly digest: DigestClient | undefined;
  readonly long: LongRequests;

  /** @throws SIP_OPTION */
  constructor({ clock, transport, transactions, random, credentials, longRequests }: RequestersOptions) {
    this.transport = transport;
    this.transactions = transactions;
    this.digest = digestOf(credentials, random);
    this.long = new LongRequests(clock, transport, longRequests);
  }

  /** @param way - without a flow, one is looked for, and `user.failed` tells when there is none. */
  start(plan: RequestPlan, way: Known, user: ClientTransactionUser): ClientRequest {
    const request = new ClientRequest(this, plan, way.hops, user);
    request.start(way.flow);
    return request;
  }
}

function digestOf(given: RequestersOptions['credentials'], random: Random): DigestClient | undefined {
  if (given === undefined) return undefined;
  return new DigestClient(typeof given === 'object' && 'credentials' in given ? { random, ...given } : { random, credentials: given });
}
