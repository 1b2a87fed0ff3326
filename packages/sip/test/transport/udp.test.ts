import { SeededRandom } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { OURS, THEIRS, answerTo, bent, bytesOf, createWorld, requestText } from './world.ts';
import { writeMessage } from '../../src/messages/write.ts';
import type { SipRequest } from '../../src/messages/message.ts';
import type { Flow } from '../../src/transport/transport.ts';
import { udp } from '../../src/transport/udp.ts';

const HERE = { host: OURS, port: 5060 };
const BRANCH = 'branch=z9hG4bK1';

describe('a request over UDP, RFC 3261 §18.2.1 and RFC 3581', () => {
  it.each([
    { via: `${THEIRS}:5060;${BRANCH}`, received: undefined, rport: undefined, because: 'it says where it came from' },
    { via: `${THEIRS}:9999;${BRANCH}`, received: undefined, rport: undefined, because: 'the port is not received’s business' },
    { via: `10.9.9.9:5060;${BRANCH}`, received: THEIRS, rport: undefined, because: 'another address' },
    { via: `pc.example.com;${BRANCH}`, received: THEIRS, rport: undefined, because: 'a name' },
    { via: `${THEIRS}:5060;rport;${BRANCH}`, received: THEIRS, rport: 5060, because: 'rport asks for both' },
    { via: `10.9.9.9:7777;rport;${BRANCH}`, received: THEIRS, rport: 5060, because: 'behind a NAT' },
    { via: `${THEIRS}:5060;rport=1;${BRANCH}`, received: THEIRS, rport: 5060, because: 'a value of the peer’s is replaced' },
    { via: `${THEIRS}:5060;received=1.2.3.4;${BRANCH}`, received: THEIRS, rport: undefined, because: 'a lie is replaced' },
  ])('with Via $via gets received=$received, rport=$rport: $because', async ({ via, received, rport }) => {
    const { clock, user, layer, peer } = createWorld();
    await layer([udp({ host: OURS, port: 5060 })]);
    (await peer()).send(requestText({ via: `SIP/2.0/UDP ${via}` }), HERE);
    await clock.advance(1);
    const { message } = user.heard[0]!;
    expect([message.via.received, message.via.rport]).toEqual([received, rport]);
    expect(message.headers.get('Via')).toContain(received === undefined ? via : `received=${received}`);
  });

  it('from an IPv6 address is stamped without brackets, and shown ours without them', async () => {
    const { clock, user, layer, peer } = createWorld();
    await layer([udp({ host: '::', port: 5060 })]);
    const sender = await peer(5060, '2001:db8::2');
    sender.send(requestText({ via: `SIP/2.0/UDP [2001:db8::9]:5060;${BRANCH}` }), { host: '2001:db8::1', port: 5060 });
    sender.send(requestText({ via: `SIP/2.0/UDP [2001:db8::2]:5060;${BRANCH}` }), { host: '2001:db8::1', port: 5060 });
    await clock.advance(1);
    expect(user.heard.map(({ message }) => message.via.received)).toEqual(['2001:db8::2', undefined]);
    expect(user.heard[0]!.flow.advertised).toEqual({ host: '2001:db8::1', port: 5060 });
  });
});

describe('a response over UDP, RFC 3261 §18.2.2 and RFC 3581 §4', () => {
  it.each([
    { via: `${THEIRS}:5060;${BRANCH}`, to: 5060, because: 'sent-by is the source' },
    { via: `${THEIRS}:5062;${BRANCH}`, to: 5062, because: 'without rport, sent-by says the port' },
    { via: `${THEIRS};${BRANCH}`, to: 5060, because: 'no port means the default one' },
    { via: `10.9.9.9:5062;${BRANCH}`, to: 5062, because: 'the host is the source’s, the port sent-by’s' },
    { via: `10.9.9.9:5062;rport;${BRANCH}`, to: 6000, because: 'rport asks for the source port' },
    { via: `${THEIRS}:5062;maddr=10.0.0.66;rport;${BRANCH}`, to: 6000, because: 'a unicast maddr is not followed' },
  ])('to Via $via goes to port $to of the source: $because', async ({ via, to }) => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const source = await peer(6000);
    const others = [await peer(5060), await peer(5062)];
    user.answer = (request, flow) => ours.responseFlow(request, flow).send(writeMessage(answerTo(request)));
    source.send(requestText({ via: `SIP/2.0/UDP ${via}` }), HERE);
    if (to === 5060) others[0]!.send(requestText({ via: `SIP/2.0/UDP ${via}`, callId: 'from-5060' }), HERE);
    await clock.advance(2);
    const reached = [source, ...others].filter(({ got }) => got.length > 0).map(({ socket }) => socket!.local.port);
    expect(reached).toEqual([to]);
    const responses = [source, ...others].flatMap(({ got }) => got);
    expect(responses[0]!.from).toEqual(HERE);
    expect(responses[0]!.text.startsWith('SIP/2.0 200')).toBe(true);
  });

  it('to sent-by port 0 goes back to the source', async () => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const source = await peer(6000);
    user.answer = (request, flow) => ours.responseFlow(request, flow).send(writeMessage(answerTo(request)));
    source.send(requestText({ via: `SIP/2.0/UDP ${THEIRS}:0;${BRANCH}` }), HERE);
    await clock.advance(2);
    expect(source.got).toHaveLength(1);
  });
});

