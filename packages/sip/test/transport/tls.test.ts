import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority, issue, type Authority } from './certificates.ts';
import { pair, reached, toThem, toUs, turned, until, type Pair } from './pair.ts';
import { OURS, THEIRS, answerTo, bytesOf, createWorld, requestText, Stream } from './world.ts';
import { writeMessage } from '../../src/messages/write.ts';
import type { Certificate } from '../../src/transport/certificates.ts';
import { tls, type TlsTransportOptions } from '../../src/transport/tls.ts';
import { StreamDuplex } from '../../src/transport/stream-duplex.ts';
import type { Flow } from '../../src/transport/transport.ts';

let ca: Authority;
let stranger: Authority;
const made = new Map<string, Certificate>();
const of = (key: string): Certificate => made.get(key)!;

beforeAll(async () => {
  ca = await authority('our ca');
  stranger = await authority('a stranger');
  const list: Record<string, readonly string[]> = {
    b: ['dns:b.example.com'],
    bc: ['dns:b.example.com', 'dns:c.example.com'],
    c: ['dns:c.example.com'],
    uri: ['sip:b.example.com', 'dns:other.example.com'],
    wild: ['dns:*.example.com'],
    address: [`ip:${THEIRS}`],
    nul: ['dns:b.example.com\0.evil.example'],
    ours: ['dns:a.example.com'],
  };
  for (const [key, names] of Object.entries(list)) made.set(key, await issue(ca, names));
  made.set('plain', await issue(ca, [], 'b.example.com'));
  made.set('strange', await issue(stranger, ['dns:b.example.com']));
});

const via = (): string => `SIP/2.0/TLS ${THEIRS}:5061;branch=z9hG4bK1`;

/** We call, they listen. */
async function calling(theirs: Partial<TlsTransportOptions>, ours: Partial<TlsTransportOptions> = {}): Promise<Pair> {
  return pair([tls({ ca: ca.cert, ...ours })], [tls({ host: THEIRS, port: 5061, ca: ca.cert, ...theirs })]);
}

