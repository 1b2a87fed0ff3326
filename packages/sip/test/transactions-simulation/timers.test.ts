import { buildResponse, type ServerTransaction } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { World, type Side, type WireConditions } from './world.ts';

/** RFC 3261 §17, table 4, written out once more by hand: what the machines do is held against these, not against their own sums. */
const T1 = 500;
const T2 = 4000;
const T4 = 5000;
const END = 32_000; // 64·T1: timers B, D, F, H, J, L and M
const TIMER_A = [0, 500, 1500, 3500, 7500, 15_500, 31_500];
const TIMER_E = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
const TIMER_G = TIMER_E;

const SEEDS = Array.from({ length: 25 }, (_, index) => index + 1);
const LOSSES = [0, 0.1, 0.5, 1];

interface News {
  readonly at: number;
  readonly news: string;
}

interface Script {
  readonly method: 'INVITE' | 'OPTIONS';
  /** What the callee's user answers, ms after the request came. */
  readonly answers: readonly { readonly afterMs: number; readonly status: number }[];
}

/** One request, and everything that becomes of it. */
class Run {
  readonly world: World;
  /** Of the client's user and of the server's. */
  readonly client: News[] = [];
  readonly server: News[] = [];
  /** When each final response was handed to the server transaction. */
  readonly answered: number[] = [];

  constructor(seed: number, conditions: Partial<WireConditions>, script: Script) {
    this.world = new World(seed, conditions, { caller: {}, callee: { request: (transaction) => this.#serve(transaction, script) } });
    const { caller } = this.world.connect();
    const note = (news: string): void => void this.client.push({ at: this.world.time.now(), news });
    this.world.layers.caller.request(this.world.request(script.method), caller, {
      response: ({ status }) => note(String(status)),
      failed: (cause) => note(`failed ${cause}`),
      terminated: () => {
        note('over');
        this.#checkEnd('caller');
      },
    });
  }

  #serve(transaction: ServerTransaction, script: Script): void {
    const { time } = this.world;
    const note = (news: string): void => void this.server.push({ at: time.now(), news });
    transaction.user = {
      acknowledged: () => note('acknowledged'),
      failed: (cause) => note(`failed ${cause}`),
      terminated: () => {
        note('over');
        this.#checkEnd('callee');
      },
    };
    for (const { afterMs, status } of script.answers) {
      time.after(afterMs, () => {
        if (status >= 200) this.answered.push(time.now());
        transaction.respond(buildResponse(transaction.request, status, { toTag: 'callee' }));
        if (status >= 200 && status < 300 && script.method === 'INVITE') this.#repeat(transaction, T1, time.now() + END);
      });
    }
  }

  /** The only transaction of this side is over: no timer of it may wait, and no table know it. */
  #checkEnd(side: Side): void {
    if (this.world.sent('caller', 'CANCEL').length > 0) return; // a second one
    expect(Object.entries(this.world.layers[side].stats().live).filter(([, count]) => count !== 0)).toEqual([]);
  }

  /** The copies of a 2xx to INVITE are the user's affair (§13.3.1.4); here without an ACK to stop them. */
  #repeat(transaction: ServerTransaction, wait: number, end: number): void {
    const { time } = this.world;
    if (time.now() + wait >= end) return;
    time.after(wait, () => {
      transaction.resend();
      this.#repeat(transaction, Math.min(2 * wait, T2), end);
    });
  }
}

const first = (times: readonly number[]): number => times[0] ?? Infinity;
const overAt = (news: readonly News[]): number[] => news.filter((one) => one.news === 'over').map(({ at }) => at);
const failedAt = (news: readonly News[]): number[] => news.filter((one) => one.news === 'failed timeout').map(({ at }) => at);
const sorted = (times: readonly number[]): number[] => times.toSorted((a, b) => a - b);
/** A run that went on until nothing waits any more, one millisecond past `at`. */
const spent = ({ world }: Run, at: number): void => {
  world.time.runTo(at + 1);
  expect(world.remains()).toBeUndefined();
  expect(world.time.pending).toBe(0);
};

const each = (reliable: boolean) => LOSSES.map((loss) => ({ loss, reliable })).filter(({ loss }) => !reliable || loss === 0);
const ALL = [...each(false), ...each(true)];
const runs = (loss: number, reliable: boolean, script: Script, check: (run: Run) => void): void => {
  for (const seed of SEEDS) {
    const run = new Run(seed, { loss, reliable, duplication: loss > 0 && loss < 1 ? 0.1 : 0 }, script);
    run.world.time.runTo(200_000);
    check(run);
  }
};

