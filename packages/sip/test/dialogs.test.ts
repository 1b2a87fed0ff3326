import { buildResponse, parseNameAddrList, udp } from '@jackfield/sip';
import { ackText, inDialogText, RawPeer, requestText, responseText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { LISTENERS, PEER, US, accept, call, Hearer, remains, rig, script, Usage } from './rig.ts';

const only = (usage: Usage) => {
  const { request } = usage.taken[0]!;
  return usage.core.dialogs.find(request.callId, 'us', request.from.tag)!;
};

describe('a dialog we were called in, RFC 3261 §12.1.1', () => {
  it('hears its requests and ACKs, each to its dialog, and answers 481 when it is over', async () => {
    const test = await rig();
    const { core, peer, say, hear } = test;
    const usage = new Usage(core, accept);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(ackText(invite, accepted));
    await say(ackText(invite, accepted)); // the peer heard our 200 twice
    await say(inDialogText('INFO', invite, accepted, { branch: 'z9hG4bKinfo', cseq: 2 }));
    expect(usage.acks.map((ack) => ack.cseq.sequence)).toEqual([1, 1]);
    expect(usage.requests.map(({ request }) => request.method)).toEqual(['INFO']);
    usage.requests[0]!.respond(buildResponse(usage.requests[0]!.request, 200));
    await hear(200);
    await say(
      inDialogText('INFO', { ...invite, from: '<sip:peer@example.com>;tag=stranger' }, accepted, { branch: 'z9hG4bKstray', cseq: 2 }),
    );
    await hear(481);
    only(usage).terminate();
    await say(inDialogText('BYE', invite, accepted, { branch: 'z9hG4bKbye', cseq: 3 }));
    await hear(481);
    await say(ackText(invite, accepted));
    expect(usage.acks).toHaveLength(2);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('takes no CSeq from a request that is challenged: who cannot prove to be the peer shuts nobody out', async () => {
    const { core, peer, say, hear, there, clock } = await rig();
    const usage = new Usage(core, accept);
    const answer = async (status: number): Promise<void> => {
      const { request } = usage.requests.at(-1)!;
      usage.requests.at(-1)!.respond(buildResponse(request, status));
      await clock.advance(5);
    };
    const invite = script(peer, { cseq: 10 });
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(ackText(invite, accepted));
    const dialog = only(usage);
    const forger = await RawPeer.bind(there, { host: PEER, port: 6060 });
    for (const [at, [cseq, status]] of [
      [2_147_483_647, 401],
      [2_147_483_646, 407],
    ].entries()) {
      const forged = inDialogText('INFO', { ...invite, via: forger.sentBy }, accepted, { branch: `z9hG4bKf${at}`, cseq: cseq! });
      forger.send(forged, { host: US, port: 5060 });
      await clock.advance(5);
      expect(dialog.flow.remote.port).toBe(6060);
      await say(inDialogText('INFO', invite, accepted, { branch: `z9hG4bKm${at}`, cseq: 11 }));
      await hear(500); // only until the other is judged
      await answer(status!);
      expect([dialog.remoteSequence, dialog.flow.remote.port]).toEqual([10, 5060]);
    }
    await say(inDialogText('INFO', invite, accepted, { branch: 'z9hG4bKi', cseq: 11 }));
    await answer(200);
    await hear(200);
    await say(inDialogText('INFO', invite, accepted, { branch: 'z9hG4bKj', cseq: 13 }));
    await say(inDialogText('INFO', invite, accepted, { branch: 'z9hG4bKk', cseq: 12 }));
    await hear(500); // nobody has refused 13
    await answer(403);
    expect(dialog.remoteSequence).toBe(13); // refused, and by whom it was meant
    expect(usage.requests.map(({ request }) => request.cseq.sequence)).toEqual([2_147_483_647, 2_147_483_646, 11, 13]);
  });

  it('takes no number from a CANCEL, which nobody has to prove', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, accept);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(ackText(invite, accepted));
    const forged = { branch: 'z9hG4bKr', cseq: 2_000_000_000 };
    await say(inDialogText('INVITE', invite, accepted, forged));
    usage.requests[0]!.user = { cancelled: (cancel) => cancel.respond(buildResponse(cancel.request, 200)) };
    await say(inDialogText('CANCEL', invite, accepted, forged));
    await hear(200);
    usage.requests[0]!.respond(buildResponse(usage.requests[0]!.request, 401));
    await hear(401);
    expect(only(usage).remoteSequence).toBe(1);
  });

  it('answers a CSeq that runs back with 500, and takes gaps (§12.2.2)', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, accept);
    const invite = script(peer, { cseq: 10 });
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(inDialogText('INFO', invite, accepted, { branch: 'z9hG4bK1', cseq: 20 }));
    await say(inDialogText('INFO', invite, accepted, { branch: 'z9hG4bK2', cseq: 15 }));
    await hear(500);
    await say(ackText(invite, accepted)); // its CSeq is the INVITE's, and counts for nothing
    await say(inDialogText('BYE', invite, accepted, { branch: 'z9hG4bK3', cseq: 21 }));
    expect(usage.requests.map(({ request }) => request.cseq.sequence)).toEqual([20, 21]);
    expect(usage.acks).toHaveLength(1);
    expect(only(usage).remoteSequence).toBe(21);
  });

  it('sends its requests over the recorded route, From and To turned round, CSeq counting from 1', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, accept);
    const recorded = { 'Record-Route': [`<sip:${peer.sentBy};lr>, <sip:p2.example.com;lr>`] };
    const invite = script(peer, { contact: '<sip:caller@192.0.2.77>', from: '"A, B" <sip:a@example.com;x=1>;tag=t', fields: recorded });
    await say(requestText('INVITE', invite));
    expect((await hear(200)).headers.get('Record-Route')).toContain('p2.example.com');
    const hearer = new Hearer();
    only(usage).request(
      'BYE',
      { headers: { Reason: 'Q.850;cause=16', CSeq: '99 BYE', Via: 'SIP/2.0/UDP evil', Contact: '<sip:mine@x>' } },
      hearer,
    );
    const bye = await hear('BYE');
    expect(bye.uri.toString()).toBe('sip:caller@192.0.2.77');
    expect(bye.routes.map(String)).toEqual([`<sip:${peer.sentBy};lr>`, '<sip:p2.example.com;lr>']);
    expect([bye.from.toString(), bye.to.toString()]).toEqual([`<sip:us@${US}>;tag=us`, '"A, B" <sip:a@example.com;x=1>;tag=t']);
    expect([bye.cseq.sequence, bye.vias.length, bye.maxForwards, bye.headers.get('Reason')]).toEqual([1, 1, 70, 'Q.850;cause=16']);
    peer.respond(bye, 200);
    only(usage).request('INVITE', { headers: { Contact: '<sip:mine@x>' } }, hearer);
    const invited = await hear('INVITE');
    expect([invited.cseq.sequence, invited.headers.getAll('Contact')]).toEqual([2, [`<sip:${US}:5060>`]]);
    expect(hearer.news).toEqual(['200']);
  });

  it('writes the URI of a strict router into the request line (§12.2.1.1)', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, accept);
    const fields = { 'Record-Route': [`<sip:${peer.sentBy}>`, '<sip:p2.example.com;lr>'] };
    await say(requestText('INVITE', script(peer, { contact: '<sip:caller@192.0.2.77>', fields })));
    await hear(200);
    only(usage).request('BYE', {}, new Hearer());
    const bye = await hear('BYE');
    expect(bye.uri.toString()).toBe(`sip:${peer.sentBy}`);
    expect(bye.routes.map(String)).toEqual(['<sip:p2.example.com;lr>', '<sip:caller@192.0.2.77>']);
  });

  it('follows the Contact of a target refresh, and learns Allow and Supported from every message', async () => {
    const { core, peer, say, hear, there, clock } = await rig();
    const usage = new Usage(core, accept);
    const invite = script(peer, { fields: { Allow: 'INVITE, BYE', Supported: ['100rel', 'Timer'] } });
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    const dialog = only(usage);
    expect([[...dialog.remoteAllow], [...dialog.remoteSupported]]).toEqual([
      ['INVITE', 'BYE'],
      ['100rel', 'timer'],
    ]);
    const moved = await RawPeer.bind(there, { host: PEER, port: 5070 });
    const refresh = inDialogText('UPDATE', { ...invite, contact: moved.contact() }, accepted, {
      branch: 'z9hG4bKup',
      cseq: 2,
      fields: { Allow: 'BYE' },
    });
    await say(refresh);
    dialog.refreshTarget(usage.requests[0]!.request);
    expect([...dialog.remoteAllow]).toEqual(['BYE']);
    expect([...dialog.remoteSupported]).toEqual(['100rel', 'timer']);
    dialog.request('BYE', {}, new Hearer());
    const bye = moved.expect('BYE');
    await clock.advance(5);
    expect((await bye).uri.toString()).toBe(`sip:peer@${moved.sentBy}`);
  });

  it('bears a peer of RFC 2543 that sends no tag and no Contact', async () => {
    const { core, peer, say, hear } = await rig();
    core.registerUsage({
      name: 'subscriptions',
      methods: ['NOTIFY'],
      take: (transaction) => {
        core.dialogs.fromRequest(transaction, 'us', usage);
        return true;
      },
    });
    const usage = new Usage(core);
    const notify = script(peer, { from: `<sip:${peer.sentBy}>`, contact: undefined });
    await say(requestText('NOTIFY', notify));
    const dialog = core.dialogs.find(notify.callId, 'us', undefined)!;
    expect(dialog.remoteTarget.toString()).toBe(`sip:${peer.sentBy}`);
    await say(requestText('BYE', { ...notify, branch: 'z9hG4bKb', cseq: 2, to: `${notify.to};tag=us` }));
    expect(usage.requests).toHaveLength(1);
    dialog.request('INFO', {}, new Hearer());
    expect((await hear('INFO')).to.tag).toBeUndefined();
  });
});

