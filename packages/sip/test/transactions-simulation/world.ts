/**
 * Two transaction layers, `caller` and `callee`, with nothing between them but a wire that loses, doubles, delays and breaks by the draws of a seed. Time stands
 * until it is turned, nothing here is a promise, and every message is written and parsed: the same seed gives the same run to the millisecond.
 */
import { HeaderList, parseMessage, SipRequest, parseUri } from '@jackfield/sip';
import type { Method, SipResponse } from '@jackfield/sip';
import { SeededRandom } from '@jackfield/sip/testing';
import type { Address, Clock } from '@jackfield/base';
import { TransactionLayer, type TransactionLimits } from '../../src/transactions/layer.ts';
import type { TransactionLayerUser } from '../../src/transactions/transaction.ts';
import type { Flow, SipMessage, TransportKind } from '../../src/transport/transport.ts';

interface Due {
  readonly at: number;
  readonly order: number;
  task: (() => void) | undefined;
}

/** Virtual time without an event loop: a run of a thousand timers costs microseconds. */
export class Time implements Clock {
  #now = 0;
  #order = 0;
  #waiting: Due[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, task: () => void): Disposable {
    const due: Due = { at: this.#now + Math.max(0, ms), order: (this.#order += 1), task };
    let at = this.#waiting.length;
    while (at > 0 && later(this.#waiting[at - 1]!, due)) at -= 1;
    this.#waiting.splice(at, 0, due);
    return {
      [Symbol.dispose]: () => {
        due.task = undefined;
      },
    };
  }

  /** Runs what falls due until `end`. */
  runTo(end: number): void {
    for (;;) {
      const due = this.#waiting[0];
      if (due === undefined || due.at > end) break;
      this.#waiting.shift();
      if (due.task === undefined) continue;
      this.#now = due.at;
      due.task();
    }
    this.#now = end;
  }

  /** Tasks that wait and were not disposed. */
  get pending(): number {
    return this.#waiting.filter((due) => due.task !== undefined).length;
  }
}

const later = (a: Due, b: Due): boolean => a.at > b.at || (a.at === b.at && a.order > b.order);

export type Side = 'caller' | 'callee';
export const other = (side: Side): Side => (side === 'caller' ? 'callee' : 'caller');

/** One thing that a side put on the wire (`sent`) or got from it (`got`). */
export interface Passing {
  readonly what: 'sent' | 'got';
  readonly side: Side;
  readonly at: number;
  /** `INVITE`, or `200 INVITE`. */
  readonly text: string;
}

export interface WireConditions {
  readonly reliable: boolean;
  /** Shares, 0 to 1; of datagrams alone. */
  readonly loss: number;
  readonly duplication: number;
  /** One way, ms; drawn in 1024ths, so that sums are exact and hardly two things ever happen at once. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export const CALM: WireConditions = { reliable: false, loss: 0, duplication: 0, minDelayMs: 10, maxDelayMs: 60 };

const ADDRESS: Readonly<Record<Side, Address>> = {
  caller: { host: '192.0.2.1', port: 5060 },
  callee: { host: '192.0.2.2', port: 5060 },
};

/** One end of a wire. */
class End implements Flow {
  readonly kind: TransportKind;
  readonly reliable: boolean;
  readonly secure = false;
  readonly local: Address;
  readonly remote: Address;
  readonly advertised: Address;
  closed = false;
  far: End | undefined;
  readonly side: Side;
  readonly #world: World;
  /** Streams keep their order: nothing arrives before what went ahead of it. */
  #lastArrival = 0;

  constructor(world: World, side: Side, reliable: boolean) {
    this.#world = world;
    this.side = side;
    this.kind = reliable ? 'TCP' : 'UDP';
    this.reliable = reliable;
    this.local = this.advertised = ADDRESS[side];
    this.remote = ADDRESS[other(side)];
  }

  send(bytes: Uint8Array): void {
    const { time, conditions, chance } = this.#world;
    this.#world.left(bytes, this.side);
    const far = this.far!;
    if (this.closed) {
      time.after(0, () => this.#world.failed(this));
      return;
    }
    if (!this.reliable && chance.chance(conditions.loss)) return;
    this.#deliver(bytes, far);
    if (!this.reliable && chance.chance(conditions.duplication)) this.#deliver(bytes, far);
  }

  sibling(): Flow {
    return this.#world.connect(this.reliable)[this.side];
  }

  /** A stream ends for both sides; a datagram socket reports that a send failed. */
  break(): void {
    const { time } = this.#world;
    if (!this.reliable) return this.#world.failed(this);
    if (this.closed) return;
    const far = this.far!;
    this.closed = far.closed = true;
    this.#world.failed(this);
    time.after(1, () => this.#world.failed(far));
  }

  #deliver(bytes: Uint8Array, far: End): void {
    const { time } = this.#world;
    const drawn = time.now() + this.#world.delay();
    const at = this.reliable ? Math.max(drawn, this.#lastArrival) : drawn;
    this.#lastArrival = at;
    time.after(at - time.now(), () => {
      if (!far.closed) this.#world.arrived(bytes, far);
    });
  }
}

export type Ends = Readonly<Record<Side, Flow & { break(): void }>>;

export class World {
  readonly time = new Time();
  readonly chance: SeededRandom;
  readonly conditions: WireConditions;
  readonly passed: Passing[] = [];
  readonly layers: Readonly<Record<Side, TransactionLayer>>;
  /** Every pair of ends there ever was. */
  readonly ends: Ends[] = [];
  /** Whether `passed` is kept. */
  readonly #recording: boolean;
  #calls = 0;

  constructor(
    seed: number,
    conditions: Partial<WireConditions>,
    users: Readonly<Record<Side, Partial<TransactionLayerUser>>>,
    { limits = {}, recording = true }: { readonly limits?: TransactionLimits; readonly recording?: boolean } = {},
  ) {
    this.#recording = recording;
    this.chance = new SeededRandom(seed);
    this.conditions = { ...CALM, ...conditions };
    const layer = (side: Side): TransactionLayer =>
      new TransactionLayer({
        clock: this.time,
        random: this.chance.fork(),
        transport: { responseFlow: (_request, flow) => (flow.closed ? flow.sibling(5060) : flow) },
        limits,
        user: { ...SILENT, ...users[side] },
      });
    this.layers = { caller: layer('caller'), callee: layer('callee') };
  }

  connect(reliable = this.conditions.reliable): Ends {
    const ends = { caller: new End(this, 'caller', reliable), callee: new End(this, 'callee', reliable) };
    ends.caller.far = ends.callee;
    ends.callee.far = ends.caller;
    this.ends.push(ends);
    return ends;
  }

  request(method: Method, toTag = ''): SipRequest {
    this.#calls += 1;
    const headers = new HeaderList({
      'Max-Forwards': '70',
      From: `<sip:caller@example.com>;tag=from-${this.#calls}`,
      To: `<sip:callee@example.com>${toTag === '' ? '' : `;tag=${toTag}`}`,
      'Call-ID': `call-${this.#calls}@example.com`,
      CSeq: `1 ${method}`,
      Contact: '<sip:caller@192.0.2.1>',
    });
    return new SipRequest(method, parseUri('sip:callee@192.0.2.2')!, headers);
  }

  delay(): number {
    const { minDelayMs, maxDelayMs } = this.conditions;
    return minDelayMs + this.chance.integer((maxDelayMs - minDelayMs) * 1024) / 1024;
  }

  /** What is left in the tables, of both sides; undefined: nothing. */
  remains(): string | undefined {
    for (const side of ['caller', 'callee'] as const) {
      const left = Object.entries(this.layers[side].stats().live).filter(([, count]) => count !== 0);
      if (left.length > 0) return `${side}: ${left.map(([name, count]) => `${name} ${count}`).join(', ')}`;
    }
    return undefined;
  }

  /** Times at which `side` put this text on the wire. */
  sent(side: Side, text: string): number[] {
    return this.passed.filter((one) => one.what === 'sent' && one.side === side && one.text === text).map(({ at }) => at);
  }

  /** Times at which `side` got a message whose text begins so. */
  got(side: Side, text: string): number[] {
    return this.passed.filter((one) => one.what === 'got' && one.side === side && one.text.startsWith(text)).map(({ at }) => at);
  }

  left(bytes: Uint8Array, side: Side): void {
    if (this.#recording) this.#note('sent', side, read(bytes));
  }

  arrived(bytes: Uint8Array, at: End): void {
    const message = read(bytes);
    if (this.#recording) this.#note('got', at.side, message);
    this.layers[at.side].message(message, at);
  }

  failed(end: End): void {
    this.layers[end.side].flowFailed(end, new Error('the wire broke'));
  }

  #note(what: 'sent' | 'got', side: Side, message: SipMessage): void {
    const text = message.kind === 'request' ? message.method : `${message.status} ${message.cseq.method}`;
    this.passed.push({ what, side, at: this.time.now(), text });
  }
}

function read(bytes: Uint8Array): SipMessage {
  const verdict = parseMessage(bytes);
  if (!verdict.ok) throw new Error(`unreadable: ${verdict.rule}`);
  return verdict.message;
}

const SILENT: TransactionLayerUser = {
  request: () => undefined,
  ack: () => undefined,
  cancelUnmatched: () => undefined,
  strayResponse: (_response: SipResponse) => undefined,
};
