/**
 * What takes a minute: a caller who does not refresh its session, and one who is called and does not, on the clock as it is; a thousand calls by UDP and by
 * TCP and the quiet after them; a caller who never acknowledges. All of it at the same time.
 */
import { createCalls } from '@jackfield/call';
import { createSipStack, udp } from '@jackfield/sip';
import { registerSessionTimers } from '@jackfield/supplement-session-timers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answer, endOfCalled, isCalled } from '../harness/called.ts';
import { Machine } from '../harness/machine.ts';
import { peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import { ack, audio, expectRequest, expectStatus, invite, isHungUp, request, scenario } from '../harness/scenario.ts';
import { sipp, startSipp } from '../harness/sipp.ts';

const { skipped, note } = peer('sipp', 'sip-tester');
const CALLS = 1000;
const RATE = 50; // a second
const QUIET_MS = 40_000; // 64·T1 is 32 s: by then every transaction has gone

// first, for it takes longest: the interval cannot be shorter (RFC 4028 §4)
describe.skipIf(skipped).concurrent(`SIPp does not refresh its session${note}`, () => {
  it('of 90 s, as caller: BYE comes when 60 s have passed, and in the meantime nothing', { timeout: 100_000 }, async () => {
    const machine = await Machine.start();
    try {
      const headers = ['Supported: timer', 'Session-Expires: 90;refresher=uac'];
      const { code, errors, messages } = await sipp({
        remote: machine.address,
        scenario: scenario(request('INVITE', 1, { body: audio(), headers }), expectStatus(200), ack(), isHungUp(75_000)),
        timeoutSeconds: 85,
      });
      expect({ code, errors }).toEqual({ code: 0, errors: '' });
      const [answer, bye, ...more] = messages.filter(({ direction, text }) => direction === 'received' && !text.startsWith('SIP/2.0 1'));
      expect(answer!.text).toMatch(/^Session-Expires: 90;refresher=uac$/m);
      expect(bye!.text).toMatch(/^BYE /);
      expect(more).toEqual([]);
      expect(bye!.atMs - answer!.atMs).toBeGreaterThan(59_900);
      expect(bye!.atMs - answer!.atMs).toBeLessThan(61_500);
    } finally {
      await machine.stop();
    }
  });

  it('of 90 s, as the one that we call: the same', { timeout: 100_000 }, async () => {
    const host = '127.0.0.1';
    const calls = createCalls({ stack: createSipStack({ transports: [udp({ host, port: await freePort() })] }) });
    registerSessionTimers(calls.sessions, { sessionExpires: 90, refresher: 'remote' });
    await calls.listen();
    try {
      const headers = ['Require: timer', 'Session-Expires: 90;refresher=uas'];
      const steps = [isCalled(), answer('200 OK', { body: audio(), headers }), expectRequest('ACK'), isHungUp(75_000), endOfCalled];
      const called = await startSipp({ scenario: scenario(...steps), timeoutSeconds: 85 });
      const call = await calls.call(`sip:${host}:${called.port}`);
      const [end, { code, errors, messages }] = await Promise.all([call.ended, called.run]);
      expect({ code, errors, by: end.by }).toEqual({ code: 0, errors: '', by: 'local' });
      const [asked, acknowledged, bye, ...more] = messages.filter(({ direction }) => direction === 'received');
      expect(asked!.text).toMatch(/^Session-Expires: 90;refresher=uas$/m);
      expect(acknowledged!.text).toMatch(/^ACK /);
      expect(bye!.text).toMatch(/^BYE /);
      expect(bye!.text).toMatch(/^Reason: SIP;cause=408/m);
      expect(more).toEqual([]);
      expect(bye!.atMs - acknowledged!.atMs).toBeGreaterThan(59_900);
      expect(bye!.atMs - acknowledged!.atMs).toBeLessThan(61_500);
    } finally {
      await calls.close();
      await calls.stack.close();
    }
  });
});

describe.skipIf(skipped).concurrent(`SIPp's own uac scenario, ${CALLS} calls at ${RATE} a second${note}`, () => {
  const machines: Machine[] = [];
  afterAll(async () => {
    await Promise.all(machines.map((machine) => machine.stop()));
  });

  it.each(['udp', 'tcp'] as const)(
    'by %s: no call fails, no message is sent twice, and 40 s later nothing is held',
    { timeout: 90_000 },
    async (transport) => {
      const machine = await Machine.start();
      machines.push(machine);
      const run = await sipp({ remote: machine.address, scenario: 'uac', transport, calls: CALLS, rate: RATE, timeoutSeconds: 45 });
      const quiet = Date.now() + QUIET_MS;
      expect(run).toMatchObject({ code: 0, counts: { successful: CALLS, failed: 0, retransmissions: 0, unexpected: 0 } });
      const { stack, sessions, resent } = await machine.stats();
      expect({ resent, repeats: stack.total['repeats'] }).toEqual({ resent: 0, repeats: 0 });
      expect(stack.total['received']).toBe(3 * CALLS); // INVITE, ACK, BYE
      expect(sessions.total).toMatchObject({ incoming: CALLS, established: CALLS, errors: 0 });

      expect(await machine.idle(quiet - Date.now())).toEqual({});
    },
  );
});

describe.skipIf(skipped).concurrent(`SIPp never acknowledges our answer${note}`, () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await Machine.start();
  });
  afterAll(async () => {
    const { resent } = await machine.stats();
    await machine.stop();
    expect(resent).toBe(20); // as SIPp counts; so the 0 above is one that could be another number
  });

  /** By UDP, SIPp takes them for what they are and says nothing. */
  const REPETITIONS = Array.from({ length: 10 }, () => expectStatus(200));

  it.each(['udp', 'tcp'] as const)('by %s: it is repeated for 32 s, and then BYE comes', { timeout: 60_000 }, async (transport) => {
    const { code, errors, messages } = await sipp({
      remote: machine.address,
      scenario: scenario(invite(), expectStatus(200), transport === 'tcp' ? REPETITIONS : [], isHungUp(40_000)),
      transport,
      timeoutSeconds: 50,
    });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    const came = messages.filter(({ direction }) => direction === 'received');
    const answers = came.filter(({ text }) => text.startsWith('SIP/2.0 200'));
    expect(answers).toHaveLength(11); // at 0, 0.5, 1.5, 3.5 s, and each 4 s up to 31.5 (RFC 3261 §13.3.1.4)
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    const bye = came.find(({ text }) => text.startsWith('BYE '));
    expect(bye!.atMs - answers[0]!.atMs).toBeGreaterThan(31_900);
    expect(bye!.atMs - answers[0]!.atMs).toBeLessThan(33_000);
  });
});