describe('the INVITE client transaction on the virtual clock', () => {
  const script: Script = { method: 'INVITE', answers: [{ afterMs: 6000, status: 486 }] };

  it.each(ALL)('keeps timers A, B and D at a loss of $loss, reliable: $reliable', ({ loss, reliable }) => {
    runs(loss, reliable, script, (run) => {
      const { world, client } = run;
      const heard = first(world.got('caller', '')); // the first response of any kind
      const refused = world.got('caller', '486 INVITE').filter((at) => at <= first(overAt(client)));
      expect(world.sent('caller', 'INVITE')).toEqual(reliable ? [0] : TIMER_A.filter((at) => at < heard));
      expect(world.sent('caller', 'ACK')).toEqual(refused);
      if (heard === Infinity) {
        expect(client).toEqual([
          { at: END, news: 'failed timeout' },
          { at: END, news: 'over' },
        ]);
      } else {
        const over = first(refused) + (reliable ? 0 : END);
        expect(overAt(client)).toEqual([over]);
        expect(client.filter(({ news }) => news === '486')).toEqual([{ at: first(refused), news: '486' }]);
      }
    });
  });

  it.each(ALL)('passes every 2xx up for timer M at a loss of $loss, reliable: $reliable', ({ loss, reliable }) => {
    runs(loss, reliable, { method: 'INVITE', answers: [{ afterMs: 700, status: 200 }] }, (run) => {
      const { world, client } = run;
      const accepted = world.got('caller', '200 INVITE');
      const over = accepted.length === 0 ? END : first(accepted) + END;
      expect(overAt(client)).toEqual([over]);
      expect(client.filter(({ news }) => news === '200').map(({ at }) => at)).toEqual(accepted.filter((at) => at < over));
    });
  });
});

describe('the INVITE server transaction on the virtual clock', () => {
  it.each(ALL)('keeps timers G, H and I at a loss of $loss, reliable: $reliable', ({ loss, reliable }) => {
    runs(loss, reliable, { method: 'INVITE', answers: [{ afterMs: 900, status: 503 }] }, (run) => {
      const { world, server } = run;
      const copies = world.got('callee', 'INVITE');
      if (copies.length === 0) return expect(loss).toBeGreaterThan(0);
      const answer = first(run.answered);
      const acked = first(world.got('callee', 'ACK'));
      const repeats = reliable ? [0] : TIMER_G;
      const expected = [...repeats.map((ms) => answer + ms), ...copies.filter((at) => at > answer)].filter(
        (at) => at < Math.min(acked, answer + END),
      );
      expect(world.sent('callee', '503 INVITE')).toEqual(sorted(expected));
      expect(first(world.sent('callee', '100 INVITE'))).toBe(Math.min(copies[0]! + 200, copies[1] ?? Infinity));
      if (acked === Infinity) {
        expect(failedAt(server)).toEqual([answer + END]);
        expect(overAt(server)).toEqual([answer + END]);
      } else {
        expect(server).toEqual([
          { at: acked, news: 'acknowledged' },
          { at: acked + (reliable ? 0 : T4), news: 'over' },
        ]);
      }
      spent(run, Math.max(...overAt(run.client), ...overAt(server)));
    });
  });

  it.each(ALL)(
    'keeps timer L, and leaves the copies of its 2xx to the user, at a loss of $loss, reliable: $reliable',
    ({ loss, reliable }) => {
      runs(loss, reliable, { method: 'INVITE', answers: [{ afterMs: 100, status: 200 }] }, (run) => {
        const { world, server } = run;
        if (world.got('callee', 'INVITE').length === 0) return expect(loss).toBeGreaterThan(0);
        const answer = first(run.answered);
        expect(world.sent('callee', '200 INVITE')).toEqual(TIMER_G.map((ms) => answer + ms));
        expect(server).toEqual([{ at: answer + END, news: 'over' }]);
      });
    },
  );

  it('gives a refusal up at timer H when no ACK comes on a stream either', () => {
    const news: News[] = [];
    const note = (what: string): void => void news.push({ at: world.time.now(), news: what });
    const refuse = (transaction: ServerTransaction): void => {
      transaction.user = { failed: (cause) => note(`failed ${cause}`), terminated: () => note('over') };
      transaction.respond(buildResponse(transaction.request, 486, { toTag: 'callee' }));
    };
    const world = new World(1, { reliable: true }, { caller: {}, callee: { request: refuse } });
    const request = world.request('INVITE');
    world.layers.caller.sendStateless(request, world.connect().caller); // by somebody who knows no ACK
    world.time.runTo(100_000);
    const came = first(world.got('callee', 'INVITE'));
    expect(news).toEqual([
      { at: came + END, news: 'failed timeout' },
      { at: came + END, news: 'over' },
    ]);
    expect(world.sent('callee', '486 INVITE')).toEqual([came]);
    expect(world.remains()).toBeUndefined();
  });
});

