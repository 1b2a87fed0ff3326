/** A side that is gone, with its machine or its network: the other one ends the call (RFC 4028 §10). */
import type { SessionEnd } from '@jackfield/session';
import { describe, expect, it } from 'vitest';
import { sessionTimer, type SessionTimersOptions } from '../src/index.ts';
import { call, World } from './world.ts';

/** How long BYE is repeated where nobody answers: 64·T1, s. */
const BYE = 32;

interface Alone {
  readonly stays: 'alice' | 'bob';
  readonly refresher: 'alice' | 'bob';
  readonly seconds: number;
  /** Of the BYE, or of who the core ends; s after the call began. */
  readonly at: number;
  readonly end: Partial<SessionEnd>;
}

describe('a side whose peer is gone', () => {
  it.each<Alone>([
    { stays: 'alice', refresher: 'alice', seconds: 90, at: 60, end: { by: 'local' } },
    { stays: 'alice', refresher: 'bob', seconds: 90, at: 60, end: { by: 'local' } },
    { stays: 'bob', refresher: 'alice', seconds: 90, at: 60, end: { by: 'local' } },
    { stays: 'bob', refresher: 'bob', seconds: 90, at: 60, end: { by: 'local' } },
    { stays: 'bob', refresher: 'alice', seconds: 1800, at: 1768, end: { by: 'local' } },
    { stays: 'alice', refresher: 'alice', seconds: 1800, at: 932, end: { by: 'core', status: 408 } },
    { stays: 'bob', refresher: 'bob', seconds: 1800, at: 932, end: { by: 'core', status: 408 } },
  ])('$stays, where $refresher refreshes, ends a call of $seconds s after $at s', async ({ stays, refresher, seconds, at, end }) => {
    const world = new World();
    const alices: SessionTimersOptions = { sessionExpires: seconds, refresher: refresher === 'alice' ? 'local' : 'remote' };
    const { alice, bob, caller, callee } = await call(world, alices, {});
    world.bed.network.partition(alice.host, bob.host);
    const session = stays === 'alice' ? caller : callee;
    await world.pass(at - 1);
    expect(session.state).toBe('established');
    await world.pass(2);
    expect(session.state).toBe('ending');
    const bye = world.said.find((line) => line.includes(`${stays} BYE`));
    expect(bye).toBe(`${at} ${stays} BYE${end.by === 'local' ? ' Reason: SIP;cause=408;text="Session timer expired"' : ''}`);
    await world.pass(BYE);
    expect(await session.ended).toMatchObject(end);
    expect(world.atEnd[stays]).toEqual({ seconds, refresher: stays === refresher ? 'local' : 'remote', expired: end.by === 'local' });
    expect(sessionTimer(session)).toBeUndefined();
    await world.pass(2000);
    expect(world.bed.leftOver()).toEqual({});
  });

  it('and came back without the call, is found out by the next refresh', async () => {
    const world = new World();
    const { alice, bob, caller, callee } = await call(world, { sessionExpires: 300 }, {});
    world.bed.network.partition(alice.host, bob.host);
    void callee.end();
    await world.pass(50);
    world.bed.network.heal();
    world.cut();
    await world.pass(101);
    expect(await caller.ended).toMatchObject({ by: 'core', status: 481 });
    expect(world.said.slice(0, 3)).toEqual(['100 alice UPDATE Session-Expires: 300;refresher=uac', '100 bob 481 UPDATE', '100 alice BYE']);
  });

  it('without timers stays for ever: that is what they are for', async () => {
    const world = new World();
    const { alice, bob, caller, callee } = await call(world, { mode: 'off' }, {});
    world.bed.network.partition(alice.host, bob.host);
    await world.pass(86_400);
    expect([caller.state, callee.state]).toEqual(['established', 'established']);
  });
});

describe('a network that loses messages', () => {
  const SECONDS = 90;
  const SEEDS = Array.from({ length: 40 }, (_, seed) => seed + 1);

  /** A call over it, for ten intervals; then one side goes. @returns how long the call stood, s */
  async function live(seed: number, loss: number): Promise<number> {
    const world = new World({ seed, conditions: { minDelayMs: 5, maxDelayMs: 80, loss, duplication: loss / 4, reordering: loss / 4 } });
    const wishes = ['auto', 'local', 'remote'] as const;
    const { alice, bob, caller } = await call(world, { sessionExpires: SECONDS, refresher: wishes[seed % 3] }, {});
    await world.pass(40);
    const begun = caller.state === 'established';
    let stood = 40;
    while (stood < 10 * SECONDS && caller.state === 'established') {
      await world.pass(10);
      stood += 10;
    }
    world.bed.network.partition(alice.host, bob.host);
    await world.pass(SECONDS + BYE + 1);
    expect([alice, bob].flatMap(({ service }) => [...service.sessions].map(({ state }) => state))).toEqual([]);
    await world.pass(64);
    expect(world.bed.leftOver()).toEqual({});
    const own = [...alice.errors, ...bob.errors].filter(({ message }) => message.includes('session-timers'));
    expect(own).toEqual([]);
    return begun ? stood : 0;
  }

  it.each([
    { loss: 0.1, through: 38 },
    { loss: 0.2, through: 30 },
    { loss: 0.4, through: 2 },
  ])(
    'of $loss: both sides end within the interval and 64·T1 after one is gone, and calls stand until then',
    { timeout: 120_000 },
    async ({ loss, through }) => {
      const stood: number[] = [];
      for (const seed of SEEDS) stood.push(await live(seed, loss));
      expect(stood.filter((seconds) => seconds >= 10 * SECONDS).length).toBeGreaterThanOrEqual(through);
    },
  );
});