describe('whom a TLS connection is opened to', () => {
  it.each([
    { certificate: 'b', name: 'b.example.com', proved: ['b.example.com'] },
    { certificate: 'b', name: 'B.EXAMPLE.com.', proved: ['b.example.com'] },
    { certificate: 'bc', name: 'c.example.com', proved: ['b.example.com', 'c.example.com'] },
    { certificate: 'uri', name: 'b.example.com', proved: ['b.example.com'] },
    { certificate: 'plain', name: 'b.example.com', proved: ['b.example.com'] },
    { certificate: 'address', name: undefined, proved: [THEIRS] },
  ])('is proved by certificate $certificate for $name, and shown on the flow', async ({ certificate, name, proved }) => {
    const { clock, ours } = await calling({ certificate: of(certificate) });
    const flow = await reached(clock, ours, toThem('TLS', 5061, name));
    expect(flow).toMatchObject({ kind: 'TLS', secure: true, reliable: true, closed: false, peerNames: proved });
    const { fingerprint256, raw } = flow.peerCertificate!;
    expect(fingerprint256).toBe(new X509Certificate(of(certificate).cert).fingerprint256);
    expect(new X509Certificate(raw).fingerprint256).toBe(fingerprint256);
  });

  it.each([
    { certificate: 'b', name: 'c.example.com', because: 'it is of another' },
    { certificate: 'b', name: 'x.b.example.com', because: 'it is of the domain above' },
    { certificate: 'b', name: undefined, because: 'it is not of the address' },
    { certificate: 'uri', name: 'other.example.com', because: 'DNS names do not count beside SIP URIs' },
    { certificate: 'wild', name: 'b.example.com', because: 'wildcards prove nothing (RFC 5922 §7.2)' },
    { certificate: 'strange', name: 'b.example.com', because: 'nobody vouches for it' },
  ])('is refused with certificate $certificate for $name: $because', async ({ certificate, name }) => {
    const { clock, ours, peer2, user } = await calling({ certificate: of(certificate) });
    const opening = Promise.resolve(ours.open(toThem('TLS', 5061, name)));
    await expect(turned(clock, opening)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    await until(clock, () => peer2.stats().live['connections'] === 0);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 0 });
    expect(user.failed).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  it('T-43: a certificate with a NUL in its names is of nobody', async () => {
    expect(new X509Certificate(of('nul').cert).subjectAltName).toContain('\\u0000');
    const { clock, ours } = await calling({ certificate: of('nul') });
    for (const name of ['b.example.com', 'b.example.com\0.evil.example']) {
      const opening = Promise.resolve(ours.open(toThem('TLS', 5061, name)));
      await expect(turned(clock, opening)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    }
  });

  it('T-43: a connection that is there is used for the names that it proved, and for no other', async () => {
    const { clock, ours } = await calling({ certificate: of('bc') });
    const flow = await reached(clock, ours, toThem('TLS', 5061, 'b.example.com'));
    expect(ours.open(toThem('TLS', 5061, 'b.example.com'))).toBe(flow);
    expect(ours.open(toThem('TLS', 5061, 'C.example.com'))).toBe(flow);
    const other = Promise.resolve(ours.open(toThem('TLS', 5061, 'd.example.com')));
    await expect(turned(clock, other)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    expect(flow.closed).toBe(false);
    expect(ours.stats()).toMatchObject({ live: { 'connections:TLS': 1 }, total: { 'connectionsOut:TLS': 2 } });
    expect(ours.open(toThem('TLS', 5061, 'b.example.com'))).toBe(flow);
  });

  it('may be anybody where the program says so in so many words, and nobody is proved then', async () => {
    const { clock, ours } = await calling({ certificate: of('strange') }, { dangerouslyAcceptAnyCertificate: true });
    const flow = await reached(clock, ours, toThem('TLS', 5061, 'b.example.com'));
    expect(flow).toMatchObject({ secure: true, peerNames: [], peerCertificate: undefined });
    expect(ours.open(toThem('TLS', 5061, 'b.example.com'))).toBe(flow);
    expect(await reached(clock, ours, toThem('TLS', 5061, 'c.example.com'))).not.toBe(flow);
  });

  it('is shown the certificate of the name that was asked for, else the first', async () => {
    const { clock, ours } = await calling({ certificate: [of('address'), of('b'), { ...of('c'), names: ['c.example.com'] }] });
    for (const name of ['b.example.com', 'c.example.com', undefined])
      expect((await reached(clock, ours, toThem('TLS', 5061, name))).peerNames).toEqual([name ?? THEIRS]);
  });
});

describe('who connects', () => {
  it.each([
    { clientCertificate: 'none', shows: 'ours', proved: [] },
    { clientCertificate: 'ask', shows: 'ours', proved: ['a.example.com'] },
    { clientCertificate: 'ask', shows: 'strange', proved: [] },
    { clientCertificate: 'ask', shows: undefined, proved: [] },
    { clientCertificate: 'require', shows: 'ours', proved: ['a.example.com'] },
  ] as const)('$clientCertificate, showing $shows, is known as $proved', async ({ clientCertificate, shows, proved }) => {
    const certificate = shows === undefined ? undefined : of(shows);
    const { clock, ours, peerUser } = await calling({ certificate: of('b'), clientCertificate }, { outgoingCertificate: certificate });
    const flow = await reached(clock, ours, toThem('TLS', 5061, 'b.example.com'));
    flow.send(bytesOf(requestText({ via: via() })));
    await until(clock, () => peerUser.heard.length === 1);
    expect(peerUser.heard[0]!.flow.peerNames).toEqual(proved);
  });

  it.each(['strange', undefined] as const)('and has to show a certificate, but shows %s, is turned away', async (shows) => {
    const certificate = shows === undefined ? undefined : of(shows);
    const world = await calling({ certificate: of('b'), clientCertificate: 'require' }, { outgoingCertificate: certificate });
    const { clock, ours, peer2, peerUser } = world;
    // with TLS 1.3 a client is through before the server has looked at its certificate
    const flow = await reached(clock, ours, toThem('TLS', 5061, 'b.example.com')).catch(() => undefined);
    flow?.send(bytesOf(requestText({ via: via() })));
    await until(clock, () => ours.stats().live['connections'] === 0);
    expect(peerUser.heard).toEqual([]);
    expect(peer2.stats()).toMatchObject({ live: { connections: 0 }, total: { 'dropped:handshake': 1 } });
    expect(clock.pending).toBe(0);
  });

  it('without TLS is turned away', async () => {
    const { clock, theirs, ours, user } = await server();
    const stream = await joined(clock, theirs);
    stream.send(requestText());
    await until(clock, () => ours.stats().live['connections'] === 0);
    expect(user.heard).toEqual([]);
    expect(ours.stats().total['dropped:handshake']).toBe(1);
    await until(clock, () => clock.pending === 0);
  });

  it.each([
    { minVersion: undefined, offers: 'TLSv1.1', through: false },
    { minVersion: undefined, offers: 'TLSv1.2', through: true },
    { minVersion: 'TLSv1.3', offers: 'TLSv1.2', through: false },
    { minVersion: 'TLSv1.3', offers: 'TLSv1.3', through: true },
  ] as const)('with $offers, where $minVersion is the least: $through', async ({ minVersion, offers, through }) => {
    const { clock, theirs, ours } = await server({ minVersion });
    const duplex = new StreamDuplex();
    const stream = await turned(clock, theirs.connectStream({ host: OURS, port: 5061 }, duplex.receiver));
    const versions = { minVersion: offers === 'TLSv1.3' ? offers : 'TLSv1', maxVersion: offers } as const;
    const socket = connect({
      socket: duplex.over(stream),
      ca: ca.cert,
      servername: 'a.example.com',
      ciphers: 'ALL@SECLEVEL=0',
      ...versions,
    });
    const news: string[] = [];
    socket.on('secureConnect', () => news.push('secure')).on('error', () => news.push('failed'));
    await until(clock, () => news.length > 0);
    await clock.advance(5);
    expect(news[0]).toBe(through ? 'secure' : 'failed');
    expect(ours.stats().live['connections']).toBe(through ? 1 : 0);
    socket.destroy();
    await ours.close();
  });
});

describe('certificates that are replaced', () => {
  it('are shown to those who come from then on; connections stay', async () => {
    const transport = tls({ host: THEIRS, port: 5061, certificate: of('b') });
    const { clock, ours } = await pair([tls({ ca: ca.cert })], [transport]);
    const before = await reached(clock, ours, toThem('TLS', 5061, 'b.example.com'));
    transport.reload({ certificate: [of('c'), of('bc')] });
    const after = await reached(clock, ours, toThem('TLS', 5061, 'c.example.com'));
    expect([before.closed, before.peerNames, after.peerNames]).toEqual([false, ['b.example.com'], ['c.example.com']]);
    expect(after).not.toBe(before);
  });

  it('are shown to those we call, too', async () => {
    const transport = tls({ ca: ca.cert, certificate: of('ours') });
    const options = { host: THEIRS, port: 5061, certificate: of('bc'), ca: ca.cert, clientCertificate: 'require' } as const;
    const { clock, ours, peerUser } = await pair([transport], [tls(options), tls({ ...options, port: 5062 })]);
    const say = async (port: number, heard: number): Promise<void> => {
      (await reached(clock, ours, toThem('TLS', port, 'b.example.com'))).send(bytesOf(requestText({ via: via() })));
      await until(clock, () => peerUser.heard.length === heard);
    };
    await say(5061, 1);
    transport.reload({ certificate: of('c') });
    await say(5062, 2);
    expect(peerUser.heard.map(({ flow }) => flow.peerNames)).toEqual([['a.example.com'], ['c.example.com']]);
  });

  it('are shown to those we call where they have one of their own, and those who come see another', async () => {
    const transport = tls({ host: OURS, port: 5061, ca: ca.cert, certificate: of('b'), outgoingCertificate: of('ours') });
    const options = { host: THEIRS, port: 5061, certificate: of('bc'), ca: ca.cert, clientCertificate: 'require' } as const;
    const { clock, ours, peerUser } = await pair(
      [transport],
      [tls(options), tls({ ...options, port: 5062 }), tls({ ...options, port: 5063 })],
    );
    const say = async (port: number, heard: number): Promise<void> => {
      (await reached(clock, ours, toThem('TLS', port, 'b.example.com'))).send(bytesOf(requestText({ via: via() })));
      await until(clock, () => peerUser.heard.length === heard);
    };
    await say(5061, 1);
    transport.reload({ certificate: of('bc') });
    await say(5062, 2);
    transport.reload({ outgoingCertificate: of('c') });
    await say(5063, 3);
    expect(peerUser.heard.map(({ flow }) => flow.peerNames)).toEqual([['a.example.com'], ['a.example.com'], ['c.example.com']]);
  });

  it('are believed by another authority, on both sides, from then on', async () => {
    const theirCa = await authority('their ca');
    const [theirs, here] = [await issue(theirCa, ['dns:b.example.com']), await issue(ca, ['dns:a.example.com'])];
    const calls = tls({ ca: ca.cert, certificate: here });
    const called = tls({ host: THEIRS, port: 5061, certificate: theirs, ca: theirCa.cert, clientCertificate: 'require' });
    const { clock, ours, peerUser } = await pair([calls], [called]);
    const to = toThem('TLS', 5061, 'b.example.com');
    await expect(turned(clock, Promise.resolve(ours.open(to)))).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    calls.reload({ ca: theirCa.cert });
    called.reload({ ca: [ca.cert] });
    (await reached(clock, ours, to)).send(bytesOf(requestText({ via: via() })));
    await until(clock, () => peerUser.heard.length === 1);
    expect(peerUser.heard[0]!.flow.peerNames).toEqual(['a.example.com']);
  });

  it.each([{}, { certificate: 'b' }])('are not those that nobody would be shown, who listens nowhere: %o', ({ certificate }) => {
    const transport = tls({ outgoingCertificate: of('ours'), ...(certificate !== undefined && { certificate: of(certificate) }) });
    const refused = expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'certificate' } }) as Error;
    expect(() => transport.reload({ certificate: of('c') })).toThrow(refused);
    expect(() => transport.reload({ certificate: of('c'), outgoingCertificate: of('c') })).toThrow(refused);
    expect(() => transport.reload({ outgoingCertificate: of('c') })).not.toThrow();
  });

  it('stay as they were when the new ones cannot be read', async () => {
    const transport = tls({ host: THEIRS, port: 5061, certificate: of('b') });
    const { clock, ours } = await pair([tls({ ca: ca.cert })], [transport]);
    const none = { cert: 'none', key: 'none' };
    for (const { change, option } of [
      { change: { certificate: [] }, option: 'certificate' },
      { change: { certificate: none }, option: 'certificate' },
      { change: { certificate: { cert: of('c').cert, key: of('b').key } }, option: 'certificate' },
      { change: { certificate: of('c'), outgoingCertificate: none }, option: 'outgoingCertificate' },
      { change: { certificate: of('c'), ca: 'none' }, option: 'ca' },
      { change: { certificate: of('c'), ca: [ca.cert, 'none'] }, option: 'ca' },
      { change: {}, option: 'certificate' },
    ])
      expect(() => transport.reload(change)).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
    expect((await reached(clock, ours, toThem('TLS', 5061, 'b.example.com'))).peerNames).toEqual(['b.example.com']);
  });
});

