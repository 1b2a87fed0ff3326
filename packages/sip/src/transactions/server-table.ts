/**
 * The server transactions that live, and where each request belongs (RFC 3261 §17.2.3): copies are absorbed, CANCEL meets its INVITE
 * (§9.2), merged requests are refused (§8.2.2.2). Bounded: past it, what is outside dialogs is refused, what is answered is forgotten.
 */
import { Diagnostics, randomToken, type Random } from '@jackfield/base';
import { buildResponse } from '../messages/build.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { Flow } from '../transport/transport.ts';
import type { AlarmClock } from './alarms.ts';
import { mergeKey, serverKey } from './key.ts';
import { Finished, InviteServer, NonInviteServer, type LiveServer, type ServerHost } from './server.ts';
import type { TimerBase } from './timers.ts';
import type { ServerTransaction, TransactionLayerUser } from './transaction.ts';

/** What the table asks of the layer around it. */
export interface ServerSurroundings {
  readonly timers: TimerBase;
  readonly alarms: AlarmClock;
  readonly random: Random;
  readonly tryingAfterMs: number;
  readonly maxTransactions: number;
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
  readonly total = { serverTransactions: 0, repeats: 0, merged: 0, overload: 0, strayAcks: 0, responsesIgnored: 0 };
  readonly #around: ServerSurroundings;
  readonly #live = new Map<string, LiveServer>();
  readonly #finished = new Map<string, Finished>();
  /** Merge keys of both, each held by the first transaction that had it. */
  readonly #merges = new Set<string>();

  constructor(around: ServerSurroundings) {
    this.#around = around;
    this.timers = around.timers;
    this.alarms = around.alarms;
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

  /** Any request but ACK. */
  request(request: SipRequest, flow: Flow): void {
    const key = serverKey(request, request.method);
    if (this.#repeated(key)) return;
    const outside = request.initial && request.method !== 'CANCEL';
    if (outside && this.#live.size >= this.#around.maxTransactions) {
      this.#refuse(request, flow);
      return;
    }
    const merge = outside ? mergeKey(request) : undefined;
    const merged = merge !== undefined && this.#merges.has(merge);
    const transaction =
      request.method === 'INVITE'
        ? new InviteServer(request, flow, key, merged ? undefined : merge, this)
        : new NonInviteServer(request, flow, key, merged ? undefined : merge, this);
    this.#live.set(key, transaction);
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
    const live = this.#live.get(key);
    if (live !== undefined) {
      if (!live.invite || live.state !== 'completed') return;
      this.#around.user.incoming?.(request, undefined);
      live.feed('ack');
      return;
    }
    const finished = this.#finished.get(key);
    if (finished !== undefined && !finished.accepted) return;
    if (finished === undefined) this.total.strayAcks += 1;
    this.#around.user.incoming?.(request, undefined);
    this.#around.user.ack(request, flow);
  }

  flowFailed(flow: Flow): void {
    const failed: LiveServer[] = [];
    for (const server of this.#live.values()) if (server.uses(flow)) failed.push(server);
    for (const server of failed) server.feed('transportError');
  }

  /** Forgets all, and tells nobody. */
  close(): void {
    for (const server of this.#live.values()) server.drop();
    for (const finished of this.#finished.values()) this.alarms.disarm(finished.alarm);
    this.#live.clear();
    this.#finished.clear();
    this.#merges.clear();
  }

  // ---- what the transactions ask

  write(response: SipResponse, request: SipRequest): Uint8Array {
    return this.#around.write(response, request);
  }

  responseFlow(request: SipRequest, flow: Flow): Flow {
    return this.#around.responseFlow(request, flow);
  }

  finish(transaction: LiveServer, bytes: Uint8Array | undefined, ms: number, accepted: boolean): void {
    this.#live.delete(transaction.key);
    if (ms === 0) {
      this.#over(transaction);
      transaction.user?.terminated?.();
      return;
    }
    const finished = new Finished(transaction, bytes, accepted, this.#forget);
    this.#finished.set(transaction.key, finished);
    this.alarms.arm(finished.alarm, ms);
    if (changes.hasSubscribers) changes.publish({ event: 'finished', key: transaction.key });
    if (this.#finished.size <= this.#around.maxFinished) return;
    for (const oldest of this.#finished.values()) {
      this.alarms.disarm(oldest.alarm);
      oldest.ring();
      return;
    }
  }

  ignored(): void {
    this.total.responsesIgnored += 1;
  }

  release(key: string): void {
    this.#merges.delete(key);
  }

  /** Absorbs a copy of a request that is known. */
  #repeated(key: string): boolean {
    const live = this.#live.get(key);
    if (live !== undefined) {
      this.total.repeats += 1;
      if (live.invite) live.feed('invite');
      else live.feed('request');
      return true;
    }
    const finished = this.#finished.get(key);
    if (finished === undefined) return false;
    this.total.repeats += 1;
    if (finished.bytes !== undefined) finished.flow.send(finished.bytes);
    return true;
  }

  #cancel(cancel: ServerTransaction): void {
    const key = serverKey(cancel.request, 'INVITE');
    const invite = this.#live.get(key);
    if (invite === undefined && !this.#finished.has(key)) this.#around.user.cancelUnmatched(cancel);
    else if (invite === undefined || invite.answered)
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
    this.#around.sendStateless(response, this.responseFlow(request, flow));
  }

  readonly #forget = (finished: Finished): void => {
    this.#finished.delete(finished.key);
    this.#over(finished);
  };

  #over(of: { readonly key: string; readonly mergeKey: string | undefined }): void {
    if (of.mergeKey !== undefined) this.#merges.delete(of.mergeKey);
    if (changes.hasSubscribers) changes.publish({ event: 'over', key: of.key });
  }
}
