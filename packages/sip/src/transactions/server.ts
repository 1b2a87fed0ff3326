/** Server transactions: drive the tables of RFC 3261 §17.2 and RFC 6026. What is left of one that has its answer is finished.ts's. */
import { buildResponse } from '../messages/build.ts';
import { readParty } from '../messages/field-lists.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import { TO } from '../messages/names.ts';
import type { FlowPlace } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import { Alarm, type AlarmClock, type Sleeper } from './alarms.ts';
import { stepInviteServer, type InviteServerEffect, type InviteServerInput, type InviteServerState } from './invite-server.machine.ts';
import type { ServerKey } from './key.ts';
import type { SourceLoad } from './load.ts';
import {
  stepNonInviteServer,
  type NonInviteServerEffect,
  type NonInviteServerInput,
  type NonInviteServerState,
} from './non-invite-server.machine.ts';
import { timeout, timerG, timerIK, timerJ, type TimerBase } from './timers.ts';
import type { ServerTransaction, ServerTransactionUser } from './transaction.ts';

/** What a server transaction asks of its layer. */
export interface ServerHost {
  readonly timers: TimerBase;
  readonly alarms: AlarmClock;
  /** ms, how long an INVITE may go without a final response. */
  readonly unansweredMs: number;
  /** Outgoing filters, then bytes. */
  write(response: SipResponse, request: SipRequest): Uint8Array;
  /** Where responses go: `before` until now, which is closed. */
  responseFlow(transaction: LiveServer, before: Flow | undefined): Flow;
  /** The transaction leaves the table of those at work; for `ms` what is left of it absorbs copies, answered by `bytes` if given. */
  finish(transaction: LiveServer, bytes: Uint8Array | undefined, ms: number, accepted: boolean): void;
  ignored(): void;
  newTag(): string;
  /** Another request of this merge key is a new one. */
  release(mergeKey: number): void;
}

export type LiveServer = InviteServer | NonInviteServer;

abstract class ServerBase {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly key: number;
  readonly hash: number;
  /** Claimed by a request without To tag that is the first of its key, until it is refused: then its sender may try another way. */
  mergeKey: number | undefined;
  /** Whom it counts for, and as what; undefined: a CANCEL that met its INVITE, which counts for nobody. */
  readonly load: SourceLoad | undefined;
  readonly inside: boolean;
  user: ServerTransactionUser | undefined = undefined;
  answered = false;
  /** To tag of our final response to an INVITE: a CANCEL that comes too late is answered with the same (§9.2). */
  toTag: string | undefined = undefined;
  places: FlowPlace<LiveServer> | undefined = undefined;
  protected readonly host: ServerHost;
  protected bytes: Uint8Array | undefined = undefined;
  #replyFlow: Flow | undefined = undefined;

  constructor(
    request: SipRequest,
    flow: Flow,
    key: ServerKey,
    merge: number | undefined,
    load: SourceLoad | undefined,
    inside: boolean,
    host: ServerHost,
  ) {
    this.request = request;
    this.flow = flow;
    this.key = key.key;
    this.hash = key.hash;
    this.mergeKey = merge;
    this.load = load;
    this.inside = inside;
    this.host = host;
  }

  /** By which responses leave: another one than before when a stream has ended meanwhile (§18.2.2). */
  get replyFlow(): Flow {
    const flow = this.#replyFlow;
    return flow === undefined || flow.closed ? (this.#replyFlow = this.findFlow(flow)) : flow;
  }

  /** `replyFlow`, if there was a response. */
  get usedFlow(): Flow | undefined {
    return this.#replyFlow;
  }

  resend(): void {
    if (this.bytes !== undefined) this.replyFlow.send(this.bytes);
  }

  protected abstract findFlow(before: Flow | undefined): Flow;

  /** False when nothing may be sent any more. */
  protected take(response: SipResponse): boolean {
    if (this.answered) {
      this.host.ignored();
      return false;
    }
    const bytes = this.host.write(response, this.request);
    this.bytes = bytes;
    if (response.status >= 200) {
      this.answered = true;
      this.request.abort();
    }
    if (response.status >= 300 && this.mergeKey !== undefined) {
      this.host.release(this.mergeKey);
      this.mergeKey = undefined;
    }
    return true;
  }
}

type InviteAlarm = 'trying' | 'timerG' | 'timerH' | 'forgotten';

export class InviteServer extends ServerBase implements ServerTransaction, Sleeper<InviteAlarm> {
  readonly invite = true;
  #state: InviteServerState = 'proceeding';
  #repeat: Alarm<InviteAlarm> | undefined = undefined;
  #timerH: Alarm<InviteAlarm> | undefined = undefined;
  #forgotten: Alarm<InviteAlarm> | undefined = undefined;
  #waits = 0;

  get state(): InviteServerState {
    return this.#state;
  }

