/** Makes the requests of one stack, and keeps what they have in common: who answers challenges, which peers take no stream. One of them is client-request.ts's. */
import type { Clock } from '@jackfield/base';
import type { DigestClient } from './auth/client.ts';
import { ClientRequest, type RequestHome } from './client-request.ts';
import { isPromise, NextHops, unreachableError } from './dialogs/next-hop.ts';
import type { RequestPlan } from './dialogs/plan.ts';
import type { Awaitable, Uri } from './messages/model.ts';
import type { TransactionLayer } from './transactions/layer.ts';
import type { ClientTransactionUser } from './transactions/transaction.ts';
import { BoundedCache } from './transport/bounded-cache.ts';
import type { TransportLayer } from './transport/layer.ts';
import { positive } from './transport/positive.ts';
import type { Flow } from './transport/transport.ts';

const NO_STREAMS = 1024;
const NO_STREAM_MS = 60_000;

/** How a request that is long leaves (RFC 3261 §18.1.1). */
export interface LongRequestOptions {
  /** Bytes above which a request leaves by TCP in place of UDP, where the stack has TCP; 1300. `Infinity`: never. */
  readonly above?: number | undefined;
  /** ms that TCP has for connecting before the request leaves by UDP after all; 2000. A target without TCP is left alone for a minute. */
  readonly connectMs?: number | undefined;
}

/** A flow, and the ways that are left when it fails. */
export interface Way {
  readonly flow: Flow;
  readonly hops: NextHops;
}

/** What there is of one. */
interface Known {
  readonly flow: Flow | undefined;
  readonly hops?: NextHops | undefined;
}

export interface RequestersOptions {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly digest: DigestClient | undefined;
  readonly longRequests: LongRequestOptions | undefined;
}

/** Makes requests, and knows what they have in common. */
export class Requesters implements RequestHome {
  readonly clock: Clock;
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly digest: DigestClient | undefined;
  readonly connectMs: number;
  readonly above: number;
  /** Until when, by address. */
  readonly #withoutStream = new BoundedCache<string, number>(NO_STREAMS);

  /** @throws SIP_OPTION */
  constructor({ clock, transport, transactions, digest, longRequests = {} }: RequestersOptions) {
    this.clock = clock;
    this.transport = transport;
    this.transactions = transactions;
    this.digest = digest;
    this.above = longRequests.above === Infinity ? Infinity : positive('longRequests.above', longRequests.above, 1300);
    this.connectMs = positive('longRequests.connectMs', longRequests.connectMs, 2000);
  }

  /** Rejects `SIP_UNREACHABLE`, with the last failure as cause. A value at once where nothing has to be waited for. */
  wayTo(nextHop: Uri): Awaitable<Way> {
    const hops = new NextHops(this.transport, nextHop);
    const flow = hops.next();
    if (isPromise(flow)) return flow.then((found) => (found === undefined ? unreachable(nextHop, hops) : { flow: found, hops }));
    return flow === undefined ? unreachable(nextHop, hops) : { flow, hops };
  }

  /** @param way - without a flow, one is looked for, and `user.failed` tells when there is none. */
  start(plan: RequestPlan, way: Known, user: ClientTransactionUser): ClientRequest {
    const request = new ClientRequest(this, plan, way.hops, user);
    request.start(way.flow);
    return request;
  }

  mayStream({ remote }: Flow): boolean {
    const until = this.#withoutStream.get(keyOf(remote));
    return until === undefined || until <= this.clock.now();
  }

  refusedStream({ remote }: Flow): void {
    this.#withoutStream.set(keyOf(remote), this.clock.now() + NO_STREAM_MS);
  }
}

const keyOf = ({ host, port }: { readonly host: string; readonly port: number }): string => `${host} ${port}`;

const unreachable = (uri: Uri, hops: NextHops): Promise<never> => Promise.reject(unreachableError(uri, hops.failure));
