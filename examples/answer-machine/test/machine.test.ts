import { parseUri, type Session } from '@jackfield/session';
import { Testbed, type Party } from '@jackfield/session/testing';
import type { SimulatedHost } from '@jackfield/sip/testing';
import { registerSessionTimers, sessionTimer } from '@jackfield/supplement-session-timers';
import { beforeEach, describe, expect, it } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../src/machine.ts';

const HOST = '192.0.2.99';

let bed: Testbed;
let caller: Party;
let machine: Machine;
let said: string[];
let machineHost: SimulatedHost;

async function begin(options: Partial<MachineOptions> = {}): Promise<void> {
  bed = new Testbed();
  caller = await bed.party('caller', { traced: true });
  said = [];
  const world = { clock: bed.clock, random: bed.random.fork(), network: (machineHost = bed.network.host(HOST)) };
  machine = createMachine({ host: HOST, port: 5060, ...options }, (line) => said.push(line), world);
  await machine.listen();
}
beforeEach(() => begin());

const statuses: number[] = [];
function dial(number: string): Session {
  statuses.length = 0;
  const target = number === '' ? `sip:${HOST}:5060` : `sip:${number}@${HOST}:5060`;
  const from = { uri: parseUri('sip:4711@example.com')! };
  const session = caller.service.create(target, { from, onResponse: ({ status }) => statuses.push(status) });
  session.established.catch(() => {});
  return session;
}
const pass = (ms: number): Promise<void> => bed.clock.advance(ms);
const direction = (session: Session): string | undefined =>
  session.streams[0]?.remote.lines.find((line) => /^a=(send|recv|inact)/.test(line));

