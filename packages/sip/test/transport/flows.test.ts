import { describe, expect, it } from 'vitest';
import { SeededRandom } from '@jackfield/base/testing';
import { pair, reached, toThem, until } from './pair.ts';
import { OURS, THEIRS, bytesOf, createWorld, requestText, responseText, type World } from './world.ts';
import { advertiseOutside, type Shown } from '../../src/transport/advertise.ts';
import { tcp, type TcpOptions } from '../../src/transport/tcp.ts';
import { udp } from '../../src/transport/udp.ts';
import type { Flow, Target } from '../../src/transport/transport.ts';
import { ws } from '../../src/transport/websocket.ts';

const TO: Target = { kind: 'TCP', host: THEIRS, port: 5060 };

async function calling(
  options: Partial<TcpOptions> = {},
): Promise<World & { readonly flow: Flow; readonly stream: ReturnType<World['listener']> }> {
  const world = createWorld();
  const stream = world.listener();
  const ours = await world.layer([tcp({ host: OURS, port: 5060, ...options })], { random: new SeededRandom(7) });
  return { ...world, flow: await reached(world.clock, ours, TO), stream };
}

describe('keep-alives of ours, RFC 5626 §4.4.1', () => {
  it('come every 80 to 100 % of the time asked for, as long as they are answered', async () => {
    const { clock, stream, flow, user } = await calling({ keepAliveMs: 100_000 });
    const [peer] = await stream;
    const times: number[] = [];
    for (let second = 0; second < 2000; second += 1) {
      await clock.advance(1000);
      if (peer!.text === '') continue;
      expect(peer!.text).toBe('\r\n\r\n');
      times.push(clock.now());
      peer!.text = '';
      peer!.send('\r\n');
    }
    const gaps = times.slice(1).map((time, at) => time - times[at]!);
    expect(times.length).toBeGreaterThanOrEqual(19);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(79_000);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(102_000);
    expect(new Set(gaps).size).toBeGreaterThan(3);
    expect(flow.closed).toBe(false);
    expect(user.failed).toEqual([]);
    expect(peer!.text).toBe(''); // pongs in a row are no pings
  });

  it('without an answer within 10 s end the flow', async () => {
    const { clock, stream, flow, user } = await calling({ keepAliveMs: 30_000 });
    const [peer] = await stream;
    await until(clock, () => peer!.text !== '', 40_000);
    await clock.advance(9_990);
    expect(flow.closed).toBe(false);
    await clock.advance(20);
    expect(flow.closed).toBe(true);
    expect(user.failed).toEqual([{ flow, error: undefined }]);
    expect(clock.pending).toBe(0);
  });

  it('are answered by a message as well as by a CRLF', async () => {
    const { clock, stream, flow } = await calling({ keepAliveMs: 30_000, pongTimeoutMs: 2000 });
    const [peer] = await stream;
    await until(clock, () => peer!.text !== '', 40_000);
    peer!.send(requestText());
    await clock.advance(5_000);
    expect(flow.closed).toBe(false);
    peer!.text = '';
    await until(clock, () => peer!.text.endsWith('\r\n\r\n'), 40_000);
    await clock.advance(2_010);
    expect(flow.closed).toBe(true);
  });

  it('are not sent on connections that the peer opened, nor unless asked for', async () => {
    const world = createWorld();
    await world.layer([tcp({ host: OURS, port: 5060, keepAliveMs: 10_000 })]);
    const peer = await world.connect();
    peer.send(requestText());
    await world.clock.advance(100_000);
    expect(peer.text).toBe('');
    const { clock, stream } = await calling();
    await clock.advance(1_000_000);
    expect((await stream)[0]!.text).toBe('');
  });
});

describe('connection reuse over TCP, RFC 5923', () => {
  const VIA = `SIP/2.0/TCP ${THEIRS}:5099;alias;branch=z9hG4bK1`;
  it.each([
    { alias: true, reused: true },
    { alias: false, reused: false },
  ])('where alias is $alias, goes back by the connection of the peer: $reused', async ({ alias, reused }) => {
    const world = createWorld();
    const ours = await world.layer([tcp({ host: OURS, port: 5060, alias })]);
    await world.listener(5099);
    const peer = await world.connect();
    peer.send(requestText({ via: VIA }));
    await world.clock.advance(5);
    const flow = await reached(world.clock, ours, { ...TO, port: 5099 });
    expect(flow === world.user.heard[0]!.flow).toBe(reused);
    peer.send(requestText({ via: VIA.replace('5099', '0') })); // no port to come back to
    await world.clock.advance(5);
    if (!reused) return;
    peer.send(requestText({ via: VIA.replace('5099', '5098') })); // another in place of it
    await world.clock.advance(5);
    expect(await reached(world.clock, ours, { ...TO, port: 5098 })).toBe(flow);
    expect(await reached(world.clock, ours, { ...TO, port: 5099 })).not.toBe(flow);
  });

  it('is said in the topmost Via of our requests, and in nothing else', async () => {
    const { clock, stream, flow } = await calling({ alias: true });
    const [peer] = await stream;
    const texts = [
      'OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.1:5060;rport;branch=z9hG4bK1\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK2\r\n\r\n',
      responseText('SIP/2.0/TCP 10.0.0.2:5060;branch=z9hG4bK3'),
      'no message;branch=1\r\n\r\n',
    ];
    for (const text of texts) flow.send(bytesOf(text));
    await clock.advance(5);
    expect(peer!.text).toBe([texts[0]!.replace(';branch', ';alias;branch'), ...texts.slice(1)].join(''));
  });
});

