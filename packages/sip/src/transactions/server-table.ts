/**
 * The server transactions that live, and where each request belongs (RFC 3261 §17.2.3): copies are absorbed, CANCEL meets its INVITE
 * (§9.2), merged requests are refused (§8.2.2.2). Bounded: past it, what is outside dialogs is refused, what is answered is forgotten.
 */
import { Diagnostics, randomToken, type Random } from '@jackfield/base';
import { buildResponse } from '../messages/build.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { FlowIndex } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import type { AlarmClock } from './alarms.ts';
import { Finished, FinishedTable } from './finished.ts';
import { mergeKey, serverKey } from './key.ts';
import { InviteServer, NonInviteServer, type LiveServer, type ServerHost } from './server.ts';
import type { TimerBase } from './timers.ts';
import type { ServerTransaction, TransactionLayerUser } from './transaction.ts';

/** What the table asks of the layer around it. */
export interface ServerSurroundings {
  readonly timers: TimerBase;
  readonly alarms: AlarmClock;
  readonly random: Random;
  readonly tryingAfterMs: number;
  readonly maxTransactions: number;
  readonly maxTransactionsPerHost: number;
  readonly maxFinished: number;
  write(response: SipResponse, request: SipRequest): Uint8Array;
  responseFlow(request: SipRequest, flow: Flow): Flow;
  sendStateless(response: SipResponse, flow: Flow): void;
  readonly user: TransactionLayerUser;
}

const RETRY_AFTER_OVERLOAD = '5';

/** Channel `jackfield:sip:transaction`. */
export const changes = new Diagnostics<{ readonly event: 'client' | 'server' | 'finished' | 'over'; readonly key: string }>(
  'sip:transaction',
);

export class ServerTable implements ServerHost {
  readonly timers: TimerBase;
  readonly alarms: AlarmClock;
  readonly total = { serverTransactions: 0, repeats: 0, merged: 0, overload: 0, responsesIgnored: 0 };
  readonly #around: ServerSurroundings;
  /** Those at work, and what is left of those that have their answer: a copy finds either in one look. */
  readonly #known = new Map<string, LiveServer | Finished>();
  readonly #byFlow = new FlowIndex<LiveServer>();
  readonly #perHost = new Map<string, number>();
  readonly #finished: FinishedTable;
  /** Merge keys of both, each held by the first transaction that had it. */
  readonly #merges = new Set<string>();

  constructor(around: ServerSurroundings) {
    this.#around = around;
    this.timers = around.timers;
    this.alarms = around.alarms;
    this.#finished = new FinishedTable(this.#known, around.alarms, around.maxFinished, (finished) => this.#over(finished));
  }

  /** Without a final response, or without the ACK to one. */
  get live(): number {
    return this.#known.size - this.#finished.size;
  }

  /** Answered ones of which copies are still absorbed. */
  get finished(): number {
    return this.#finished.size;
  }