describe('what a UDP flow shows of us', () => {
  it.each([
    { host: OURS, advertise: undefined, at: OURS, shown: OURS, behind: undefined, because: 'bound to one address' },
    { host: OURS, advertise: '203.0.113.5', at: OURS, shown: '203.0.113.5', behind: OURS, because: 'told to advertise another' },
    {
      host: undefined,
      advertise: 'sip.example.com',
      at: OURS,
      shown: 'sip.example.com',
      behind: '0.0.0.0',
      because: 'told to advertise a name',
    },
    { host: '0.0.0.0', advertise: undefined, at: OURS, shown: OURS, behind: undefined, because: 'the source of packets to that peer' },
    { host: '::', advertise: '[2001:db8::5]', at: '2001:db8::1', shown: '2001:db8::5', behind: '::', because: 'brackets are the writer’s' },
  ])('bound to $host, advertising $advertise: $shown, because $because', async ({ host, advertise, at, shown, behind }) => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host, port: 5080, advertise })]);
    const theirs = at.includes(':') ? '2001:db8::2' : THEIRS;
    (await peer(5060, theirs)).send(requestText(), { host: at, port: 5080 });
    await clock.advance(1);
    expect(user.heard[0]!.flow.advertised).toEqual({ host: shown, port: 5080, behind });
    expect(await ours.open({ kind: 'UDP', host: theirs, port: 5060 })).toBe(user.heard[0]!.flow);
  });

  it('is another for a peer on another network, and loopback on loopback', async () => {
    const { clock, user, here, layer, peer } = createWorld();
    const stack = await layer([udp({ port: 5060 })]);
    (await peer(5060, '192.168.7.2')).send(requestText(), { host: '192.168.7.1', port: 5060 });
    await clock.advance(1);
    expect(user.heard[0]!.flow.advertised.host).toBe('192.168.7.1');
    const near = stack.open({ kind: 'UDP', host: '127.0.0.1', port: 5070 }) as Flow;
    expect(near.advertised.host).toBe('127.0.0.1');
    expect(here.addresses).not.toContain('127.0.0.1');
  });
});

describe('a wildcard whose source address takes time', () => {
  const slow = (): {
    world: ReturnType<typeof createWorld>;
    asked: string[];
    settle: (answer: string | Error) => void;
    network: ReturnType<typeof bent>;
  } => {
    const world = createWorld();
    const asked: string[] = [];
    let settle: (answer: string | Error) => void = () => {};
    const network = bent(world.here, {
      sourceFor(host) {
        asked.push(host);
        return new Promise((resolve, reject) => (settle = (answer) => (typeof answer === 'string' ? resolve(answer) : reject(answer))));
      },
    });
    return { world, asked, settle: (answer) => settle(answer), network };
  };

  it('holds the first datagrams of a peer back, asks once, and keeps their order', async () => {
    const { world, asked, settle, network } = slow();
    const { clock, user, layer, peer } = world;
    const stack = await layer([udp({ port: 5060 })], { network });
    const sender = await peer();
    for (let at = 0; at < 5; at += 1) sender.send(requestText({ callId: `early-${at}` }), HERE);
    await clock.advance(10);
    expect(user.heard).toEqual([]);
    const opening = stack.open({ kind: 'UDP', host: THEIRS, port: 5090 });
    sender.send(requestText({ callId: 'late' }), HERE);
    settle(OURS);
    await clock.advance(10);
    expect(user.callIds).toEqual(['early-0', 'early-1', 'early-2', 'early-3', 'early-4', 'late']);
    expect((await opening).advertised).toEqual(HERE);
    expect(asked).toEqual([THEIRS]);
  });

  it('bounds what waits, counts the rest, and drops all of it when there is no way', async () => {
    const { world, asked, settle, network } = slow();
    const { clock, user, layer, peer } = world;
    const stack = await layer([udp({ port: 5060 })], { network });
    const sender = await peer();
    for (let at = 0; at < 70; at += 1) sender.send(requestText(), HERE);
    await clock.advance(10);
    expect(stack.stats().total['dropped:source-waiting']).toBe(6);
    const opening = stack.open({ kind: 'UDP', host: THEIRS, port: 5060 });
    settle(new Error('no route'));
    await expect(opening).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED', info: { transport: 'UDP', host: THEIRS, port: 5060 } });
    await clock.advance(10);
    expect(user.heard).toEqual([]);
    expect(stack.stats().total['dropped:source']).toBe(64);

    sender.send(requestText(), HERE);
    await clock.advance(1);
    settle(OURS);
    await clock.advance(1);
    expect(asked).toHaveLength(2);
    expect(user.heard).toHaveLength(1);
  });

  it('gives no flow when the layer was closed meanwhile', async () => {
    const { world, settle, network } = slow();
    const stack = await world.layer([udp({ port: 5060 })], { network });
    const opening = stack.open({ kind: 'UDP', host: THEIRS, port: 5060 });
    await stack.close();
    settle(OURS);
    await expect(opening).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
  });
});