describe('options of TLS', () => {
  it.each([
    { options: { port: 5061 }, option: 'certificate' },
    { options: { port: 5061, certificate: { cert: 'x', key: 'y' } }, option: 'certificate' },
    { options: { outgoingCertificate: { cert: 'x', key: 'y' } }, option: 'outgoingCertificate' },
    { options: { ca: 'x' }, option: 'ca' },
    { options: { clientCertificate: 'maybe' }, option: 'clientCertificate' },
    { options: { minVersion: 'SSLv3' }, option: 'minVersion' },
    { options: { handshakeTimeoutMs: 0 }, option: 'handshakeTimeoutMs' },
    { options: { maxHandshakes: -1 }, option: 'maxHandshakes' },
    { options: { maxHandshakesPerHost: 1.5 }, option: 'maxHandshakesPerHost' },
    { options: { keepAliveMs: 0 }, option: 'keepAliveMs' },
    { options: { pongTimeoutMs: 0 }, option: 'pongTimeoutMs' },
  ])('$option is checked', ({ options, option }) => {
    expect(() => tls(options as TlsTransportOptions)).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option } }));
  });

  it('are checked each by itself: a good outgoingCertificate hides no bad certificate', () => {
    const options = { port: 5061, certificate: { cert: 'x', key: 'y' }, outgoingCertificate: of('ours') };
    expect(() => tls(options)).toThrow(expect.objectContaining({ code: 'SIP_OPTION', info: { option: 'certificate' } }));
  });
});

