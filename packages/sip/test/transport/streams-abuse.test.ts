/** What strangers can do to connections of every kind: come and say nothing, leave in the middle, come in thousands. */
import { connect as connectTls } from 'node:tls';
import type { Duplex } from 'node:stream';
import { buildResponse, createSipStack, type ServerTransaction } from '@jackfield/sip';
import { beforeAll, describe, expect, it } from 'vitest';
import { authority, issue, type Authority } from './certificates.ts';
import { TEXT, UPGRADE, frame } from './frames.ts';
import { until } from './pair.ts';
import { OURS, THEIRS, createWorld, requestText, type World } from './world.ts';
import { tcp } from '../../src/transport/tcp.ts';
import { StreamDuplex } from '../../src/transport/stream-duplex.ts';
import { tls } from '../../src/transport/tls.ts';
import type { Certificate } from '../../src/transport/certificates.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { ws } from '../../src/transport/websocket.ts';

type Kind = 'TCP' | 'TLS' | 'WS';

let ca: Authority;
let certificate: Certificate;
beforeAll(async () => {
  ca = await authority('our ca');
  certificate = await issue(ca, ['dns:a.example.com']);
});

const PORT = 5060;
const listening = (kind: Kind): Transport => {
  const options = { host: OURS, port: PORT, maxHandshakes: 2000, maxHandshakesPerHost: 2000 };
  if (kind === 'TCP') return tcp(options);
  return kind === 'TLS' ? tls({ ...options, certificate }) : ws(options);
};

interface Peer {
  readonly stream: Duplex;
  /** Through all handshakes. */
  ready: boolean;
  say(text: string): void;
  /** Its end, from our side. */
  ended: boolean;
}

/** A peer that shakes hands as its kind wants it, and then says what it is told to. */
async function peer({ theirs }: World, kind: Kind): Promise<Peer> {
  const duplex = new StreamDuplex();
  duplex.over(await theirs.connectStream({ host: OURS, port: PORT }, duplex.receiver));
  const stream = kind === 'TLS' ? connectTls({ socket: duplex, ca: ca.cert, servername: 'a.example.com' }) : duplex;
  const made: Peer = {
    stream,
    ready: kind === 'TCP',
    ended: false,
    say: (text) => void stream.write(kind === 'WS' ? frame(TEXT, text) : text),
  };
  stream.on('error', () => {}).on('close', () => (made.ended = true));
  stream.on('data', (bytes: Buffer) => {
    if (kind === 'WS' && bytes.toString('latin1').startsWith('HTTP/1.1 101')) made.ready = true;
  });
  if (kind === 'TLS') stream.on('secureConnect', () => (made.ready = true));
  if (kind === 'WS') stream.write(UPGRADE);
  return made;
}

async function peers(world: World, kind: Kind, count: number): Promise<readonly Peer[]> {
  const joining = Array.from({ length: count }, () => peer(world, kind));
  let there: readonly Peer[] = [];
  void Promise.all(joining).then((all) => (there = all));
  await until(world.clock, () => there.length === count && there.every(({ ready }) => ready));
  return there;
}

const message = (kind: Kind, callId: string, method = 'OPTIONS'): string =>
  requestText({ via: `SIP/2.0/${kind} 10.9.9.9:5060;branch=z9hG4bK-${callId}`, callId, method });

const contact = (text: string): string => text.replace('Content-Length', 'Contact: <sip:alice@10.9.9.9>\r\nContent-Length');

it.each<Kind>(['TCP', 'TLS', 'WS'])('T-39: over %s a request comes from where its packets come from, whatever it says', async (kind) => {
  const world = createWorld();
  await world.layer([listening(kind)]);
  const [one] = await peers(world, kind, 1);
  one!.say(contact(message(kind, 'forged').replace('branch=', 'received=10.8.8.8;rport=1;branch=')));
  await until(world.clock, () => world.user.heard.length === 1);
  const { message: heard, flow } = world.user.heard[0]!;
  expect(flow.remote.host).toBe(THEIRS);
  expect(heard.via).toMatchObject({ host: '10.9.9.9', received: THEIRS, rport: flow.remote.port });
});

it('T-37: a request is as trusted as the connection that it came by, and not as its Via says', async () => {
  const world = createWorld();
  await world.layer([listening('TCP')]);
  const [one] = await peers(world, 'TCP', 1);
  one!.say(message('TLS', 'forged'));
  await until(world.clock, () => world.user.heard.length === 1);
  expect(world.user.heard[0]!.flow).toMatchObject({ kind: 'TCP', secure: false, peerNames: [], peerCertificate: undefined });
});