  /** Sends 100 in `ms` unless the user was quicker (§17.2.1), and waits for a final response, but not for ever. */
  expectAnswer(ms: number): void {
    this.#forgotten = new Alarm<InviteAlarm>(this, 'forgotten');
    this.host.alarms.arm(this.#forgotten, this.host.unansweredMs);
    if (this.bytes !== undefined) return;
    this.#repeat = new Alarm<InviteAlarm>(this, 'trying');
    this.host.alarms.arm(this.#repeat, ms);
  }

  respond(response: SipResponse): void {
    if (!this.take(response)) return;
    if (response.status >= 200) {
      this.host.alarms.disarm(this.#forgotten);
      const to = response.headers.first(TO);
      this.toTag = to && readParty(to)?.tag;
    }
    this.feed(response.status < 200 ? 'provisional' : response.status < 300 ? 'success' : 'failure');
  }

  ring(kind: InviteAlarm): void {
    if (kind === 'forgotten') this.#giveUp();
    else this.feed(kind);
  }

  feed(input: InviteServerInput): void {
    const { to, effects } = stepInviteServer(this.#state, input);
    this.#state = to;
    for (const effect of effects) this.#perform(effect);
    if (to === 'terminated') this.host.finish(this, undefined, 0, false);
  }

  #perform(effect: InviteServerEffect): void {
    const { alarms, timers } = this.host;
    switch (effect) {
      case 'send':
        this.resend();
        return;
      case 'resend':
        if (this.bytes === undefined) this.#sendTrying();
        else this.resend();
        return;
      case 'sendTrying':
        this.#sendTrying();
        return;
      case 'armG':
        if (this.flow.reliable) return;
        this.#waits += 1;
        this.#repeat = new Alarm<InviteAlarm>(this, 'timerG');
        alarms.arm(this.#repeat, timerG(timers, this.#waits));
        return;
      case 'armH':
        this.#timerH = new Alarm<InviteAlarm>(this, 'timerH');
        alarms.arm(this.#timerH, timeout(timers));
        return;
      case 'armI':
        this.host.finish(this, undefined, timerIK(timers, this.flow.reliable), false);
        return;
      case 'armL':
        this.host.finish(this, undefined, timeout(timers), true);
        return;
      case 'disarm':
        alarms.disarm(this.#repeat);
        alarms.disarm(this.#timerH);
        return;
      case 'passAck':
        return; // the layer has the ACK in hand, and passes it itself
      case 'reportAck':
        this.user?.acknowledged?.();
        return;
      case 'reportTimeout':
        this.user?.failed?.('timeout');
        return;
      case 'reportTransport':
        this.user?.failed?.('transport');
        return;
    }
  }

  /** No news to anyone: the stack is closing. */
  drop(): void {
    this.answered = true;
    this.#state = 'terminated';
    this.host.alarms.disarm(this.#repeat);
    this.host.alarms.disarm(this.#timerH);
    this.host.alarms.disarm(this.#forgotten);
  }

  protected override findFlow(before: Flow | undefined): Flow {
    return this.host.responseFlow(this, before);
  }

  /** The user forgot it, or so it seems after this long. */
  #giveUp(): void {
    this.user?.failed?.('timeout');
    if (!this.answered) this.respond(buildResponse(this.request, 408, { toTag: this.host.newTag() }));
  }

  #sendTrying(): void {
    this.host.alarms.disarm(this.#repeat); // a copy of the INVITE may have been quicker than the wait
    this.bytes = this.host.write(buildResponse(this.request, 100), this.request);
    this.resend();
  }
}

export class NonInviteServer extends ServerBase implements ServerTransaction, Sleeper<'timeout'> {
  readonly invite = false;
  #state: NonInviteServerState = 'trying';
  #timeout: Alarm<'timeout'> | undefined = undefined;

  get state(): NonInviteServerState {
    return this.#state;
  }

  /** Until its client has given up (timer F): whatever came later would find nobody, and 408 must not be sent (RFC 4320 §4.2). */
  expectAnswer(_ms: number): void {
    this.#timeout = new Alarm<'timeout'>(this, 'timeout');
    this.host.alarms.arm(this.#timeout, timeout(this.host.timers));
  }

  respond(response: SipResponse): void {
    if (!this.take(response)) return;
    if (response.status >= 200) this.host.alarms.disarm(this.#timeout);
    this.feed(response.status < 200 ? 'provisional' : 'final');
  }

  ring(kind: 'timeout'): void {
    this.answered = true; // too late for that
    this.feed(kind);
  }

  feed(input: NonInviteServerInput): void {
    const { to, effects } = stepNonInviteServer(this.#state, input);
    this.#state = to;
    for (const effect of effects) this.#perform(effect);
    if (to === 'terminated') this.host.finish(this, undefined, 0, false);
  }

  /** No news to anyone: the stack is closing. */
  drop(): void {
    this.answered = true;
    this.#state = 'terminated';
    this.host.alarms.disarm(this.#timeout);
  }

  protected override findFlow(before: Flow | undefined): Flow {
    return this.host.responseFlow(this, before);
  }

  #perform(effect: NonInviteServerEffect): void {
    switch (effect) {
      case 'send':
      case 'resend':
        this.resend();
        return;
      case 'armJ':
        this.host.finish(this, this.bytes, timerJ(this.host.timers, this.flow.reliable), false);
        return;
      case 'reportTimeout':
        this.request.abort();
        this.user?.failed?.('timeout');
        return;
      case 'reportTransport':
        this.user?.failed?.('transport');
        return;
    }
  }
}
