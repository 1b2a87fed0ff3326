import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { channel } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watch } from '@jackfield/base';
import { createSipStack, parseMessage, pcapTrace, reply, tcp, udp } from '@jackfield/sip';
import type { PluginFailure, SipRequest, SipResponse, SipStack, TransportKind } from '@jackfield/sip';
import { ManualClock, RawPeer, requestText, SeededRandom, settle, SimulatedNetwork } from '@jackfield/sip/testing';
import { flowOf } from '../../src/testing/flow.ts';
import { complaints, readPcap, tsharkMissing } from './tshark.ts';

const US = '192.0.2.1';
const US6 = '2001:db8::1';
const PEER = '192.0.2.2';
const PEER6 = '2001:db8::2';

interface World {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly stack: SipStack;
  readonly peers: { readonly udp: RawPeer; readonly udp6: RawPeer; readonly tcp: RawPeer };
}

/** A stack that rings and takes BYE as a service would, and peers on every way to it. */
async function world(): Promise<World> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12));
  const network = new SimulatedNetwork({ clock });
  const here = network.host([US, US6]);
  const there = network.host([PEER, PEER6]);
  const stack = createSipStack({
    transports: [udp({ port: 5060 }), tcp({ host: US, port: 5060 })], // UDP on the wildcards: the address is the one shown
    clock,
    random: new SeededRandom(1),
    network: here,
  });
  stack.registerService({
    name: 'busy',
    methods: ['INVITE', 'MESSAGE'],
    handleRequest: ({ method }) => reply(method === 'INVITE' ? 486 : 200),
  });
  await stack.listen();
  const connecting = RawPeer.connect(there, { host: US, port: 5060 });
  await clock.advance(10);
  return {
    clock,
    network,
    stack,
    peers: {
      udp: await RawPeer.bind(there, { host: PEER, port: 5070 }),
      udp6: await RawPeer.bind(there, { host: PEER6, port: 5070 }),
      tcp: await connecting,
    },
  };
}

let calls = 0;

/** INVITE, its answer, ACK, from a peer; then OPTIONS. */
async function call({ clock }: World, peer: RawPeer, transport: 'UDP' | 'TCP', body?: string): Promise<void> {
  calls += 1;
  const v6 = peer.host.includes(':');
  const script = {
    uri: `sip:us@${v6 ? `[${US6}]` : US}`,
    via: v6 ? `[${peer.host}]:${peer.port}` : peer.sentBy,
    transport,
    branch: `z9hG4bK-${calls}`,
    from: `<sip:peer@example.com>;tag=${calls}`,
    to: '<sip:us@example.com>',
    callId: `call-${calls}`,
    cseq: 1,
    contact: v6 ? `<sip:peer@[${peer.host}]:${peer.port}>` : peer.contact(),
    body,
    type: body === undefined ? undefined : 'text/plain',
  };
  const to = { host: v6 ? US6 : US, port: 5060 };
  peer.send(requestText('INVITE', script), to);
  await clock.advance(10);
  const busy = await peer.expect(486);
  peer.send(requestText('ACK', { ...script, to: busy.to.toString() }), to);
  await clock.advance(10);
  peer.send(requestText('OPTIONS', { ...script, branch: `${script.branch}-o`, callId: `${script.callId}-o` }), to);
  await clock.advance(10);
  await peer.expect(200);
}

function options(): { readonly message: SipRequest | SipResponse; readonly bytes: Uint8Array } {
  const bytes = Buffer.from(
    requestText('OPTIONS', {
      uri: 'sip:us@example.com',
      via: 'example.com',
      branch: 'z9hG4bK-o',
      from: '<sip:a@example.com>;tag=a',
      to: '<sip:us@example.com>',
      callId: 'o',
      cseq: 1,
    }),
  );
  const verdict = parseMessage(bytes);
  if (!verdict.ok) throw new Error('the message is good');
  return { message: verdict.message, bytes };
}

const SEEN = ['INVITE', '486 INVITE', 'ACK', 'OPTIONS', '200 OPTIONS'];

/** Plain UDP and TCP keep a port of the web, which tshark then takes for that. */
const WAYS: readonly { readonly kind: TransportKind; readonly port: number }[] = [
  ...(['UDP', 'TCP'] as const).flatMap((kind) => [5060, 5061, 40_000].map((port) => ({ kind, port }))),
  ...(['TLS', 'WS', 'WSS'] as const).flatMap((kind) => [80, 443, 5061, 8088, 40_000].map((port) => ({ kind, port }))),
];

