/**
 * What comes in no order that anybody thought of: each seed is one schedule of requests, responses, copies, CANCELs, broken wires and users that answer late, never
 * or twice, on both transaction layers. `SCHEDULES` says how many (2,000), `SEED` replays one.
 */
import { buildResponse, type ClientTransaction, type ClientTransactionUser, type Method, type ServerTransaction } from '@jackfield/sip';
import { SeededRandom } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { World, type Ends } from './world.ts';

const COUNT = Number(process.env['SCHEDULES'] ?? 2000);
const REPLAY = process.env['SEED'];
const METHODS: readonly Method[] = ['INVITE', 'INVITE', 'INVITE', 'OPTIONS', 'MESSAGE', 'BYE'];
const STATUSES = [100, 180, 183, 200, 202, 302, 404, 486, 487, 500, 603];
const FORGOTTEN_MS = 600_000;
/** Nothing may wait after the last INVITE was forgotten, its CANCEL given up, and timers H, D or M of that are over. */
const ALL_OVER_MS = 120_000 + FORGOTTEN_MS + 3 * 33_000;

/** What may be told to a user, and what never: held against every schedule. */
class Told implements ClientTransactionUser {
  finals = 0;
  failures = 0;
  ends = 0;
  #afterTheEnd = 0;
  readonly #invite: boolean;
  readonly #wrong: Set<string>;

  constructor(method: Method, wrong: Set<string>) {
    this.#invite = method === 'INVITE';
    this.#wrong = wrong;
  }

