import { expect, it } from 'vitest';
import { Ladder, ManualClock, RawPeer, requestText, SimulatedNetwork } from '@jackfield/sip/testing';
import type { NetworkConditions } from '@jackfield/sip/testing';

const [ALICE, BOB, CAROL] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'] as const;
const NAMES = { [ALICE]: 'alice', [BOB]: 'bob', [`${CAROL}:5062`]: 'carol' };

interface World {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly ladder: Ladder;
  readonly alice: RawPeer;
  readonly bob: RawPeer;
  readonly carol: RawPeer;
}

async function world(conditions: Partial<NetworkConditions> = {}): Promise<World> {
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock, conditions: { minDelayMs: 5, maxDelayMs: 5, ...conditions } });
  const peer = (host: string, port: number): Promise<RawPeer> => RawPeer.open(network.host(host), { host, port, clock });
  const [alice, bob, carol] = [await peer(ALICE, 5060), await peer(BOB, 5060), await peer(CAROL, 5062)];
  return { clock, network, ladder: new Ladder(network, NAMES), alice, bob, carol };
}

const request = (method: string, branch = 'z9hG4bK-1'): string =>
  requestText(method, {
    uri: `sip:bob@${BOB}`,
    via: `${ALICE}:5060`,
    branch,
    from: '<sip:alice@example.com>;tag=a',
    to: '<sip:bob@example.com>',
    callId: 'ladder',
    cseq: 1,
  });

it('a ladder has every message with its time and hosts, and draws the lost ones as such', async () => {
  const { clock, network, ladder, alice, bob, carol } = await world();
  alice.send(request('INVITE'), { host: BOB, port: 5060 });
  const invite = await bob.expect('INVITE', { withinMs: 10 });
  bob.respond(invite, 180);
  network.change({ loss: 1 });
  bob.respond(invite, 200);
  network.change({ loss: 0 });
  await clock.advance(500);
  bob.respond(invite, 200);
  carol.send(request('OPTIONS'), { host: ALICE, port: 5060 });
  alice.send('\r\n\r\n', { host: BOB, port: 5060 }); // no message
  await clock.advance(5);

  expect(ladder.list()).toEqual([
    'alice -> bob INVITE',
    'bob -> alice 180 INVITE',
    'bob -x alice 200 INVITE',
    'bob -> alice 200 INVITE',
    'carol -> alice OPTIONS',
  ]);
  expect(ladder.steps.map(({ at }) => at)).toEqual([0, 5, 5, 505, 505]);
  expect(ladder.toString().split('\n')).toEqual([
    '      alice              bob              carol',
    '0       |-- INVITE ------>|                 |',
    '5       |<- 180 INVITE ---|                 |',
    '5       |x- 200 INVITE ---|                 |',
    '505     |<- 200 INVITE ---|                 |',
    '505     |<- OPTIONS ------------------------|',
  ]);
});

it('a ladder sees several messages in one piece of a stream, and a connection that breaks under one', async () => {
  const { clock, network, ladder, bob } = await world();
  const connecting = RawPeer.connect(network.host('192.0.2.9'), { host: BOB, port: 5060 }, { clock });
  const dave = await clock.until(connecting, 20);
  const from = `192.0.2.9:${dave.port}`;
  dave.send(request('OPTIONS') + request('MESSAGE', 'z9hG4bK-2'));
  await bob.expect('OPTIONS', { withinMs: 10 });
  network.change({ streamBreaks: 1 });
  dave.send(request('INFO'));
  await clock.advance(10);
  expect(ladder.list()).toEqual([`${from} -> bob OPTIONS`, `${from} -> bob MESSAGE`, `${from} -x bob INFO`]);
  expect([bob.closedStreams, dave.closedStreams]).toEqual([1, 1]);
});

it('a ladder takes no start line in a body for a message, with Content-Length and without, and sees what comes behind it', async () => {
  const { clock, network, ladder, alice, bob } = await world();
  const notify = (fields?: Record<string, undefined>): string =>
    requestText('NOTIFY', {
      uri: `sip:bob@${BOB}`,
      via: `${ALICE}:5060`,
      branch: 'z9hG4bK-1',
      from: '<sip:alice@example.com>;tag=a',
      to: '<sip:bob@example.com>',
      callId: 'ladder',
      cseq: 1,
      type: 'message/sipfrag',
      body: 'SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE',
      fields,
    });
  alice.send(notify(), { host: BOB, port: 5060 });
  alice.send(notify({ 'Content-Length': undefined }), { host: BOB, port: 5060 });
  const connecting = RawPeer.connect(network.host('192.0.2.9'), { host: BOB, port: 5060 }, { clock });
  const dave = await clock.until(connecting, 20);
  dave.send(notify() + request('MESSAGE', 'z9hG4bK-2'));
  await bob.expect('NOTIFY', { withinMs: 10 });
  expect(ladder.list().map((line) => line.split(' ').slice(2).join(' '))).toEqual([
    'bob NOTIFY',
    'bob NOTIFY',
    'bob NOTIFY',
    'bob MESSAGE',
  ]);
});

it('a ladder hears nothing more once it is disposed', async () => {
  const { ladder, alice } = await world();
  ladder[Symbol.dispose]();
  alice.send(request('OPTIONS'), { host: BOB, port: 5060 });
  expect(ladder.steps).toEqual([]);
  expect(ladder.toString()).toBe('');
});