describe('the numbers', () => {
  it.each([
    { number: 'busy', status: 486 },
    { number: 'decline', status: 603 },
    { number: 'auth', status: 401 },
    { number: 'alice', status: 401 },
    { number: 'nobody', status: 404 },
    { number: 'constructor', status: 404 },
  ])('$number is refused with $status', async ({ number, status }) => {
    const session = dial(number);
    await pass(1000);
    expect(await session.ended).toMatchObject({ by: 'remote', status });
  });

  it.each(['echo', 'info', ''])('%j is answered, and stands until somebody hangs up', async (number) => {
    const session = dial(number);
    await pass(60_000);
    expect([session.state, statuses]).toEqual(['established', [200]]);
  });

  it('a caller that knows session timers refreshes its call, and is let go of when it is gone', async () => {
    registerSessionTimers(caller.service, { sessionExpires: 90 });
    const session = dial('echo');
    await pass(600_000);
    expect([session.state, sessionTimer(session)?.seconds]).toEqual(['established', 90]);
    bed.network.partition(caller.host, machineHost);
    await pass(122_000);
    expect([...machine.sessions.sessions]).toEqual([]);
  });

  it('slow rings for two seconds', async () => {
    const session = dial('slow');
    await pass(1900);
    expect([session.state, statuses]).toEqual(['early', [180]]);
    await pass(200);
    expect([session.state, statuses]).toEqual(['established', [180, 200]]);
  });

  it('ring rings for a minute, and is not answered', async () => {
    const session = dial('ring');
    await pass(59_000);
    expect([session.state, statuses]).toEqual(['early', [180]]);
    await pass(2000);
    expect(await session.ended).toMatchObject({ by: 'remote', status: 480 });
  });

  it('early sounds for a second before the answer', async () => {
    const session = dial('early');
    await pass(900);
    expect([session.state, statuses]).toEqual(['early', [183]]);
    await pass(300);
    expect([session.state, statuses]).toEqual(['established', [183, 200]]);
  });

  it('early waits for nothing where no offer was made', async () => {
    const session = caller.service.create(`sip:early@${HOST}:5060`, { media: 'late' });
    await pass(500);
    expect(session.state).toBe('established');
  });

  it('rel says its media reliably, and answers a second after the PRACK', async () => {
    const session = dial('rel');
    await pass(900);
    expect([session.state, statuses]).toEqual(['early', [183]]);
    expect(bed.steps.filter((step) => step.includes('PRACK')).length).toBeGreaterThan(0);
    await pass(300);
    expect([session.state, statuses]).toEqual(['established', [183, 200]]);
  });

  it('rel answers at once who cannot acknowledge what comes before the answer', async () => {
    statuses.length = 0;
    const session = caller.service.create(`sip:rel@${HOST}:5060`, { reliable: 'off', onResponse: ({ status }) => statuses.push(status) });
    await pass(500);
    expect([session.state, statuses]).toEqual(['established', [200]]);
  });

  it('OPTIONS is answered with what is plugged in', async () => {
    const asked = caller.service.stack.sendRequest('OPTIONS', `sip:${HOST}:5060`);
    await pass(500);
    const { status, headers } = await asked;
    const shown = (['Allow', 'Supported', 'Accept'] as const).map((name) => headers.get(name)?.split(', ').toSorted());
    expect([status, ...shown]).toEqual([
      200,
      ['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'NOTIFY', 'OPTIONS', 'PRACK', 'REFER', 'UPDATE'],
      ['100rel', 'norefersub', 'replaces', 'timer'],
      ['application/dtmf', 'application/dtmf-relay', 'application/sdp', 'message/sipfrag', 'multipart/alternative', 'multipart/mixed'],
    ]);
  });

  it('play hangs up after three seconds', async () => {
    const session = dial('play');
    await pass(2900);
    expect(session.state).toBe('established');
    await pass(300);
    expect(await session.ended).toMatchObject({ by: 'remote' });
  });

  it('hangup hangs up after one', async () => {
    const session = dial('hangup');
    await pass(900);
    expect(session.state).toBe('established');
    await pass(200);
    expect(await session.ended).toMatchObject({ by: 'remote' });
  });

  it('hold holds for a second, a second after the answer', async () => {
    const session = dial('hold');
    const heard: (string | undefined)[] = [];
    for (const ms of [500, 1000, 1000]) {
      await pass(ms);
      heard.push(direction(session));
    }
    expect(heard).toEqual(['a=sendrecv', 'a=sendonly', 'a=sendrecv']);
  });

  it.each(['reinvite', 'offerless'])('%s offers anew after a second, and the call goes on', async (number) => {
    const session = dial(number);
    await pass(900);
    const before = bed.steps.length;
    await pass(10_000);
    expect(session.state).toBe('established');
    expect(bed.steps.slice(before).filter((step) => step.includes('incomingRequest INVITE'))).toHaveLength(1);
  });

  it('does nothing more with a call that has ended while it waits', async () => {
    const session = dial('hold');
    await pass(500);
    void session.end();
    await pass(60_000);
    expect(said.filter((line) => line.startsWith('trouble'))).toEqual([]);
  });
});

describe('what it says', () => {
  it('is a line for each thing that happens', async () => {
    const session = dial('echo');
    await pass(500);
    void session.end();
    await pass(500);
    expect(said).toEqual([
      '[call 1] 4711 calls echo from 192.0.2.1',
      '[call 1] answered',
      expect.stringMatching(/^\[call 1\] audio PCMU on port \d+$/),
      '[call 1] ended by the caller',
    ]);
  });

  it('is every key too', async () => {
    const session = dial('info');
    await pass(500);
    const body = { type: 'application/dtmf-relay', bytes: Buffer.from('Signal=5\r\nDuration=160\r\n') };
    const asked = session.sendRequest('INFO', { body });
    await pass(500);
    expect((await asked).status).toBe(200);
    expect(said).toContain('[call 1] key 5, 160 ms');
  });

  it('is a line for a caller that is refused before there is a call', async () => {
    dial('auth');
    await pass(1000);
    expect(said).toEqual(['4711 calls auth from 192.0.2.1: refused with 401']);
  });

  it('is the refusal of a call by a line of its own, and nothing beside', async () => {
    dial('busy');
    await pass(1000);
    expect(said).toEqual(['[call 1] 4711 calls busy from 192.0.2.1', '[call 1] refused with 486', '[call 1] ended by us with 486']);
  });

  it('is every message, where that is wanted', async () => {
    await begin({ trace: true });
    dial('busy');
    await pass(1000);
    const arrows = said.filter((line) => / us (-->|<--) UDP 192\.0\.2\.1:5060 /.test(line)); // the caller is of this process, and is traced too
    expect(arrows).toEqual([
      '    0.005  us <-- UDP 192.0.2.1:5060  INVITE +sdp',
      '    0.005  us --> UDP 192.0.2.1:5060  486 Busy Here (INVITE)',
      '    0.015  us <-- UDP 192.0.2.1:5060  ACK',
    ]);
    const before = said.length;
    await machine.close();
    dial('busy');
    await pass(1000);
    expect(said).toHaveLength(before);
  });
});

it('refuses whom it was told to block', async () => {
  await begin({ block: ['4711'] });
  const session = dial('echo');
  await pass(1000);
  expect(await session.ended).toMatchObject({ by: 'remote', status: 603 });
  expect(said).toEqual(['4711 calls echo from 192.0.2.1: refused with 603']);
});

it('shows the address that it was given, and listens on its own', async () => {
  await begin({ advertise: '203.0.113.7' });
  let answer = '';
  caller.service.create(`sip:echo@${HOST}:5060`, { onResponse: ({ body }) => (answer = Buffer.from(body!.bytes).toString()) });
  await pass(1000);
  expect(answer).toContain('c=IN IP4 203.0.113.7\r\n');
});

it('holds nothing after its calls, and hangs up those that stand when it closes', async () => {
  const [over, standing] = [dial('echo'), dial('hold')];
  await pass(1000);
  void over.end();
  await pass(1000);
  const closing = machine.close();
  await pass(1000);
  await closing;
  expect(await standing.ended).toMatchObject({ by: 'remote' });
  await caller.service.close();
  await caller.stack.close();
  await pass(64_000);
  expect(bed.clock.pending).toBe(0);
  expect([machine.sessions.stats().live, machine.ports.stats().live]).toEqual([
    { sessions: 0, admissions: 0, streams: 0 },
    { ports: 0, streams: 0, timers: 0 },
  ]);
});
