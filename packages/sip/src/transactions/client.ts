/** Client transactions: drive the tables of RFC 3261 §17.1 and RFC 6026. CANCEL waits here for a provisional response (§9.1). */
import { buildAckForFailure } from '../messages/build.ts';
import type { HeaderList } from '../messages/headers.ts';
import type { SipRequest, SipResponse } from '../messages/message.ts';
import type { FlowPlace } from '../transport/flow-index.ts';
import type { Flow } from '../transport/transport.ts';
import { Alarm, type AlarmClock, type Sleeper } from './alarms.ts';
import { stepInviteClient, type InviteClientEffect, type InviteClientInput, type InviteClientState } from './invite-client.machine.ts';
import {
  stepNonInviteClient,
  type NonInviteClientEffect,
  type NonInviteClientInput,
  type NonInviteClientState,
} from './non-invite-client.machine.ts';
import { timeout, timerA, timerD, timerE, timerIK, type TimerBase } from './timers.ts';
import type { ClientState, ClientTransaction, ClientTransactionUser } from './transaction.ts';

/** What a client transaction asks of its layer. */
export interface ClientHost {
  readonly timers: TimerBase;
  readonly alarms: AlarmClock;
  /** ms, how long an INVITE may go without a final response. */
  readonly unansweredMs: number;
  /** Outgoing filters, then bytes. */
  write(request: SipRequest): Uint8Array;
  forget(transaction: LiveClient): void;
  sendCancel(invite: InviteClient, headers: HeaderList | undefined, user: ClientTransactionUser | undefined): void;
}

export type LiveClient = InviteClient | NonInviteClient;

abstract class ClientBase<Kind extends string> implements Sleeper<Kind> {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly branch: string;
  places: FlowPlace<LiveClient> | undefined = undefined;
  abstract state: ClientState;
  protected readonly host: ClientHost;
  protected readonly user: ClientTransactionUser | undefined;
  /** As on the wire; dropped when it need not be repeated any more. */
  protected bytes: Uint8Array | undefined;
  protected sent = 0;
  protected response: SipResponse | undefined = undefined;
  protected error: Error | undefined = undefined;
  /** Of the next copy. */
  private repeat: Alarm<Kind> | undefined = undefined;
  /** What is waited for, one after the other: a response, copies of it, and the last resorts. */
  private deadline: Alarm<Kind> | undefined = undefined;

  /** @param bytes - the request, where it is written already. */
  constructor(
    request: SipRequest,
    flow: Flow,
    branch: string,
    user: ClientTransactionUser | undefined,
    host: ClientHost,
    bytes: Uint8Array | undefined,
  ) {
    this.request = request;
    this.flow = flow;
    this.branch = branch;
    this.user = user;
    this.host = host;
    this.bytes = bytes;
  }

  abstract ring(kind: Kind): void;
  /** Each has its own, so that its tables and effects are of one kind. */
  protected abstract feed(input: 'transportError'): void;

  fail(error: Error | undefined): void {
    this.error = error;
    this.feed('transportError');
  }

  /** No news to anyone: the stack is closing. */
  drop(): void {
    this.state = 'terminated';
    this.disarm();
  }

  protected armRepeat(kind: Kind, ms: number): void {
    this.repeat ??= new Alarm<Kind>(this, kind);
    this.host.alarms.arm(this.repeat, ms);
  }

  protected arm(kind: Kind, ms: number): void {
    this.host.alarms.disarm(this.deadline);
    this.deadline = new Alarm<Kind>(this, kind);
    this.host.alarms.arm(this.deadline, ms);
  }

  protected disarm(): void {
    this.host.alarms.disarm(this.repeat);
    this.host.alarms.disarm(this.deadline);
  }

  protected send(): void {
    this.sent += 1;
    this.flow.send((this.bytes ??= this.host.write(this.request)), this.request);
  }
}

type InviteAlarm = 'timerA' | 'timerB' | 'timerD' | 'timerM' | 'giveUp' | 'forgotten';

interface Cancel {
  readonly headers: HeaderList | undefined;
  readonly user: ClientTransactionUser | undefined;
}

export class InviteClient extends ClientBase<InviteAlarm> implements ClientTransaction {
  readonly invite = true;
  state: InviteClientState = 'calling';
  #cancel: Cancel | 'sent' | undefined = undefined;
  #ack: Uint8Array | undefined = undefined;

  /** No final response yet. */
  get pending(): boolean {
    return this.state === 'calling' || this.state === 'proceeding';
  }

  start(): void {
    this.arm('timerB', timeout(this.host.timers));
    this.send();
    this.#armA();
  }

