/** The flows of a call with SIPp as the one that is called, by our own stack. */
import { createHash } from 'node:crypto';
import { createCalls, type Call, type CallOptions, type Calls } from '@jackfield/call';
import type { RefreshOutcome } from '@jackfield/session';
import { createSipStack, udp } from '@jackfield/sip';
import { registerSessionTimers } from '@jackfield/supplement-session-timers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, ask, endOfCalled, isCalled } from '../harness/called.ts';
import { bodyOf, came, directionOf, timeOf } from '../harness/heard.ts';
import { hurried } from '../harness/hurried.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import { audio, expectRequest, expectStatus, isHungUp, response, scenario, type Step, type Steps } from '../harness/scenario.ts';
import { startSipp, type SippRun } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
const HOST = '127.0.0.1';
/** How many times as fast the time goes for those who wait long. `load.test.ts` has expiry on the clock as it is. */
const SPEED = Number(process.env['SPEED'] ?? 5);
const PASSWORD = 'wonderland';
const REALM = 'example.com';

const held = { media: [{ kind: 'audio', direction: 'sendonly' }] } as const;

const is200 = (body = audio()): Step =>
  answer('200 OK', { body, headers: ['Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE, INFO, REFER'] });
const answered: readonly Step[] = [isCalled(), is200(), expectRequest('ACK')];
const reinvited = (body: string): readonly Step[] => [expectRequest('INVITE'), response('200 OK', body), expectRequest('ACK')];
const RELIABLE = ['Require: 100rel', 'RSeq: 5', 'Allow: INVITE, ACK, CANCEL, BYE, PRACK, UPDATE'];