describe('a UDP flow', () => {
  it('is the same object for the same peer, at once, and remembers its listener', async () => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 }), udp({ host: '192.168.7.1', port: 5070 })]);
    const sender = await peer();
    sender.send(requestText(), HERE);
    sender.send(requestText(), HERE);
    sender.send(requestText(), { host: '192.168.7.1', port: 5070 });
    await clock.advance(1);
    const [first, second, other] = user.heard.map(({ flow }) => flow);
    expect(first).toBe(second);
    expect(ours.open({ kind: 'UDP', host: THEIRS, port: 5060 })).toBe(first);
    expect(other).not.toBe(first);
    expect(other).toMatchObject({
      local: { host: '192.168.7.1', port: 5070 },
      advertised: { host: '192.168.7.1', port: 5070 },
      remote: { host: THEIRS, port: 5060 },
    });
    expect(first).toMatchObject({ kind: 'UDP', reliable: false, secure: false, closed: false });
    expect(first!.sibling(5060)).toBe(first);
    expect(first!.sibling(5061)).toMatchObject({ remote: { host: THEIRS, port: 5061 }, advertised: HERE });
  });

  it('reports a send that failed, later and by the flow it was sent by', async () => {
    const { clock, network, user, layer } = createWorld({ reportUnreachable: true });
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const flow = (await ours.open({ kind: 'UDP', host: THEIRS, port: 9 })) as Flow;
    flow.send(bytesOf('x'));
    expect(user.failed).toEqual([]);
    await clock.advance(5);
    expect(user.failed).toEqual([{ flow, error: expect.objectContaining({ code: 'ECONNREFUSED' }) }]);
    expect(flow.closed).toBe(false);
    expect(ours.stats().total).toMatchObject({ sent: 1, flowsFailed: 1 });
    expect(network.counts.sent).toBe(1);
  });

  it('does not fail for one message that was too large for it', async () => {
    const { clock, user, here, layer } = createWorld();
    const network = bent(here, {
      bindDatagram: async (options, receiver) => ({
        local: { host: options.host, port: options.port },
        send(bytes, port, host) {
          const code = bytes.length > 65_507 ? 'EMSGSIZE' : 'ENETUNREACH';
          queueMicrotask(() => receiver.error(Object.assign(new Error(code), { code }), { host, port }));
        },
        close() {},
      }),
    });
    const ours = await layer([udp({ host: OURS, port: 5060 })], { network });
    const flow = (await ours.open({ kind: 'UDP', host: THEIRS, port: 5060 })) as Flow;
    flow.send(new Uint8Array(65_508));
    await clock.advance(1);
    expect(user.failed).toEqual([]);
    expect(ours.stats().total['socketErrors']).toBe(1);
    flow.send(new Uint8Array(10));
    await clock.advance(1);
    expect(user.failed.map(({ error }) => error?.message)).toEqual(['ENETUNREACH']);
  });

  it('does nothing but say so once its layer is closed', async () => {
    const { clock, network, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const sender = await peer();
    const flow = (await ours.open({ kind: 'UDP', host: THEIRS, port: 5060 })) as Flow;
    await ours.close();
    expect(flow.closed).toBe(true);
    flow.send(bytesOf('x'));
    sender.send(requestText(), HERE);
    await clock.advance(5);
    expect([user.heard, user.failed, sender.got]).toEqual([[], [], []]);
    expect(network.counts.unbound).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('survives thousands of peers and ports', async () => {
    const { clock, user, layer, network } = createWorld();
    const ours = await layer([udp({ port: 5060 })]);
    const far = network.host('10.200.0.1');
    for (let at = 0; at < 3000; at += 1) {
      const socket = await far.bindDatagram({ host: '10.200.0.1', port: 1024 + at }, { message() {}, error() {} });
      socket.send(bytesOf(requestText({ callId: String(at) })), 5060, OURS);
    }
    for (let at = 0; at < 20_000; at += 1)
      await ours.open({ kind: 'UDP', host: `10.${100 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`, port: 5060 });
    await clock.advance(5);
    expect(user.heard).toHaveLength(3000);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 2 });
  });

  it('is kept for so many peers and ports together, and no more', async () => {
    const { layer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const open = (port: number, host = THEIRS): Flow => ours.open({ kind: 'UDP', host, port }) as Flow;
    const first = open(5060);
    for (let host = 0; host < 64; host += 1) for (let port = 1; port <= 1000; port += 1) open(port, `10.77.0.${host}`);
    expect(open(5060)).toBe(first);
    for (let host = 64; host < 66; host += 1) for (let port = 1; port <= 1000; port += 1) open(port, `10.77.0.${host}`);
    expect(open(5060)).not.toBe(first);
  });
});