  receive(response: SipResponse): void {
    this.response = response;
    const { status } = response;
    const called = this.state === 'calling';
    this.feed(status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure');
    this.response = undefined;
    if (called && this.state === 'proceeding' && this.#cancel === undefined) this.arm('forgotten', this.host.unansweredMs);
    if (this.state === 'proceeding' && typeof this.#cancel === 'object') this.#sendCancel(this.#cancel);
  }

  /** Once; nothing when a final response is in. */
  cancel(headers: HeaderList | undefined, user: ClientTransactionUser | undefined): void {
    if (this.#cancel !== undefined) return;
    if (this.state === 'calling') this.#cancel = { headers, user };
    else if (this.state === 'proceeding') this.#sendCancel({ headers, user });
  }

  ring(kind: InviteAlarm): void {
    if (kind === 'forgotten') this.cancel(undefined, undefined);
    else this.feed(kind);
  }

  feed(input: InviteClientInput): void {
    const { to, effects } = stepInviteClient(this.state, input);
    const over = to === 'terminated' && this.state !== 'terminated';
    this.state = to;
    if (over) this.host.forget(this); // first: a user that hears of the end may look at the tables
    for (const effect of effects) this.#perform(effect);
    if (over) this.user?.terminated?.(this);
  }

  #perform(effect: InviteClientEffect): void {
    switch (effect) {
      case 'send':
        this.send();
        return;
      case 'armA':
        this.#armA();
        return;
      case 'armD':
        this.#absorb();
        return;
      case 'armM':
        this.bytes = undefined;
        this.arm('timerM', timeout(this.host.timers));
        return;
      case 'disarm':
        this.disarm();
        return;
      case 'passUp':
        this.user?.response(this.response!, this);
        return;
      case 'acknowledge':
        this.flow.send((this.#ack ??= this.host.write(buildAckForFailure(this.request, this.response!))));
        return;
      case 'reportTimeout':
        this.user?.failed('timeout', this);
        return;
      case 'reportTransport':
        this.user?.failed('transport', this, this.error);
        return;
    }
  }

  #armA(): void {
    if (this.flow.reliable || this.state !== 'calling') return;
    this.armRepeat('timerA', timerA(this.host.timers, this.sent));
  }

  #absorb(): void {
    this.bytes = undefined;
    const ms = timerD(this.host.timers, this.flow.reliable);
    if (ms === 0) this.feed('timerD');
    else this.arm('timerD', ms);
  }

  #sendCancel(cancel: Cancel): void {
    this.#cancel = 'sent';
    this.arm('giveUp', timeout(this.host.timers));
    this.host.sendCancel(this, cancel.headers, cancel.user);
  }
}

type NonInviteAlarm = 'timerE' | 'timerF' | 'timerK';

export class NonInviteClient extends ClientBase<NonInviteAlarm> implements ClientTransaction {
  readonly invite = false;
  state: NonInviteClientState = 'trying';

  /** No final response yet. */
  get pending(): boolean {
    return this.state === 'trying' || this.state === 'proceeding';
  }

  start(): void {
    this.arm('timerF', timeout(this.host.timers));
    this.send();
    this.#armE();
  }

  receive(response: SipResponse): void {
    this.response = response;
    this.feed(response.status < 200 ? 'provisional' : 'final');
    this.response = undefined;
  }

  ring(kind: NonInviteAlarm): void {
    this.feed(kind);
  }

  feed(input: NonInviteClientInput): void {
    const { to, effects } = stepNonInviteClient(this.state, input);
    const over = to === 'terminated' && this.state !== 'terminated';
    this.state = to;
    if (over) this.host.forget(this);
    for (const effect of effects) this.#perform(effect);
    if (over) this.user?.terminated?.(this);
  }

  #perform(effect: NonInviteClientEffect): void {
    switch (effect) {
      case 'send':
        this.send();
        return;
      case 'armE':
        this.#armE();
        return;
      case 'armK':
        this.#absorb();
        return;
      case 'disarmEF':
        this.disarm();
        return;
      case 'passUp':
        this.user?.response(this.response!, this);
        return;
      case 'reportTimeout':
        this.user?.failed('timeout', this);
        return;
      case 'reportTransport':
        this.user?.failed('transport', this, this.error);
        return;
    }
  }

  #armE(): void {
    if (this.flow.reliable || this.state === 'completed' || this.state === 'terminated') return; // answered while it was being sent
    this.armRepeat('timerE', timerE(this.host.timers, this.sent, this.state === 'proceeding'));
  }

  #absorb(): void {
    this.bytes = undefined;
    const ms = timerIK(this.host.timers, this.flow.reliable);
    if (ms === 0) this.feed('timerK');
    else this.arm('timerK', ms);
  }
}
