/** The flows of a call with SIPp as the caller: what is said before the answer, crossed requests, timers, transfers, digest inside the call. */
import { createCalls, type Calls } from '@jackfield/call';
import { defineEndpoint } from '@jackfield/session';
import { createDigestAuthenticator, createSipStack, udp } from '@jackfield/sip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, ask, endOfCalled, isCalled } from '../harness/called.ts';
import { bodyOf, came, directionOf, okTo, timeOf } from '../harness/heard.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import {
  ack,
  ackOfFailure,
  audio,
  established,
  expectAnswer,
  expectChallenge,
  expectReliable,
  expectRequest,
  expectStatus,
  hangUp,
  invite,
  isHungUp,
  prack,
  request,
  response,
  scenario,
  type Step,
  type Steps,
} from '../harness/scenario.ts';
import { sipp, startSipp, type SippRun } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
/** How many times as fast the time goes for those who wait long; 1 takes 70 seconds and more. `load.test.ts` has expiry on the clock as it is. */
const SPEED = Number(process.env['SPEED'] ?? 5);
const T1 = 500 / SPEED;

const RELIABLE = { headers: ['Supported: 100rel', 'Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE'] };
const inviteReliably = (body = audio()): Step => request('INVITE', 1, { ...RELIABLE, body });

describe.skipIf(skipped).concurrent(`SIPp calls${note}`, () => {
  let machine: Machine;
  let hasty: Machine;
  beforeAll(async () => {
    [machine, hasty] = await Promise.all([Machine.start({ trace: true }), Machine.start({ speed: SPEED, trace: true })]);
  });
  afterAll(async () => {
    const held = await Promise.all([machine, hasty].map(async (one) => (await one.stats()).sessions.live));
    await Promise.all([machine.stop(), hasty.stop()]);
    expect(held).toEqual([
      { sessions: 0, admissions: 0, streams: 0 },
      { sessions: 0, admissions: 0, streams: 0 },
    ]);
  });

  async function call(dial: string, ...steps: Steps): Promise<SippRun> {
    const run = await sipp({ remote: machine.address, dial, scenario: scenario(...steps) });
    expect([run.errors, run.code, run.counts.retransmissions]).toEqual(['', 0, 0]);
    return run;
  }
  async function callHasty(...steps: Steps): Promise<SippRun> {
    const run = await sipp({ remote: hasty.address, scenario: scenario(...steps), timeoutSeconds: 90 / SPEED + 20 });
    expect([run.errors, run.code]).toEqual(['', 0]);
    return run;
  }

  // first, for they take longest: the others run beside them
  describe('in time', { timeout: 120_000 }, () => {
    it('a 2xx without its ACK is repeated, and after 64·T1 the call is hung up', async () => {
      const run = await callHasty(invite(), expectStatus(200), isHungUp(40_000 / SPEED + 2000));
      const [first, ...copies] = run.messages.filter(({ text }) => text.startsWith('SIP/2.0 200') && text.includes(' INVITE\n'));
      expect(copies.length).toBeGreaterThanOrEqual(9);
      expect(new Set(copies.map(({ text }) => text))).toEqual(new Set([first!.text]));
      const bye = run.messages.find(({ text }) => text.startsWith('BYE '))!;
      expect(Math.floor((bye.atMs - first!.atMs) / T1)).toBeGreaterThanOrEqual(63);
      expect((bye.atMs - first!.atMs) / T1).toBeLessThan(80);
    });

    const timed = (refresher: string, seconds = 90): string[] => [
      'Supported: timer',
      'Allow: INVITE, ACK, CANCEL, BYE, UPDATE',
      `Session-Expires: ${seconds}${refresher}`,
    ];

    it('a caller that refreshes no more is hung up half a minute before its session expires', async () => {
      const run = await callHasty(
        [request('INVITE', 1, { body: audio(), headers: timed(';refresher=uac') }), expectStatus(200), ack()],
        isHungUp(75_000 / SPEED + 2000),
      );
      const [answered] = okTo(run, 'INVITE');
      expect(answered).toMatch(/^Session-Expires: 90;refresher=uac$/m);
      expect(answered).toMatch(/^Require: timer$/m);
      const [from, to] = ['SIP/2.0 200', 'BYE '].map((start) => timeOf(run, start));
      expect(((to! - from!) / 1000) * SPEED).toBeCloseTo(60, -1);
    });

    it('where we refresh, UPDATE comes after half of the interval', async () => {
      const run = await callHasty(
        [request('INVITE', 1, { body: audio(), headers: timed(';refresher=uas') }), expectStatus(200), ack()],
        [expectRequest('UPDATE', 60_000 / SPEED + 2000), response('200 OK', '', ['Require: timer', 'Session-Expires: 90;refresher=uac'])],
        hangUp(2),
      );
      const [update] = came(run, 'UPDATE ');
      expect(update).toMatch(/^Session-Expires: 90;refresher=uac$/m);
      const [from, to] = ['SIP/2.0 200', 'UPDATE '].map((start) => timeOf(run, start));
      expect(((to! - from!) / 1000) * SPEED).toBeCloseTo(45, -1);
    });

    it('an interval below 90 s is refused with 422, which says what would do', async () => {
      const again = request('INVITE', 2, { body: audio(), anew: true, headers: [...timed(''), 'Min-SE: 90'] });
      const run = await call(
        'echo',
        [request('INVITE', 1, { body: audio(), headers: timed('', 60) }), expectStatus(422), ackOfFailure()],
        [again, expectStatus(200), ack(2)],
        hangUp(3),
      );
      expect(came(run, 'SIP/2.0 422')[0]).toMatch(/^Min-SE: 90$/m);
    });
  });

  describe('before the answer', () => {
    it('rel: 183 brings the answer and waits for its PRACK, and 200 a second later brings none', async () => {
      const run = await call(
        'rel',
        inviteReliably(),
        expectReliable(183),
        prack(2),
        expectStatus(200),
        expectStatus(200),
        ack(),
        hangUp(3),
      );
      const [early] = came(run, 'SIP/2.0 183');
      expect(early).toMatch(/^Require: 100rel$/m);
      expect(early).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 101$/m);
      expect([okTo(run, 'PRACK').length, okTo(run, 'INVITE').map(bodyOf)]).toEqual([1, ['']]);
      const answered = run.messages.find(({ text }) => text.startsWith('SIP/2.0 200') && text.includes(' INVITE\n'))!.atMs;
      expect(answered - timeOf(run, 'PRACK ')).toBeGreaterThan(900);
    });

    it('rel: where the PRACK is late, 183 comes again, the same', async () => {
      const pause = '<pause milliseconds="1200"/>';
      const steps = [inviteReliably(), expectReliable(183), pause, prack(2), expectStatus(200), expectStatus(200), ack(), hangUp(3)];
      const run = await sipp({ remote: machine.address, dial: 'rel', scenario: scenario(steps) });
      expect([run.errors, run.code]).toEqual(['', 0]);
      const copies = came(run, 'SIP/2.0 183');
      expect([copies.length, new Set(copies).size]).toEqual([2, 1]);
    });

    it('rel: an INVITE without an offer gets ours in 183, and its PRACK answers', async () => {
      const answered = [prack(2, `${audio()}m=video 0 RTP/AVP 96\r\n`), expectStatus(200), expectStatus(200), ack(), hangUp(3)];
      const run = await call('rel', inviteReliably(''), expectReliable(183), answered);
      expect(bodyOf(came(run, 'SIP/2.0 183')[0]!)).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 8 101$/m);
      expect(okTo(run, 'INVITE').map(bodyOf)).toEqual(['']);
    });

    it('rel: a PRACK may offer anew, and its 200 answers', async () => {
      const offered = [prack(2, audio('sendonly', [0, 101], 2)), expectStatus(200), expectStatus(200), ack(), hangUp(3)];
      const run = await call('rel', inviteReliably(), expectReliable(183), offered);
      expect(okTo(run, 'PRACK').map(directionOf)).toEqual(['recvonly']);
    });

    it('rel: UPDATE changes the media of a call that is not answered yet', async () => {
      const update = [request('UPDATE', 3, { body: audio('sendonly', [0, 101], 2) }), expectStatus(200)];
      const run = await call(
        'rel',
        [inviteReliably(), expectReliable(183), prack(2), expectStatus(200)],
        update,
        [expectStatus(200), ack()],
        hangUp(4),
      );
      expect(okTo(run, 'UPDATE').map(directionOf)).toEqual(['recvonly']);
      expect(okTo(run, 'INVITE').map(bodyOf)).toEqual(['']);
    });

    it('rel: a PRACK of nothing that was sent is 481, and the right one counts', async () => {
      const wrong = request('PRACK', 2, { headers: ['RAck: 1 77 INVITE'] });
      await call(
        'rel',
        [inviteReliably(), expectReliable(183), wrong, expectStatus(481)],
        [prack(3), expectStatus(200), expectStatus(200), ack(), hangUp(4)],
      );
    });

    it('rel: who does not speak 100rel is answered at once', async () => {
      const run = await call('rel', established, hangUp(2));
      expect(came(run, 'SIP/2.0 18')).toEqual([]);
    });

    it('a CANCEL that crosses the 200 ends nothing: it gets its 200, and the call stands', async () => {
      const crossing = [request('CANCEL', 1, { branch: 'INVITE-1', anew: true }), expectStatus(200)];
      const steps = [invite(), expectAnswer(), crossing, request('ACK', 1, { kept: true })];
      const run = await call('echo', steps, request('INFO', 2, { kept: true }), expectStatus(200), hangUp(3));
      expect([okTo(run, 'CANCEL').length, okTo(run, 'INVITE').length]).toEqual([1, 1]);
    });
  });

  describe('in a call', () => {
    it('UPDATE holds and resumes, and one without an offer only refreshes', async () => {
      const run = await call(
        'echo',
        established,
        [request('UPDATE', 2, { body: audio('sendonly', [0, 101], 2) }), expectStatus(200)],
        [request('UPDATE', 3, { body: audio('sendrecv', [0, 101], 3) }), expectStatus(200)],
        [request('UPDATE', 4), expectStatus(200)],
        hangUp(5),
      );
      const answers = okTo(run, 'UPDATE');
      expect(answers.slice(0, 2).map(directionOf)).toEqual(['recvonly', 'sendrecv']);
      expect(bodyOf(answers[2]!)).toBe('');
    });

    it('an UPDATE without a codec of ours is refused with 488, and the call goes on', async () => {
      await call('echo', established, request('UPDATE', 2, { body: audio('sendrecv', [18], 2) }), expectStatus(488), hangUp(3));
    });

    it('a re-INVITE without an offer gets ours, of the same stream, and its ACK answers', async () => {
      const run = await call(
        'echo',
        established,
        request('INVITE', 2),
        expectStatus(200),
        ack(2, audio('sendrecv', [0, 101], 2)),
        hangUp(3),
      );
      const ports = okTo(run, 'INVITE').map((text) => /^m=audio (\d+) /m.exec(text)![1]);
      expect(ports[1]).toBe(ports[0]);
    });

    it('crossed re-INVITEs: both get 491, and ours comes again', async () => {
      const run = await call(
        'reinvite',
        established,
        [isCalled(), request('INVITE', 2, { body: audio('sendrecv', [0, 101], 2) }), expectStatus(491), ackOfFailure(2)],
        [answer('491 Request Pending', { tag: undefined }), expectRequest('ACK'), endOfCalled],
        [expectRequest('INVITE'), response('200 OK', audio('sendrecv', [0, 101], 2)), expectRequest('ACK')],
        hangUp(3),
      );
      const [first, second] = came(run, 'INVITE ');
      expect(bodyOf(second!)).toBe(bodyOf(first!));
    });

    it('a re-INVITE of ours that is refused leaves the call as it was', async () => {
      const refused = [expectRequest('INVITE'), response('488 Not Acceptable Here'), expectRequest('ACK')];
      await call('reinvite', established, refused, request('INFO', 2), expectStatus(200), hangUp(3));
    });

    it('a re-INVITE of ours that is answered 481 ends it', async () => {
      const gone = [expectRequest('INVITE'), response('481 Call/Transaction Does Not Exist'), expectRequest('ACK')];
      await call('reinvite', established, gone, isHungUp());
    });

    it('a BYE that crosses our re-INVITE is answered, and the INVITE may be refused', async () => {
      const crossed = [isCalled(), request('BYE', 2), expectStatus(200)];
      const refused = [answer('487 Request Terminated', { tag: undefined }), expectRequest('ACK'), endOfCalled];
      const run = await call('reinvite', established, crossed, refused);
      expect(okTo(run, 'BYE')).toHaveLength(1);
    });
  });

  describe('REFER', () => {
    const told = (status: number): readonly Step[] =>
      Array.from({ length: status }, () => [expectRequest('NOTIFY'), response('200 OK')]).flat();
    const refer = (target: string): Step => request('REFER', 2, { headers: [`Refer-To: <${target}>`] });
    const fragments = (run: SippRun): readonly (string | undefined)[] =>
      came(run, 'NOTIFY ').map((text) => /^SIP\/2\.0 (\d+)/m.exec(bodyOf(text))?.[1]);

    it('the target is called by UDP, and each step is told', async () => {
      const target = await startSipp({
        scenario: scenario(
          [isCalled(), answer('180 Ringing'), '<pause milliseconds="300"/>', answer('200 OK', { body: audio() }), expectRequest('ACK')],
          ['<pause milliseconds="500"/>', ask('BYE', 1), expectStatus(200), endOfCalled],
        ),
      });
      const run = await call('echo', established, refer(`sip:target@127.0.0.1:${target.port}`), expectStatus(202), told(3), hangUp(3));
      expect(fragments(run)).toEqual(['100', '180', '200']);
      const states = came(run, 'NOTIFY ').map((text) => /^Subscription-State: (\w+)/m.exec(text)![1]);
      expect(states).toEqual(['active', 'active', 'terminated']);
      const { errors, code, messages } = await target.run;
      expect([errors, code]).toEqual(['', 0]);
      expect(messages[0]!.text).toMatch(/^INVITE sip:target@127\.0\.0\.1:\d+ SIP\/2\.0\nVia: SIP\/2\.0\/UDP /);
    });

    it('or by TCP, where its URI says so', async () => {
      const run = await call('echo', established, refer(hasty.uri('hangup', 'tcp')), expectStatus(202), told(2), hangUp(3));
      expect(fragments(run)).toEqual(['100', '200']);
      await hasty.child.line(/us <-- TCP 127\.0\.0\.1:\d+ {2}INVITE \+sdp$/);
    });

    it('a target that refuses is told of too, and the call goes on', async () => {
      const run = await call(
        'echo',
        established,
        refer(hasty.uri('busy', 'udp')),
        expectStatus(202),
        told(2),
        request('INFO', 3),
        expectStatus(200),
        hangUp(4),
      );
      expect(fragments(run)).toEqual(['100', '486']);
    });

    it('what names nobody is refused with 416', async () => {
      await call('echo', established, refer('mailto:nobody@example.com'), expectStatus(416), hangUp(3));
    });
  });
});