describe.skipIf(skipped).concurrent(`SIPp is called${note}`, () => {
  let calls: Calls;
  let hasty: Calls;

  async function start(speed: number): Promise<Calls> {
    const credentials = [{ username: 'alice', password: PASSWORD, realm: REALM }];
    const clock = speed === 1 ? {} : { clock: hurried(speed) };
    const made = createCalls({
      stack: createSipStack({ transports: [udp({ host: HOST, port: await freePort() })], credentials, ...clock }),
    });
    await made.listen();
    return made;
  }
  beforeAll(async () => {
    [calls, hasty] = await Promise.all([start(1), start(SPEED)]);
    registerSessionTimers(hasty.sessions, { sessionExpires: 90, refresher: 'remote' });
  });
  afterAll(async () => {
    const live = [calls, hasty].map(({ sessions }) => sessions.stats().live);
    for (const made of [calls, hasty]) {
      await made.close();
      await made.stack.close();
    }
    expect(live).toEqual([
      { sessions: 0, admissions: 0, streams: 0 },
      { sessions: 0, admissions: 0, streams: 0 },
    ]);
  });

  /** What SIPp saw, once both sides are through. @param says - what it has to say about it, which is nothing as a rule */
  async function walk(steps: Steps, talk: (uri: string) => Promise<unknown>, timeoutSeconds = 30, says = /^$/): Promise<SippRun> {
    const called = await startSipp({ scenario: scenario(...steps, endOfCalled), timeoutSeconds });
    const [run] = await Promise.all([called.run, talk(`sip:${HOST}:${called.port}`)]);
    expect([run.errors, run.code]).toEqual([expect.stringMatching(says), 0]);
    return run;
  }
  const dial = (uri: string, options?: CallOptions): Promise<Call> => calls.call(uri, options);

  it('a peer that was to refresh and does not is hung up half a minute before the session expires', { timeout: 120_000 }, async () => {
    const timer = ['Require: timer', 'Session-Expires: 90;refresher=uas'];
    const steps = [
      isCalled(),
      answer('200 OK', { body: audio(), headers: timer }),
      expectRequest('ACK'),
      ...isHungUp(75_000 / SPEED + 2000),
    ];
    const run = await walk(
      steps,
      async (uri) => expect(await (await hasty.call(uri)).ended).toMatchObject({ by: 'local' }),
      90 / SPEED + 20,
    );
    const [from, to] = ['ACK ', 'BYE '].map((start) => timeOf(run, start));
    expect(((to! - from!) / 1000) * SPEED).toBeCloseTo(60, -1);
  });

  it('late offer: it comes in the 200, and ACK answers', async () => {
    const run = await walk([isCalled(), is200(audio('sendrecv', [8, 0, 101])), expectRequest('ACK'), isHungUp()], async (uri) => {
      const call = await dial(uri, { media: 'late' });
      await call.hangup();
    });
    expect(bodyOf(came(run, 'INVITE ')[0]!)).toBe('');
    expect(bodyOf(came(run, 'ACK ')[0]!)).toMatch(/^m=audio [1-9]\d* RTP\/AVP 8 0 101$/m);
  });

  it('reliable 183: it is acknowledged by PRACK, and its answer counts', async () => {
    const steps = [
      [isCalled(), answer('183 Session Progress', { body: audio(), headers: RELIABLE }), expectRequest('PRACK'), response('200 OK')],
      [answer('200 OK'), expectRequest('ACK'), isHungUp()],
    ];
    const run = await walk(steps, async (uri) => {
      const call = await dial(uri);
      expect(call.audio?.codec?.name).toBe('PCMU');
      await call.hangup();
    });
    const sequence = /^CSeq: (\d+) INVITE$/m.exec(came(run, 'INVITE ')[0]!)![1];
    expect(came(run, 'PRACK ')[0]).toMatch(new RegExp(`^RAck: 5 ${sequence} INVITE$`, 'm'));
  });

  it('a late offer in a reliable 183 is answered in its PRACK', async () => {
    const steps = [
      [isCalled(), answer('183 Session Progress', { body: audio(), headers: RELIABLE }), expectRequest('PRACK'), response('200 OK')],
      [answer('200 OK'), expectRequest('ACK'), isHungUp()],
    ];
    const run = await walk(steps, async (uri) => (await dial(uri, { media: 'late' })).hangup());
    expect(bodyOf(came(run, 'PRACK ')[0]!)).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 101$/m);
    expect(bodyOf(came(run, 'ACK ')[0]!)).toBe('');
  });

  it('UPDATE before the answer waits for the PRACK, and holds', async () => {
    const steps = [
      [isCalled(), answer('183 Session Progress', { body: audio(), headers: RELIABLE }), expectRequest('PRACK'), response('200 OK')],
      [expectRequest('UPDATE'), response('200 OK', audio('recvonly', [0, 101], 2))],
      [answer('200 OK'), expectRequest('ACK'), isHungUp()],
    ];
    let outcome: Promise<RefreshOutcome> | undefined;
    const run = await walk(steps, async (uri) => {
      const session = calls.sessions.create(uri, { onResponse: () => void (outcome ??= session.sendReinvite(held)) });
      await session.established;
      await session.end();
    });
    expect(await outcome).toMatchObject({ kind: 'agreed' });
    expect(directionOf(came(run, 'UPDATE ')[0]!)).toBe('sendonly');
  });

  it('a change that waits goes with the PRACK of the answer where the peer allows no UPDATE', async () => {
    const headers = ['Require: 100rel', 'RSeq: 5', 'Allow: INVITE, ACK, CANCEL, BYE, PRACK'];
    const steps = [
      [isCalled(), answer('183 Session Progress', { body: audio(), headers })],
      [expectRequest('PRACK'), response('200 OK', audio('recvonly', [0, 101], 2))],
      [answer('200 OK'), expectRequest('ACK'), isHungUp()],
    ];
    let outcome: Promise<RefreshOutcome> | undefined;
    const run = await walk(steps, async (uri) => {
      const session = calls.sessions.create(uri);
      outcome = session.sendReinvite(held);
      await session.established;
      await session.end();
    });
    expect(await outcome).toMatchObject({ kind: 'agreed' });
    expect(directionOf(came(run, 'PRACK ')[0]!)).toBe('sendonly');
  });

  it('hold and resume: by re-INVITE, and by UPDATE', async () => {
    const steps = [
      [answered, reinvited(audio('recvonly', [0, 101], 2)), reinvited(audio('sendrecv', [0, 101], 3))],
      [expectRequest('UPDATE'), response('200 OK', audio('recvonly', [0, 101], 4)), isHungUp()],
    ];
    const run = await walk(steps, async (uri) => {
      const call = await dial(uri);
      expect([(await call.hold()).kind, (await call.resume()).kind]).toEqual(['agreed', 'agreed']);
      expect((await call.session.sendReinvite({ ...held, method: 'UPDATE' })).kind).toBe('agreed');
      await call.hangup();
    });
    expect([...came(run, 'INVITE '), ...came(run, 'UPDATE ')].map(directionOf)).toEqual(['sendrecv', 'sendonly', 'sendrecv', 'sendonly']);
  });

  it('a refused re-INVITE leaves the media as it was', async () => {
    const refused = [expectRequest('INVITE'), response('488 Not Acceptable Here'), expectRequest('ACK')];
    await walk([answered, refused, isHungUp()], async (uri) => {
      const call = await dial(uri);
      const before = call.session.streams;
      expect(await call.hold()).toMatchObject({ kind: 'refused', response: { status: 488 } });
      expect(call.session.streams).toEqual(before);
      await call.hangup();
    });
  });

  it('crossed re-INVITEs: theirs gets 491, and ours, which got it too, comes again after 2.1 to 4 s', async () => {
    const steps = [
      [answered, isCalled(), ask('INVITE', 1, { body: audio('sendrecv', [0, 101], 2) }), expectStatus(491)],
      [ask('ACK', 1, { branch: 'INVITE-1' }), answer('491 Request Pending', { tag: undefined }), expectRequest('ACK')],
      [reinvited(audio('recvonly', [0, 101], 2)), isHungUp()],
    ];
    const run = await walk(steps, async (uri) => {
      const call = await dial(uri);
      expect((await call.hold()).kind).toBe('agreed');
      await call.hangup();
    });
    const [, first, second] = run.messages.filter(({ direction, text }) => direction === 'received' && text.startsWith('INVITE '));
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(2050);
    expect(second!.atMs - first!.atMs).toBeLessThan(4600);
  });

  it('the one that was called holds and resumes, and asks for our offer', async () => {
    const asked = (at: number, body: string, ackBody = ''): Steps => [
      ask('INVITE', at, { body }),
      expectStatus(200),
      ask('ACK', at, { body: ackBody }),
    ];
    const steps = [
      [answered, asked(1, audio('sendonly', [0, 101], 2)), asked(2, '', audio('sendrecv', [0, 101], 3))],
      [ask('BYE', 3), expectStatus(200)],
    ];
    const run = await walk(steps, async (uri) => expect(await (await dial(uri)).ended).toMatchObject({ by: 'remote' }));
    const answers = came(run, 'SIP/2.0 200').filter((text) => text.includes(' INVITE\n'));
    expect(directionOf(answers[0]!)).toBe('recvonly');
    expect(bodyOf(answers[1]!)).toMatch(/^m=audio [1-9]\d* /m);
  });

  it('a 200 that crosses our CANCEL is acknowledged and hung up', async () => {
    const steps = [
      [isCalled(), answer('180 Ringing'), expectRequest('CANCEL'), response('200 OK'), is200(), expectRequest('ACK')],
      isHungUp(),
    ];
    await walk(steps, async (uri) => {
      const session = calls.sessions.create(uri, { onResponse: () => void session.end() });
      session.established.catch(() => {});
      expect(await session.ended).toMatchObject({ by: 'local' });
    });
  });

  it('a 200 whose ACK was lost comes again, and gets the same ACK again', async () => {
    // the first ACK is dropped, SIPp repeats its 200 after 500 ms, and meanwhile waits for the next
    const dropped = '<recv request="ACK" lost="100" timeout="250" ontimeout="again"/>\n<label id="again"/>';
    const steps = [isCalled(), is200().replace('<send>', '<send retrans="500">'), dropped, expectRequest('ACK'), isHungUp()];
    const talk = async (uri: string): Promise<void> => {
      const call = await dial(uri);
      await call.pause(1000); // the copy comes meanwhile
      await call.hangup();
    };
    const run = await walk(steps, talk, 30, /^The following events occurred:\n.* receive timeout on message .*$/);
    const acks = came(run, 'ACK ').map((text) => text.split('\n\n')[0]); // what SIPp writes of a loss follows
    expect(run.counts.retransmissions).toBeGreaterThanOrEqual(1);
    expect([acks.length, new Set(acks).size]).toEqual([1 + run.counts.retransmissions, 1]);
  });

  it('a second 200, of another branch, is acknowledged and hung up, and the first call stands', async () => {
    const body = audio();
    const [one, other] = ['one', 'other'].map((tag) => answer('200 OK', { body, tag }));
    const steps = [
      [isCalled(), one!, expectRequest('ACK'), other!, expectRequest('ACK'), isHungUp(), expectRequest('INFO'), response('200 OK')],
      isHungUp(),
    ];
    const run = await walk(steps, async (uri) => {
      const call = await dial(uri);
      const { sessions } = calls;
      expect([...sessions.sessions]).toContain(call.session);
      await call.pause(500); // the second comes meanwhile
      expect((await call.session.sendRequest('INFO')).status).toBe(200);
      await call.hangup();
    });
    const to = (start: string): readonly (string | undefined)[] => came(run, start).map((text) => /^To: .*;tag=(\w+)$/m.exec(text)?.[1]);
    expect([to('ACK '), to('BYE '), to('INFO ')]).toEqual([['one', 'other'], ['other', 'one'], ['one']]);
  });

  it('REFER: each NOTIFY is answered and told, and the call is hung up when the target is there', async () => {
    const notify = (at: number, status: string, state: string): readonly Step[] => [
      ask('NOTIFY', at, {
        type: 'message/sipfrag;version=2.0',
        body: `SIP/2.0 ${status}\r\n`,
        headers: ['Event: refer', `Subscription-State: ${state}`],
      }),
      expectStatus(200),
    ];
    const steps = [
      [answered, expectRequest('REFER'), response('202 Accepted'), notify(1, '100 Trying', 'active;expires=60')],
      [notify(2, '200 OK', 'terminated;reason=noresource'), isHungUp()],
    ];
    const told: number[] = [];
    const run = await walk(steps, async (uri) => {
      const call = await dial(uri);
      const outcome = await call.transfer('sip:carol@example.com', { onNotify: ({ status }) => told.push(status) });
      expect(outcome).toMatchObject({ kind: 'done', status: 200 });
      await call.ended;
    });
    expect(told).toEqual([100, 200]);
    expect(came(run, 'REFER ')[0]).toMatch(/^Refer-To: <?sip:carol@example\.com>?$/m);
  });

  it('keys go by INFO where the peer takes no telephone-events', async () => {
    const keys = [expectRequest('INFO'), response('200 OK')];
    const run = await walk([isCalled(), is200(audio('sendrecv', [0])), expectRequest('ACK'), keys, keys, isHungUp()], async (uri) => {
      const call = await dial(uri);
      await call.sendDigits('5#');
      await call.hangup();
    });
    expect(came(run, 'INFO ').map((text) => /^Signal= ?(.)$/m.exec(bodyOf(text))?.[1])).toEqual(['5', '#']);
  });

  it('keys of the one that was called come by INFO too', async () => {
    const key = ask('INFO', 1, { type: 'application/dtmf-relay', body: 'Signal=7\r\nDuration=200\r\n' });
    await walk([answered, key, expectStatus(200), isHungUp()], async (uri) => {
      const call = await dial(uri);
      for await (const digit of call.digits()) {
        expect(digit).toBe('7');
        break;
      }
      await call.hangup();
    });
  });

  it('a challenge to INVITE, re-INVITE, UPDATE, INFO and BYE is answered each time', async () => {
    const challenge = (nonce: string): readonly string[] => [
      `WWW-Authenticate: Digest realm="${REALM}", nonce="${nonce}", algorithm=MD5, qop="auth", stale=true`,
    ];
    const unauthorized = (nonce: string): Step => response('401 Unauthorized', '', challenge(nonce));
    const twice = (method: string): Steps => [
      [expectRequest(method), unauthorized(`of-${method}`), expectRequest(method), response('200 OK')],
    ];
    const steps = [
      [isCalled(), answer('401 Unauthorized', { headers: challenge('of-the-first'), tag: 'gone' }), expectRequest('ACK'), answered],
      [expectRequest('INVITE'), unauthorized('of-INVITE'), expectRequest('ACK'), reinvited(audio('recvonly', [0, 101], 2))],
      [expectRequest('UPDATE'), unauthorized('of-UPDATE'), expectRequest('UPDATE'), response('200 OK', audio('sendrecv', [0, 101], 3))],
      [twice('INFO'), twice('BYE')],
    ];
    const run = await walk(steps, async (uri) => {
      const call = await dial(uri, { from: `sip:alice@${REALM}` });
      expect((await call.hold()).kind).toBe('agreed');
      expect((await call.session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendrecv' }], method: 'UPDATE' })).kind).toBe(
        'agreed',
      );
      expect((await call.session.sendRequest('INFO')).status).toBe(200);
      await call.hangup();
    });
    const proven = run.messages.filter(({ direction, text }) => direction === 'received' && /^(INVITE|UPDATE|INFO|BYE) /.test(text));
    const last = proven.filter(({ text }) => text.includes('Authorization: Digest')).map(({ text }) => text);
    expect(last.filter((text) => !isProof(text))).toEqual([]);
    const nonces = last.map((text) => `${text.split(' ')[0]} ${/nonce="([^"]*)"/.exec(text)![1]}`);
    for (const method of ['INVITE', 'UPDATE', 'INFO', 'BYE']) expect(nonces).toContain(`${method} of-${method}`);
    expect(nonces).toContain('INVITE of-the-first');
  });

  it('a lost BYE is repeated until it is answered', async () => {
    const late = [expectRequest('BYE'), '<pause milliseconds="1200"/>', response('200 OK')];
    const run = await walk([answered, late], async (uri) => (await dial(uri)).hangup());
    const copies = came(run, 'BYE ');
    expect([copies.length, new Set(copies).size]).toEqual([2, 1]);
  });
});

/** RFC 7616 §3.4.1 with MD5 and qop=auth, reckoned once more. */
function isProof(text: string): boolean {
  const field = /^Authorization: Digest (.*)$/m.exec(text)![1]!;
  const value = (name: string): string => new RegExp(`\\b${name}="?([^",]*)"?`).exec(field)?.[1] ?? '';
  const md5 = (...parts: readonly string[]): string => createHash('md5').update(parts.join(':')).digest('hex');
  const [method] = text.split(' ');
  const known = [md5('alice', REALM, PASSWORD), / nonce="([^"]*)"/.exec(` ${field}`)![1]!, value('nc'), value('cnonce'), 'auth'];
  return value('response') === md5(...known, md5(method!, value('uri')));
}
