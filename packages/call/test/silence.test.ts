/** A peer that should send, and does not: the `silence` of audio, with real RTP between two telephones. */
import type { AudioOptions, Silence } from '@jackfield/sdp-audio';
import { describe, expect, it } from 'vitest';
import type { Call } from '../src/call.ts';
import { Exchange, NOTHING } from './exchange.ts';

interface Told extends Silence {
  readonly at: number;
}

/** A call that bob answers, who watches alice; alice says something for `ms` when asked to. */
async function watched(silence: Omit<NonNullable<AudioOptions['silence']>, 'on'>, on: () => void = () => {}) {
  const exchange = new Exchange();
  const told: Told[] = [];
  let began = 0;
  const alice = await exchange.telephone('alice');
  const bob = await exchange.telephone('bob', {
    silence: {
      ...silence,
      on: (_session, news) => {
        told.push({ ...news, at: exchange.bed.clock.now() - began });
        on();
      },
    },
  });
  let callee: Call | undefined;
  bob.calls.onCall(async (call) => {
    callee = call;
    await call.ring();
    await call.pause(1000);
    await call.early();
    await call.pause(30_000);
    await call.answer();
    began = exchange.bed.clock.now();
  });
  const calling = alice.calls.call(bob.party.uri());
  await exchange.pass(31_200);
  const caller = await calling;
  const say = async (ms: number): Promise<void> => {
    void caller.play(new Int16Array(ms * 8));
    await exchange.pass(ms);
  };
  const end = async (): Promise<void> => {
    void caller.hangup();
    await exchange.pass(1000);
    expect(await exchange.leftOver()).toEqual(NOTHING);
  };
  return { exchange, caller, callee: callee!, told, say, end };
}

describe('a peer that sends nothing', () => {
  it('is told of once, from when the call is answered: ringing with media is no silence', async () => {
    const { exchange, told, end } = await watched({ ms: 4000 });
    expect(told).toEqual([]);
    await exchange.pass(60_000);
    expect(told).toHaveLength(1);
    expect(told[0]!.held).toBe(false);
    expect(told[0]!.at).toBeGreaterThanOrEqual(4000);
    expect(told[0]!.at).toBeLessThanOrEqual(6000);
    await end();
  });

  it('is told of again after it has sent something, and not while it does', async () => {
    const { exchange, told, say, end } = await watched({ ms: 4000 });
    await exchange.pass(10_000);
    expect(told).toHaveLength(1);
    await say(10_000);
    expect(told).toHaveLength(1);
    await exchange.pass(10_000);
    expect(told).toHaveLength(2);
    await end();
  });

  it.each<{ who: 'caller' | 'callee'; heldMs: number | undefined; after: number; told: number; because: string }>([
    { who: 'caller', heldMs: undefined, after: 60_000, told: 0, because: 'it holds us, and is not watched then' },
    { who: 'caller', heldMs: 20_000, after: 19_000, told: 0, because: 'it holds us, and has its own time' },
    { who: 'caller', heldMs: 20_000, after: 31_000, told: 1, because: 'that is over too' },
    { who: 'callee', heldMs: 20_000, after: 60_000, told: 0, because: 'we hold it: nothing should come' },
  ])('on hold by $who, heldMs $heldMs, after $after ms: $told, since $because', async ({ who, heldMs, after, told: times }) => {
    const { exchange, caller, callee, told, end } = await watched({ ms: 4000, heldMs });
    void (who === 'caller' ? caller : callee).hold();
    await exchange.pass(200);
    await exchange.pass(after);
    expect(told.map(({ held }) => held)).toEqual(Array.from({ length: times }, () => true));
    void (who === 'caller' ? caller : callee).resume();
    await exchange.pass(8000);
    expect(told.map(({ held }) => held)).toEqual([...Array.from({ length: times }, () => true), false]);
    await end();
  });

  it('is as silent after an exchange that changes nothing', async () => {
    const { exchange, caller, told, end } = await watched({ ms: 4000 });
    for (let at = 0; at < 6; at += 1) {
      void caller.session.sendReinvite();
      await exchange.pass(1000);
    }
    expect(told).toHaveLength(1);
    await end();
  });

  it('may be hung up', async () => {
    let call: Call | undefined;
    const { exchange, callee, told } = await watched({ ms: 4000 }, () => void call?.hangup());
    call = callee;
    await exchange.pass(8000);
    expect([callee.session.state, told.length]).toEqual(['ended', 1]);
    expect(await exchange.leftOver()).toEqual(NOTHING);
  });
});