describe.skipIf(skipped)(`SIPp proves in every request who it is${note}`, () => {
  let calls: Calls;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const stack = createSipStack({ transports: [udp({ host: '127.0.0.1', port })] });
    const { clock, random } = stack;
    const lookup = (user: string): string | undefined => (user === 'alice' ? 'wonderland' : undefined);
    const authenticate = createDigestAuthenticator({ realm: 'example.com', algorithms: ['MD5'], lookup, uri: 'any', clock, random });
    const guarded = defineEndpoint({
      name: 'sipp',
      trusted: false,
      match: { address: '127.0.0.1' },
      authenticate,
      authenticateInDialog: true,
    });
    calls = createCalls({ stack, session: { endpoints: [guarded] } });
    calls.onCall((one) => one.answer());
    await calls.listen();
  });
  afterAll(async () => {
    await calls.close();
    await calls.stack.close();
  });

  it('INVITE, re-INVITE, UPDATE, INFO and BYE are challenged, and taken with credentials', async () => {
    const proof = (password: string): string => `[authentication username=alice password=${password}]`;
    const asked = (method: string, at: number, body = '', first = false): Steps => {
      const failed = method === 'INVITE' ? [ackOfFailure(at)] : [];
      return [
        [request(method, at, { body, anew: first }), expectChallenge(401), failed],
        [request(method, at + 1, { body, anew: first, headers: [proof('wonderland')] }), expectStatus(200)],
        method === 'INVITE' ? [ack(at + 1)] : [],
      ];
    };
    const run = await sipp({
      remote: `127.0.0.1:${port}`,
      scenario: scenario(
        asked('INVITE', 1, audio(), true),
        asked('INVITE', 3, audio('sendonly', [0, 101], 2)),
        asked('UPDATE', 5, audio('sendrecv', [0, 101], 3)),
        asked('INFO', 7),
        [request('BYE', 9), expectChallenge(401), request('BYE', 10, { headers: [proof('looking-glass')] }), expectChallenge(401)],
        [request('BYE', 11, { headers: [proof('wonderland')] }), expectStatus(200)],
      ),
    });
    expect([run.errors, run.code, run.counts.retransmissions]).toEqual(['', 0, 0]);
    expect(calls.sessions.stats().live).toEqual({ sessions: 0, admissions: 0, streams: 0 });
  });
});
