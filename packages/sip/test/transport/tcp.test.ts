import { settle } from '@jackfield/base/testing';
import { describe, expect, it } from 'vitest';
import { OURS, Stream, THEIRS, answerTo, bent, bytesOf, createWorld, requestText, responseText } from './world.ts';
import { writeMessage } from '../../src/messages/write.ts';
import type { TransportLayer } from '../../src/transport/layer.ts';
import { tcp, type TcpOptions } from '../../src/transport/tcp.ts';
import type { Flow } from '../../src/transport/transport.ts';

const TO = { kind: 'TCP', host: THEIRS, port: 5060 } as const;
const VIA = `SIP/2.0/TCP ${THEIRS}:5060;branch=z9hG4bK1`;
const text = (callId = 'one'): string => requestText({ via: VIA, callId });

async function listening(options: Partial<TcpOptions> = {}, conditions = {}) {
  const world = createWorld(conditions);
  const ours = await world.layer([tcp({ host: OURS, port: 5060, ...options })]);
  return { ...world, ours };
}

async function opened(world: { clock: { advance(ms: number): Promise<void> }; ours: TransportLayer }, port = 5060): Promise<Flow> {
  const opening = world.ours.open({ ...TO, port });
  await world.clock.advance(10);
  return opening;
}

describe('messages over TCP', () => {
  it('come whole however the stream is cut, and are answered on the connection', async () => {
    const { clock, connect, user, ours } = await listening({}, { splitStreams: true });
    user.answer = (request, flow) => ours.responseFlow(request, flow).send(writeMessage(answerTo(request)));
    const peer = await connect();
    for (let at = 0; at < 30; at += 1)
      peer.send(requestText({ via: `SIP/2.0/TCP 10.9.9.9:1;branch=z9hG4bK${at}`, callId: String(at), body: 'x'.repeat(at * 10) }));
    await clock.advance(10);
    expect(user.callIds).toEqual(Array.from({ length: 30 }, (_, at) => String(at)));
    expect(user.heard.every(({ flow }) => flow === user.heard[0]!.flow)).toBe(true);
    expect(user.heard[0]!.message.via.received).toBe(THEIRS);
    expect(user.heard[0]!.flow).toMatchObject({
      kind: 'TCP',
      reliable: true,
      advertised: { host: OURS, port: 5060 },
      local: { host: OURS, port: 5060 },
    });
    expect(peer.text.match(/SIP\/2\.0 200/g)).toHaveLength(30);
  });

  it('that are malformed but framed are refused, and the connection goes on', async () => {
    const { clock, connect, user } = await listening();
    const peer = await connect();
    peer.send(text('bad').replace('CSeq: 1', 'CSeq: x') + text('good'));
    await clock.advance(5);
    expect(user.refused.map(({ verdict }) => verdict.rule)).toEqual(['cseq-syntax']);
    expect(user.callIds).toEqual(['good']);
    expect(peer).toMatchObject({ text: expect.stringContaining('SIP/2.0 400'), ends: 0 });
  });

  it.each([
    { name: 'no Content-Length', bad: requestText({ via: VIA, length: '' }), status: 400, cause: 'framing' },
    { name: 'two Content-Lengths', bad: requestText({ via: VIA, length: 'Content-Length: 0\r\nl: 4\r\n' }), status: 400, cause: 'framing' },
    {
      name: 'a body over the limit',
      bad: requestText({ via: VIA, length: 'Content-Length: 999999\r\n' }),
      status: 513,
      cause: 'too-large',
    },
    {
      name: 'a header block over the limit',
      bad: requestText({ via: VIA, length: `X: ${'x'.repeat(40_000)}\r\nl: 0\r\n` }),
      status: 513,
      cause: 'too-large',
    },
    {
      name: 'a header block over the limit of which each header is short enough',
      bad: requestText({ via: VIA, length: `${`X: ${'x'.repeat(9_000)}\r\n`.repeat(4)}l: 0\r\n` }),
      status: 513,
      cause: 'too-large',
    },
  ])('with $name are answered $status, and the connection is closed', async ({ bad, status, cause }) => {
    const { clock, connect, user, ours } = await listening();
    const peer = await connect();
    peer.send(bad + text('after'));
    await clock.advance(5);
    expect(user.heard).toEqual([]);
    expect(peer).toMatchObject({ text: expect.stringMatching(new RegExp(`^SIP/2\\.0 ${status} `)), ends: 1 });
    expect(user.failed).toHaveLength(1);
    expect(ours.stats().total[`dropped:${cause}`]).toBe(1);
    expect(ours.stats().live.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('that are a double CRLF get a CRLF, RFC 5626 §4.4.1', async () => {
    const { clock, connect, user, ours } = await listening();
    const peer = await connect();
    peer.send('\r\n');
    await clock.advance(5);
    expect(peer.text).toBe('');
    peer.send('\r\n\r\n\r\n');
    await clock.advance(5);
    expect(peer.text).toBe('\r\n');
    expect(ours.stats().total).toMatchObject({ keepAlives: 1, received: 0 });
    expect(user.heard).toEqual([]);
  });
});

describe('connections', () => {
  it('are opened once for all who ask, then reused at once, for what the peer sends too', async () => {
    const { clock, listener, user, ours } = await listening();
    const streams = await listener();
    const flows = [ours.open(TO), ours.open(TO)];
    await clock.advance(5);
    const one = await flows[0]!;
    expect(await flows[1]!).toBe(one);
    expect(ours.open(TO)).toBe(one);
    expect(streams).toHaveLength(1);
    one.send(bytesOf(text()));
    streams[0]!.send(responseText(`SIP/2.0/TCP ${OURS}:5060;branch=z9hG4bK1`));
    await clock.advance(5);
    expect(streams[0]!.text).toBe(text());
    expect(user.heard[0]!.flow).toBe(one);
    expect(ours.stats()).toMatchObject({ live: { connections: 1 }, total: { connectionsOut: 1, connectionsIn: 0 } });
  });

  it('of the peer’s making are reused toward the address that they come from', async () => {
    const { clock, connect, user, ours } = await listening();
    const peer = await connect();
    peer.send(text());
    await clock.advance(5);
    const { flow } = user.heard[0]!;
    expect(ours.open({ kind: 'TCP', ...flow.remote })).toBe(flow);
    expect(ours.stats()).toMatchObject({ live: { connections: 1 }, total: { connectionsIn: 1 } });
  });

  it('on a wildcard show the address that they have on our side', async () => {
    const { clock, listener, connect, user, ours } = await listening({ host: undefined });
    await listener();
    const peer = await connect({ host: '192.168.7.1', port: 5060 });
    peer.send(text());
    expect((await opened({ clock, ours })).advertised).toEqual({ host: OURS, port: 5060 });
    expect(user.heard[0]!.flow.advertised).toEqual({ host: '192.168.7.1', port: 5060 });
  });

  it('show what the listener is told to advertise', async () => {
    const world = await listening({ host: undefined, advertise: '203.0.113.5' });
    await world.listener();
    expect((await opened(world)).advertised).toEqual({ host: '203.0.113.5', port: 5060, behind: OURS });
  });

  it('that the peer ends are told once, and opened anew when asked for', async () => {
    const world = await listening();
    const streams = await world.listener();
    const flow = await opened(world);
    streams[0]!.connection!.close();
    await world.clock.advance(5);
    expect(world.user.failed).toEqual([{ flow, error: undefined }]);
    expect(flow.closed).toBe(true);
    expect(world.ours.stats().live.connections).toBe(0);
    const next = await opened(world);
    expect(next).not.toBe(flow);
    expect(streams).toHaveLength(2);
  });

  it('that break are told with the error, and a send afterwards again, later', async () => {
    const world = await listening();
    await world.listener();
    const flow = await opened(world);
    world.network.cut(world.theirs);
    await world.clock.advance(5);
    expect(world.user.failed).toEqual([{ flow, error: expect.objectContaining({ code: 'ECONNRESET' }) }]);
    flow.send(bytesOf('x'));
    expect(world.user.failed).toHaveLength(1);
    await settle();
    expect(world.user.failed).toHaveLength(2);
    expect(world.clock.pending).toBe(0);
  });

  it('that are refused reject, and leave nothing behind', async () => {
    const { clock, ours } = await listening();
    const opening = expect(ours.open(TO)).rejects.toMatchObject({
      code: 'SIP_TRANSPORT_FAILED',
      info: { transport: 'TCP', host: THEIRS, port: 5060 },
    });
    await clock.advance(10);
    await opening;
    expect(ours.stats().live.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('that take too long are given up, whatever comes later', async () => {
    const { clock, network, here, ours: stack, theirs, listener, user } = await listening({ connectTimeoutMs: 3000 });
    const streams = await listener();
    const partition = network.partition(theirs, here);
    const opening = expect(stack.open(TO)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    await clock.advance(2999);
    expect(stack.stats().live.connections).toBe(1);
    await clock.advance(1);
    await opening;
    partition[Symbol.dispose]();
    await clock.advance(100);
    expect(streams).toHaveLength(0);
    expect(stack.stats().live.connections).toBe(0);
    expect(user.failed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('that a network makes after they were given up are dropped', async () => {
    const base = createWorld();
    let aborted = 0;
    let arrive: () => void = () => {};
    const ours = await base.layer([tcp({ host: OURS, port: 5060, connectTimeoutMs: 100 })], {
      network: bent(base.here, {
        connectStream: (to) =>
          new Promise((resolve) => {
            arrive = () =>
              resolve({ local: { host: OURS, port: 1 }, remote: to, buffered: 0, send() {}, close() {}, abort: () => (aborted += 1) });
          }),
      }),
    });
    const opening = expect(ours.open(TO)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    await base.clock.advance(100);
    arrive();
    await opening;
    expect(aborted).toBe(1);
    expect(ours.stats().live.connections).toBe(0);
  });
});

describe('a response whose connection is gone, RFC 3261 §18.2.2', () => {
  it('goes by a new one to the port of sent-by', async () => {
    const { clock, connect, listener, user, ours, network, theirs } = await listening();
    const streams = await listener(5062);
    const peer = await connect();
    peer.send(requestText({ via: `SIP/2.0/TCP 10.9.9.9:5062;branch=z9hG4bK1` }));
    await clock.advance(5);
    network.cut(theirs);
    await clock.advance(5);
    const { message, flow } = user.heard[0]!;
    if (message.kind !== 'request') throw new Error('a request was sent');
    const back = ours.responseFlow(message, flow);
    expect(back).toMatchObject({ closed: false, remote: { host: THEIRS, port: 5062 }, advertised: flow.advertised });
    back.send(writeMessage(answerTo(message)));
    expect(ours.responseFlow(message, flow)).toBe(back);
    await clock.advance(5);
    expect(streams[0]!.text).toMatch(/^SIP\/2\.0 200/);
    expect(ours.stats().live.connections).toBe(1);
  });

  it('is told as failed when there is no way back', async () => {
    const { clock, connect, user, ours, network, theirs } = await listening();
    const peer = await connect();
    peer.send(text());
    await clock.advance(5);
    network.cut(theirs);
    await clock.advance(5);
    const { message, flow } = user.heard[0]!;
    if (message.kind !== 'request') throw new Error('a request was sent');
    const back = ours.responseFlow(message, flow);
    back.send(writeMessage(answerTo(message)));
    await clock.advance(5);
    const [lost, tried, told, ...more] = user.failed.map((failure) => failure.flow);
    expect([lost === flow, told === back, more.length]).toEqual([true, true, 0]);
    expect(tried!.remote).toEqual({ host: THEIRS, port: 5060 }); // the connection that was tried, and could not be had
    expect(clock.pending).toBe(0);
  });
});

describe('time', () => {
  it.each([
    { name: 'says nothing', say: [], closed: 32_000, cause: 'no-message' },
    { name: 'sends keep-alives only', say: ['\r\n\r\n', '\r\n\r\n', '\r\n\r\n'], closed: 32_000, cause: 'no-message' },
    { name: 'sends its first message bit by bit', say: text().slice(0, 60).split(''), closed: 32_000, cause: 'no-message' },
  ])('runs out for a peer that $name', async ({ say, closed, cause }) => {
    const { clock, connect, user, ours } = await listening();
    const peer = await connect();
    for (const piece of say) {
      peer.send(piece);
      await clock.advance(500);
    }
    await clock.advance(closed - say.length * 500 - 2);
    expect(ours.stats().live.connections).toBe(1);
    await clock.advance(5);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { [`dropped:${cause}`]: 1 } });
    expect(peer.ends).toBe(1);
    expect(user.failed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('runs out for a later message that trickles in, counted from its first byte', async () => {
    const { clock, connect, user, ours } = await listening({ messageTimeoutMs: 5000 });
    const peer = await connect();
    peer.send(text('first') + text('second').slice(0, 20));
    for (let at = 20; at < 24; at += 1) {
      await clock.advance(1000);
      peer.send(text('second').slice(at, at + 1));
    }
    await clock.advance(990);
    peer.send(text('second').slice(24) + text('third').slice(0, 10));
    await clock.advance(5);
    expect(user.callIds).toEqual(['first', 'second']);
    await clock.advance(4990);
    expect(ours.stats().live.connections).toBe(1);
    await clock.advance(20);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:too-slow': 1 } });
    expect(peer.ends).toBe(1);
  });

  it('does not run out for a peer that spoke once and keeps the connection', async () => {
    const { clock, connect, ours } = await listening();
    const peer = await connect();
    peer.send(text());
    await clock.advance(3_500_000);
    peer.send('\r\n\r\n');
    await clock.advance(3_500_000);
    expect(ours.stats().live.connections).toBe(1);
    await clock.advance(101_000);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:idle': 1 } });
    expect(peer.ends).toBe(1);
  });

  it('closes a thousand silent connections, which do not stop new ones meanwhile', async () => {
    const { clock, theirs, connect, user, ours } = await listening();
    for (let at = 0; at < 1000; at += 1) void theirs.connectStream({ host: OURS, port: 5060 }, { data() {}, closed() {} });
    await clock.advance(10);
    expect(ours.stats().live.connections).toBe(1000);
    (await connect()).send(text());
    await clock.advance(32_000);
    expect(user.callIds).toEqual(['one']);
    expect(ours.stats()).toMatchObject({ live: { connections: 1 }, total: { 'dropped:no-message': 1000 } });
  });
});

describe('limits', () => {
  it.each(['connectTimeoutMs', 'messageTimeoutMs', 'firstMessageTimeoutMs', 'idleTimeoutMs', 'maxBufferedBytes', 'maxHeadBytes'])(
    '%s is a positive integer',
    (option) => {
      for (const value of [0, -1, 1.5, Number.NaN]) {
        expect(() => tcp({ port: 5060, [option]: value })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
      }
    },
  );

  it('hold nothing of a thousand connections that each say one thing and end', async () => {
    const { clock, theirs, user, ours, network } = await listening();
    for (let at = 0; at < 1000; at += 1) {
      void theirs.connectStream({ host: OURS, port: 5060 }, { data() {}, closed() {} }).then((connection) => {
        connection.send(bytesOf(text(String(at))));
        connection.close();
      });
    }
    await clock.advance(20);
    expect(user.heard).toHaveLength(1000);
    expect(ours.stats().live.connections).toBe(0);
    expect(network.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it.each([{ limit: { maxConnections: 2 } }, { limit: { maxConnectionsPerHost: 2 } }])(
    '$limit: the third connection is refused, both ways, until one ends',
    async ({ limit }) => {
      const world = createWorld();
      const ours = await world.layer([tcp({ host: OURS, port: 5060 })], limit);
      await world.listener();
      const peers = [await world.connect(), await world.connect(), await world.connect()];
      await world.clock.advance(5);
      expect(peers.map(({ ends }) => ends)).toEqual([0, 0, 1]);
      const refused = expect(ours.open(TO)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
      await world.clock.advance(5);
      await refused;
      expect(ours.stats()).toMatchObject({ live: { connections: 2 }, total: { 'dropped:connections': 2 } });
      peers[0]!.connection!.close();
      await world.clock.advance(5);
      expect((await opened({ clock: world.clock, ours })).closed).toBe(false);
    },
  );

  it('of addresses of one IPv6 network of 64 bits count together, and those of the next do not', async () => {
    const { layer, network, clock } = createWorld();
    const at = { host: '2001:db8::1', port: 5060 };
    const ours = await layer([tcp(at)], { maxConnections: 4, maxConnectionsPerHost: 2 });
    const ends = async (host: string): Promise<number> => {
      const stream = new Stream();
      void network.host(host).connectStream(at, stream);
      await clock.advance(5);
      return stream.ends;
    };
    expect(await ends('2001:db8:bad::1')).toBe(0);
    expect(await ends('2001:db8:bad:0:1::2')).toBe(0);
    expect(await ends('2001:db8:bad::3')).toBe(1);
    expect(await ends('2001:db8:bad:1::1')).toBe(0);
    expect(ours.stats()).toMatchObject({ live: { connections: 3 }, total: { 'dropped:connections': 1 } });
  });

  it('cut a peer that does not read', async () => {
    const world = await listening({ maxBufferedBytes: 10_000 });
    await world.listener();
    const flow = await opened(world);
    const partition = world.network.partition(world.theirs, world.here);
    for (let at = 0; at < 10; at += 1) flow.send(Buffer.alloc(1000));
    await settle();
    expect(flow.closed).toBe(false);
    flow.send(Buffer.alloc(1));
    expect(flow.closed).toBe(false);
    await settle();
    expect(flow.closed).toBe(true);
    expect(world.user.failed).toEqual([{ flow, error: undefined }]);
    expect(world.ours.stats().total['dropped:unread']).toBe(1);
    partition[Symbol.dispose]();
    await world.clock.advance(5);
    expect(world.clock.pending).toBe(0);
  });

  it('bound what waits for a connection that is being opened', async () => {
    const { clock, connect, user, ours, network, theirs } = await listening({ maxBufferedBytes: 10_000 });
    const peer = await connect();
    peer.send(text());
    await clock.advance(5);
    network.cut(theirs);
    await clock.advance(5);
    const back = user.heard[0]!.flow.sibling(5060);
    for (let at = 0; at < 11; at += 1) back.send(Buffer.alloc(1000));
    await settle();
    expect(back.closed).toBe(true);
    expect(ours.stats().total['dropped:unread']).toBe(1);
    await clock.advance(20);
    expect(ours.stats().live.connections).toBe(0);
  });
});

describe('closing the layer', () => {
  it('ends connections after what was sent, tells nobody, and leaves no timer', async () => {
    const world = await listening();
    const streams = await world.listener();
    const flow = await opened(world);
    const peer = await world.connect();
    flow.send(bytesOf('last words'));
    await world.ours.close();
    expect(world.ours.stats().live).toEqual({ connections: 0, listeners: 0 });
    await world.clock.advance(5);
    expect(streams[0]).toMatchObject({ text: 'last words', ends: 1 });
    expect(peer.ends).toBe(1);
    expect(world.user.failed).toEqual([]);
    expect(world.network.connections).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  it('gives up what is being opened', async () => {
    const { ours, clock, network } = await listening();
    const opening = expect(ours.open(TO)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    await ours.close();
    await opening;
    await clock.advance(5);
    expect(network.connections).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('waits for a peer that does not read, and not for ever', async () => {
    const world = await listening();
    await world.listener();
    const flow = await opened(world);
    world.network.partition(world.theirs, world.here);
    flow.send(bytesOf('stuck'));
    await world.ours.close();
    expect(world.clock.pending).toBe(1);
    await world.clock.advance(2000);
    expect(world.clock.pending).toBe(0);
  });
});