describe('the non-INVITE client transaction on the virtual clock', () => {
  /** §17.1.2.2: T1 doubling to T2; once a provisional response is in, every wait that begins is T2. */
  function timerE(provisional: number, end: number): number[] {
    const times = [0];
    for (let wait = T1; ;) {
      const next = times.at(-1)! + wait;
      if (next >= end) return times;
      times.push(next);
      wait = provisional < next ? T2 : Math.min(2 * wait, T2);
    }
  }

  it.each(ALL)('keeps timers E, F and K at a loss of $loss, reliable: $reliable', ({ loss, reliable }) => {
    const answers = [
      { afterMs: 1000, status: 100 },
      { afterMs: 14_000, status: 200 },
    ];
    runs(loss, reliable, { method: 'OPTIONS', answers }, (run) => {
      const { world, client } = run;
      const final = first(world.got('caller', '200 OPTIONS'));
      const sends = reliable ? [0] : timerE(first(world.got('caller', '100 OPTIONS')), Math.min(final, END));
      expect(world.sent('caller', 'OPTIONS')).toEqual(sends);
      if (final > END) {
        expect(failedAt(client)).toEqual([END]);
        expect(overAt(client)).toEqual([END]);
      } else {
        expect(client.filter(({ news }) => news === '200')).toEqual([{ at: final, news: '200' }]);
        expect(overAt(client)).toEqual([final + (reliable ? 0 : T4)]);
      }
      if (loss === 1) expect(sends).toEqual(TIMER_E);
    });
  });
});

describe('the non-INVITE server transaction on the virtual clock', () => {
  it.each(ALL)('keeps timer J, and answers copies alone, at a loss of $loss, reliable: $reliable', ({ loss, reliable }) => {
    const answers = [
      { afterMs: 5000, status: 100 },
      { afterMs: 9000, status: 200 },
    ];
    runs(loss, reliable, { method: 'OPTIONS', answers }, (run) => {
      const { world, server } = run;
      const copies = world.got('callee', 'OPTIONS');
      if (copies.length === 0) return expect(loss).toBeGreaterThan(0);
      const came = copies[0]!;
      const answer = came + 9000;
      expect(world.sent('callee', '100 OPTIONS')).toEqual([came + 5000, ...copies.filter((at) => at > came + 5000 && at < answer)]);
      expect(world.sent('callee', '200 OPTIONS')).toEqual([answer, ...copies.filter((at) => at > answer && at < answer + END)]);
      expect(server).toEqual([{ at: answer + (reliable ? 0 : END), news: 'over' }]);
      spent(run, Math.max(...overAt(run.client), ...overAt(server)));
    });
  });

  it.each(ALL)('is over 64·T1 after its request when nobody answers, at a loss of $loss, reliable: $reliable', ({ loss, reliable }) => {
    runs(loss, reliable, { method: 'OPTIONS', answers: [] }, (run) => {
      const { world, server } = run;
      const came = world.got('callee', 'OPTIONS');
      if (came.length === 0) return expect(loss).toBeGreaterThan(0);
      expect(world.sent('callee', '408 OPTIONS')).toEqual([]); // RFC 4320 §4.2
      expect(server).toEqual([
        { at: came[0]! + END, news: 'failed timeout' },
        { at: came[0]! + END, news: 'over' },
      ]);
      spent(run, came[0]! + END);
    });
  });
});

describe('an INVITE that everybody forgot', () => {
  const HOUR = 3_600_000;

  it('is answered 408 by its server transaction, and cancelled by its client transaction, after an hour', () => {
    const run = new Run(1, {}, { method: 'INVITE', answers: [{ afterMs: 50, status: 180 }] });
    const { world } = run;
    world.time.runTo(HOUR - 1000);
    expect(run.client.map(({ news }) => news)).toEqual(['180']);
    world.time.runTo(HOUR + 100_000);
    const came = first(world.got('callee', 'INVITE'));
    expect(world.sent('callee', '408 INVITE')).toEqual([came + HOUR]);
    expect(run.server.map(({ news }) => news)).toEqual(['failed timeout', 'acknowledged', 'over']);
    expect(run.client.map(({ news }) => news)).toEqual(['180', '408', 'over']);
    expect(world.remains()).toBeUndefined();
  });

  it('ends at the client 64·T1 after its CANCEL when nobody hears that either', () => {
    const run = new Run(1, {}, { method: 'INVITE', answers: [] });
    const { world } = run;
    world.time.runTo(1000);
    const heard = first(world.got('caller', '100 INVITE'));
    world.layers.callee.close();
    world.time.runTo(2 * HOUR);
    expect(first(world.sent('caller', 'CANCEL'))).toBe(heard + HOUR);
    expect(run.client.slice(1)).toEqual([
      { at: heard + HOUR + END, news: 'failed timeout' },
      { at: heard + HOUR + END, news: 'over' },
    ]);
    expect(world.remains()).toBeUndefined();
  });
});
