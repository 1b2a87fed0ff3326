/** What a REFER and an INVITE with Replaces make of calls of the machine. */
import { parseUri, type Session } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';
import { formatReplaces } from '@jackfield/sip';
import { refer, registerRefer, replacesOf } from '@jackfield/supplement-refer';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../src/machine.ts';

const HOST = '192.0.2.99';

let bed: Testbed;
let caller: Party;
let machine: Machine;
let said: string[];

async function begin(options: Partial<MachineOptions> = {}): Promise<void> {
  bed = new Testbed();
  caller = await bed.party('caller');
  registerRefer(caller.service);
  said = [];
  const world = { clock: bed.clock, random: bed.random.fork(), network: bed.network.host(HOST) };
  machine = createMachine({ host: HOST, port: 5060, ...options }, (line) => said.push(line), world);
  await machine.listen();
}
beforeEach(() => begin());

function dial(number: string): Session {
  const session = caller.service.create(`sip:${number}@${HOST}:5060`, { from: { uri: parseUri('sip:4711@example.com')! } });
  session.established.catch(() => {});
  return session;
}
const pass = (ms: number): Promise<void> => bed.clock.advance(ms);

it.each(['udp', 'tcp'] as const)('a REFER makes it call the target by %s, which is told and echoed to', async (transport) => {
  const target = await bed.party('target');
  const by: unknown[] = [];
  target.service.onIncoming(async (session) => {
    by.push(/SIP\/2\.0\/(\w+)/.exec(session.invite.headers.get('Via') ?? '')?.[1]);
    await session.progress(180);
    await session.accept();
  });
  const session = dial('echo');
  await pass(500);
  const told: number[] = [];
  const uri = target.uri('target', transport === 'tcp' ? 'tcp' : undefined);
  const { done } = refer(session, uri, { onNotify: ({ status }) => told.push(status) });
  await pass(1000);
  await expect(done).resolves.toMatchObject({ kind: 'done', status: 200 });
  expect([told, by]).toEqual([[100, 180, 200], [transport.toUpperCase()]]);
  expect(machine.sessions.stats().live['sessions']).toBe(2);
  expect(said.slice(3)).toEqual([
    `[call 1] the caller asks for a transfer to ${uri}`,
    `[call 2] we call ${uri}, as call 1 asks`,
    '[call 2] ringing (180)',
    '[call 2] answered',
    expect.stringMatching(/^\[call 2\] audio PCMU on port \d+$/),
  ]);
  for (const { service } of [target, caller]) {
    for (const one of service.sessions) void one.end();
    await pass(1000);
  }
  expect(said.slice(-2)).toEqual(['[call 2] ended by the callee', '[call 1] ended by the caller']);
  expect(machine.sessions.stats().live['sessions']).toBe(0);
});

it('a REFER to what is no telephone is refused, and told', async () => {
  const session = dial('echo');
  await pass(500);
  const { done } = refer(session, 'https://example.com/');
  await pass(1000);
  await expect(done).resolves.toMatchObject({ kind: 'refused', status: 416 });
  expect(said.slice(3)).toEqual([
    '[call 1] the caller asks for a transfer to https://example.com/',
    '[call 1] no transfer: refused with 416',
  ]);
});

it('an INVITE with Replaces takes over the call that it names', async () => {
  const session = dial('play');
  await pass(500);
  const taking = caller.service.create(`sip:${HOST}:5060`, { headers: { Replaces: formatReplaces(replacesOf(session)) } });
  await pass(500);
  expect([session.state, taking.state]).toEqual(['ended', 'established']);
  expect(said.filter((line) => /place|ended/.test(line))).toEqual(['[call 2] takes the place of call 1', '[call 1] ended by us']);
  await pass(60_000);
  expect(taking.state).toBe('established');
  expect(said.filter((line) => line.startsWith('trouble'))).toEqual([]);
  void taking.end();
  await pass(1000);
});

describe('a transfer to the machine itself', () => {
  it.each([
    `sip:echo@${HOST}`,
    `sip:play@${HOST}:5060`,
    `sip:${HOST};transport=tcp`,
    'sip:echo@SIP.example.com:5060',
    `sip:echo@${HOST}:5061;transport=tls`,
    `sips:echo@${HOST}`,
  ])('%s is refused with 403, and the call goes on', async (uri) => {
    await begin({ advertise: 'Sip.Example.com', wsPort: 5061 }); // it knows ports, and not what they are for
    bed.network.name('sip.example.com', [HOST]);
    const session = dial('echo');
    await pass(500);
    const { done } = refer(session, uri);
    await pass(1000);
    await expect(done).resolves.toMatchObject({ kind: 'refused', status: 403 });
    expect(said.slice(3)).toEqual([`[call 1] the caller asks for a transfer to ${uri}`, '[call 1] no transfer: refused with 403']);
    expect([session.state, machine.sessions.stats().live['sessions']]).toEqual(['established', 1]);
  });

  it('is refused with 403 where two of its calls are to be joined, by whatever address', async () => {
    const [session, other] = [dial('echo'), dial('echo')];
    await pass(500);
    const replaces = encodeURIComponent(formatReplaces(replacesOf(other)));
    for (const target of [other, parseUri(`sip:echo@proxy.example.com?Replaces=${replaces}`)!]) {
      const { done } = refer(session, target);
      await pass(1000);
      await expect(done).resolves.toMatchObject({ kind: 'refused', status: 403 });
    }
    expect([session.state, other.state, machine.sessions.stats().live['sessions']]).toEqual(['established', 'established', 2]);
  });

  it('ends in 482 where it comes back by a name that it does not know for its own', async () => {
    bed.network.name('machine.example.com', [HOST]);
    const session = dial('echo');
    await pass(500);
    for (let round = 0; round < 2; round += 1) {
      const { done } = refer(session, 'sip:echo@machine.example.com');
      await pass(1000);
      await expect(done).resolves.toMatchObject({ kind: 'done', status: 482 });
    }
    expect(said).toContain(`echo calls echo from ${HOST}: refused with 482`);
    expect(machine.sessions.stats().live['sessions']).toBe(1);
  });

  it.each([`sip:echo@${HOST}:5062`, 'sip:echo@192.0.2.98'])('is none where %s is somebody else', async (uri) => {
    const session = dial('echo');
    await pass(500);
    const { accepted } = refer(session, uri);
    await pass(500);
    await expect(accepted).resolves.toBeUndefined();
  });

  it('leaves nothing behind, however often it is asked for without news', async () => {
    const session = dial('echo');
    await pass(500);
    for (let round = 0; round < 100; round += 1) {
      refer(session, `sip:echo@${HOST}`, { news: false }).accepted.catch(() => {});
      await pass(100);
    }
    expect(machine.sessions.stats().live['sessions']).toBe(1);
    void session.end();
    await pass(1000);
    expect(machine.sessions.stats().live['sessions']).toBe(0);
  });
});