it.each<Kind>(['TLS', 'WS'])(
  'T-44: over %s, 1000 connections that do not even shake hands are closed after 10 s, and do not stop new ones',
  async (kind) => {
    const world = createWorld();
    const { clock, theirs, user } = world;
    const ours = await world.layer([listening(kind)]);
    for (let at = 0; at < 1000; at += 1) void theirs.connectStream({ host: OURS, port: PORT }, { data() {}, closed() {} });
    await until(clock, () => ours.stats().live[`handshakes:${kind}`] === 1000);
    const [honest] = await peers(world, kind, 1);
    honest!.say(message(kind, 'honest'));
    await until(clock, () => user.callIds.length === 1);
    await clock.advance(10_000);
    await until(clock, () => ours.stats().live['connections'] === 1);
    expect(ours.stats()).toMatchObject({ live: { [`connections:${kind}`]: 1 }, total: { 'dropped:handshake': 1000 } });
    await ours.close();
  },
);

describe.each<{ kind: Kind; idle: number }>([
  { kind: 'TCP', idle: 1000 },
  { kind: 'TLS', idle: 100 }, // each costs two handshakes of elliptic curves
  { kind: 'WS', idle: 1000 },
])('$kind', ({ kind, idle }) => {
  it(`T-44: ${idle} connections that say nothing are closed after 32 s, and do not stop new ones`, async () => {
    const world = createWorld();
    const { clock, user } = world;
    const ours = await world.layer([listening(kind)]);
    const silent = await peers(world, kind, idle);
    expect(ours.stats().live).toMatchObject({ connections: idle, [`connections:${kind}`]: idle });
    const [honest] = await peers(world, kind, 1);
    honest!.say(message(kind, 'honest'));
    await until(clock, () => user.callIds.length === 1);
    await clock.advance(31_000);
    expect(silent.some(({ ended }) => ended)).toBe(false);
    await clock.advance(1_100);
    await until(clock, () => silent.every(({ ended }) => ended));
    expect(ours.stats()).toMatchObject({ live: { connections: 1 }, total: { 'dropped:no-message': idle } });
    honest!.say(message(kind, 'again'));
    await until(clock, () => user.callIds.length === 2);
    await ours.close();
  });

  it('T-28: a peer that leaves while its INVITE is being thought about costs nothing but that call', async () => {
    const world = createWorld();
    const { clock, here } = world;
    const core = createSipStack({ transports: [listening(kind)], clock, network: here });
    await core.listen();
    const answers: (() => void)[] = [];
    const lost: string[] = [];
    const before = core.stats().live;
    let taken: ServerTransaction | undefined;
    core.registerService({
      name: 'slow',
      methods: ['MESSAGE'],
      handleRequest: () => new Promise((resolve) => answers.push(() => resolve(undefined))),
    });
    core.registerUsage({
      name: 'usage',
      methods: ['INVITE'],
      take(transaction) {
        taken = transaction;
        transaction.user = { acknowledged() {}, failed: (cause) => void lost.push(cause), terminated: () => void lost.push('terminated') };
        return true;
      },
    });
    const leaving = await peers(world, kind, 2);
    leaving[0]!.say(contact(message(kind, 'call', 'INVITE')));
    leaving[1]!.say(message(kind, 'text', 'MESSAGE'));
    await until(clock, () => answers.length === 1 && core.stats().live['serverTransactions'] === 2);
    for (const { stream } of leaving) stream.destroy();
    await until(clock, () => core.stats().live['connections'] === 0);
    expect(lost).toEqual(['transport']);
    for (const answer of answers) answer();
    taken!.respond(buildResponse(taken!.request, 480, { toTag: 'us' })); // whoever thought about it need not know
    await clock.advance(200_000);
    expect(core.stats().live).toEqual(before);
    expect(clock.pending).toBe(0);
    await core.close();
  });

  it('T-29: INVITEs whose connections are closed at once leave nothing behind', async () => {
    const world = createWorld();
    const { clock, here, network } = world;
    const core = createSipStack({ transports: [listening(kind)], clock, network: here });
    await core.listen();
    const before = core.stats().live;
    for (let batch = 0; batch < 10; batch += 1) {
      const joined = await peers(world, kind, idle / 10);
      for (const [at, one] of joined.entries()) {
        one.say(contact(message(kind, `call-${batch}-${at}`, 'INVITE')));
        one.stream.end();
      }
      await until(clock, () => joined.every(({ ended }) => ended));
    }
    await until(clock, () => core.stats().live['connections'] === 0);
    expect(core.stats().total['received']).toBeGreaterThanOrEqual(idle);
    await clock.advance(200_000);
    expect(core.stats().live).toEqual(before);
    expect(network.connections).toBe(0);
    expect(clock.pending).toBe(0);
    await core.close();
  });

  it('the last words of a stack that closes arrive', async () => {
    const world = createWorld();
    const { clock, user, network } = world;
    const ours = await world.layer([listening(kind)]);
    const [one] = await peers(world, kind, 1);
    let heard = '';
    one!.stream.on('data', (bytes: Buffer) => (heard += bytes.toString('latin1')));
    one!.say(message(kind, 'hello'));
    await until(clock, () => user.heard.length === 1);
    user.heard[0]!.flow.send(Buffer.from('last words'));
    await ours.close();
    await until(clock, () => heard.includes('last words'));
    one!.stream.end();
    await clock.advance(2000);
    await until(clock, () => one!.ended && network.connections === 0);
    expect(clock.pending).toBe(0);
  });
});