describe('a dialog and its place in the table', () => {
  it('is not given up by one that had it before', async () => {
    const { core, peer, say } = await rig();
    const made: { terminate(): void }[] = [];
    const usage = new Usage(core, (transaction, own) => {
      made.push(core.dialogs.fromRequest(transaction, 'us', own), core.dialogs.fromRequest(transaction, 'us', own));
      transaction.respond(buildResponse(transaction.request, 180, { toTag: 'us' }));
    });
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    made[0]!.terminate();
    await say(requestText('INFO', { ...invite, branch: 'z9hG4bKi', cseq: 2, to: `${invite.to};tag=us` }));
    expect(usage.requests).toHaveLength(1);
    made[1]!.terminate();
    expect(core.dialogs.live).toBe(0);
  });

  it('sends to a Contact without what no request line may carry (§19.1.1)', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, accept);
    const contact = `<sip:caller@${peer.sentBy};method=INVITE;ob?Subject=x>`;
    await say(requestText('INVITE', script(peer, { contact })));
    await hear(200);
    only(usage).request('BYE', {}, new Hearer());
    expect((await hear('BYE')).uri.toString()).toBe(`sip:caller@${peer.sentBy};ob`);
  });

  it('tells its user of a request that cannot be written when it had to wait for a flow, and throws otherwise', async () => {
    const { core, peer, say, hear, network, clock } = await rig();
    const usage = new Usage(core, accept);
    network.name('peer.example.com', [PEER]);
    await say(requestText('INVITE', script(peer, { contact: '<sip:caller@peer.example.com>' })));
    await hear(200);
    const hearer = new Hearer();
    expect(only(usage).request('INFO', { headers: { 'X-Bad': 'a\r\nb' } }, hearer).transaction).toBeUndefined();
    await clock.advance(5);
    expect(hearer.news).toEqual(['failed transport']);
    expect(() => only(usage).acknowledge(usage.taken[0]!.request, { headers: { 'X-Bad': 'a\r\nb' } })).toThrow(/CR, LF/);
  });
});