describe('what is no message', () => {
  it.each([
    { name: 'an empty datagram', text: '' },
    { name: 'CRLF', text: '\r\n' },
    { name: 'CRLF twice', text: '\r\n\r\n' },
    { name: 'a NUL', text: '\0' },
  ])('$name is a keep-alive, counted and not answered', async ({ text }) => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const sender = await peer();
    sender.send(text, HERE);
    await clock.advance(5);
    expect([user.heard, user.refused, sender.got]).toEqual([[], [], []]);
    expect(ours.stats().total).toMatchObject({ keepAlives: 1, received: 0 });
  });

  it('is refused with what the parser found, and stamped so that the answer finds back', async () => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const sender = await peer(6000);
    sender.send(requestText({ via: `SIP/2.0/UDP 10.9.9.9;rport;${BRANCH}` }).replace('CSeq: 1', 'CSeq: x'), HERE);
    sender.send('hello', HERE);
    await clock.advance(5);
    expect(user.refused.map(({ verdict }) => [verdict.status, verdict.rule])).toEqual([
      [400, 'cseq-syntax'],
      [undefined, expect.any(String)],
    ]);
    expect(sender.got[0]!.text).toMatch(/^SIP\/2\.0 400 .*\r\nVia: [^\r]*;rport=6000;[^\r]*;received=10\.0\.0\.2\r\n/s);
    expect(ours.stats().total).toMatchObject({ received: 2, malformed: 2, 'dropped:malformed': 1 });
  });

  it('from port 0 is dropped', async () => {
    const { clock, user, layer, peer } = createWorld();
    const ours = await layer([udp({ host: OURS, port: 5060 })], {
      network: bent(createWorld().here, {
        bindDatagram: async (options, receiver) => {
          queueMicrotask(() => receiver.message(bytesOf(requestText()), THEIRS, 0));
          return { local: { host: options.host, port: options.port }, send() {}, close() {} };
        },
      }),
    });
    await peer();
    await clock.advance(5);
    expect(user.heard).toEqual([]);
    expect(ours.stats().total['dropped:source']).toBe(1);
  });

  it('never throws, whatever the bytes', async () => {
    const { clock, user, layer, peer } = createWorld();
    const random = new SeededRandom(11);
    const ours = await layer([udp({ host: OURS, port: 5060 })]);
    const sender = await peer();
    user.answer = (request: SipRequest, flow) => ours.responseFlow(request, flow).send(writeMessage(answerTo(request)));
    const whole = requestText({ via: `SIP/2.0/UDP 10.9.9.9:1;rport;${BRANCH}` });
    for (let at = 0; at < 500; at += 1) {
      const bytes = bytesOf(whole).subarray(0, random.integer(whole.length + 1));
      for (let flips = random.integer(4); flips > 0 && bytes.length > 0; flips -= 1)
        bytes[random.integer(bytes.length)] = random.integer(256);
      sender.socket!.send(bytes, 5060, OURS);
    }
    sender.send(requestText({ callId: 'after' }), HERE);
    await clock.advance(5);
    expect(user.callIds.at(-1)).toBe('after');
  });
});
