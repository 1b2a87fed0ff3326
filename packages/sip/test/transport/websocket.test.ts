import { beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';
import { authority, issue, type Authority } from './certificates.ts';
import { TEXT, bare, frame } from './frames.ts';
import { pair, reached, toThem, turned, until } from './pair.ts';
import { OURS, THEIRS, Stream, answerTo, bytesOf, createWorld, requestText, responseText, type World } from './world.ts';
import { writeMessage } from '../../src/messages/write.ts';
import type { TransportLayer } from '../../src/transport/layer.ts';
import { StreamDuplex } from '../../src/transport/stream-duplex.ts';
import { ws, wss, type WsOptions } from '../../src/transport/websocket.ts';
import type { Certificate } from '../../src/transport/certificates.ts';

const AT = { host: OURS, port: 8080 };
const VIA = 'SIP/2.0/WS df7jal23ls0d.invalid;branch=z9hG4bK1';
const text = (callId = 'one', more = {}): string => requestText({ via: VIA, callId, ...more });

interface Served extends World {
  readonly ours: TransportLayer;
}

async function serving(options: Partial<WsOptions> = {}, conditions = {}): Promise<Served> {
  const world = createWorld(conditions);
  return { ...world, ours: await world.layer([ws({ ...AT, ...options })]) };
}

/** A browser. */
class Browser {
  readonly got: string[] = [];
  readonly binary: boolean[] = [];
  readonly closes: number[] = [];
  readonly errors: string[] = [];
  readonly socket: WebSocket;
  open = false;

  constructor(duplex: StreamDuplex, options: ClientOptions, protocols: readonly string[], path: string) {
    Object.assign(options, { createConnection: () => duplex });
    this.socket = new WebSocket(`ws://${OURS}:8080${path}`, [...protocols], options);
    this.socket.on('open', () => (this.open = true));
    this.socket.on('message', (data: Buffer, isBinary) => {
      this.got.push(data.toString());
      this.binary.push(isBinary);
    });
    this.socket.on('close', (code) => this.closes.push(code));
    this.socket.on('error', (error) => this.errors.push(error.message));
  }
}

async function browse({ theirs, clock }: World, options: ClientOptions = {}, protocols = ['sip'], path = '/'): Promise<Browser> {
  const duplex = new StreamDuplex();
  duplex.over(await turned(clock, theirs.connectStream(AT, duplex.receiver)));
  const browser = new Browser(duplex, options, protocols, path);
  await until(clock, () => browser.open || browser.errors.length > 0);
  return browser;
}

describe('messages over WebSocket, RFC 7118 §5', () => {
  it.each([false, true])('come one in each WebSocket message, binary: %s, and are answered on it as text', async (binary) => {
    const world = await serving({}, { splitStreams: true });
    const { clock, user, ours } = world;
    user.answer = (request, flow) => ours.responseFlow(request, flow).send(writeMessage(answerTo(request)));
    const browser = await browse(world);
    for (let at = 0; at < 20; at += 1) browser.socket.send(bytesOf(text(String(at), { body: 'x'.repeat(at * 500) })), { binary });
    await until(clock, () => browser.got.length === 20);
    expect(user.callIds).toEqual(Array.from({ length: 20 }, (_, at) => String(at)));
    expect(user.heard[0]!.flow).toMatchObject({ kind: 'WS', secure: false, reliable: true, advertised: AT, peerNames: [] });
    expect(browser.got.every((answer) => answer.startsWith('SIP/2.0 200'))).toBe(true);
    expect(browser.got[0]).toContain(`Via: ${VIA};received=${THEIRS}`);
    expect(browser.binary).not.toContain(true);
  });

  it.each([
    { name: 'no Content-Length', length: '', heard: 'abcd', status: undefined },
    { name: 'the right Content-Length', length: 'Content-Length: 4\r\n', heard: 'abcd', status: undefined },
    { name: 'one that is too small', length: 'l: 3\r\n', heard: undefined, status: 400 },
    { name: 'one that is too large', length: 'Content-Length: 5\r\n', heard: undefined, status: 400 },
    { name: 'one that is no number', length: 'Content-Length: x\r\n', heard: undefined, status: 400 },
  ])('with $name: heard as $heard, else $status, and the connection goes on', async ({ length, heard, status }) => {
    const world = await serving();
    const { clock, user } = world;
    const browser = await browse(world);
    browser.socket.send(text('first', { length: `Content-Type: text/plain\r\n${length}`, body: 'abcd' }));
    browser.socket.send(text('second'));
    await until(clock, () => user.callIds.includes('second'));
    await clock.advance(5);
    expect(user.callIds).toEqual(heard === undefined ? ['second'] : ['first', 'second']);
    if (heard !== undefined) expect(Buffer.from(user.heard[0]!.message.body!.bytes).toString()).toBe(heard);
    expect(browser.got.map((answer) => answer.slice(0, 11))).toEqual(status === undefined ? [] : [`SIP/2.0 ${status}`]);
    expect(browser.closes).toEqual([]);
  });

  it('that are no text leave as binary', async () => {
    const world = await serving();
    const { clock, user } = world;
    const browser = await browse(world);
    browser.socket.send(text());
    await until(clock, () => user.heard.length === 1);
    user.heard[0]!.flow.send(Buffer.from([0xff, 0xfe]));
    user.heard[0]!.flow.send(bytesOf('plain'));
    await until(clock, () => browser.got.length === 2);
    expect(browser.binary).toEqual([true, false]);
  });

  it('that are a double CRLF get a CRLF, and a single one nothing', async () => {
    const world = await serving();
    const { clock, user, ours } = world;
    const browser = await browse(world);
    for (const blank of ['\r\n', '\r\n\r\n', '']) browser.socket.send(blank);
    await until(clock, () => browser.got.length === 1);
    await clock.advance(5);
    expect(browser.got).toEqual(['\r\n']);
    expect(ours.stats().total).toMatchObject({ keepAlives: 1, received: 0 });
    expect(user.heard).toEqual([]);
  });

  it('over the bound end the connection with 1009', async () => {
    const world = await serving();
    const { clock, user, ours } = world;
    const browser = await browse(world);
    browser.socket.send(text());
    browser.socket.send(text('big', { body: 'x'.repeat(70_000) }));
    await until(clock, () => browser.closes.length === 1);
    await until(clock, () => ours.stats().live['connections'] === 0);
    expect(browser.closes).toEqual([1009]);
    expect(user.callIds).toEqual(['one']);
    expect(user.failed).toHaveLength(1);
    expect(ours.stats().total['dropped:too-large']).toBe(1);
    await clock.advance(2000);
    expect(clock.pending).toBe(0);
  });

  it('that trickle in are given up, counted from the first byte', async () => {
    const world = await serving({ messageTimeoutMs: 5000 });
    const { clock, user, ours } = world;
    const peer = await bare(world, AT.port);
    const whole = frame(TEXT, text());
    for (let round = 0; round < 3; round += 1) {
      for (const piece of [whole.subarray(0, 100), whole.subarray(100)]) {
        peer.connection!.send(piece);
        await clock.advance(2000);
      }
    }
    expect(user.heard).toHaveLength(3);
    expect(ours.stats().live['connections']).toBe(1);
    for (let at = 0; at < 6; at += 1) {
      peer.connection!.send(whole.subarray(at, at + 1));
      await clock.advance(900);
    }
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:too-slow': 1 } });
    expect(user.failed).toHaveLength(1);
    await until(clock, () => clock.pending === 0);
  });

  it('are not compressed, whatever the browser offers', async () => {
    const browser = await browse(await serving(), { perMessageDeflate: true });
    expect(browser.socket.extensions).toBe('');
  });
});

describe('WebSocket handshakes, RFC 7118 §4', () => {
  it.each([
    { name: 'without a subprotocol', protocols: [], status: 400 },
    { name: 'for another subprotocol', protocols: ['chat', 'xmpp'], status: 400 },
    { name: 'for sip among others', protocols: ['chat', 'SIP'.toLowerCase()], status: undefined },
    { name: 'for another path', path: '/other', options: { path: '/sip' }, status: 404 },
    { name: 'for the path', path: '/sip?x=1', options: { path: '/sip' }, status: undefined },
    { name: 'of another page', origin: 'https://evil.example', options: { origins: ['https://phone.example.com'] }, status: 403 },
    { name: 'of no page', options: { origins: ['https://phone.example.com'] }, status: 403 },
    { name: 'of the page', origin: 'https://phone.example.com', options: { origins: ['https://Phone.example.com/'] }, status: undefined },
    { name: 'in an old version', client: { protocolVersion: 8 }, status: undefined },
  ])('$name: refused with $status', async ({ protocols = ['sip'], path, options = {}, origin, client = {}, status }) => {
    const world = await serving(options);
    const { clock, ours } = world;
    const browser = await browse(world, { ...client, ...(origin === undefined ? {} : { origin }) }, protocols, path);
    if (status === undefined) {
      expect(browser.socket.protocol).toBe('sip');
      return;
    }
    expect(browser.errors).toEqual([`Unexpected server response: ${status}`]);
    await until(clock, () => clock.pending === 0);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:handshake': 1 } });
  });

  it.each([
    { name: 'no upgrade', say: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', answer: '426' },
    { name: 'no HTTP', say: text(), answer: '400' },
    {
      name: 'an upgrade to something else',
      say: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      answer: '400',
    },
    {
      name: 'no key',
      say: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\nSec-WebSocket-Version: 13\r\n\r\n',
      answer: '400',
    },
  ])('that are $name get $answer, and the connection is closed', async ({ say, answer }) => {
    const { clock, connect, user, ours } = await serving();
    const peer = await connect(AT);
    peer.send(say);
    await until(clock, () => peer.ends === 1);
    expect(peer.text).toMatch(new RegExp(`^HTTP/1.1 ${answer} `));
    expect(user.heard).toEqual([]);
    await until(clock, () => clock.pending === 0);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:handshake': 1 } });
  });

  it.each([
    { name: 'not begun', say: '' },
    { name: 'half', say: 'GET / HTTP/1.1\r\nHost:' },
  ])('T-45: $name after their time are given up', async ({ say }) => {
    const { clock, connect, ours } = await serving({ handshakeTimeoutMs: 4000 });
    const peer = await connect(AT);
    peer.send(say);
    await clock.advance(3990);
    expect(ours.stats().live).toMatchObject({ connections: 1, 'handshakes:WS': 1 });
    await clock.advance(20);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:handshake': 1 } });
    expect(peer.ends).toBe(1);
    expect(clock.pending).toBe(0);
  });
});

describe('WebSocket connections', () => {
  it('are kept alive by pings of WebSocket, and cut when no pong comes', async () => {
    const world = await serving({ keepAliveMs: 20_000, pongTimeoutMs: 5000, idleTimeoutMs: 60_000 });
    const { clock, user, ours, network, theirs, here } = world;
    const browser = await browse(world);
    let pings = 0;
    browser.socket.on('ping', () => (pings += 1));
    browser.socket.send(text());
    for (let second = 0; second < 600; second += 1) await clock.advance(1000);
    expect(pings).toBeGreaterThanOrEqual(29);
    expect(pings).toBeLessThanOrEqual(37);
    expect(ours.stats().live['connections']).toBe(1);
    network.partition(theirs, here);
    for (let second = 0; second < 26; second += 1) await clock.advance(1000);
    expect(ours.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:no-pong': 1 } });
    expect(user.failed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('that the browser ends are told once, and cannot be opened anew', async () => {
    const world = await serving();
    const { clock, user, ours } = world;
    const browser = await browse(world);
    browser.socket.send(text());
    await until(clock, () => user.heard.length === 1);
    browser.socket.close(1000);
    await until(clock, () => browser.closes.length === 1 && user.failed.length === 1);
    const { message, flow } = user.heard[0]!;
    expect(user.failed).toEqual([{ flow, error: undefined }]);
    if (message.kind !== 'request') throw new Error('a request was sent');
    const back = ours.responseFlow(message, flow);
    expect(back).toBe(flow);
    back.send(bytesOf('too late'));
    await clock.advance(5);
    expect(user.failed).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('are ended by close with 1000', async () => {
    const world = await serving();
    const browser = await browse(world);
    await world.ours.close();
    await until(world.clock, () => browser.closes.length === 1);
    expect(browser.closes).toEqual([1000]);
    await world.clock.advance(2000);
    expect(world.clock.pending).toBe(0);
    expect(world.network.connections).toBe(0);
  });

  it('of ours show a host that cannot be called, and are answered on it', async () => {
    const { clock, ours, user, peerUser } = await pair([ws({ path: '/sip' })], [ws({ host: THEIRS, port: 80, path: '/sip' })]);
    expect(await ours.listen()).toEqual([]);
    const flow = await reached(clock, ours, toThem('WS', 80, 'phones.example.com'));
    expect(flow).toMatchObject({
      kind: 'WS',
      local: { port: 0 },
      advertised: { host: expect.stringMatching(/^[0-9a-f]+\.invalid$/), port: 80 },
    });
    expect(ours.open(toThem('WS', 80))).toBe(flow);
    flow.send(bytesOf(requestText({ via: VIA })));
    await until(clock, () => peerUser.heard.length === 1);
    const { host } = flow.advertised;
    peerUser.heard[0]!.flow.send(bytesOf(responseText(`SIP/2.0/WS ${host}:80;branch=z9hG4bK1`)));
    await until(clock, () => user.heard.length === 1);
  });

  it('of ours fail where no WebSocket is spoken, or not for SIP', async () => {
    const { clock, layer, theirs, user } = createWorld();
    const ours = await layer([ws({})]);
    for (const [port, answer] of [
      [80, 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n'],
      [81, 'SIP/2.0 200 OK\r\n\r\n'],
    ] as const) {
      const stream = new Stream();
      await theirs.listenStream({ host: THEIRS, port }, (connection) => {
        stream.connection = connection;
        setImmediate(() => stream.send(answer));
        return stream;
      });
      const opening = Promise.resolve(ours.open(toThem('WS', port)));
      await expect(turned(clock, opening)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
      await until(clock, () => stream.ends === 1);
    }
    expect(user.failed).toHaveLength(2);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 0 });
    expect(clock.pending).toBe(0);
  });
});

describe('WebSocket over TLS', () => {
  let ca: Authority;
  let certificate: Certificate;
  beforeAll(async () => {
    ca = await authority('our ca');
    certificate = await issue(ca, ['dns:b.example.com']);
  });

  it('T-43: is opened to whom the certificate proves alone, and says who', async () => {
    const { clock, ours } = await pair([wss({ ca: ca.cert })], [wss({ host: THEIRS, port: 443, certificate })]);
    const flow = await reached(clock, ours, toThem('WSS', 443, 'b.example.com'));
    expect(flow).toMatchObject({ kind: 'WSS', secure: true, peerNames: ['b.example.com'], advertised: { port: 443 } });
    const other = Promise.resolve(ours.open(toThem('WSS', 443, 'c.example.com')));
    await expect(turned(clock, other)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    expect(ours.open(toThem('WSS', 443, 'b.example.com'))).toBe(flow);
  });

  it('shows other certificates when told to', async () => {
    const transport = wss({ host: THEIRS, port: 443, certificate });
    const { clock, ours } = await pair([wss({ ca: ca.cert })], [transport]);
    transport.reload({ certificate: await issue(ca, ['dns:new.example.com']) });
    expect((await reached(clock, ours, toThem('WSS', 443, 'new.example.com'))).peerNames).toEqual(['new.example.com']);
  });
});

describe('options of WebSocket', () => {
  it.each([
    { options: { path: 'sip' }, option: 'path' },
    { options: { origins: ['phone'] }, option: 'origins' },
    { options: { keepAliveMs: 0 }, option: 'keepAliveMs' },
    { options: { handshakeTimeoutMs: 0 }, option: 'handshakeTimeoutMs' },
  ])('$option is checked', ({ options, option }) => {
    expect(() => ws(options)).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
    expect(() => wss({ port: 443 })).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'certificate' } }));
  });

  it('say so when the package ws is not there', async () => {
    vi.doMock('ws', () => {
      throw new Error('Cannot find package');
    });
    const listening = createWorld().layer([ws(AT)]);
    await expect(listening).rejects.toMatchObject({
      code: 'SIP_PACKAGE_MISSING',
      info: { package: 'ws' },
      message: expect.stringContaining('npm install ws'),
    });
    vi.doUnmock('ws');
  });
});
