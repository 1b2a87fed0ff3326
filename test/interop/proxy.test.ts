/** Calls through a proxy that stays in the path and forks: kamailio before two answer machines. */
import { createCalls, type Calls } from '@jackfield/call';
import { createSipStack, tcp, tls, udp } from '@jackfield/sip';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate, writeCertificate } from '../harness/certificates.ts';
import { Kamailio } from '../harness/kamailio.ts';
import { Machine } from '../harness/machine.ts';
import { kamailioWithTls, peer } from '../harness/peers.ts';
import { freePort } from '../harness/ports.ts';
import {
  ackOfFailure,
  audio,
  establishedByRoute,
  expectChallenge,
  expectRouted,
  expectStatus,
  hangUpByRoute,
  invite,
  isHungUp,
  request,
  scenario,
  type Steps,
} from '../harness/scenario.ts';
import { sipp, type SippRun } from '../harness/sipp.ts';

const { skipped, note } = kamailioWithTls();
const caller = peer('sipp', 'sip-tester');
const HOST = '127.0.0.1';
const SIPP_TRANSPORTS = ['udp', 'tcp'] as const; // Debian's SIPp knows no TLS
const TRANSPORTS = [...SIPP_TRANSPORTS, 'tls'] as const;
type By = (typeof TRANSPORTS)[number];
const ALL_GONE_MS = 45_000; // 64·T1 is 32 s

describe.skipIf(skipped)(`through kamailio${note}`, () => {
  let proxy: Kamailio;
  let port: number;
  let tlsPort: number;
  const opened: (() => Promise<unknown>)[] = [];
  let machines: readonly [Machine, Machine];
  let calls: Calls;

  beforeAll(async () => {
    const authority = await makeAuthority('the authority of these tests');
    const certificate = await makeCertificate([HOST], authority);
    const files = await writeCertificate(certificate, authority);
    opened.push(() => files.remove());
    const startMachine = async (): Promise<Machine> => {
      const machine = await Machine.start({ trace: true, tlsPort: await freePort(), certificate, authority: authority.cert });
      opened.push(() => machine.stop());
      return machine;
    };
    machines = await Promise.all([startMachine(), startMachine()]);
    [port, tlsPort] = await Promise.all([freePort(), freePort()]);
    const numbers = Object.assign({}, ...TRANSPORTS.map((by) => numbersBy(by, ...machines))) as Readonly<Record<string, readonly string[]>>;
    proxy = await Kamailio.start({
      udp: port,
      tcp: port,
      tls: tlsPort,
      identity: { certificate: files.cert, key: files.key, authority: files.authority },
      numbers,
    });
    const at = { host: HOST, port: await freePort() };
    const secure = { host: HOST, port: await freePort(), certificate, ca: authority.cert };
    calls = createCalls({ stack: createSipStack({ transports: [udp(at), tcp(at), tls(secure)] }) });
    opened.push(
      () => proxy.stop(),
      () => calls.stack.close(),
      () => calls.close(),
    );
    await calls.listen();
  });
  afterAll(async () => {
    for (const close of opened.toReversed()) await close(); // whoever calls, before those who are called
  });

  const number = (name: string, by: By): string => `sip:${name}-${by}@${HOST}:${by === 'tls' ? tlsPort : port};transport=${by}`;
  async function callBySipp(dial: string, transport: 'udp' | 'tcp', ...steps: Steps): Promise<SippRun> {
    const run = await sipp({ remote: `${HOST}:${port}`, transport, dial, scenario: scenario(...steps) });
    expect([run.errors, run.code]).toEqual(['', 0]);
    return run;
  }

  describe.each(SIPP_TRANSPORTS)(`called by SIPp, by %s${caller.note}`, (by) => {
    it.skipIf(caller.skipped)('a caller hangs up by the route that our answer brought back', async () => {
      const answer = came(await callBySipp(`echo-${by}`, by, establishedByRoute, hangUpByRoute), 'SIP/2.0 200');
      expect(answer).toMatch(new RegExp(`^Record-Route: <sip:${HOST}:${port};.*lr`, 'm'));
      expect(await proxy.routed(callIdOf(answer), 2)).toEqual(['ACK', 'BYE']);
    });

    it.skipIf(caller.skipped)('our BYE goes the way back through the proxy', async () => {
      const bye = came(await callBySipp(`hangup-${by}`, by, establishedByRoute, isHungUp()), 'BYE ');
      expect(bye.match(/^Via:/gm)).toHaveLength(2);
      expect(await proxy.routed(callIdOf(bye), 2)).toEqual(['ACK', 'BYE']);
    });

    it.skipIf(caller.skipped)('one of two answers: the other, which rang, is cancelled, and answers 487', async () => {
      const trace = traceOf(machines[1]);
      await callBySipp(`one-${by}`, by, establishedByRoute, hangUpByRoute);
      await trace.until('<-- ACK');
      expect(trace.lines()).toEqual([
        '<-- INVITE +sdp',
        '--> 180 Ringing (INVITE)',
        '<-- CANCEL',
        '--> 200 OK (CANCEL)',
        '--> 487 Request Terminated (INVITE)',
        '<-- ACK',
      ]);
    });
  });

  it.skipIf(caller.skipped).each([
    ['udp', 'tcp'],
    ['tcp', 'udp'],
    ['udp', 'tls'],
    ['tcp', 'tls'],
  ] as const)(`a call that comes by %s and goes on by %s takes two routes back${caller.note}`, async (by, on) => {
    const bye = came(await callBySipp(`hangup-${on}`, by, establishedByRoute, isHungUp()), 'BYE ');
    expect(bye).toMatch(new RegExp(`^Via: SIP/2.0/${by.toUpperCase()} `, 'm'));
    expect(bye).toMatch(new RegExp(`^Via: SIP/2.0/${on.toUpperCase()} `, 'm'));
    expect(await proxy.routed(callIdOf(bye), 2)).toEqual(['ACK', 'BYE']);
  });

  it.skipIf(caller.skipped)(`who calls by way of a proxy proves who it is all the same${caller.note}`, async () => {
    const credentials = '[authentication username=alice password=wonderland]';
    const proven = request('INVITE', 2, { anew: true, body: audio(), headers: [credentials] });
    const goesOn = [expectRouted(), request('ACK', 2, { routed: true }), request('BYE', 3, { routed: true }), expectStatus(200)];
    const run = await callBySipp('auth-udp', 'udp', invite(), expectChallenge(401), ackOfFailure(), proven, goesOn);
    expect(await proxy.routed(callIdOf(came(run, 'SIP/2.0 200')), 2)).toEqual(['ACK', 'BYE']);
  });

  describe.each(TRANSPORTS)('called by our own stack, by %s', (by) => {
    it('both answer: the first is kept, the second acknowledged and hung up', async () => {
      const traces = machines.map(traceOf);
      const call = await calls.call(number('both', by));
      const { callId } = call.session.dialog;
      expect((await proxy.routed(callId, 3)).toSorted()).toEqual(['ACK', 'ACK', 'BYE']);
      expect(call.session.state).toBe('established');
      await call.hangup();
      expect((await proxy.routed(callId, 4)).at(-1)).toBe('BYE');
      for (const trace of traces) {
        await trace.until('--> 200 OK (BYE)');
        expect(trace.lines().filter((line) => line.startsWith('<-- '))).toEqual(['<-- INVITE +sdp', '<-- ACK', '<-- BYE']);
      }
    });

    it('the callee hangs up, and the caller hears it', async () => {
      const call = await calls.call(number('hangup', by));
      expect(await call.ended).toMatchObject({ by: 'remote' });
      expect(await proxy.routed(call.session.dialog.callId, 2)).toEqual(['ACK', 'BYE']);
    });

    it('neither answers: the caller hears that everybody declines', async () => {
      const traces = machines.map(traceOf);
      await expect(calls.call(number('neither', by))).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 603 } });
      await Promise.all(traces.map((trace) => trace.until('<-- ACK')));
    });

    it('nobody answers: the caller gives up, and both are cancelled', async () => {
      const traces = machines.map(traceOf);
      const session = calls.sessions.create(number('ringing', by));
      session.established.catch(() => {});
      await Promise.all(traces.map((trace) => trace.until('--> 180 Ringing (INVITE)')));
      expect(await session.end()).toMatchObject({ by: 'local' });
      for (const trace of traces) {
        await trace.until('<-- ACK');
        expect(trace.lines()).toContain('--> 487 Request Terminated (INVITE)');
      }
    });
  });

  it('nothing is held when all of that is over', { timeout: 60_000 }, async () => {
    await proxy.stop(); // and so its connections close
    expect(await Promise.all(machines.map((machine) => machine.idle(ALL_GONE_MS)))).toEqual([{}, {}]);
    expect(live(calls)).toEqual({});
  });
});

