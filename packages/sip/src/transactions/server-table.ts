/**
 * The server transactions that live, and where each request belongs (RFC 3261 §17.2.3): copies are absorbed, CANCEL meets its INVITE
 * (§9.2), merged requests are refused (§8.2.2.2). Bounded: past it, what is outside dialogs is refused, what is answered is forgotten.
 */
import { Diagnostics, type Clock, type Random } from '@jackfield/base';
import { buildResponse } from '../messages/build.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { newTag } from '../messages/tags.ts';
import { sourceOf } from '../transport/addresses.ts';
import { FlowIndex } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import type { AlarmClock } from './alarms.ts';
import { FinishedTable } from './finished.ts';
import { KeyTable } from './key-table.ts';
import { mergeKey, numberOf, serverKey, type ServerKey } from './key.ts';
import type { Load, LoadLimit } from './load.ts';
import { NumberSet } from './number-set.ts';
import { InviteServer, NonInviteServer, type LiveServer, type ServerHost } from './server.ts';
import type { TimerBase } from './timers.ts';
import type { ServerTransaction, TransactionLayerUser } from './transaction.ts';

/** What the table asks of the layer around it. */
export interface ServerSurroundings {
  readonly timers: TimerBase;
  readonly clock: Clock;
  readonly alarms: AlarmClock;
  readonly random: Random;
  readonly load: Load;
  readonly tryingAfterMs: number;
  readonly unansweredMs: number;
  readonly maxFinished: number;
  write(response: SipResponse, request: SipRequest): Uint8Array;
  responseFlow(request: SipRequest, flow: Flow): Flow;
  sendStateless(response: SipResponse, flow: Flow): void;
  /** True for a request of a dialog that lives. */
  isInside(request: SipRequest): boolean;
  readonly user: TransactionLayerUser;
}

/** A request that was refused for load; `answered`: with 503, else it was dropped. */
export interface Overload {
  readonly limit: LoadLimit;
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly answered: boolean;
}

/** Channel `jackfield:sip:overload`. */
const overloads = new Diagnostics<Overload>('sip:overload');

/** `jackfield:sip:transaction`. `completed`: a server transaction that has its final response, and answers copies with it until it is `ended`. */
export interface TransactionNews {
  readonly event: 'began' | 'completed' | 'ended';
  readonly side: 'client' | 'server';
  /** The same in all news of one transaction; of branch, sent-by and method, and of no fixed form. */
  readonly key: string;
}
export const changes = new Diagnostics<TransactionNews>('sip:transaction');

export class ServerTable implements ServerHost {
  readonly timers: TimerBase;
  readonly alarms: AlarmClock;
  readonly #total = { serverTransactions: 0, repeats: 0, merged: 0, overload: 0, responsesIgnored: 0 };
  readonly #around: ServerSurroundings;
  readonly #live: KeyTable<number, LiveServer>;
  readonly #byFlow = new FlowIndex<LiveServer>();
  readonly #refused = new Map<LoadLimit, number>();
  /** To tag of what is refused without a transaction. */
  readonly #statelessTag: string;
  /** What is left of those that have their answer. */
  readonly #finished: FinishedTable;
  /** Of all keys here. */
  readonly #secret: number;
  /** Merge keys of both, each held by the first transaction that had it. */
  readonly #merges: NumberSet;

  constructor(around: ServerSurroundings) {
    this.#around = around;
    this.timers = around.timers;
    this.alarms = around.alarms;
    this.#statelessTag = newTag(around.random);
    this.#secret = numberOf(this.#statelessTag);
    this.#merges = new NumberSet(this.#secret);
    this.#live = new KeyTable(this.#secret);
    this.#finished = new FinishedTable(around.clock, around.maxFinished, (hash, key, merge) => this.#over(hash, key, merge));
  }

  /** Without a final response, or without the ACK to one. */
  get live(): number {
    return this.#live.size;
  }

  /** Answered ones of which copies are still absorbed. */
  get finished(): number {
    return this.#finished.size;
  }

