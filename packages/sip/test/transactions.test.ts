import { buildResponse, reply } from '@jackfield/sip';
import { ackText, cancelText, requestText, responseText, RawPeer, Ladder } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { LISTENERS, PEER, US, call, Hearer, remains, rig, script, Usage } from './rig.ts';

const sentAt = (times: number[], start: number): number[] => times.map((time) => time - start);

describe('client transactions, RFC 3261 §17.1', () => {
  it('repeat an unanswered request at 0.5, 1.5, 3.5 s … and give it up at 32 s', async () => {
    const { clock, core, peer } = await rig();
    const start = clock.now();
    const times: number[] = [];
    const outcome = core.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    let seen = 0;
    for (let at = 0; at < 33_000; at += 100) {
      await clock.advance(100);
      for (; seen < peer.received.length; seen += 1) times.push(clock.now());
    }
    expect(sentAt(times, start)).toEqual([100, 600, 1600, 3600, 7600, 11_600, 15_600, 19_600, 23_600, 27_600, 31_600]);
    expect(await outcome).toMatchObject({ status: 408, origin: 'core' });
  });

  it('repeat an INVITE with a doubling wait, seven copies in all', async () => {
    const { clock, core, peer } = await rig();
    const hearer = new Hearer();
    await call(core, hearer);
    await clock.advance(31_999);
    expect(peer.received).toHaveLength(7);
    expect(hearer.news).toEqual([]);
    await clock.advance(1);
    expect(hearer.news).toEqual(['failed timeout', 'terminated']);
  });

  it('slow down to T2 when a provisional response is in', async () => {
    const { clock, core, peer, hear } = await rig();
    void core.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    peer.respond(await hear('OPTIONS'), 100);
    await clock.advance(600);
    expect(peer.received).toHaveLength(2);
    await clock.advance(3800);
    expect(peer.received).toHaveLength(2);
    await clock.advance(200);
    expect(peer.received).toHaveLength(3);
  });

  it('acknowledge a refusal once per copy, on the branch of the INVITE, and tell it once', async () => {
    const test = await rig();
    const { core, peer, hear, clock } = test;
    const hearer = new Hearer();
    await call(core, hearer);
    const invite = await hear('INVITE');
    peer.respond(invite, 486, { toTag: 'busy' });
    const ack = await hear('ACK');
    peer.respond(invite, 486, { toTag: 'busy' });
    await hear('ACK');
    expect(ack.via.branch).toBe(invite.via.branch);
    expect(ack.to.tag).toBe('busy');
    expect(hearer.news).toEqual(['486']);
    await clock.advance(32_000);
    expect(hearer.news).toEqual(['486', 'terminated']);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('pass up every 2xx of an INVITE for 64·T1, each fork and each copy (RFC 6026)', async () => {
    const { core, peer, hear, say, clock } = await rig();
    const hearer = new Hearer();
    await call(core, hearer);
    const invite = await hear('INVITE');
    await say(responseText(invite, 200, { toTag: 'one', contact: peer.contact() }));
    await say(responseText(invite, 200, { toTag: 'two', contact: peer.contact() }));
    await clock.advance(31_000);
    await say(responseText(invite, 200, { toTag: 'one', contact: peer.contact() }));
    expect(hearer.responses.map((response) => response.to.tag)).toEqual(['one', 'two', 'one']);
    await clock.advance(1000);
    await say(responseText(invite, 200, { toTag: 'one', contact: peer.contact() }));
    expect(hearer.news).toEqual(['200', '200', '200', 'terminated']);
    expect(core.stats().total['strayResponses']).toBe(1);
  });

  it('are not repeated on a stream, and fail when it breaks', async () => {
    const { core, there, here, network, clock } = await rig();
    const peer = await RawPeer.listen(there, { host: PEER, port: 5060 });
    const outcome = core.sendRequest('OPTIONS', `sip:peer@${PEER};transport=tcp`);
    await clock.advance(10_000);
    expect(peer.received).toHaveLength(1);
    network.cut(here);
    await clock.advance(10);
    expect(await outcome).toMatchObject({ status: 503, origin: 'core' });
  });
});

describe('server transactions, RFC 3261 §17.2', () => {
  it('send 100 to an INVITE 200 ms after it came, and none when the user was quicker', async () => {
    const { core, peer, say, clock } = await rig();
    const usage = new Usage(core);
    await say(requestText('INVITE', script(peer)));
    await clock.advance(190);
    expect(peer.received).toEqual([]);
    await clock.advance(10);
    expect(peer.received.map((message) => message.kind === 'response' && message.status)).toEqual([100]);
    await say(requestText('INVITE', script(peer)));
    usage.taken[1]!.respond(buildResponse(usage.taken[1]!.request, 180, { toTag: 'us' }));
    await clock.advance(1000);
    expect(peer.received.map((message) => message.kind === 'response' && message.status)).toEqual([100, 180]);
  });

  it('absorb copies: the last provisional response goes again, or 100 when there is none', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core);
    const text = requestText('INVITE', script(peer));
    await say(text);
    await say(text);
    expect(peer.unread().map((message) => message.kind === 'response' && message.status)).toEqual([100]);
    usage.taken[0]!.respond(buildResponse(usage.taken[0]!.request, 183, { toTag: 'us' }));
    await hear(183);
    await say(text);
    await hear(183);
    expect(usage.taken).toHaveLength(1);
  });

  it('repeat a refusal until its ACK, and report when none comes', async () => {
    const test = await rig();
    const { core, peer, say, clock, hear } = test;
    const usage = new Usage(core, (transaction) => transaction.respond(buildResponse(transaction.request, 486, { toTag: 'us' })));
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    await hear(486);
    await hear(486, 500);
    const busy = await hear(486, 1000);
    await say(ackText(invite, busy));
    await say(ackText(invite, busy));
    expect(usage.news).toEqual(['acknowledged']);
    await clock.advance(40_000);
    expect(peer.unread()).toEqual([]);
    expect(usage.news).toEqual(['acknowledged', 'terminated']);

    await say(requestText('INVITE', script(peer)));
    await clock.advance(31_994);
    expect(usage.news).toHaveLength(2);
    expect(peer.unread()).toHaveLength(11); // at 0, 0.5, 1.5, 3.5, 7.5 s, then every 4 s
    await clock.advance(2);
    expect(usage.news.slice(2)).toEqual(['failed timeout', 'terminated']);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('absorb copies of an accepted INVITE in silence for 64·T1, the user repeats its 2xx (RFC 6026)', async () => {
    const { core, peer, say, clock, hear } = await rig();
    const usage = new Usage(core, (transaction) => transaction.respond(buildResponse(transaction.request, 200, { toTag: 'us' })));
    const text = requestText('INVITE', script(peer));
    await say(text);
    await hear(200);
    await say(text);
    await clock.advance(31_000);
    await say(text);
    expect(peer.unread()).toEqual([]);
    usage.taken[0]!.resend();
    await hear(200);
    usage.taken[0]!.respond(buildResponse(usage.taken[0]!.request, 500));
    await clock.advance(100);
    expect(core.stats().total['responsesIgnored']).toBe(1);
    expect(usage.taken).toHaveLength(1);
  });

  it('repeat the answer to another request for 64·T1, then know it no more', async () => {
    const { core, peer, say, clock, hear } = await rig();
    let asked = 0;
    core.registerService({ name: 'count', methods: ['OPTIONS'], handleRequest: () => void (asked += 1) });
    const text = requestText('OPTIONS', script(peer));
    await say(text);
    const first = await hear(200);
    await clock.advance(31_000);
    await say(text);
    expect((await hear(200)).to.tag).toBe(first.to.tag);
    expect(asked).toBe(1);
    await clock.advance(2000);
    await say(text);
    expect((await hear(200)).to.tag).not.toBe(first.to.tag);
    expect(asked).toBe(2);
  });

  it('know an RFC 2543 caller by Call-ID, CSeq, tag and Via, and give its ACK of a 2xx to the user', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, (transaction, own) => {
      const dialog = core.dialogs.fromRequest(transaction, 'us', own);
      const response = buildResponse(transaction.request, 200, { toTag: 'us', headers: { Contact: core.contactFor(transaction.flow) } });
      transaction.respond(response);
      dialog.confirm(response);
    });
    const invite = script(peer, { branch: 'old', from: '<sip:peer@example.com>' });
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(requestText('INVITE', invite));
    await say(ackText(invite, accepted, { branch: 'old' }));
    await say(requestText('ACK', { ...invite, to: accepted.to.toString(), contact: undefined }));
    expect(usage.taken).toHaveLength(1);
    expect(usage.acks).toHaveLength(2);
    expect(usage.requests).toEqual([]);
    expect(peer.unread()).toEqual([]);
  });

  it('refuse the same request that came another way with 482 (§8.2.2.2)', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    await say(requestText('INVITE', { ...invite, branch: 'z9hG4bK-other-way' }));
    await hear(482);
    expect(usage.taken).toHaveLength(1);
    await say(requestText('INVITE', { ...invite, branch: 'z9hG4bK-with-credentials', cseq: 2 }));
    expect(usage.taken).toHaveLength(2);
    usage.taken[0]!.respond(buildResponse(usage.taken[0]!.request, 503, { toTag: 'us' }));
    await hear(503);
    await say(requestText('INVITE', { ...invite, branch: 'z9hG4bK-after-the-refusal' }));
    expect(usage.taken).toHaveLength(3);
  });

  it('past their bound refuse requests outside dialogs, with 503 on streams and silence on UDP, and nothing else', async () => {
    const { core, peer, say, clock, there, hear } = await rig({ limits: { maxTransactions: 1 } });
    const usage = new Usage(core);
    const first = script(peer);
    await say(requestText('INVITE', first));
    await say(requestText('INVITE', script(peer)));
    await say(requestText('OPTIONS', script(peer)));
    expect(usage.taken).toHaveLength(1);
    const connecting = RawPeer.connect(there, { host: US, port: 5060 });
    await clock.advance(10);
    const stream = await connecting;
    stream.send(requestText('INVITE', script(peer, { transport: 'TCP', via: stream.sentBy })));
    const refused = stream.expect(503);
    await clock.advance(10);
    expect((await refused).headers.get('Retry-After')).toMatch(/^\d+$/);
    peer.unread();
    await say(requestText('BYE', script(peer, { to: `<sip:us@${US}>;tag=gone` })));
    await hear(481);
    await say(cancelText(first));
    await hear(200);
    expect(core.stats().total['overload']).toBe(3);
  });

  it('forget the oldest answered one past their bound', async () => {
    const { core, peer, say } = await rig({ limits: { maxFinished: 3 } });
    for (let count = 0; count < 10; count += 1) await say(requestText('OPTIONS', script(peer)));
    expect(core.stats().live['finishedTransactions']).toBe(3);
  });

  it('refuse a request of ours that came back with 482, unless somebody sent it elsewhere', async () => {
    const { core, peer, hear, say } = await rig();
    void core.sendRequest('MESSAGE', `sip:us@${PEER}`, { body: { type: 'text/plain', bytes: Buffer.from('hello') } });
    const sent = await hear('MESSAGE');
    const seen: string[] = [];
    core.registerService({ name: 'see', methods: ['MESSAGE'], handleRequest: (request) => void seen.push(request.uri.toString()) });
    const back = (uri: string, branch: string): string => {
      const fields = { Via: [`SIP/2.0/UDP ${peer.sentBy};branch=${branch}`, ...sent.headers.getAll('Via')], Contact: undefined };
      const basics = script(peer, { uri, callId: sent.callId, from: sent.headers.get('From')!, to: sent.headers.get('To')! });
      return requestText('MESSAGE', { ...basics, fields });
    };
    await say(back(`sip:us@${PEER}`, 'z9hG4bKloop'));
    await hear(482);
    await say(back(`sip:us@${US}`, 'z9hG4bKspiral').replace('CSeq: 1', 'CSeq: 2'));
    await hear(404);
    expect(seen).toEqual([`sip:us@${US}`]);
  });

  it('take a request of ours to an address of ours as any other', async () => {
    const { core, clock } = await rig();
    core.registerService({ name: 'take', methods: ['MESSAGE'], handleRequest: () => reply(200) });
    const response = core.sendRequest('MESSAGE', `sip:us@${US}`, { body: { type: 'text/plain', bytes: Buffer.from('hello') } });
    await clock.advance(100);
    expect((await response).status).toBe(200);
  });
});