describe('the dialogs of a call of ours, RFC 3261 §12.1.2', () => {
  it('are one per fork; the 2xx takes target and route anew', async () => {
    const { core, peer, hear, say } = await rig();
    const hearer = new Hearer();
    const usage = new Usage(core);
    hearer.onResponse = (response, transaction) => {
      if (response.to.tag === undefined) return;
      const dialog = core.dialogs.find(response.callId, 'us', response.to.tag) ?? core.dialogs.fromResponse(transaction, response, usage);
      if (response.status >= 200) dialog.confirm(response);
    };
    await call(core, hearer);
    const invite = await hear('INVITE');
    await say(responseText(invite, 180, { toTag: 'one', contact: '<sip:one@192.0.2.9>' }));
    await say(responseText(invite, 180, { toTag: 'two' }));
    const [one, two] = ['one', 'two'].map((tag) => core.dialogs.find(invite.callId, 'us', tag)!);
    expect(core.dialogs.live).toBe(2);
    expect([one!.remoteTarget.toString(), two!.remoteTarget.toString()]).toEqual(['sip:one@192.0.2.9', `sip:peer@${PEER}`]);
    const fields = { 'Record-Route': ['<sip:p2.example.com;lr>', `<sip:${peer.sentBy};lr>`] };
    await say(responseText(invite, 200, { toTag: 'two', contact: '<sip:two@192.0.2.9>', fields }));
    expect([one!.state, two!.state]).toEqual(['early', 'confirmed']);
    expect(two!.remoteTarget.toString()).toBe('sip:two@192.0.2.9');
    const repeat = two!.acknowledge(hearer.transaction!.request);
    const ack = await hear('ACK');
    expect(ack.uri.toString()).toBe('sip:two@192.0.2.9');
    expect(ack.routes.map(String)).toEqual([`<sip:${peer.sentBy};lr>`, '<sip:p2.example.com;lr>']);
    expect([ack.cseq.sequence, ack.to.tag, ack.headers.has('Contact')]).toEqual([1, 'two', false]);
    repeat();
    expect((await hear('ACK')).via.branch).toBe(ack.via.branch);
    two!.request('BYE', {}, new Hearer());
    expect((await hear('BYE')).cseq.sequence).toBe(2);
    await say(requestText('INFO', { ...script(peer), from: '<sip:x@y>;tag=one', to: `<sip:us@${US}>;tag=us`, callId: invite.callId }));
    expect(usage.requests[0]!.request.from.tag).toBe('one');
    expect(one!.remoteSequence).toBe(1);
    expect(two!.remoteSequence).toBeUndefined();
  });

  it('begin over a preloaded route', async () => {
    const { core, peer, hear } = await rig();
    await call(core, new Hearer(), 'sip:bob@far.example.com', parseNameAddrList([`<sip:${peer.sentBy};lr>`])!);
    const invite = await hear('INVITE');
    expect([invite.uri.toString(), invite.headers.get('Route')]).toEqual(['sip:bob@far.example.com', `<sip:${peer.sentBy};lr>`]);
  });

  it('say so when nothing reaches the next hop', async () => {
    const { core, peer, say, hear, clock } = await rig();
    const usage = new Usage(core, accept);
    await say(requestText('INVITE', script(peer, { contact: '<sip:caller@nowhere.example.com>' })));
    await hear(200);
    const hearer = new Hearer();
    expect(only(usage).request('BYE', {}, hearer).transaction).toBeUndefined();
    only(usage).acknowledge(usage.taken[0]!.request)();
    await clock.advance(5);
    expect(hearer.news).toEqual(['failed transport']);
  });
});