  response({ status }: { readonly status: number }): void {
    this.#afterTheEnd += this.ends;
    if (status >= 200) this.finals += 1;
    if (this.failures > 0) this.#wrong.add('a response after a failure');
    if (this.finals > 1 && !(this.#invite && status < 300)) this.#wrong.add('a second final response');
  }

  failed(): void {
    this.failures += 1;
    if (this.finals > 0) this.#wrong.add('a failure after the final response');
  }

  terminated(): void {
    this.ends += 1;
  }

  check(): void {
    if (this.ends !== 1) this.#wrong.add(`a client transaction that ended ${this.ends} times`);
    if (this.finals === 0 && this.failures !== 1) this.#wrong.add(`no final response and ${this.failures} failures`);
    if (this.#afterTheEnd > 0) this.#wrong.add('news after the end');
  }
}

class Schedule {
  readonly #world: World;
  readonly #draw: SeededRandom;
  readonly #wrong = new Set<string>();
  readonly #told: Told[] = [];
  readonly #ends: Ends;
  #served = 0;
  #servedOver = 0;

  constructor(seed: number) {
    this.#draw = new SeededRandom(seed);
    const draw = this.#draw;
    const reliable = draw.chance(0.35);
    const conditions = {
      reliable,
      loss: draw.pick([0, 0.05, 0.3, 0.7, 1]),
      duplication: draw.pick([0, 0.2]),
      minDelayMs: 1,
      maxDelayMs: draw.pick([50, 900, 6000]), // longer than T1 and than T4: copies overtake, and come when all is over
    };
    const limits = { maxUnansweredMs: FORGOTTEN_MS, ...(draw.chance(0.1) ? { maxFinished: 1 } : {}) };
    const callee = {
      request: (transaction: ServerTransaction) => this.#serve(transaction),
      cancelUnmatched: (it: ServerTransaction) => this.#answer(it, 481),
    };
    this.#world = new World(seed, conditions, { caller: {}, callee }, { limits, recording: false });
    this.#ends = this.#world.connect();
    for (let count = 1 + draw.integer(3); count > 0; count -= 1) this.#world.time.after(draw.integer(20_000), () => this.#ask());
    for (let count = draw.integer(3); count > 0; count -= 1) this.#world.time.after(draw.integer(60_000), () => this.#break());
  }

  run(): string | undefined {
    this.#world.time.runTo(ALL_OVER_MS);
    for (const told of this.#told) told.check();
    if (this.#served !== this.#servedOver) this.#wrong.add(`${this.#served} server transactions, ${this.#servedOver} ends`);
    const left = this.#world.remains();
    if (left !== undefined) this.#wrong.add(left);
    else if (this.#world.time.pending > 0) this.#wrong.add('a timer that nobody needs');
    return this.#wrong.size === 0 ? undefined : [...this.#wrong].join('; ');
  }

  #ask(): void {
    const draw = this.#draw;
    const method = draw.pick(METHODS);
    const told = new Told(method, this.#wrong);
    this.#told.push(told);
    const { caller } = this.#world.layers;
    const request = this.#world.request(method, method === 'BYE' ? 'callee' : '');
    const transaction = caller.request(request, this.#latest().caller, told);
    if (method !== 'INVITE') return;
    for (let count = draw.integer(3); count > 0; count -= 1) {
      this.#world.time.after(draw.integer(draw.pick([10, 1000, 40_000])), () => this.#cancel(transaction));
    }
  }

  #cancel(invite: ClientTransaction): void {
    const told = new Told('CANCEL', this.#wrong);
    const before = this.#world.layers.caller.stats().total['clientTransactions']!;
    this.#world.layers.caller.cancel(invite, undefined, told);
    if (this.#world.layers.caller.stats().total['clientTransactions']! > before) this.#told.push(told); // it waits for a provisional response otherwise
  }

  #serve(transaction: ServerTransaction): void {
    const draw = this.#draw;
    const { time } = this.#world;
    this.#served += 1;
    let over = false;
    const cancelled = (cancel: ServerTransaction): void => {
      this.#served += 1;
      cancel.user = { terminated: () => void (this.#servedOver += 1) };
      if (draw.chance(0.8)) this.#answer(cancel, 200);
      if (draw.chance(0.8)) time.after(draw.integer(3000), () => this.#answer(transaction, 487));
    };
    transaction.user = {
      ...(draw.chance(0.5) ? { cancelled } : {}),
      failed: () => {
        if (over) this.#wrong.add('a failure after the end');
      },
      acknowledged: () => {
        if (over) this.#wrong.add('an ACK after the end');
      },
      terminated: () => {
        if (over) this.#wrong.add('two ends');
        over = true;
        this.#servedOver += 1;
      },
    };
    for (let count = draw.pick([0, 1, 1, 2, 3, 5]); count > 0; count -= 1) {
      const status = draw.pick(STATUSES);
      const wait = draw.pick([0, 0, 150, 3000, 40_000, 110_000]);
      if (wait === 0) this.#answer(transaction, status);
      else time.after(draw.integer(wait), () => this.#answer(transaction, status));
    }
    for (let count = draw.integer(3); count > 0; count -= 1) time.after(draw.integer(40_000), () => transaction.resend());
  }

  #answer(transaction: ServerTransaction, status: number): void {
    transaction.respond(buildResponse(transaction.request, status, { toTag: 'callee' }));
  }

  #break(): void {
    this.#draw.pick(this.#world.ends)[this.#draw.pick(['caller', 'callee'] as const)].break();
  }

  #latest(): Ends {
    const open = this.#world.ends.findLast(({ caller }) => !caller.closed);
    return open ?? (this.#draw.chance(0.2) ? this.#ends : this.#world.connect()); // a flow that is closed already fails the request
  }
}

describe('transactions on random schedules', () => {
  it(
    `end each exactly once and leave nothing, whatever happens in which order (${REPLAY ?? COUNT})`,
    { timeout: 20 + COUNT * 30 + 10_000 },
    () => {
      if (REPLAY !== undefined) return expect(new Schedule(Number(REPLAY)).run()).toBeUndefined();
      const failed: string[] = [];
      for (let seed = 1; seed <= COUNT && failed.length < 10; seed += 1) {
        const wrong = new Schedule(seed).run();
        if (wrong !== undefined) failed.push(`SEED=${seed}: ${wrong}`);
      }
      expect(failed).toEqual([]);
    },
  );
});
