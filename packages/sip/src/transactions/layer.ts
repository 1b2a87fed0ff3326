/**
 * The transaction layer (RFC 3261 §17): client transactions and where each response belongs (§17.1.3); requests that come in are the
 * server table's. Also what leaves without a transaction, and the branches.
 */
import { randomToken, SipError, type Address, type Clock, type Random } from '@jackfield/base';
import { buildCancel } from '../messages/build.ts';
import type { HeaderList } from '../messages/headers.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Stats } from '../messages/model.ts';
import { VIA } from '../messages/names.ts';
import { writeMessage } from '../messages/write.ts';
import { FlowIndex } from '../transport/flow-index.ts';
import { positive } from '../transport/positive.ts';
import type { Flow, SipMessage, TransportKind } from '../transport/transport.ts';
import { AlarmClock } from './alarms.ts';
import { InviteClient, NonInviteClient, type ClientHost, type LiveClient } from './client.ts';
import { clientKey, COOKIE } from './key.ts';
import { Load, type LoadLimits } from './load.ts';
import { changes, ServerTable } from './server-table.ts';
import { timerBase, type TimerBase } from './timers.ts';
import type { ClientTransaction, ClientTransactionUser, TransactionLayerUser } from './transaction.ts';

/** Part of `limits` of `createSipStack`. Whole numbers from 1 up, else SIP_OPTION. */
export interface TransactionLimits extends LoadLimits {
  /** Answered server transactions of which copies are still absorbed; past it, the oldest is forgotten. Default 200,000. */
  readonly maxFinished?: number | undefined;
  /**
   * ms, how long an INVITE may go without a final response, theirs and ours; default 3,600,000. The last resort against a user that forgets one: theirs is
   * then answered 408, ours is cancelled. Calls are given up much earlier by those who know them.
   */
  readonly maxUnansweredMs?: number | undefined;
}

export interface TransactionLayerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Where a response goes (§18.2.2). */
  readonly transport: { responseFlow(request: SipRequest, flow: Flow): Flow };
  readonly timers?: Partial<TimerBase> | undefined;
  /** ms without a response of the user after which an INVITE gets its 100; 200 (§17.2.1). */
  readonly tryingAfterMs?: number | undefined;
  readonly limits?: TransactionLimits | undefined;
  readonly user: TransactionLayerUser;
}

/** The transactions of one stack, for usages: `core.transactions`. */
export class TransactionLayer implements ClientHost {
  readonly timers: TimerBase;
  /** @internal */
  readonly alarms: AlarmClock;
  /** @internal */
  readonly unansweredMs: number;
  readonly #user: TransactionLayerUser;
  readonly #random: Random;
  /** The start of every branch of ours: by it a request that came back is known. */
  readonly #mark: string;
  readonly #servers: ServerTable;
  readonly #clients = new Map<string, LiveClient>();
  readonly #byFlow = new FlowIndex<LiveClient>();
  readonly #total = { clientTransactions: 0, strayResponses: 0 };
  /** All but the branch of the Via that was written last: flows of one listener mostly show one address. */
  #via: { readonly address: Address; readonly kind: TransportKind; readonly text: string } | undefined;
  #closed = false;