describe('of two listeners', () => {
  it.each([
    { host: US, toSource: false },
    { host: US, toSource: true },
    { host: '0.0.0.0', toSource: false },
    { host: '0.0.0.0', toSource: true },
  ])('on $host the one that a call came to sends what is ours in it; toSource: $toSource', async ({ host, toSource }) => {
    const { core, peer, clock } = await rig({ transports: [udp({ host, port: 5060 }), udp({ host, port: 5070 })] });
    const usage = new Usage(core, accept);
    peer.send(requestText('INVITE', script(peer)), { host: US, port: 5070 });
    await clock.advance(5);
    const accepted = await peer.expect(200);
    expect(accepted.headers.get('Contact')).toBe(`<sip:${US}:5070>`);
    only(usage).toSource = toSource;
    only(usage).request('UPDATE', {}, new Hearer());
    await clock.advance(5);
    const update = await peer.expect('UPDATE');
    expect([update.via.port, update.headers.get('Contact')]).toEqual([5070, accepted.headers.get('Contact')]);
  });

  it('the one that the peer was heard by sends the ACK as well', async () => {
    const { core, peer, hear, clock } = await rig({ transports: [udp({ host: US, port: 5060 }), udp({ host: US, port: 5070 })] });
    const hearer = new Hearer();
    const transaction = await call(core, hearer);
    peer.respond(await hear('INVITE'), 200, { toTag: 'peer', contact: peer.contact() });
    await clock.advance(5);
    const dialog = core.dialogs.fromResponse(transaction, hearer.responses[0]!, new Usage(core));
    dialog.confirm(hearer.responses[0]!);
    const info = { ...script(peer), from: `<sip:peer@${PEER}>;tag=peer`, to: `<sip:us@${US}>;tag=us`, callId: dialog.callId };
    peer.send(requestText('INFO', info), { host: US, port: 5070 });
    await clock.advance(5);
    dialog.acknowledge(transaction.request);
    expect((await hear('ACK')).via.port).toBe(5070);
  });
});

