/** Refreshes of calls that stand: by both sides, by UPDATE and re-INVITE, refused, overtaken (RFC 4028 §7.4, §10). */
import { incomingResponse, outgoingRequest } from '@jackfield/session/testing';
import type { SipRequest } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { sessionTimer } from '../src/index.ts';
import { sessionTimersSupplement } from '../src/supplement.ts';
import { call, callPhone, kindOf, PhoneCall, say, World } from './world.ts';

const TIMER = 'Session-Expires: 90;refresher=uac';
const NO_UPDATE = { Allow: 'INVITE, ACK, CANCEL, BYE' };
/** The phone leaves the refreshing to us. */
const yours = { 'Session-Expires': '90;refresher=uac', Require: 'timer' };

describe('who refreshes sends UPDATE without a description at half the interval', () => {
  it('the caller, unless somebody wants otherwise', async () => {
    const world = new World();
    const { caller, callee } = await call(world, { sessionExpires: 90 }, {});
    expect([sessionTimer(caller), sessionTimer(callee)]).toEqual([
      { seconds: 90, refresher: 'local', expired: false },
      { seconds: 90, refresher: 'remote', expired: false },
    ]);
    await world.pass(100);
    expect(world.said).toEqual([
      '0 alice INVITE Session-Expires: 90 sdp',
      `0 bob 200 INVITE ${TIMER} Require: timer sdp`,
      `45 alice UPDATE ${TIMER}`,
      `45 bob 200 UPDATE ${TIMER} Require: timer`,
      `90 alice UPDATE ${TIMER}`,
      `90 bob 200 UPDATE ${TIMER} Require: timer`,
    ]);
    await world.bed.close();
    expect(world.bed.leftOver()).toEqual({});
  });

  it.each([
    { alice: {}, bob: { refresher: 'local' }, wish: '', refresher: 'bob' },
    { alice: { refresher: 'remote' }, bob: {}, wish: ';refresher=uas', refresher: 'bob' },
    { alice: { refresher: 'local' }, bob: { refresher: 'local' }, wish: ';refresher=uac', refresher: 'alice' },
  ] as const)('$refresher, where alice is set to $alice.refresher and bob to $bob.refresher', async ({ alice, bob, wish, refresher }) => {
    const world = new World();
    await call(world, { sessionExpires: 90, ...alice }, bob);
    expect(world.said[0]).toBe(`0 alice INVITE Session-Expires: 90${wish} sdp`);
    await world.pass(100);
    const other = refresher === 'alice' ? 'bob' : 'alice';
    expect(world.said.slice(2)).toEqual([
      `45 ${refresher} UPDATE ${TIMER}`,
      `45 ${other} 200 UPDATE ${TIMER} Require: timer`,
      `90 ${refresher} UPDATE ${TIMER}`,
      `90 ${other} 200 UPDATE ${TIMER} Require: timer`,
    ]);
  });

  it('and a late response to an UPDATE that left before the call was answered stops nothing', async () => {
    const world = new World();
    const { caller } = await call(world, { sessionExpires: 90 }, {});
    const early = outgoingRequest('UPDATE');
    sessionTimersSupplement({ sessionExpires: 90 }).incomingResponse?.(caller, incomingResponse(early, 200));
    expect(sessionTimer(caller)).toEqual({ seconds: 90, refresher: 'local', expired: false });
  });

  it('Require is not there where we refresh', async () => {
    const world = new World();
    await call(world, { sessionExpires: 90 }, { refresher: 'local' });
    expect(world.said[1]).toBe('0 bob 200 INVITE Session-Expires: 90;refresher=uas sdp');
  });

  it('for a day, and nothing piles up', async () => {
    const world = new World();
    const { alice } = await call(world, {}, {});
    await world.pass(86_500);
    expect(world.said.filter((line) => line.includes('UPDATE Session') && line.includes('alice'))).toHaveLength(96);
    expect([...alice.service.sessions]).toHaveLength(1);
    await world.bed.close();
    expect(world.bed.leftOver()).toEqual({});
  });
});