  /** @throws SIP_OPTION for a timer or bound that is no positive integer. */
  constructor(options: TransactionLayerOptions) {
    const { clock, random, transport, limits, user } = options;
    this.timers = timerBase(options.timers);
    this.alarms = new AlarmClock(clock);
    this.#user = user;
    this.#random = random;
    this.#mark = COOKIE + randomToken(random, 4);
    this.unansweredMs = positive('maxUnansweredMs', limits?.maxUnansweredMs, 3_600_000);
    this.#servers = new ServerTable({
      timers: this.timers,
      clock,
      alarms: this.alarms,
      random,
      load: new Load(clock, limits),
      tryingAfterMs: positive('tryingAfterMs', options.tryingAfterMs, 200),
      unansweredMs: this.unansweredMs,
      maxFinished: positive('maxFinished', limits?.maxFinished, 200_000),
      user,
      isInside: (request) => user.isInside?.(request) === true,
      write: (response, request) => this.write(response, request),
      responseFlow: (request, flow) => transport.responseFlow(request, flow),
      sendStateless: (response, flow) => void this.sendStateless(response, flow),
    });
  }

  /** Puts a Via with a fresh branch on top of `request`, sends it, and repeats it as §17.1 says. */
  request(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction {
    const branch = this.#stamp(request, flow);
    return this.#begin(request, flow, branch, user, undefined);
  }

  /** As {@link request}; undefined, and nothing is sent, where it has more than `most` bytes once the filters have seen it. @internal */
  requestWithin(most: number, request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction | undefined {
    const branch = this.#stamp(request, flow);
    const bytes = most === Infinity || this.#closed ? undefined : this.write(request);
    if (bytes !== undefined && bytes.length > most) return undefined;
    return this.#begin(request, flow, branch, user, bytes);
  }

  /**
   * Cancels an INVITE (§9.1): at once if a provisional response came, else when one comes. Nothing when the final one is in, nor a second time.
   *
   * @param headers - added to the CANCEL, such as Reason.
   * @param user - hears of the CANCEL's own response; that of the INVITE goes to the INVITE's user.
   */
  cancel(invite: ClientTransaction, headers?: HeaderList, user?: ClientTransactionUser): void {
    const transaction = this.#clients.get(clientKey('INVITE', invite.branch));
    if (transaction?.invite === true) transaction.cancel(headers, user);
  }

  /**
   * Sends without a transaction: the ACK of a 2xx (gets its Via here), a response that nobody waits for.
   *
   * @returns what was sent; undefined: nothing, since it has more than `most` bytes.
   */
  sendStateless(message: SipRequest | SipResponse, flow: Flow, most = Infinity): Uint8Array | undefined {
    if (message.kind === 'request') this.#stamp(message, flow);
    this.#user.outgoing?.(message, undefined);
    const bytes = writeMessage(message);
    if (bytes.length > most) return undefined;
    flow.send(bytes, message);
    return bytes;
  }

  /** From the transport. */
  message(message: SipMessage, flow: Flow): void {
    if (this.#closed) return;
    if (message.kind === 'response') this.#response(message, flow);
    else if (message.method === 'ACK') this.#servers.ack(message, flow);
    else this.#servers.request(message, flow);
  }

  /** From the transport: what is under way over that flow has failed. */
  flowFailed(flow: Flow, error: Error | undefined): void {
    for (const client of this.#byFlow.of(flow)) client.fail(error);
    this.#servers.flowFailed(flow);
  }

  /**
   * True for a request that we sent ourselves and that somebody sent back unchanged: a loop. With another Request-URI it is a spiral (§16.3); straight from
   * us to us it is one user calling another.
   */
  looped(request: SipRequest): boolean {
    if (request.viaAlone) return false;
    for (const field of request.headers.fields) if (field.id === VIA && field.bytes.includes(this.#mark)) return this.#cameBack(request);
    return false;
  }

  /** Requests without a final response, ours and theirs. */
  get pending(): number {
    let { pending } = this.#servers;
    for (const client of this.#clients.values()) if (client.pending) pending += 1;
    return pending;
  }

  stats(): Stats {
    return {
      live: {
        ...this.#servers.load,
        clientTransactions: this.#clients.size,
        busyFlows: this.#servers.flows + this.#byFlow.size,
        timers: this.alarms.count() + this.#servers.finished,
      },
      total: { ...this.#servers.totals, ...this.#total },
    };
  }

  /** Forgets all, and tells nobody. */
  close(): void {
    this.#closed = true;
    for (const client of this.#clients.values()) {
      client.drop();
      this.forget(client);
    }
    this.#servers.close();
    this.alarms.close();
  }

  // ---- what the transactions ask of us

  /** @internal */
  write(message: SipRequest | SipResponse, request?: SipRequest): Uint8Array {
    this.#user.outgoing?.(message, request);
    return writeMessage(message);
  }

  /** @internal */
  forget(transaction: LiveClient): void {
    const key = clientKey(transaction.request.method, transaction.branch);
    this.#clients.delete(key);
    this.#byFlow.delete(transaction.flow, transaction);
    if (changes.hasSubscribers) changes.publish({ event: 'ended', side: 'client', key });
  }

  /** @internal */
  sendCancel(invite: InviteClient, headers: HeaderList | undefined, user: ClientTransactionUser | undefined): void {
    const cancel = buildCancel(invite.request);
    if (headers !== undefined) for (const [name, value] of headers.entries()) cancel.headers.add(name, value);
    this.#start(new NonInviteClient(cancel, invite.flow, invite.branch, user, this, undefined));
  }

  #response(response: SipResponse, flow: Flow): void {
    const { branch } = response.via;
    const transaction = branch === undefined ? undefined : this.#clients.get(clientKey(response.cseq.method, branch));
    if (transaction === undefined || transaction.request.method !== response.cseq.method) {
      this.#total.strayResponses += 1;
      this.#user.strayResponse(response, flow);
      return;
    }
    this.#user.incoming?.(response, transaction);
    transaction.receive(response);
  }

  #begin(request: SipRequest, flow: Flow, branch: string, user: ClientTransactionUser, bytes: Uint8Array | undefined): ClientTransaction {
    const transaction =
      request.method === 'INVITE'
        ? new InviteClient(request, flow, branch, user, this, bytes)
        : new NonInviteClient(request, flow, branch, user, this, bytes);
    this.#start(transaction);
    return transaction;
  }

  #start(transaction: LiveClient): void {
    const key = clientKey(transaction.request.method, transaction.branch);
    this.#clients.set(key, transaction);
    this.#byFlow.add(transaction.flow, transaction);
    this.#total.clientTransactions += 1;
    if (changes.hasSubscribers) changes.publish({ event: 'began', side: 'client', key });
    if (this.#closed)
      queueMicrotask(() => transaction.fail(new SipError('SIP_STACK_CLOSED', 'the stack is closed', { operation: 'request' })));
    else transaction.start();
  }

  #cameBack(request: SipRequest): boolean {
    const { vias } = request;
    if (vias.length === 1) return false;
    for (const via of vias) {
      const own = via.branch?.startsWith(this.#mark) === true ? this.#clients.get(clientKey(request.method, via.branch)) : undefined;
      if (own !== undefined && own.request.uri.toString() === request.uri.toString()) return true;
    }
    return false;
  }

  #stamp(request: SipRequest, flow: Flow): string {
    const branch = this.#mark + randomToken(this.#random, 8);
    if (this.#via?.address !== flow.advertised || this.#via.kind !== flow.kind) {
      const { host, port } = flow.advertised;
      const text = `SIP/2.0/${flow.kind} ${host.includes(':') ? `[${host}]` : host}:${port};rport;branch=`;
      this.#via = { address: flow.advertised, kind: flow.kind, text };
    }
    request.headers.prepend('Via', this.#via.text + branch);
    return branch;
  }
}
