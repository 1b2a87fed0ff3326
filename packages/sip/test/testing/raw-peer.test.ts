import { describe, expect, it } from 'vitest';
import { createSipStack, reply, tcp, udp } from '@jackfield/sip';
import type { SipStack } from '@jackfield/sip';
import { ManualClock, RawPeer, requestText, SeededRandom, SimulatedNetwork } from '@jackfield/sip/testing';
import type { NetworkConditions, RequestScript, SimulatedHost } from '@jackfield/sip/testing';

const US = '192.0.2.1';
const PEER = '192.0.2.2';
const TO_US = { host: US, port: 5060 };

interface World {
  readonly clock: ManualClock;
  readonly network: SimulatedNetwork;
  readonly there: SimulatedHost;
  readonly stack: SipStack;
}

async function world(conditions: Partial<NetworkConditions> = {}): Promise<World> {
  const clock = new ManualClock();
  const network = new SimulatedNetwork({ clock, conditions });
  const [here, there] = [network.host(US), network.host(PEER)];
  const stack = createSipStack({
    transports: [udp({ host: US, port: 5060 }), tcp({ host: US, port: 5060 })],
    clock,
    random: new SeededRandom(1),
    network: here,
  });
  stack.registerService({ name: 'notes', methods: ['MESSAGE'], handleRequest: () => reply(202) });
  await stack.listen();
  return { clock, network, there, stack };
}

let scripts = 0;

function script(peer: RawPeer, more: Partial<RequestScript> = {}): RequestScript {
  scripts += 1;
  return {
    uri: `sip:us@${US}`,
    via: peer.sentBy,
    branch: `z9hG4bK-r${scripts}`,
    from: '<sip:peer@example.com>;tag=p',
    to: `<sip:us@${US}>`,
    callId: `raw-${scripts}`,
    cseq: 1,
    ...more,
  };
}

describe('a scripted peer that expects', () => {
  it('turns the clock until the message is there, and no further', async () => {
    const { clock, there } = await world({ minDelayMs: 30, maxDelayMs: 30 });
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060, clock });
    const began = clock.now();
    peer.send(requestText('MESSAGE', script(peer)), TO_US);
    const response = await peer.expect(202, { withinMs: 1000 });
    expect(response.status).toBe(202);
    expect(clock.now() - began).toBe(60);
  });

  it('says what did not come in time, what was there instead, and takes what comes later for the next', async () => {
    const { clock, there } = await world({ minDelayMs: 30, maxDelayMs: 30 });
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060, clock });
    peer.send(requestText('MESSAGE', script(peer)), TO_US);
    await expect(peer.expect(202, { withinMs: 59 })).rejects.toThrow('202 did not come within 59 ms');
    await expect(peer.expect('BYE', { withinMs: 100, skipOthers: true })).rejects.toThrow(
      'within 100 ms; there was 202 Accepted (MESSAGE)',
    );
    expect((await peer.expect(202)).status).toBe(202);
  });

  it('wants a clock for that', async () => {
    const { there } = await world();
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060 });
    expect(() => peer.expect(200, { withinMs: 1 })).toThrow('withinMs');
  });

  it('fails by another message, by one that does not match, and by a matcher that throws, and forgets each', async () => {
    const { clock, there } = await world();
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060, clock });
    const send = (): void => peer.send(requestText('MESSAGE', script(peer)), TO_US);
    for (let sent = 0; sent < 4; sent += 1) send();
    await clock.advance(10);
    await expect(peer.expect(200)).rejects.toThrow('expected 200, got 202 Accepted (MESSAGE)');
    await expect(peer.expect(202, { matching: ({ reason }) => reason === 'Other' })).rejects.toThrow('expected 202, got 202');
    const matching = (): boolean => {
      throw new Error('of the matcher');
    };
    await expect(peer.expect(202, { matching })).rejects.toMatchObject({ cause: { message: 'of the matcher' } });
    expect((await peer.expect(202)).status).toBe(202);
    expect(peer.unread()).toEqual([]);
  });

  it('passes over others where that is asked for, which stay', async () => {
    const { clock, there } = await world();
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060, clock });
    const callIds = ['a', 'b', 'c'];
    for (const callId of callIds) peer.send(requestText('MESSAGE', script(peer, { callId })), TO_US);
    const last = await peer.expect(202, { withinMs: 10, skipOthers: true, matching: ({ callId }) => callId === 'c' });
    expect(last.callId).toBe('c');
    expect(peer.unread().map(({ callId }) => callId)).toEqual(['a', 'b']);
  });

  it('rejects when it is closed', async () => {
    const { there } = await world();
    const peer = await RawPeer.open(there, { host: PEER, port: 5060 });
    const waiting = peer.expect('INVITE');
    peer.close();
    await expect(waiting).rejects.toThrow('closed while waiting for INVITE');
    await RawPeer.open(there, { host: PEER, port: 5060 }); // both ports are free again
  });
});