describe('re-INVITE with what is active', () => {
  it('refreshes a callee without UPDATE, and its o= stays', async () => {
    const world = new World();
    const offers: string[] = [];
    const INVITE = (request: SipRequest, phone: Parameters<typeof say>[0]): void => {
      offers.push(/o=.*/.exec(Buffer.from(request.body!.bytes).toString())![0]);
      say(phone, request, 200, { ...yours, ...NO_UPDATE });
    };
    await callPhone(world, { sessionExpires: 90 }, { INVITE });
    world.cut();
    await world.pass(50);
    expect(world.said).toEqual([`45 alice INVITE ${TIMER} sdp`, `45 phone 200 INVITE ${TIMER} Require: timer sdp`]);
    expect(offers).toHaveLength(2);
    expect(offers[0]).toBe(offers[1]);
  });

  it('refreshes a caller without UPDATE', async () => {
    const world = new World();
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    const phone = await world.phone();
    phone.always('INVITE', (request) => say(phone, request, 200, yours));
    const from = new PhoneCall(phone, bob, { Supported: 'timer', 'Session-Expires': '90;refresher=uas', ...NO_UPDATE });
    await world.pass(0.1);
    from.ack();
    world.cut();
    await world.pass(100);
    expect(world.said).toEqual([
      `45 bob INVITE ${TIMER} sdp`,
      `45 phone 200 INVITE ${TIMER} Require: timer sdp`,
      `90 bob INVITE ${TIMER} sdp`,
      `90 phone 200 INVITE ${TIMER} Require: timer sdp`,
    ]);
  });

  it.each([405, 501])('at once where the UPDATE gets %i, and from then on', async (status) => {
    const world = new World();
    await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) => say(phone, request, 200, { ...yours, Allow: 'INVITE, ACK, BYE, UPDATE' }),
        UPDATE: (request, phone) => say(phone, request, status),
      },
    );
    world.cut();
    await world.pass(100);
    expect(world.said.filter((line) => line.includes('alice'))).toEqual([
      `45 alice UPDATE ${TIMER}`,
      `45 alice INVITE ${TIMER} sdp`,
      `90 alice INVITE ${TIMER} sdp`,
    ]);
  });
});

describe('whatever refreshes begins the interval anew', () => {
  it.each(['INVITE', 'UPDATE'])('%s of the peer, which refreshes', async (method) => {
    const world = new World();
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    const phone = await world.phone();
    const timer = { Supported: 'timer', 'Session-Expires': '90;refresher=uac' };
    const from = new PhoneCall(phone, bob, timer);
    await world.pass(0.1);
    from.ack();
    for (let refresh = 0; refresh < 3; refresh += 1) {
      await world.pass(55);
      from.send(method, timer);
      await world.pass(0.1);
      if (method === 'INVITE') from.ack();
    }
    expect([...bob.service.sessions].map(({ state }) => state)).toEqual(['established']);
    expect(world.said.filter((line) => line.includes(`bob 200 ${method} ${TIMER} Require: timer`))).not.toEqual([]);
  });

  it('one that says nothing of timers, by a peer that knows them: all stays as it is', async () => {
    const world = new World();
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    const phone = await world.phone();
    const from = new PhoneCall(phone, bob, { Supported: 'timer', 'Session-Expires': '90;refresher=uac' });
    await world.pass(0.1);
    from.ack();
    world.cut();
    from.send('UPDATE', {});
    await world.pass(0.1);
    expect(world.said).toEqual(['0 phone UPDATE', `0 bob 200 UPDATE ${TIMER} Require: timer`]);
  });

  it('but not an UPDATE before the answer: there is no session yet', async () => {
    const world = new World();
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.progress(180));
    const phone = await world.phone();
    const timer = { Supported: 'timer', 'Session-Expires': '60;refresher=uac' };
    const from = new PhoneCall(phone, bob, { Supported: 'timer' });
    await world.pass(0.1);
    from.send('UPDATE', timer);
    await world.pass(0.1);
    expect(world.said.at(-1)).toBe('0 bob 200 UPDATE');
  });

  it('what the peer said to be its shortest interval is told back', async () => {
    const world = new World();
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    const phone = await world.phone();
    const wish = { Supported: 'timer', 'Session-Expires': '200;refresher=uas', 'Min-SE': '120', Allow: 'UPDATE' };
    const from = new PhoneCall(phone, bob, wish);
    await world.pass(0.1);
    from.ack();
    world.cut();
    await world.pass(101);
    expect(world.said[0]).toBe('100 bob UPDATE Session-Expires: 200;refresher=uac Min-SE: 120');
  });

  it('a re-INVITE of the application, with other intervals agreed anew', async () => {
    const world = new World();
    const { session: caller } = await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) =>
          say(phone, request, 200, request.to.tag === undefined ? yours : { 'Session-Expires': '180;refresher=uas' }),
      },
    );
    await world.pass(30);
    expect(await Promise.all([kindOf(caller.sendReinvite()), world.pass(1)])).toContain('agreed');
    expect(sessionTimer(caller)).toEqual({ seconds: 180, refresher: 'remote', expired: false });
    world.cut();
    await world.pass(146);
    expect(world.said).toEqual([]);
    await world.pass(3);
    expect(world.said[0]).toContain('147 alice BYE Reason: SIP;cause=408');
  });

  it('of who does not refresh: the roles stay', async () => {
    const world = new World();
    const { caller, callee } = await call(world, { sessionExpires: 90 }, {});
    await world.pass(30);
    void callee.sendReinvite();
    await world.pass(1);
    expect(sessionTimer(caller)?.refresher).toBe('local');
    world.cut();
    await world.pass(46);
    expect(world.said).toEqual([`44 alice UPDATE ${TIMER}`, `44 bob 200 UPDATE ${TIMER} Require: timer`]);
  });

  it('a refresh that waits for an exchange under way is not sent when that refreshed', async () => {
    const world = new World();
    let slow: SipRequest | undefined;
    const { session, phone } = await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE(request, to) {
          if (request.to.tag === undefined) say(to, request, 200, { ...yours, Allow: 'INVITE, ACK, BYE, UPDATE' });
          else to.respond((slow = request), 100);
        },
      },
    );
    world.cut();
    await world.pass(44);
    const agreed = kindOf(session.sendReinvite());
    await world.pass(4);
    say(phone, slow!, 200, yours);
    await world.pass(1);
    expect(await agreed).toBe('agreed');
    expect(world.said.filter((line) => line.includes('alice'))).toEqual([`44 alice INVITE ${TIMER} sdp`]);
    await world.pass(45);
    expect(world.said.at(-2)).toBe(`93 alice UPDATE ${TIMER}`);
  });

  it('a 2xx without an interval ends the timer, not the call', async () => {
    const world = new World();
    const { session } = await callPhone(
      world,
      { sessionExpires: 90 },
      { INVITE: (request, phone) => say(phone, request, 200, { ...yours, Allow: 'UPDATE' }) },
    );
    await world.pass(50);
    expect(sessionTimer(session)).toBeUndefined();
    world.cut();
    await world.pass(1000);
    expect([world.said, session.state]).toEqual([[], 'established']);
  });
});