  /** Without a final response. */
  get pending(): number {
    let pending = 0;
    for (const server of this.#live.values()) if (!server.answered) pending += 1;
    return pending;
  }

  /** Flows that somebody at work leans on. */
  get flows(): number {
    return this.#byFlow.size;
  }

  /** What is at work, for the stats. */
  get load(): Record<string, number> {
    const { invites, sources } = this.#around.load;
    return {
      serverTransactions: this.live,
      finishedTransactions: this.finished,
      pendingInvites: invites,
      sources,
      mergeKeys: this.#merges.size,
    };
  }

  get totals(): Record<string, number> {
    const totals: Record<string, number> = { ...this.#total };
    for (const [limit, count] of this.#refused) totals[`overload:${limit}`] = count;
    return totals;
  }

  get unansweredMs(): number {
    return this.#around.unansweredMs;
  }

  /** Any request but ACK. */
  request(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, request.method, this.#secret);
    if (this.#repeated(key)) return;
    const isInvite = request.method === 'INVITE';
    // an INVITE in no dialog of ours waits for the ACK of its 481 as long as any other: a tag in its To must not make it free
    const isCancel = request.method === 'CANCEL';
    const inside = isInvite ? !request.initial && this.#around.isInside(request) : !request.initial || isCancel;
    // there is one for each INVITE at most, which was counted, and it makes room
    const counts = !isCancel || !this.#knows(serverKey(request, 'INVITE', this.#secret));
    const load = counts ? this.#around.load.enter(sourceOf(flow.remote.host), isInvite, inside) : undefined;
    if (typeof load === 'string') {
      this.#refuse(request, flow, load);
      return;
    }
    const merge = request.initial && !isCancel ? mergeKey(request) : undefined;
    const merged = merge !== undefined && !this.#merges.add(merge);
    const transaction = isInvite
      ? new InviteServer(request, flow, key, merged ? undefined : merge, load, inside, this)
      : new NonInviteServer(request, flow, key, merged ? undefined : merge, load, inside, this);
    this.#live.set(transaction);
    this.#byFlow.add(flow, transaction);
    this.#total.serverTransactions += 1;
    if (changes.hasSubscribers) changes.publish({ event: 'began', side: 'server', key: shown(key.hash, key.key) });
    this.#around.user.incoming?.(request, undefined);
    if (merged) {
      this.#total.merged += 1;
      this.#answer(transaction, 482);
    } else if (isCancel) this.#cancel(transaction);
    else this.#around.user.request(transaction);
    if (!transaction.answered) transaction.expectAnswer(this.#around.tryingAfterMs);
  }

  ack(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, 'INVITE', this.#secret);
    const live = this.#live.get(key.key, key.hash);
    if (live === undefined) {
      if (this.#finished.find(key)?.accepted === false) return;
    } else {
      if (!live.invite || live.state !== 'completed') return;
      this.#around.user.incoming?.(request, undefined);
      live.feed('ack');
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
    for (const server of this.#live.values()) server.drop();
    this.#live.clear();
    this.#byFlow.clear();
    this.#around.load.clear();
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
    if (flow !== transaction.flow && this.#isLive(transaction)) this.#byFlow.add(flow, transaction);
    return flow;
  }

  finish(transaction: LiveServer, bytes: Uint8Array | undefined, ms: number, accepted: boolean): void {
    if (!this.#isLive(transaction)) return;
    this.#discount(transaction);
    this.#live.delete(transaction);
    if (ms > 0) {
      this.#finished.add(transaction, bytes, accepted, ms);
      if (changes.hasSubscribers) changes.publish({ event: 'completed', side: 'server', key: shown(transaction.hash, transaction.key) });
      return;
    }
    this.#over(transaction.hash, transaction.key, transaction.mergeKey ?? 0);
    transaction.user?.terminated?.();
  }

  ignored(): void {
    this.#total.responsesIgnored += 1;
  }

  newTag(): string {
    return newTag(this.#around.random);
  }

  release(key: number): void {
    this.#merges.delete(key);
  }

  /** Absorbs a copy of a request that is known. False: it is none. */
  #repeated(key: ServerKey): boolean {
    const live = this.#live.get(key.key, key.hash);
    if (live === undefined) {
      const finished = this.#finished.find(key);
      if (finished === undefined) return false;
      finished.resend();
    } else if (live.invite) live.feed('invite');
    else live.feed('request');
    this.#total.repeats += 1;
    return true;
  }

  #knows(key: ServerKey): boolean {
    return this.#live.get(key.key, key.hash) !== undefined || this.#finished.find(key) !== undefined;
  }

  #isLive(transaction: LiveServer): boolean {
    return this.#live.get(transaction.key, transaction.hash) === transaction;
  }

  #discount(transaction: LiveServer): void {
    const { flow, usedFlow, load, invite, inside } = transaction;
    this.#byFlow.delete(flow, transaction);
    if (usedFlow !== undefined && usedFlow !== flow) this.#byFlow.delete(usedFlow, transaction);
    if (load !== undefined) this.#around.load.leave(load, invite, inside);
  }

  #cancel(cancel: ServerTransaction): void {
    const key = serverKey(cancel.request, 'INVITE', this.#secret);
    const invite = this.#live.get(key.key, key.hash);
    if (invite === undefined) {
      const finished = this.#finished.find(key);
      if (finished === undefined) this.#around.user.cancelUnmatched(cancel);
      else this.#answer(cancel, 200, finished.toTag); // too late, and no error (§9.2)
    } else if (invite.answered) this.#answer(cancel, 200, invite.toTag);
    else if (invite.user?.cancelled !== undefined) invite.user.cancelled(cancel);
    else this.#answer(invite, 487, this.#answer(cancel, 200));
  }

  #answer(transaction: ServerTransaction, status: number, toTag = this.newTag()): string {
    transaction.respond(buildResponse(transaction.request, status, { toTag }));
    return toTag;
  }

  /** To answer a flood of datagrams would double it, and send its echo to whomever it names as its source. */
  #refuse(request: SipRequest, flow: Flow, limit: LoadLimit): void {
    this.#total.overload += 1;
    this.#refused.set(limit, (this.#refused.get(limit) ?? 0) + 1);
    const answered = flow.reliable;
    if (overloads.hasSubscribers) overloads.publish({ limit, request, flow, answered });
    if (!answered) return;
    const headers = { 'Retry-After': this.#around.load.retryAfter };
    this.#around.sendStateless(
      buildResponse(request, 503, { headers, toTag: this.#statelessTag }),
      this.#around.responseFlow(request, flow),
    );
  }

  #over(hash: number, key: number, merge: number): void {
    if (merge !== 0) this.#merges.delete(merge);
    if (changes.hasSubscribers) changes.publish({ event: 'ended', side: 'server', key: shown(hash, key) });
  }
}

/** A key in the news. */
const shown = (hash: number, key: number): string => `${(hash >>> 0).toString(16)}-${(key >>> 0).toString(16)}`;