describe('what peers are shown', () => {
  const advertise = advertiseOutside(['10.0.0.0/8', '2001:db8::/32'], { host: '203.0.113.5', port: 15060 });
  it.each([
    { transport: udp({ host: OURS, port: 5060, advertise }), kind: 'UDP' },
    { transport: udp({ port: 5060, advertise }), kind: 'UDP' },
    { transport: tcp({ host: OURS, port: 5060, advertise }), kind: 'TCP' },
    { transport: tcp({ port: 5060, advertise }), kind: 'TCP' },
  ] as const)('is another address outside the networks of ours, $kind', async ({ transport, kind }) => {
    const world = createWorld();
    const ours = await world.layer([transport]);
    const far = world.network.host('198.51.100.7');
    for (const on of [world.theirs, far]) await on.listenStream({ host: on.addresses[0]!, port: 5060 }, () => ({ data() {}, closed() {} }));
    expect((await reached(world.clock, ours, { kind, host: THEIRS, port: 5060 })).advertised).toEqual({ host: OURS, port: 5060 });
    expect((await reached(world.clock, ours, { kind, host: '198.51.100.7', port: 5060 })).advertised).toEqual({
      host: '203.0.113.5',
      port: 15060,
      behind: expect.any(String) as string,
    });
  });

  it.each<{ what: string; give: () => Shown | undefined; message: string }>([
    {
      what: 'throws',
      give: () => {
        throw new Error('no idea');
      },
      message: 'no idea',
    },
    {
      what: 'gives a host with its port',
      give: () => ({ host: '203.0.113.5:5080' }),
      message: 'advertise wants a name or a numeric address, without a port, got "203.0.113.5:5080"',
    },
    {
      what: 'gives what would be two lines',
      give: () => ({ host: 'evil\r\nX-Injected: 1' }),
      message: 'advertise wants a name or a numeric address, without a port, got "evil\\r\\nX-Injected: 1"',
    },
    { what: 'gives no port', give: () => ({ host: '203.0.113.5', port: 0 }), message: 'advertise wants a port of 1 to 65535, got 0' },
  ])('is the local address when the program’s function $what, which is told', async ({ give, message }) => {
    const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
    const told: unknown[] = [];
    const listen = (event: unknown): void => void told.push(event);
    subscribe('jackfield:sip:error', listen);
    const world = createWorld();
    const ours = await world.layer([udp({ host: OURS, port: 5060, advertise: give })]);
    expect((await ours.open({ kind: 'UDP', host: THEIRS, port: 5060 })).advertised).toEqual({ host: OURS, port: 5060 });
    unsubscribe('jackfield:sip:error', listen);
    expect(told).toMatchObject([{ owner: 'advertise', error: { message } }]);
  });

  it('comes back in responses, which are ours then', async () => {
    const { clock, layer, peer, user } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060, advertise: () => ({ host: '[2001:db8::9]', port: 7000 }) })]);
    await ours.open({ kind: 'UDP', host: THEIRS, port: 5060 });
    (await peer()).send(responseText('SIP/2.0/UDP [2001:db8::9]:7000;branch=z9hG4bK1'), { host: OURS, port: 5060 });
    await clock.advance(5);
    expect(user.heard).toHaveLength(1);
  });

  it('is decided for an address with a zone as for one without', () => {
    const outside = advertiseOutside(['fe80::/10'], { host: '203.0.113.5' });
    expect([outside('fe80::1%eth0'), outside('2001:db8::1')]).toEqual([undefined, { host: '203.0.113.5' }]);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/', 'office/8', '2001:db8::/129'])('%s is no network', (network) => {
    expect(() => advertiseOutside([network], { host: '203.0.113.5' })).toThrow(
      expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'networks' } }),
    );
  });

  it.each([{ host: '203.0.113.5:5060' }, { host: '' }, { host: '203.0.113.5', port: 0 }])(
    '$host, port $port, is nothing to be shown',
    (shown) => {
      expect(() => advertiseOutside(['10.0.0.0/8'], shown)).toThrow(
        expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'shown' } }),
      );
    },
  );
});

