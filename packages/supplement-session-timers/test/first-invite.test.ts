/** What the first INVITE and its answer agree on: 422 both ways, modes, peers without timers (RFC 4028 §7, §9). */
import { readTokens } from '@jackfield/session';
import type { Fields } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { registerSessionTimers, sessionTimer, type SessionTimersOptions } from '../src/index.ts';
import { call, callPhone, PhoneCall, say, World } from './world.ts';

const TIMER = { Supported: 'timer' };

/** What bob, set so, answers to an INVITE of a phone with these headers. */
async function answered(options: SessionTimersOptions, fields: Fields): Promise<string> {
  const world = new World();
  const bob = await world.party('bob', options);
  bob.service.onIncoming((session) => session.accept());
  const from = new PhoneCall(await world.phone(), bob, fields);
  await world.pass(0.1);
  from.ack();
  return world.said[1]!.replace(/^0 bob /, '')
    .replace(' INVITE', '')
    .replace(' sdp', '');
}

describe('the answer to a call', () => {
  it.each<{ options?: SessionTimersOptions; fields: Fields; says: string; because: string }>([
    { fields: { ...TIMER, 'Session-Expires': '89' }, says: '422 Min-SE: 90', because: 'that is too short' },
    { options: { minSE: 600 }, fields: { ...TIMER, x: '599' }, says: '422 Min-SE: 600', because: 'it is for us' },
    { fields: { Require: 'timer', 'Session-Expires': '30' }, says: '422 Min-SE: 90', because: 'who requires timers knows them' },
    {
      fields: { ...TIMER, 'Session-Expires': '90' },
      says: '200 Session-Expires: 90;refresher=uac Require: timer',
      because: 'that will do',
    },
    { fields: { ...TIMER, x: '300;refresher=uas' }, says: '200 Session-Expires: 300;refresher=uas', because: 'x is the compact form' },
    { fields: TIMER, says: '200 Session-Expires: 1800;refresher=uac Require: timer', because: 'we ask for one' },
    { fields: { Supported: 'TIMER' }, says: '200 Session-Expires: 1800;refresher=uac Require: timer', because: 'tags have no case' },
    { fields: {}, says: '200', because: 'the caller knows no timers' },
    { fields: { 'Session-Expires': '600' }, says: '200 Session-Expires: 600;refresher=uas', because: 'a proxy asks for one' },
    { fields: { 'Session-Expires': '30' }, says: '200', because: 'too short for us, and the caller cannot be told' },
    {
      fields: { ...TIMER, 'Session-Expires': 'soon' },
      says: '200 Session-Expires: 1800;refresher=uac Require: timer',
      because: 'that is no number',
    },
    { options: { mode: 'always' }, fields: {}, says: '200 Session-Expires: 1800;refresher=uas', because: 'we refresh alone' },
    { options: { mode: 'required' }, fields: {}, says: '421 Require: timer', because: 'no call without' },
    {
      options: { mode: 'required' },
      fields: TIMER,
      says: '200 Session-Expires: 1800;refresher=uac Require: timer',
      because: 'it knows them',
    },
    { options: { mode: 'off' }, fields: { ...TIMER, 'Session-Expires': '30' }, says: '200', because: 'we do not look' },
    { options: { mode: 'off' }, fields: { Require: 'timer' }, says: '420', because: 'we do not have them' },
  ])('is $says: $because', async ({ options = {}, fields, says }) => {
    expect(await answered(options, fields)).toBe(says);
  });

  it('provisional answers and refusals say nothing of timers', async () => {
    const world = new World();
    const bob = await world.party('bob', {});
    bob.service.onIncoming(async (session) => {
      await session.progress(183);
      await session.reject(486);
    });
    new PhoneCall(await world.phone(), bob, { ...TIMER, 'Session-Expires': '1800' });
    await world.pass(0.1);
    expect(world.said.slice(1)).toEqual(['0 bob 183 INVITE sdp', '0 bob 486 INVITE']);
    await world.bed.close();
    expect(world.bed.leftOver()).toEqual({});
  });
});