function numbersBy(by: By, first: Machine, second: Machine): Readonly<Record<string, readonly string[]>> {
  return {
    [`echo-${by}`]: [first.uri('echo', by)],
    [`auth-${by}`]: [first.uri('auth', by)],
    [`hangup-${by}`]: [first.uri('hangup', by)],
    [`one-${by}`]: [first.uri('echo', by), second.uri('ring', by)],
    [`both-${by}`]: [first.uri('echo', by), second.uri('echo', by)],
    [`neither-${by}`]: [first.uri('busy', by), second.uri('decline', by)],
    [`ringing-${by}`]: [first.uri('ring', by), second.uri('ring', by)],
  };
}

const came = ({ messages }: SippRun, start: string): string =>
  messages.find(({ direction, text }) => direction === 'received' && text.startsWith(start))!.text;
const callIdOf = (message: string): string => /^Call-ID: (.*)$/m.exec(message)![1]!;

/** The messages that a machine traces from now on: `<-- BYE`, `--> 200 OK (BYE)`. */
function traceOf({ child }: Machine): { lines(): readonly string[]; until(line: string): Promise<unknown> } {
  const from = child.lines.length;
  const lines = (): readonly string[] =>
    child.lines.slice(from).flatMap((line) => /us ((?:-->|<--) )\S+ \S+ {2}(.*)$/.exec(line)?.slice(1).join('') ?? []);
  return { lines, until: (line) => child.until(() => (lines().includes(line) ? line : undefined), 5000, line) };
}

/** What is not 0, but for the listeners. */
function live({ stack, sessions }: Calls): object {
  const all = Object.entries({ ...stack.stats().live, ...sessions.stats().live });
  return Object.fromEntries(all.filter(([name, count]) => count !== 0 && name !== 'listeners'));
}
