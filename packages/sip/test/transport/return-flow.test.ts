import { SeededRandom } from '@jackfield/base/testing';
import { buildResponse, tcp, type ServerTransaction } from '@jackfield/sip';
import { RawPeer, requestText as scripted, ZoneResolver, type ZoneTable } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { writeMessage } from '../../src/messages/write.ts';
import type { LocateOptions } from '../../src/transport/resolve/options.ts';
import type { Flow } from '../../src/transport/transport.ts';
import { a, srv } from '../resolve/desk.ts';
import { PEER, remains, rig, script, US, Usage } from '../rig.ts';
import { answerTo, bent, createWorld, OURS, requestText, Stream, THEIRS, type World } from './world.ts';

const ELSEWHERE = '10.0.0.3';

const ZONE: ZoneTable = {
  '_sip._tcp.client.example': [srv('dead.example', 5071, 1), srv('alive.example', 5072, 2)],
  'dead.example': [a(ELSEWHERE)],
  'alive.example': [a(ELSEWHERE)],
  'bare.example': [a('10.0.0.9'), a(ELSEWHERE)],
  'many.example': Array.from({ length: 9 }, (_, at) => a(`10.0.1.${at + 1}`)),
  'here.example': [a('127.0.0.1'), a(ELSEWHERE)],
};

interface Lost extends World {
  readonly dns: ZoneResolver;
  /** `host:port` of each connection that we tried to open. */
  readonly tried: string[];
  /** The way back for the `at`-th request that came. */
  readonly back: (at?: number) => Flow;
  readonly answer: (at?: number) => void;
  /** What arrives at a port of another host of theirs. */
  readonly elsewhere: (port: number) => Promise<Stream[]>;
  /** How often it was told that there is no way back for the first request. */
  readonly given: () => number;
}

/** Requests came by TCP with these sent-bys, and the connection is gone. */
async function lost(sentBys: readonly string[], locating: LocateOptions = {}): Promise<Lost> {
  const world = createWorld();
  const { clock, network, here, theirs, user } = world;
  const other = network.host(ELSEWHERE);
  const dns = new ZoneResolver(ZONE, { clock, delayMs: 10 });
  const tried: string[] = [];
  const watched = bent(here, {
    connectStream: (to, receiver, signal) => {
      tried.push(`${to.host}:${to.port}`);
      return here.connectStream(to, receiver, signal);
    },
  });
  const transports = [tcp({ host: OURS, port: 5060 })];
  const layer = await world.layer(transports, { network: watched, resolver: dns, locating, random: new SeededRandom(1) });
  const peer = await world.connect();
  for (const [at, sentBy] of sentBys.entries())
    peer.send(requestText({ via: `SIP/2.0/TCP ${sentBy};branch=z9hG4bK${at}`, callId: `call ${at}`.replace(' ', '') }));
  await clock.advance(5);
  network.cut(theirs);
  await clock.advance(5);
  const heard = (at: number) => {
    const { message, flow } = user.heard[at]!;
    if (message.kind !== 'request') throw new Error('requests were sent');
    return { message, flow };
  };
  const back = (at = 0): Flow => layer.responseFlow(heard(at).message, heard(at).flow);
  const first = { flow: undefined as Flow | undefined };
  return {
    ...world,
    dns,
    tried,
    back,
    answer(at = 0) {
      const flow = back(at);
      first.flow ??= flow;
      flow.send(writeMessage(answerTo(heard(at).message)));
    },
    async elsewhere(port) {
      const streams: Stream[] = [];
      await other.listenStream({ host: ELSEWHERE, port }, (connection) => {
        const stream = new Stream();
        stream.connection = connection;
        streams.push(stream);
        return stream;
      });
      return streams;
    },
    given: () => user.failed.filter(({ flow }) => flow === first.flow).length,
  };
}