describe('a refresh that is refused', () => {
  it.each([
    { status: 503, at: [90, 100, 110, 120, 130, 140] },
    { status: 504, at: [90, 100, 110, 120, 130, 140] },
    { status: 500, at: [90, 100, 110, 120, 130, 140] },
    { status: 403, at: [90] },
  ])('with $status is tried at $at s, and the call ends before its interval', async ({ status, at }) => {
    const world = new World();
    const { session } = await callPhone(
      world,
      { sessionExpires: 180 },
      {
        INVITE: (request, phone) => say(phone, request, 200, { 'Session-Expires': '180;refresher=uac', Require: 'timer', Allow: 'UPDATE' }),
        UPDATE: (request, phone) => say(phone, request, status),
      },
    );
    world.cut();
    await world.pass(200);
    const alices = world.said.filter((line) => line.includes('alice'));
    expect(alices.slice(0, -1)).toEqual(at.map((second) => `${second} alice UPDATE Session-Expires: 180;refresher=uac`));
    expect(alices.at(-1)).toBe('148 alice BYE Reason: SIP;cause=408;text="Session timer expired"');
    expect((await session.ended).by).toBe('local');
  });

  it.each([404, 408, 481, 502])(
    'with %i ends the call at once: the peer has lost it, or is not reached any more (RFC 5057 §5)',
    async (status) => {
      const world = new World();
      const { session } = await callPhone(
        world,
        { sessionExpires: 180 },
        {
          INVITE: (request, phone) =>
            say(phone, request, 200, { 'Session-Expires': '180;refresher=uac', Require: 'timer', Allow: 'UPDATE' }),
          UPDATE: (request, phone) => say(phone, request, status),
        },
      );
      world.cut();
      await world.pass(200);
      expect(world.said.filter((line) => line.includes('alice')).map((line) => line.split(' ').slice(0, 3))).toEqual([
        ['90', 'alice', 'UPDATE'],
        ['90', 'alice', 'BYE'],
      ]);
      await expect(session.ended).resolves.toMatchObject({ by: 'core', status });
    },
  );

  it('with 503 once is a refresh later', async () => {
    const world = new World();
    const statuses = [503, 200];
    await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) => say(phone, request, 200, { ...yours, Allow: 'UPDATE' }),
        UPDATE: (request, phone) => say(phone, request, statuses.shift() ?? 200, yours),
      },
    );
    world.cut();
    await world.pass(105);
    expect(world.said.filter((line) => line.includes('alice'))).toEqual([45, 49, 94].map((at) => `${at} alice UPDATE ${TIMER}`));
  });

  it('with 491 is repeated by the core within seconds', async () => {
    const world = new World();
    const statuses = [491, 200];
    await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) => say(phone, request, 200, { ...yours, Allow: 'UPDATE' }),
        UPDATE: (request, phone) => say(phone, request, statuses.shift() ?? 200, yours),
      },
    );
    world.cut();
    await world.pass(50);
    expect(world.said).toHaveLength(4);
    expect(world.said.at(-1)).toMatch(/^4[789] phone 200 UPDATE/);
  });

  it.each([481, 408])('with %i ends the call at once', async (status) => {
    const world = new World();
    const { session } = await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) => say(phone, request, 200, { ...yours, Allow: 'UPDATE' }),
        UPDATE: (request, phone) => say(phone, request, status),
      },
    );
    world.cut();
    await world.pass(50);
    expect(await session.ended).toMatchObject({ by: 'core', status });
    expect(world.said.map((line) => line.split(' ').slice(0, 3).join(' '))).toContain('45 alice BYE');
  });

  it('because another supplement failed, is tried again', async () => {
    const world = new World();
    let fails = 1;
    const alice = await world.party('alice', { sessionExpires: 90 });
    alice.service.registerSupplement({
      name: 'brittle',
      methods: ['UPDATE'],
      outgoingRequest() {
        fails -= 1;
        if (fails >= 0) throw new Error('not now');
      },
    });
    const bob = await world.party('bob', {});
    bob.service.onIncoming((session) => session.accept());
    alice.service.create(bob.uri());
    await world.pass(60);
    expect(world.said[2]).toBe(`49 alice UPDATE ${TIMER}`);
    expect(alice.errors.map(({ code }) => code)).toEqual(['SESSION_HOOK_FAILED']);
  });

  it('with 422 asks for more, and goes on with that', async () => {
    const world = new World();
    const { session } = await callPhone(
      world,
      { sessionExpires: 90 },
      {
        INVITE: (request, phone) => say(phone, request, 200, { ...yours, Allow: 'UPDATE' }),
        UPDATE(request, phone) {
          const seconds = request.headers.get('Session-Expires');
          if (seconds?.startsWith('90')) say(phone, request, 422, { 'Min-SE': '120' });
          else say(phone, request, 200, { 'Session-Expires': seconds, Require: 'timer' });
        },
      },
    );
    world.cut();
    await world.pass(46);
    expect(world.said).toEqual([
      `45 alice UPDATE ${TIMER}`,
      '45 phone 422 UPDATE Min-SE: 120',
      '45 alice UPDATE Session-Expires: 120;refresher=uac Min-SE: 120',
      '45 phone 200 UPDATE Session-Expires: 120;refresher=uac Require: timer',
    ]);
    world.cut();
    await world.pass(60);
    expect(world.said[0]).toBe('59 alice UPDATE Session-Expires: 120;refresher=uac Min-SE: 120');
    expect(sessionTimer(session)?.seconds).toBe(120);
  });

  it.each(['INVITE', 'UPDATE'])(
    'of theirs is refused where its %s asks for too little: 422 with Min-SE, and the timer runs on',
    async (method) => {
      const world = new World();
      const bob = await world.party('bob', { minSE: 120 });
      bob.service.onIncoming((session) => session.accept());
      const from = new PhoneCall(await world.phone(), bob, { Supported: 'timer', 'Session-Expires': '180;refresher=uac' });
      await world.pass(0.1);
      from.ack();
      await world.pass(60);
      const session = [...bob.service.sessions][0]!;
      from.send(method, { Supported: 'timer', 'Session-Expires': '119;refresher=uac' });
      await world.pass(0.1);
      expect([from.response.status, from.response.headers.get('Min-SE')]).toEqual([422, '120']);
      expect(sessionTimer(session)).toEqual({ seconds: 180, refresher: 'remote', expired: false });
      await world.pass(80); // 180 s less a third, or 32 s, after the INVITE
      expect(session.state).toBe('established');
      await world.pass(10);
      expect(world.said.at(-1)).toContain('bob BYE');
      await world.bed.close();
    },
  );
});