/** We listen, they are bare streams. */
async function server(options: Partial<TlsTransportOptions> = {}) {
  const world = createWorld();
  const ours = await world.layer([tls({ host: OURS, port: 5061, certificate: of('ours'), ...options })]);
  return { ...world, ours };
}

async function joined(clock: Pair['clock'], from: Pair['theirs']): Promise<Stream> {
  const stream = new Stream();
  stream.connection = await turned(clock, from.connectStream({ host: OURS, port: 5061 }, stream));
  return stream;
}

describe('handshakes under way', () => {
  it('T-45: end after their time, and what is held for them with them', async () => {
    const { clock, theirs, ours, user } = await server();
    const stream = await joined(clock, theirs);
    stream.send('\x16\x03\x01'); // a record that never comes
    await clock.advance(9_000);
    expect(ours.stats().live).toMatchObject({ connections: 1, 'handshakes:TLS': 1 });
    await clock.advance(1_100);
    expect(ours.stats()).toMatchObject({ live: { connections: 0, listeners: 1 }, total: { 'dropped:handshake': 1 } });
    expect(ours.stats().live).not.toHaveProperty('handshakes:TLS');
    expect(stream.ends).toBe(1);
    expect(user.failed).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('T-45: are bounded for one host and altogether; whoever was slow makes room for whoever comes', async () => {
    const { clock, theirs, ours } = await server({ maxHandshakes: 5, maxHandshakesPerHost: 3 });
    const streams: Stream[] = [];
    for (let at = 0; at < 4; at += 1) streams.push(await joined(clock, theirs));
    await clock.advance(5);
    expect(ours.stats()).toMatchObject({ live: { 'handshakes:TLS': 3 }, total: { 'dropped:handshakes': 1 } });
    expect(streams.map(({ ends }) => ends)).toEqual([0, 0, 0, 1]); // all are young: the last is turned away
    await clock.advance(1000);
    streams.push(await joined(clock, theirs));
    await clock.advance(5);
    expect(streams.map(({ ends }) => ends)).toEqual([1, 0, 0, 1, 0]); // the oldest has had its time
    expect(ours.stats()).toMatchObject({ live: { 'handshakes:TLS': 3 }, total: { 'dropped:handshake': 1 } });
    await ours.close();
    await clock.advance(5);
    expect(clock.pending).toBe(0);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 0 });
  });

  it('T-45: of addresses of one IPv6 network of 64 bits count together', async () => {
    const { clock, network, layer } = createWorld();
    const at = { host: '2001:db8::1', port: 5061 };
    const ours = await layer([tls({ ...at, certificate: of('ours'), maxHandshakes: 5, maxHandshakesPerHost: 3 })]);
    const from = (host: string): void => void network.host(host).connectStream(at, new Stream());
    for (let last = 1; last <= 4; last += 1) from(`2001:db8:bad::${last}`);
    from('2001:db8:900d::1');
    await clock.advance(5);
    expect(ours.stats()).toMatchObject({ live: { 'handshakes:TLS': 4 }, total: { 'dropped:handshakes': 1 } });
    await ours.close();
  });

  it('T-45: in any number leave the way in open for an honest peer', async () => {
    const world = createWorld();
    const ours = await world.layer([tls({ host: OURS, port: 5061, certificate: of('ours'), maxHandshakes: 20, maxHandshakesPerHost: 20 })]);
    for (let at = 0; at < 200; at += 1) {
      void world.theirs.connectStream({ host: OURS, port: 5061 }, { data() {}, closed() {} });
      await world.clock.advance(100);
    }
    const duplex = new StreamDuplex();
    const connecting = world.theirs.connectStream({ host: OURS, port: 5061 }, duplex.receiver);
    const socket = connect({
      socket: duplex.over(await turned(world.clock, connecting)),
      ca: ca.cert,
      servername: 'a.example.com',
      checkServerIdentity: () => undefined,
    });
    let through = false;
    socket.on('secureConnect', () => (through = true));
    await until(world.clock, () => through);
    socket.write(requestText({ via: via() }));
    await until(world.clock, () => world.user.heard.length === 1);
    expect(ours.stats().live['handshakes:TLS']).toBeLessThanOrEqual(20);
    socket.destroy();
    await ours.close();
  });

  it('of ours are given up with the attempt to connect', async () => {
    const { clock, here, user, layer } = createWorld();
    let ends = 0;
    const ours = await layer([tls({ ca: ca.cert, connectTimeoutMs: 3000 })]);
    await here.listenStream({ host: OURS, port: 5061 }, () => ({ data() {}, closed: () => void (ends += 1) }));
    const opening = Promise.resolve(ours.open(toUs('TLS', 5061, 'a.example.com')));
    opening.then(undefined, () => {});
    await clock.advance(3100);
    await expect(opening).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    expect(ends).toBe(1);
    expect(user.failed).toHaveLength(1);
    expect(ours.stats().live).toEqual({ connections: 0, listeners: 0 });
    expect(clock.pending).toBe(0);
  });
});