describe('a response whose connection is gone, and whose sender takes no other, RFC 3263 §5', () => {
  it('goes by the SRV records of a sent-by without port, one after the other', async () => {
    const { clock, dns, tried, answer, elsewhere, back } = await lost(['client.example']);
    const streams = await elsewhere(5072);
    answer();
    await clock.advance(100);
    expect(tried).toEqual([`${THEIRS}:5060`, `${ELSEWHERE}:5071`, `${ELSEWHERE}:5072`]);
    expect(dns.queries).toEqual(['SRV _sip._tcp.client.example', 'A dead.example', 'A alive.example']);
    expect(streams[0]!.text).toMatch(/^SIP\/2\.0 200/);
    expect(back()).toMatchObject({ closed: false, remote: { host: ELSEWHERE, port: 5072 } }); // for the next one
  });

  it('goes to the addresses of a sent-by with a port, and asks for no service', async () => {
    const { clock, dns, tried, answer, elsewhere } = await lost(['bare.example:5080']);
    const streams = await elsewhere(5080);
    answer();
    await clock.advance(100);
    expect(tried).toEqual([`${THEIRS}:5080`, '10.0.0.9:5080', `${ELSEWHERE}:5080`]);
    expect(dns.queries).toEqual(['A bare.example']);
    expect(streams[0]!.text).toMatch(/^SIP\/2\.0 200/);
  });

  it('goes to the address that a numeric sent-by is, and asks nobody', async () => {
    const { clock, dns, tried, answer, elsewhere } = await lost([`${ELSEWHERE}:5080`]);
    const streams = await elsewhere(5080);
    answer();
    await clock.advance(100);
    expect(tried).toEqual([`${THEIRS}:5080`, `${ELSEWHERE}:5080`]);
    expect(dns.queries).toEqual([]);
    expect(streams[0]!.text).toMatch(/^SIP\/2\.0 200/);
  });

  it('takes those along that are sent while it is looked for, in their order, by one search', async () => {
    const { clock, tried, answer, elsewhere } = await lost(['client.example', 'client.example', 'CLIENT.example']);
    const streams = await elsewhere(5072);
    answer(0);
    answer(1);
    await clock.advance(15);
    answer(2);
    await clock.advance(100);
    expect(tried).toHaveLength(3);
    expect([...streams[0]!.text.matchAll(/^Call-ID: (.*)\r$/gm)].map(([, id]) => id)).toEqual(['call0', 'call1', 'call2']);
  });

  it('is given up after four targets, told once, and not tried again for a while', async () => {
    const { clock, tried, answer, given } = await lost(['many.example:5080']);
    answer();
    await clock.advance(100);
    expect(tried).toEqual([`${THEIRS}:5080`, '10.0.1.1:5080', '10.0.1.2:5080', '10.0.1.3:5080']);
    expect(given()).toBe(1);
    answer();
    await clock.advance(100);
    expect([tried.length, given()]).toEqual([4, 2]);
    await clock.advance(32_000);
    answer();
    await clock.advance(100);
    expect(tried).toHaveLength(8);
    expect(clock.pending).toBe(0);
  });

  it('goes nowhere but to its sender when no more may be tried', async () => {
    const { clock, dns, tried, answer, given } = await lost(['many.example:5080'], { maxReturnTargets: 1 });
    answer();
    await clock.advance(100);
    expect([tried, dns.queries, given()]).toEqual([[`${THEIRS}:5080`], [], 1]);
  });

  it.each(['here.example:5080', '127.0.0.1:5080'])('calls nobody on this machine for a stranger whose sent-by is %s', async (sentBy) => {
    const { clock, tried, answer } = await lost([sentBy]);
    answer();
    await clock.advance(100);
    expect(tried.filter((to) => to.startsWith('127.'))).toEqual([]);
  });

  it('is looked for under eight sent-bys of one connection, and under no more', async () => {
    const { clock, tried, answer, back } = await lost(Array.from({ length: 9 }, (_, at) => `${THEIRS}:${6000 + at}`));
    for (let at = 0; at < 9; at += 1) answer(at);
    await clock.advance(100);
    expect(tried).toHaveLength(8);
    expect(back(8).closed).toBe(true);
  });

  it('holds a bounded number of bytes meanwhile', async () => {
    const { clock, elsewhere, back, user } = await lost(['client.example']);
    const streams = await elsewhere(5072);
    const flow = back();
    for (let at = 0; at < 5; at += 1) flow.send(Buffer.alloc(300 * 1024, 32));
    await clock.advance(100);
    expect(user.failed.filter((failure) => failure.flow === flow)).toHaveLength(2);
    expect(streams[0]!.text).toHaveLength(3 * 300 * 1024);
  });
});

describe('a transaction whose connection is gone', () => {
  const late = (transaction: ServerTransaction): void => transaction.respond(buildResponse(transaction.request, 486, { toTag: 'us' }));

  async function called(zone: ZoneTable) {
    const world = await rig({ resolver: new ZoneResolver(zone) });
    const { there, clock, core, network, here } = world;
    const usage = new Usage(core);
    const connecting = RawPeer.connect(there, { host: US, port: 5060 });
    await clock.advance(10);
    const stream = await connecting;
    stream.send(scripted('INVITE', script(stream, { transport: 'TCP', via: 'caller.example' })));
    await clock.advance(10);
    network.cut(here);
    await clock.advance(10);
    usage.news.length = 0;
    return { ...world, usage };
  }

  it('is over as any other when its answer has found another way', async () => {
    const test = await called({ '_sip._tcp.caller.example': [srv('two.example', 5099)], 'two.example': [a(PEER)] });
    const { there, clock, usage } = test;
    const listening = await RawPeer.listen(there, { host: PEER, port: 5099 });
    late(usage.taken[0]!);
    const heard = listening.expect(486);
    await clock.advance(50);
    expect((await heard).status).toBe(486);
    expect(usage.news).toEqual([]);
    expect(await remains(test)).toEqual({ listeners: 2, connections: 1, 'connections:TCP': 1 });
  });

  it('is told of the failure when there is none', async () => {
    const test = await called({});
    const { clock, usage } = test;
    late(usage.taken[0]!);
    await clock.advance(50);
    expect(usage.news).toEqual(['failed transport']);
    expect(await remains(test)).toEqual({ listeners: 2 });
  });
});