describe('the flow of a dialog', () => {
  it('is the stream it last heard from, while that is open; when it breaks, the user hears of it', async () => {
    const { core, there, clock, network, here } = await rig();
    const usage = new Usage(core, accept);
    const connecting = RawPeer.connect(there, { host: US, port: 5060 });
    await clock.advance(10);
    const stream = await connecting;
    stream.send(requestText('INVITE', script(stream, { transport: 'TCP', contact: `<sip:caller@${PEER}:5999;transport=tcp>` })));
    const accepted = stream.expect(200);
    await clock.advance(10);
    expect((await accepted).headers.get('Contact')).toBe(`<sip:${US}:5060;transport=tcp>`);
    const hearer = new Hearer();
    expect(only(usage).request('INFO', {}, hearer)).toBeDefined();
    const info = stream.expect('INFO');
    await clock.advance(10);
    expect((await info).via.transport).toBe('TCP');
    network.cut(here);
    await clock.advance(10);
    expect(usage.lost).toHaveLength(1);
    expect(hearer.news).toEqual(['failed transport', 'terminated']);
    const back = await RawPeer.listen(there, { host: PEER, port: 5999 });
    const second = new Hearer();
    expect(only(usage).request('BYE', {}, second).transaction).toBeUndefined(); // a connection must be opened to the Contact
    const bye = back.expect('BYE');
    await clock.advance(20);
    back.respond(await bye, 200);
    await clock.advance(20);
    expect(second.news).toEqual(['200', 'terminated']);
    expect(second.transaction?.request.method).toBe('BYE');
  });
});