describe('a message trace', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'jackfield-trace-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('needs tshark to be checked, which CI has', () => {
    expect(tsharkMissing && process.env.CI === 'true').toBe(false);
  });

  it.skipIf(tsharkMissing)('shows tshark calls over UDP, TCP and IPv6 in order, whole and with right checksums', async () => {
    const path = join(folder, 'calls.pcap');
    const all = await world();
    const began = all.clock.now();
    const trace = pcapTrace({ stack: all.stack, to: path });
    await call(all, all.peers.udp, 'UDP');
    await call(all, all.peers.tcp, 'TCP');
    await call(all, all.peers.udp6, 'UDP', 'odd'); // an odd length, for the checksum
    await trace.stop();
    expect(trace.counts).toEqual({ written: 15, dropped: 0 });

    const packets = readPcap(path);
    expect(packets.map(({ sip }) => sip)).toEqual([...SEEN, ...SEEN, ...SEEN].map((text) => [text]));
    const { port } = all.peers.tcp;
    const ways = [
      { forth: [PEER, US, 'udp 5070 5060'], back: [US, PEER, 'udp 5060 5070'] },
      { forth: [PEER, US, `tcp ${port} 5060`], back: [US, PEER, `tcp 5060 ${port}`] },
      { forth: [PEER6, US6, 'udp 5070 5060'], back: [US6, PEER6, 'udp 5060 5070'] },
    ];
    expect(packets.map(({ source, destination, ports }) => [source, destination, ports])).toEqual(
      ways.flatMap(({ forth, back }) => [forth, back, forth, forth, back]),
    );
    expect(Number(packets[0]!.epoch)).toBe((began + 1) / 1000);
    expect(Number(packets[14]!.epoch)).toBe((began + 81) / 1000);
    expect(complaints(path)).toEqual([]);
  });

  it.skipIf(tsharkMissing)('is complained of by tshark where a byte of it is changed', async () => {
    const path = join(folder, 'changed.pcap');
    const all = await world();
    const trace = pcapTrace({ stack: all.stack, to: path });
    await call(all, all.peers.udp, 'UDP');
    await trace.stop();
    const bytes = readFileSync(path);
    bytes[bytes.length - 10]! ^= 1;
    writeFileSync(path, bytes);
    expect(complaints(path)).toHaveLength(1);
  });

  it.skipIf(tsharkMissing)('lets tshark put a long message on a stream together again', async () => {
    const path = join(folder, 'long.pcap');
    const all = await world();
    const trace = pcapTrace({ stack: all.stack, to: path });
    await call(all, all.peers.tcp, 'TCP', 'x'.repeat(40_001));
    await trace.stop();
    expect(trace.counts).toEqual({ written: 5, dropped: 0 });
    expect(readPcap(path).flatMap(({ sip }) => sip)).toEqual(SEEN);
    expect(complaints(path)).toEqual([]);
  });

  it.skipIf(tsharkMissing)('is read as SIP over every transport, also where the ports are those of the web', async () => {
    const path = join(folder, 'kinds.pcap');
    const trace = pcapTrace({ to: path });
    const { message, bytes } = options();
    for (const { kind, port } of WAYS) {
      const flow = flowOf({ kind, local: { host: US, port: 5061 }, remote: { host: PEER, port } });
      channel('jackfield:sip:message:in').publish({ message, bytes, flow, stack: {}, at: 0 });
    }
    await trace.stop();
    expect(readPcap(path).map(({ sip }) => sip)).toEqual(WAYS.map(() => ['OPTIONS']));
    expect(complaints(path)).toEqual([]);
  });

  it('is the same bytes as a file, through a stream that stays open, and read chunk by chunk', async () => {
    const all = await world();
    const path = join(folder, 'same.pcap');
    const pieces: Buffer[] = [];
    const stream = new Writable({ write: (chunk: Buffer, _encoding, done) => (pieces.push(Buffer.from(chunk)), process.nextTick(done)) });
    const file = pcapTrace({ to: path });
    const piped = pcapTrace({ to: stream });
    const read = pcapTrace();
    await call(all, all.peers.udp, 'UDP');
    await Promise.all([file.stop(), piped.stop(), read.stop()]);
    const chunks: Uint8Array[] = [];
    for await (const chunk of read) chunks.push(chunk);
    const bytes = readFileSync(path);
    expect(bytes.length).toBeGreaterThan(1500);
    expect(chunks).toHaveLength(1 + SEEN.length);
    expect(Buffer.concat(chunks)).toEqual(bytes);
    expect(Buffer.concat(pieces)).toEqual(bytes);
    expect(stream.writable).toBe(true);
  });

  it('has the messages of one stack where that is asked for, and of all in the process otherwise', async () => {
    const [one, other] = [await world(), await world()];
    using own = pcapTrace({ stack: one.stack });
    using every = pcapTrace();
    await call(one, one.peers.udp, 'UDP');
    await call(other, other.peers.udp, 'UDP');
    expect(own.counts.written).toBe(5);
    expect(every.counts.written).toBe(10);
  });

  it('leaves out what its filter does, and what the filter throws at, which is told', async () => {
    const all = await world();
    const told: PluginFailure[] = [];
    using _watching = watch('sip:error', (failure) => void told.push(failure));
    const seen: string[] = [];
    const trace = pcapTrace({
      stack: all.stack,
      filter: ({ message }, direction) => {
        seen.push(`${direction} ${message.cseq.method}`);
        if (message.cseq.method === 'ACK') throw new Error('of the filter');
        return message.cseq.method === 'OPTIONS';
      },
    });
    await call(all, all.peers.udp, 'UDP');
    await trace.stop();
    expect(seen).toEqual(['in INVITE', 'out INVITE', 'in ACK', 'in OPTIONS', 'out OPTIONS']);
    expect(trace.counts).toEqual({ written: 2, dropped: 0 });
    expect(told).toMatchObject([{ owner: 'pcapTrace', error: { message: 'of the filter' } }]);
  });

  it.skipIf(tsharkMissing)('drops and counts what finds no room, and stays readable', async () => {
    const path = join(folder, 'bounded.pcap');
    const all = await world();
    const trace = pcapTrace({ stack: all.stack, maxBufferedBytes: 1500 });
    await call(all, all.peers.tcp, 'TCP');
    await call(all, all.peers.tcp, 'TCP'); // nobody has read yet
    await trace.stop();
    const chunks: Uint8Array[] = [];
    for await (const chunk of trace) chunks.push(chunk);
    expect(trace.counts.written).toBe(chunks.length - 1);
    expect(trace.counts.written).toBeLessThan(10);
    expect(trace.counts.written + trace.counts.dropped).toBe(10);
    expect(Buffer.concat(chunks).length).toBeLessThanOrEqual(1500 + 24);
    writeFileSync(path, Buffer.concat(chunks));
    expect(readPcap(path)).toHaveLength(trace.counts.written);
    expect(complaints(path)).toEqual([]);
  });

  it('hands chunks on as messages pass, and stops when the reader leaves', async () => {
    const all = await world();
    const trace = pcapTrace({ stack: all.stack });
    const sizes: number[] = [];
    const reading = (async () => {
      for await (const chunk of trace) {
        sizes.push(chunk.length);
        if (sizes.length === 3) break;
      }
    })();
    await settle();
    expect(sizes).toEqual([24]);
    await call(all, all.peers.udp, 'UDP');
    await reading;
    expect(sizes).toHaveLength(3);
    expect(channel('jackfield:sip:message:in').hasSubscribers).toBe(false);
  });

  it('ends when its file cannot be written, says so when it is stopped, and disturbs no call', async () => {
    const all = await world();
    const told: PluginFailure[] = [];
    using _watching = watch('sip:error', (failure) => void told.push(failure));
    const path = join(folder, 'no', 'such', 'folder.pcap');
    const trace = pcapTrace({ stack: all.stack, to: path });
    await call(all, all.peers.udp, 'UDP');
    await expect(trace.stop()).rejects.toMatchObject({ code: 'SIP_TRACE_FAILED', info: { path }, cause: { code: 'ENOENT' } });
    expect(told).toMatchObject([{ owner: 'pcapTrace', error: { code: 'SIP_TRACE_FAILED' } }]);
    expect(channel('jackfield:sip:message:in').hasSubscribers).toBe(false);
  });

  it('ends when its stream breaks under it', async () => {
    const all = await world();
    const stream = new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) });
    const trace = pcapTrace({ stack: all.stack, to: stream });
    await call(all, all.peers.udp, 'UDP');
    await expect(trace.stop()).rejects.toMatchObject({ code: 'SIP_TRACE_FAILED', cause: { message: 'full' } });
  });

  it('hears nothing more once it was stopped', async () => {
    const all = await world();
    const trace = pcapTrace({ stack: all.stack });
    await trace.stop();
    await trace.stop();
    await call(all, all.peers.udp, 'UDP');
    expect(trace.counts).toEqual({ written: 0, dropped: 0 });
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses a buffer of %s bytes', (maxBufferedBytes) => {
    expect(() => pcapTrace({ maxBufferedBytes })).toThrow(expect.objectContaining({ code: 'SIP_OPTION' }));
    expect(channel('jackfield:sip:message:in').hasSubscribers).toBe(false);
  });
});