  /** Without a final response. */
  get pending(): number {
    let pending = 0;
    for (const server of this.#known.values()) if (!(server instanceof Finished) && !server.answered) pending += 1;
    return pending;
  }

  /** Any request but ACK. */
  request(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, request.method);
    if (this.#repeated(key)) return;
    const outside = request.initial && request.method !== 'CANCEL';
    // an INVITE in no dialog of ours waits for the ACK of its 481 as long as any other: a tag in its To must not make it free
    const source = outside || request.method === 'INVITE' ? flow.remote.host : undefined;
    if (source !== undefined && !this.#admits(source)) {
      this.#refuse(request, flow);
      return;
    }
    const merge = outside ? mergeKey(request) : undefined;
    const merged = merge !== undefined && this.#merges.has(merge);
    const transaction =
      request.method === 'INVITE'
        ? new InviteServer(request, flow, key, merged ? undefined : merge, source, this)
        : new NonInviteServer(request, flow, key, merged ? undefined : merge, source, this);
    this.#known.set(key, transaction);
    this.#byFlow.add(flow, transaction);
    if (source !== undefined) this.#perHost.set(source, (this.#perHost.get(source) ?? 0) + 1);
    if (merge !== undefined && !merged) this.#merges.add(merge);
    this.total.serverTransactions += 1;
    if (changes.hasSubscribers) changes.publish({ event: 'server', key });
    this.#around.user.incoming?.(request, undefined);
    if (merged) {
      this.total.merged += 1;
      this.#answer(transaction, 482);
    } else if (request.method === 'CANCEL') this.#cancel(transaction);
    else this.#around.user.request(transaction);
    if (transaction.invite && !transaction.answered) transaction.expectAnswer(this.#around.tryingAfterMs);
  }

  ack(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, 'INVITE');
    const known = this.#known.get(key);
    if (known instanceof Finished) {
      if (!known.accepted) return;
    } else if (known !== undefined) {
      if (!known.invite || known.state !== 'completed') return;
      this.#around.user.incoming?.(request, undefined);
      known.feed('ack');
      return;
    }
    this.#around.user.incoming?.(request, undefined);
    this.#around.user.ack(request, flow);
  }

  flowFailed(flow: Flow): void {
    for (const server of this.#byFlow.of(flow)) server.feed('transportError');
  }

  /** Forgets all, and tells nobody. */
  close(): void {
    for (const server of this.#known.values()) if (!(server instanceof Finished)) server.drop();
    this.#known.clear();
    this.#byFlow.clear();
    this.#perHost.clear();
    this.#finished.clear();
    this.#merges.clear();
  }

  // ---- what the transactions ask

  write(response: SipResponse, request: SipRequest): Uint8Array {
    return this.#around.write(response, request);
  }

  responseFlow(transaction: LiveServer, before: Flow | undefined): Flow {
    const flow = this.#around.responseFlow(transaction.request, transaction.flow);
    if (before !== undefined && before !== transaction.flow) this.#byFlow.delete(before, transaction);
    if (flow !== transaction.flow && this.#known.get(transaction.key) === transaction) this.#byFlow.add(flow, transaction);
    return flow;
  }

  finish(transaction: LiveServer, bytes: Uint8Array | undefined, ms: number, accepted: boolean): void {
    if (this.#known.get(transaction.key) !== transaction) return;
    this.#discount(transaction);
    if (ms > 0) {
      this.#finished.add(transaction, bytes, accepted, ms);
      if (changes.hasSubscribers) changes.publish({ event: 'finished', key: transaction.key });
      return;
    }
    this.#known.delete(transaction.key);
    this.#over(transaction);
    transaction.user?.terminated?.();
  }

  ignored(): void {
    this.total.responsesIgnored += 1;
  }

  release(key: string): void {
    this.#merges.delete(key);
  }

  /** Absorbs a copy of a request that is known. */
  #repeated(key: string): boolean {
    const known = this.#known.get(key);
    if (known === undefined) return false;
    this.total.repeats += 1;
    if (known instanceof Finished) known.resend();
    else if (known.invite) known.feed('invite');
    else known.feed('request');
    return true;
  }

  #admits(source: string): boolean {
    const { maxTransactions, maxTransactionsPerHost } = this.#around;
    return this.live < maxTransactions && (this.#perHost.get(source) ?? 0) < maxTransactionsPerHost;
  }

  #discount(transaction: LiveServer): void {
    const { flow, usedFlow, source } = transaction;
    this.#byFlow.delete(flow, transaction);
    if (usedFlow !== undefined && usedFlow !== flow) this.#byFlow.delete(usedFlow, transaction);
    if (source === undefined) return;
    const left = this.#perHost.get(source)! - 1;
    if (left > 0) this.#perHost.set(source, left);
    else this.#perHost.delete(source);
  }

  #cancel(cancel: ServerTransaction): void {
    const key = serverKey(cancel.request, 'INVITE');
    const invite = this.#known.get(key);
    if (invite === undefined) this.#around.user.cancelUnmatched(cancel);
    else if (invite instanceof Finished || invite.answered)
      this.#answer(cancel, 200); // too late, and no error (§9.2)
    else if (invite.user?.cancelled !== undefined) invite.user.cancelled(cancel);
    else this.#answer(invite, 487, this.#answer(cancel, 200));
  }

  #answer(transaction: ServerTransaction, status: number, toTag = randomToken(this.#around.random, 8)): string {
    transaction.respond(buildResponse(transaction.request, status, { toTag }));
    return toTag;
  }

  #refuse(request: SipRequest, flow: Flow): void {
    this.total.overload += 1;
    if (!flow.reliable) return; // to answer a flood of datagrams would double it
    const response = buildResponse(request, 503, { headers: { 'Retry-After': RETRY_AFTER_OVERLOAD } });
    this.#around.sendStateless(response, this.#around.responseFlow(request, flow));
  }

  #over(of: { readonly key: string; readonly mergeKey: string | undefined }): void {
    if (of.mergeKey !== undefined) this.#merges.delete(of.mergeKey);
    if (changes.hasSubscribers) changes.publish({ event: 'over', key: of.key });
  }
}