describe('connections that are reused, RFC 5923', () => {
  const both = async (theirs: Partial<TlsTransportOptions> = {}): Promise<Pair & { readonly theirFlow: Flow }> => {
    const world = await pair(
      [tls({ host: OURS, port: 5061, certificate: of('ours'), ca: ca.cert, clientCertificate: 'ask' })],
      [tls({ host: THEIRS, port: 5061, certificate: of('b'), ca: ca.cert, alias: true, ...theirs })],
    );
    const theirFlow = await reached(world.clock, world.peer2, toUs('TLS', 5061, 'a.example.com'));
    return { ...world, theirFlow };
  };

  it('lead back to the sent-by address of a peer that says `alias`, for the names that its certificate proves', async () => {
    const { clock, ours, user, theirFlow } = await both();
    theirFlow.send(bytesOf(requestText({ via: via() })));
    await until(clock, () => user.heard.length === 1);
    const { message, flow } = user.heard[0]!;
    expect(message.via.parameters.has('alias')).toBe(true);
    expect(ours.open(toThem('TLS', 5061, 'b.example.com'))).toBe(flow);
    const other = Promise.resolve(ours.open(toThem('TLS', 5061, 'c.example.com')));
    await expect(turned(clock, other)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
    expect(flow.closed).toBe(false);
  });

  it.each([
    { name: 'says no alias', theirs: { alias: false } },
    { name: 'shows no certificate that we believe', theirs: { outgoingCertificate: 'strange' } },
  ])('do not lead back to a peer that $name: a new one is opened', async ({ theirs: { alias = true, outgoingCertificate } }) => {
    const shown = outgoingCertificate === undefined ? undefined : of(outgoingCertificate);
    const { clock, ours, user, theirFlow } = await both({ alias, outgoingCertificate: shown });
    theirFlow.send(bytesOf(requestText({ via: via() })));
    await until(clock, () => user.heard.length === 1);
    const flow = await reached(clock, ours, toThem('TLS', 5061, 'b.example.com'));
    expect(flow).not.toBe(user.heard[0]!.flow);
    expect(ours.stats().live['connections:TLS']).toBe(2);
  });

  it('are forgotten when they end', async () => {
    const { clock, ours, user, theirFlow, peer2 } = await both();
    theirFlow.send(bytesOf(requestText({ via: via() })));
    await until(clock, () => user.heard.length === 1);
    await peer2.close();
    await until(clock, () => user.failed.length === 1);
    const again = Promise.resolve(ours.open(toThem('TLS', 5061, 'b.example.com')));
    await expect(turned(clock, again)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
  });

  it('of a peer who proved nothing are not used toward its address either', async () => {
    const { clock, ours, user, theirFlow } = await both({ certificate: of('b'), outgoingCertificate: of('strange') });
    theirFlow.send(bytesOf(requestText({ via: via() })));
    await until(clock, () => user.heard.length === 1);
    const { flow } = user.heard[0]!;
    const back = Promise.resolve(ours.open({ kind: 'TLS', ...flow.remote, name: 'b.example.com' }));
    await expect(turned(clock, back)).rejects.toMatchObject({ code: 'SIP_TRANSPORT_FAILED' });
  });
});

describe('a response over TLS whose connection is gone', () => {
  it('goes by a new one to the sent-by of the request, which has to be proved', async () => {
    const world = await pair(
      [tls({ host: OURS, port: 5061, certificate: of('ours'), ca: ca.cert })],
      [tls({ host: THEIRS, port: 5061, certificate: of('b'), ca: ca.cert, advertise: 'b.example.com' })],
    );
    const { clock, ours, peer2, user, peerUser, network, theirs } = world;
    const flow = await reached(clock, peer2, toUs('TLS', 5061, 'a.example.com'));
    flow.send(bytesOf(requestText({ via: 'SIP/2.0/TLS b.example.com:5061;branch=z9hG4bK1' })));
    flow.send(bytesOf(requestText({ via: 'SIP/2.0/TLS evil.example.com;branch=z9hG4bK2', callId: 'two' })));
    await until(clock, () => user.heard.length === 2);
    network.cut(theirs);
    await until(clock, () => user.failed.length === 1);
    const answers = user.heard.map(({ message, flow: by }) => {
      if (message.kind !== 'request') throw new Error('requests were sent');
      const back = ours.responseFlow(message, by);
      back.send(writeMessage(answerTo(message)));
      return back;
    });
    await until(clock, () => user.failed.some((failure) => failure.flow === answers[1]));
    await until(clock, () => peerUser.callIds.length > 0);
    const { message, flow: by } = user.heard[0]!;
    const found = message.kind === 'request' ? ours.responseFlow(message, by) : undefined;
    expect(found).toMatchObject({ closed: false, remote: { host: THEIRS, port: 5061 }, peerNames: ['b.example.com'] });
    expect(peerUser.callIds).toEqual(['one']);
  });
});