describe('a scripted peer on UDP and TCP', () => {
  it('answers each request by the way it came', async () => {
    const { clock, there, stack } = await world();
    const peer = await RawPeer.open(there, { host: PEER, port: 5060, clock });
    const byUdp = stack.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    const overUdp = await peer.expect('OPTIONS', { withinMs: 10 });
    const byTcp = stack.sendRequest('OPTIONS', `sip:peer@${PEER};transport=tcp`);
    const overTcp = await peer.expect('OPTIONS', { withinMs: 10 });
    expect([overUdp.via.transport, overTcp.via.transport]).toEqual(['UDP', 'TCP']);
    peer.respond(overUdp, 200, { reason: 'By UDP' });
    peer.respond(overTcp, 200, { reason: 'By TCP' });
    await clock.advance(10);
    expect((await byUdp).reason).toBe('By UDP');
    expect((await byTcp).reason).toBe('By TCP');
  });

  it('reads messages that a stream cut and joined, and shows what never became whole', async () => {
    const { clock, there, stack } = await world({ splitStreams: true });
    const peer = await RawPeer.open(there, { host: PEER, port: 5060, clock });
    const answers = ['one', 'two', 'three'].map((text) =>
      stack.sendRequest('MESSAGE', `sip:peer@${PEER};transport=tcp`, {
        body: { type: 'text/plain', bytes: Buffer.from(text.repeat(500)) },
      }),
    );
    peer.always('MESSAGE', 200);
    await clock.advance(50);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(peer.received.map(({ body }) => body?.bytes.length)).toEqual([1500, 1500, 2500]);
    expect(peer.unreadable).toEqual([]);

    const bare = await RawPeer.listen(there, { host: PEER, port: 5062 });
    const connection = await clock.until(there.connectStream({ host: PEER, port: 5062 }, { data() {}, closed() {} }), 10);
    connection.send(Buffer.from('\r\n\r\nOPTIONS sip:half'));
    connection.close();
    await clock.advance(10);
    expect(bare.unreadable.map((bytes) => Buffer.from(bytes).toString())).toEqual(['\r\n\r\n', 'OPTIONS sip:half']);
    expect(bare.closedStreams).toBe(1);
  });

  it('connects, and talks over what it accepted last', async () => {
    const { clock, there } = await world();
    const connecting = RawPeer.connect(there, TO_US, { clock });
    const peer = await clock.until(connecting, 10);
    peer.send(requestText('MESSAGE', script(peer, { transport: 'TCP' })));
    expect((await peer.expect(202, { withinMs: 10 })).via.transport).toBe('TCP');
    expect(peer.contact('me')).toBe(`<sip:me@${PEER}:${peer.port};transport=tcp>`);
    peer.close();
    const listener = await RawPeer.listen(there, { host: PEER, port: 5062 });
    const got: string[] = [];
    await clock.until(there.connectStream({ host: PEER, port: 5062 }, { data: (bytes) => got.push(String(bytes)), closed() {} }), 10);
    listener.send('hello');
    await clock.advance(10);
    expect(got).toEqual(['hello']);
  });

  it('has nobody to send to before it heard of somebody', async () => {
    const { there } = await world();
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060 });
    expect(() => peer.send('x')).toThrow('say where');
  });
});

describe('a standing answer', () => {
  it('meets every request of its method, copies too, unseen by who expects, until it is taken off', async () => {
    const { clock, there, stack } = await world();
    const peer = await RawPeer.bind(there, { host: PEER, port: 5060, clock });
    const standing = peer.always('OPTIONS', 486, { reason: 'Never', fields: { 'X-Scripted': 'yes' } });
    const refused = await clock.until(stack.sendRequest('OPTIONS', `sip:peer@${PEER}`), 10);
    expect([refused.status, refused.reason, refused.headers.get('X-Scripted')]).toEqual([486, 'Never', 'yes']);
    expect(peer.received).toHaveLength(1);
    expect(peer.unread()).toEqual([]);
    const seen: string[] = [];
    peer.always('OPTIONS', (request) => {
      seen.push(request.method);
      peer.respond(request, 200);
    });
    standing[Symbol.dispose](); // another has taken its place
    expect((await clock.until(stack.sendRequest('OPTIONS', `sip:peer@${PEER}`), 10)).status).toBe(200);
    expect(seen).toEqual(['OPTIONS']);
  });
});
