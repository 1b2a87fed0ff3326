import { readFileSync } from 'node:fs';
import { ladder, readLadders, type SessionLadder } from '@jackfield/session/testing';
import type { SipRequest } from '@jackfield/sip';
import type { Fields } from '@jackfield/sip/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { call, callPhone, PhoneCall, say, World } from '../world.ts';

const ladders = readLadders(readFileSync(new URL('F17-session-timers.txt', import.meta.url), 'utf8'));
const unplayed = new Set(ladders.keys());
afterAll(() => expect([...unplayed], 'ladders that nothing plays').toEqual([]));

/** Plays a ladder, compares, and finds nothing left behind. */
function plays(heading: string, run: (world: World, on: SessionLadder) => Promise<void>): void {
  it(heading, async () => {
    const expected = ladders.get(heading);
    if (expected === undefined) throw new Error(`there is no ladder "${heading}"`);
    unplayed.delete(heading);
    const world = new World();
    const on = ladder(world.bed);
    await run(world, on);
    const played = on.against(expected);
    await world.bed.close();
    expect(played).toEqual(expected);
    expect(world.bed.leftOver()).toEqual({});
  });
}

function up(on: SessionLadder): void {
  on.cut();
  on.note('the call is up');
}

const ALL = { Allow: 'INVITE, ACK, BYE, UPDATE' };
const NO_UPDATE = { Allow: 'INVITE, ACK, BYE' };
const timer = (refresher: 'uac' | 'uas', more: Fields = ALL): Fields => ({
  'Session-Expires': `90;refresher=${refresher}`,
  Require: 'timer',
  ...more,
});

describe('F17, session timers', () => {
  for (const [name, refresher] of [
    ['the caller refreshes, the callee hears it', 'local'],
    ['the callee refreshes, the caller hears it', 'remote'],
  ] as const) {
    plays(name, async (world, on) => {
      await call(world, { sessionExpires: 90, refresher }, {});
      up(on);
      await world.pass(91);
    });
  }

  plays('the caller refreshes a peer that has no UPDATE', async (world, on) => {
    const INVITE = (request: SipRequest, phone: Parameters<typeof say>[0]): void => say(phone, request, 200, timer('uac', NO_UPDATE));
    await callPhone(world, { sessionExpires: 90 }, { INVITE });
    up(on);
    await world.pass(46);
  });

  /** The phone calls bob, who answers. */
  async function called(world: World, fields: Fields): Promise<void> {
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    const phone = await world.phone();
    phone.always('INVITE', (request) => say(phone, request, 200, timer('uac')));
    phone.always('BYE', 200);
    const from = new PhoneCall(phone, bob, { Supported: 'timer', ...fields });
    await world.pass(0.05);
    from.ack();
    await world.pass(0.01);
  }

  plays('the callee refreshes a peer that has no UPDATE', async (world, on) => {
    await called(world, { 'Session-Expires': '90;refresher=uas', ...NO_UPDATE });
    up(on);
    await world.pass(46);
  });

  /** A call of alice's that she refreshes; the phone answers the UPDATEs with these, one after the other, and then with 200. */
  async function refreshing(world: World, on: SessionLadder, ...statuses: number[]): Promise<void> {
    await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) => say(phone, request, 200, timer('uac')),
        UPDATE: (request, phone) => {
          const status = statuses.shift();
          if (status === undefined) say(phone, request, 200, timer('uac'));
          else say(phone, request, status);
        },
      },
    );
    up(on);
  }

  plays('a refresh that cannot be had now: again after a quarter of what is left', async (world, on) => {
    await refreshing(world, on, 503);
    await world.pass(56);
  });

  plays('a refresh of a call that the peer has lost: BYE at once', async (world, on) => {
    await refreshing(world, on, 481);
    await world.pass(46);
  });

  plays('a refresh that is refused for good: BYE before the interval is over', async (world, on) => {
    await refreshing(world, on, 403);
    await world.pass(61);
  });

  for (const [name, refresher] of [
    ['the peer is gone, and the caller refreshes an interval of half an hour: BYE', 'local'],
    ['the peer is gone, and the callee refreshes an interval of half an hour: BYE', 'remote'],
  ] as const) {
    plays(name, async (world, on) => {
      const { alice, bob } = await call(world, { sessionExpires: 1800, refresher }, {});
      up(on);
      const [refreshes, gone] = refresher === 'local' ? [alice, bob] : [bob, alice];
      world.bed.network.path(refreshes.host, gone.host, { loss: 1 });
      await world.pass(970);
      for (let at = 0; at < on.steps.length; at += 1) expect(on.steps[at]).not.toContain(`${gone.name}: `);
    });
  }

  plays('the caller does not refresh: the callee ends the call before the interval is over', async (world, on) => {
    await called(world, { 'Session-Expires': '90;refresher=uac', ...ALL });
    up(on);
    await world.pass(61);
  });

  plays('the callee does not refresh: the caller ends the call before the interval is over', async (world, on) => {
    await callPhone(world, { sessionExpires: 90 }, { INVITE: (request, phone) => say(phone, request, 200, timer('uas')) });
    up(on);
    await world.pass(61);
  });

  plays('too short for the callee: 422, and the same INVITE with a longer interval', async (world) => {
    let asked = 0;
    const INVITE = (request: SipRequest, phone: Parameters<typeof say>[0]): void => {
      asked += 1;
      if (asked === 1) say(phone, request, 422, { 'Min-SE': '300' });
      else say(phone, request, 200, { ...timer('uac'), 'Session-Expires': '300;refresher=uac' });
    };
    const { phone } = await callPhone(world, { sessionExpires: 90 }, { INVITE });
    const invites = phone.received.flatMap((one) => (one.kind === 'request' && one.method === 'INVITE' ? [one] : []));
    expect(invites.map(({ headers }) => [headers.get('Session-Expires'), headers.get('Min-SE')])).toEqual([
      ['90', undefined],
      ['300', '300'],
    ]);
  });

  plays('too short for us: 422', async (world) => {
    const bob = await world.party('bob', {});
    const phone = await world.phone();
    const from = new PhoneCall(phone, bob, { Supported: 'timer', 'Session-Expires': '60' });
    await world.pass(0.1);
    expect(from.response.headers.get('Min-SE')).toBe('90');
    from.refused();
    await world.pass(0.01);
  });

  for (const role of ['callee', 'caller'] as const) {
    plays(`too short for us inside the call, as ${role}: 422, and the call goes on`, async (world, on) => {
      const { caller, callee } = await (role === 'callee' ? call(world, undefined, {}) : call(world, {}, undefined));
      const theirs = role === 'callee' ? caller : callee;
      up(on);
      world.cut();
      for (const method of ['INVITE', 'UPDATE'] as const) {
        const done = theirs.sendReinvite({ method, media: 'same', headers: { Require: 'timer', 'Session-Expires': '60' } });
        await world.pass(0.1);
        on.note(`${role === 'callee' ? 'alice' : 'bob'} hears ${(await done).kind}`);
      }
      expect(world.said.filter((line) => line.includes(' 422 ')).map((line) => line.split(' 422 ')[1])).toEqual([
        'INVITE Min-SE: 90',
        'UPDATE Min-SE: 90',
      ]);
      expect([caller.state, callee.state]).toEqual(['established', 'established']);
    });
  }
});