describe('our call', () => {
  it('says that it knows timers, and asks for one', async () => {
    const world = new World();
    const { phone } = await callPhone(world, { sessionExpires: 600, minSE: 300 }, {});
    const invite = phone.received[0]!;
    expect(readTokens(invite.headers, 'Supported')).toContain('timer');
    expect(['Session-Expires', 'Min-SE', 'Require'].map((name) => invite.headers.get(name))).toEqual(['600', '300', undefined]);
  });

  it('goes on without a timer where the callee knows none', async () => {
    const world = new World();
    const { session } = await callPhone(world, {}, {});
    expect([session.state, sessionTimer(session)]).toEqual(['established', undefined]);
    world.cut();
    await world.pass(4000);
    expect(world.said).toEqual([]);
  });

  it('refreshes alone where that is wanted always', async () => {
    const world = new World();
    const { session } = await callPhone(world, { mode: 'always', sessionExpires: 90 }, {});
    world.cut();
    await world.pass(100);
    expect(world.said).toEqual(
      [45, 90].flatMap((at) => [`${at} alice INVITE Session-Expires: 90;refresher=uac sdp`, `${at} phone 200 INVITE sdp`]),
    );
    expect(session.state).toBe('established');
  });

  it('requires timers where it is told to, and is refused by who has none', async () => {
    const world = new World();
    const { caller } = await call(world, { mode: 'required' }, undefined);
    expect(world.said).toEqual(['0 alice INVITE Session-Expires: 1800 Require: timer sdp', '0 bob 420 INVITE']);
    expect(await caller.ended).toMatchObject({ by: 'remote', status: 420 });
  });

  it('says nothing of timers where they are off', async () => {
    const world = new World();
    const { phone } = await callPhone(world, { mode: 'off' }, {});
    expect(phone.received[0]!.headers.get('Supported') ?? '').not.toContain('timer');
    expect(world.said[0]).toBe('0 alice INVITE sdp');
  });

  it('asks for more after 422, once for each who wants more', async () => {
    const world = new World();
    const { session } = await callPhone(
      world,
      { refresher: 'local' },
      {
        INVITE(request, phone) {
          const asked = Number.parseInt(request.headers.get('Session-Expires')!, 10);
          if (asked < 3600) say(phone, request, 422, { 'Min-SE': asked < 2400 ? '2400' : '3600' });
          else say(phone, request, 200, { 'Session-Expires': '3600;refresher=uac' });
        },
      },
    );
    expect(world.said).toEqual([
      '0 alice INVITE Session-Expires: 1800;refresher=uac sdp',
      '0 phone 422 INVITE Min-SE: 2400',
      '0 alice INVITE Session-Expires: 2400;refresher=uac Min-SE: 2400 sdp',
      '0 phone 422 INVITE Min-SE: 3600',
      '0 alice INVITE Session-Expires: 3600;refresher=uac Min-SE: 3600 sdp',
      '0 phone 200 INVITE Session-Expires: 3600;refresher=uac sdp',
    ]);
    expect(sessionTimer(session)).toEqual({ seconds: 3600, refresher: 'local', expired: false });
  });

  it('gives up with a callee that always wants more', async () => {
    const world = new World();
    const { session } = await callPhone(
      world,
      {},
      {
        INVITE(request, phone) {
          const asked = Number.parseInt(request.headers.get('Session-Expires')!, 10);
          say(phone, request, 422, { 'Min-SE': String(asked + 1) });
        },
      },
    );
    await world.pass(1);
    expect(world.said.filter((line) => line.includes('alice'))).toHaveLength(4);
    expect(await session.ended).toMatchObject({ by: 'remote', status: 422 });
    await world.pass(64);
    expect(world.bed.leftOver()).toEqual({});
  });

  it.each([{ 'Min-SE': '90' }, { 'Min-SE': 'more' }, {}])('takes a 422 with %j for a refusal', async (fields) => {
    const world = new World();
    const { session } = await callPhone(world, {}, { INVITE: (request, phone) => say(phone, request, 422, fields) });
    expect(world.said).toHaveLength(2);
    expect(await session.ended).toMatchObject({ by: 'remote', status: 422 });
  });

  it('keeps to what the callee said that won: a second 2xx changes nothing', async () => {
    const world = new World();
    const { session, phone } = await callPhone(
      world,
      {},
      {
        INVITE(request, to) {
          say(to, request, 200, { 'Session-Expires': '600;refresher=uac' });
          to.respond(request, 200, { toTag: 'other', contact: to.contact(), fields: { 'Session-Expires': '90;refresher=uas' } });
        },
      },
    );
    await world.pass(1);
    expect(phone.received.filter((message) => message.kind === 'request' && message.method === 'BYE')).toHaveLength(1);
    expect(sessionTimer(session)).toEqual({ seconds: 600, refresher: 'local', expired: false });
  });

  it('and two of ours come to terms by it', async () => {
    const world = new World();
    const { caller } = await call(world, { sessionExpires: 90 }, { minSE: 600 });
    expect(world.said.at(-1)).toBe('0 bob 200 INVITE Session-Expires: 600;refresher=uac Require: timer sdp');
    expect(sessionTimer(caller)?.seconds).toBe(600);
  });
});

describe('registering', () => {
  it('a second time is refused, and a call keeps what it began with', async () => {
    const world = new World();
    const alice = await world.party('alice');
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    const registration = registerSessionTimers(alice.service, { sessionExpires: 90 });
    expect(() => registerSessionTimers(alice.service)).toThrow(expect.objectContaining({ code: 'SESSION_NAME_TAKEN' }));
    const first = alice.service.create(bob.uri());
    await world.pass(1);
    registration.unregister();
    const second = alice.service.create(bob.uri());
    await world.pass(1);
    expect([sessionTimer(first)?.seconds, sessionTimer(second)]).toEqual([90, undefined]);
  });
});