describe('what leaves and what comes without a transaction', () => {
  it('is a 100 that makes no dialog: no To tag, and the Timestamp of its INVITE (§8.2.6)', async () => {
    const { core, peer, say, clock } = await rig();
    new Usage(core);
    await say(requestText('INVITE', script(peer, { fields: { Timestamp: '54.5' } })));
    await clock.advance(300);
    const [trying] = peer.unread();
    expect([trying!.kind === 'response' && trying!.status, trying!.to.tag, trying!.headers.get('Timestamp')]).toEqual([
      100,
      undefined,
      '54.5',
    ]);
    expect(core.dialogs.live).toBe(0);
  });

  it.each<{ what: string; change: (text: string) => string }>([
    { what: 'a branch that is not ours', change: (text) => text.replace(/branch=[^;\r]+/, 'branch=z9hG4bKforeign') },
    { what: 'no branch', change: (text) => text.replace(/;branch=[^;\r]+/, '') },
    { what: 'another method in its CSeq', change: (text) => text.replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE') },
    { what: 'CANCEL in its CSeq', change: (text) => text.replace('CSeq: 1 OPTIONS', 'CSeq: 1 CANCEL') },
  ])('is a response with $what: it is counted and ends nothing', async ({ change }) => {
    const { core, peer, hear, say } = await rig();
    const outcome = core.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    const request = await hear('OPTIONS');
    await say(change(responseText(request, 200, { toTag: 'x' })));
    expect(core.stats().total['strayResponses']).toBe(1);
    expect(core.stats().live['clientTransactions']).toBe(1);
    peer.respond(request, 202, { toTag: 'x' });
    await hear('OPTIONS', 500).catch(() => undefined);
    expect((await outcome).status).toBe(202);
  });

  it('is what comes when the table is closed: nothing is made of it', async () => {
    const { core, peer, say } = await rig();
    const usage = new Usage(core);
    core.transactions.close();
    await say(requestText('INVITE', script(peer)));
    await say(requestText('OPTIONS', script(peer)));
    expect([usage.taken.length, peer.unread().length, core.stats().live['serverTransactions']]).toEqual([0, 0, 0]);
  });
});

describe('transactions over a lossy network', () => {
  it.each([
    { loss: 0, seed: 1, answered: [40, 40] },
    { loss: 0.1, seed: 2, answered: [40, 40] },
    { loss: 0.5, seed: 3, answered: [34, 40] }, // eleven copies, each way lost by half: one in 24 goes without an answer
    { loss: 1, seed: 4, answered: [0, 0] },
  ])('settle each request exactly once at a loss of $loss and leave nothing', async ({ loss, seed, answered }) => {
    const test = await rig({ seed, conditions: { loss, duplication: 0.2, reordering: 0.2, maxDelayMs: 80 } });
    const { core, clock, peer } = test;
    const outcomes: number[] = [];
    for (let count = 0; count < 40; count += 1) {
      void core.sendRequest('OPTIONS', `sip:peer@${PEER}`).then((response) => outcomes.push(response.status));
    }
    for (let at = 0; at < 40_000; at += 100) {
      await clock.advance(100);
      for (const message of peer.unread()) if (message.kind === 'request') peer.respond(message, 200, { toTag: 'x' });
    }
    expect(outcomes).toHaveLength(40);
    const good = outcomes.filter((status) => status === 200).length;
    expect(good).toBeGreaterThanOrEqual(answered[0]!);
    expect(good).toBeLessThanOrEqual(answered[1]!);
    expect(outcomes.filter((status) => status === 408)).toHaveLength(40 - good);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('bring calls to both ends, refused and accepted, at a loss of one half', async () => {
    const test = await rig({ seed: 5, conditions: { loss: 0.5, maxDelayMs: 40 } });
    const { core, clock, peer } = test;
    const usage = new Usage(core, (transaction) => transaction.respond(buildResponse(transaction.request, 486, { toTag: 'us' })));
    const invites = Array.from({ length: 20 }, () => script(peer));
    const refused = new Set<string>();
    for (let at = 0; at < 32_000; at += 500) {
      for (const message of peer.unread()) {
        if (message.kind !== 'response' || message.status !== 486) continue;
        refused.add(message.callId);
        peer.send(
          ackText(
            invites.find((invite) => invite.callId === message.callId)!,
            message,
          ),
          { host: US, port: 5060 },
        );
      }
      for (const invite of invites) if (!refused.has(invite.callId)) peer.send(requestText('INVITE', invite), { host: US, port: 5060 });
      await clock.advance(500);
    }
    expect(usage.taken).toHaveLength(20);
    expect(refused.size).toBe(20);
    expect(await remains(test)).toEqual(LISTENERS);
    expect(usage.news.filter((news) => news === 'terminated')).toHaveLength(20);
  });
});

describe('a ladder', () => {
  it('lists and draws the messages between hosts', async () => {
    const { core, peer, hear, say, network, clock } = await rig();
    using ladder = new Ladder(network, { [US]: 'us', [PEER]: 'peer' });
    const hearer = new Hearer();
    await call(core, hearer);
    const invite = await hear('INVITE');
    await say(responseText(invite, 486, { toTag: 'x' }));
    network.change({ loss: 1 });
    peer.send(responseText(invite, 486, { toTag: 'x' }));
    await clock.advance(10);
    expect(ladder.list()).toEqual(['us -> peer INVITE', 'peer -> us 486 INVITE', 'us -> peer ACK', 'peer -x us 486 INVITE']);
    expect(ladder.toString().split('\n')).toEqual([
      '       us               peer',
      '0       |-- INVITE ------>|',
      '5       |<- 486 INVITE ---|',
      '6       |-- ACK --------->|',
      '10      |x- 486 INVITE ---|',
    ]);
  });
});