describe('a transport without a port', () => {
  it('opens connections of both families, listens nowhere, and shows what they have on our side', async () => {
    const { clock, ours, peerUser, here } = await pair([tcp({})], [tcp({ port: 5060 })]);
    expect(await ours.listen()).toEqual([]);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 0 });
    for (const host of [THEIRS, '2001:db8::2']) {
      const flow = await reached(clock, ours, { kind: 'TCP', host, port: 5060 });
      expect(here.addresses).toContain(flow.advertised.host);
      expect(flow.advertised.port).toBeGreaterThan(1023);
      flow.send(bytesOf(requestText()));
      await clock.advance(5);
      expect(peerUser.heard.at(-1)!.flow.remote).toEqual(flow.advertised);
    }
  });

  it('shows what it is told to, and hears what is sent to that', async () => {
    const { clock, ours, peerUser, user } = await pair([tcp({ advertise: 'a.example.com' })], [tcp({ port: 5060 })]);
    const flow = await reached(clock, ours, toThem('TCP', 5060));
    expect(flow.advertised.host).toBe('a.example.com');
    flow.send(bytesOf(requestText()));
    await clock.advance(5);
    peerUser.heard[0]!.flow.send(bytesOf(responseText(`SIP/2.0/TCP a.example.com:${flow.advertised.port};branch=z9hG4bK1`)));
    await clock.advance(5);
    expect(user.heard).toHaveLength(1);
  });
});

describe('several listeners of a kind', () => {
  it('are told apart by where packets to the target leave from', async () => {
    const { layer, clock, listener } = createWorld();
    await listener();
    const ours = await layer([
      udp({ host: '192.168.7.1', port: 5060 }),
      udp({ host: OURS, port: 5060 }),
      tcp({ host: '192.168.7.1', port: 5060 }),
      tcp({ host: OURS, port: 5060 }),
    ]);
    const local = async (target: Target): Promise<string> => (await reached(clock, ours, target)).local.host;
    expect(await local({ kind: 'UDP', host: THEIRS, port: 5060 })).toBe(OURS);
    expect(await local({ kind: 'UDP', host: '192.168.7.2', port: 5060 })).toBe('192.168.7.1');
    expect(await local(TO)).toBe(OURS);
  });

  it('are asked for the connection that there is before one opens another', async () => {
    const { layer, clock, connect, user } = createWorld();
    const ours = await layer([tcp({ host: OURS, port: 5060 }), tcp({ host: OURS, port: 5070 }), tcp({ host: '192.168.7.1', port: 5060 })]);
    const peer = await connect({ host: '192.168.7.1', port: 5060 });
    peer.send(requestText());
    await clock.advance(5);
    const { flow } = user.heard[0]!;
    expect(ours.open({ kind: 'TCP', ...flow.remote })).toBe(flow);
    expect(flow.local.host).toBe('192.168.7.1');
  });

  it('are the first where the routing table does not know', async () => {
    const { layer, here } = createWorld();
    const { bent } = await import('./world.ts');
    const network = bent(here, { sourceFor: () => Promise.reject(new Error('no route')) });
    const ours = await layer([udp({ host: OURS, port: 5060 }), udp({ host: '192.168.7.1', port: 5060 })], { network });
    expect((await ours.open({ kind: 'UDP', host: '198.51.100.1', port: 5060 })).local.host).toBe(OURS);
  });
});

it('stats count each kind that there is', async () => {
  const { clock, ours, peer2, peerUser } = await pair([tcp({}), ws({})], [tcp({ port: 5060 }), ws({ port: 80 }), udp({ port: 5060 })]);
  for (const [kind, port] of [
    ['TCP', 5060],
    ['WS', 80],
  ] as const) {
    const flow = await reached(clock, ours, toThem(kind, port));
    flow.send(bytesOf(requestText({ callId: kind })));
    await until(clock, () => peerUser.callIds.includes(kind));
  }
  expect(peer2.stats()).toMatchObject({
    live: { connections: 2, 'connections:TCP': 1, 'connections:WS': 1, listeners: 6 },
    total: { received: 2, 'received:TCP': 1, 'received:WS': 1, connectionsIn: 2, 'connectionsIn:WS': 1 },
  });
  expect(ours.stats().total).toMatchObject({ sent: 2, 'sent:TCP': 1, connectionsOut: 2, 'connectionsOut:TCP': 1 });
  expect(peer2.stats().total).not.toHaveProperty('received:UDP');
});
