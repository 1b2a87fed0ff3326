import { buildResponse, HeaderList } from '@jackfield/sip';
import { ackText, cancelText, requestText, responseText, type RequestScript } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { LISTENERS, call, Hearer, remains, rig, script, Usage } from './rig.ts';

describe('CANCEL, RFC 3261 §9', () => {
  it('waits for a provisional response, goes once, on the branch of the INVITE, and carries what was given', async () => {
    const { core, peer, hear, clock } = await rig();
    const hearer = new Hearer();
    const cancelled = new Hearer();
    const transaction = await call(core, hearer);
    const invite = await hear('INVITE');
    core.transactions.cancel(transaction, new HeaderList({ Reason: 'SIP;cause=200' }), cancelled);
    core.transactions.cancel(transaction);
    await clock.advance(400);
    expect(peer.received.map((message) => message.kind === 'request' && message.method)).toEqual(['INVITE']);
    peer.respond(invite, 180, { toTag: 'x' });
    const cancel = await hear('CANCEL');
    expect([cancel.via.branch, cancel.headers.get('Reason'), cancel.cseq.sequence]).toEqual([invite.via.branch, 'SIP;cause=200', 1]);
    peer.respond(cancel, 200);
    peer.respond(invite, 487, { toTag: 'x' });
    await hear('ACK');
    expect(hearer.news).toEqual(['180', '487']);
    expect(cancelled.news).toEqual(['200']);
    expect(peer.unread()).toEqual([]);
  });

  it('is not sent when the final response was quicker', async () => {
    const { core, peer, hear, say } = await rig();
    const transaction = await call(core, new Hearer());
    core.transactions.cancel(transaction);
    await say(responseText(await hear('INVITE'), 200, { toTag: 'x', contact: peer.contact() }));
    expect(peer.unread()).toEqual([]);
  });

  it('ends an INVITE that gets no final response 64·T1 later', async () => {
    const test = await rig();
    const { core, peer, hear, clock } = test;
    const hearer = new Hearer();
    const transaction = await call(core, hearer);
    peer.respond(await hear('INVITE'), 180, { toTag: 'x' });
    await clock.advance(60_000);
    core.transactions.cancel(transaction);
    peer.respond(await hear('CANCEL'), 200);
    await clock.advance(31_000);
    expect(hearer.news).toEqual(['180']);
    await clock.advance(1000);
    expect(hearer.news).toEqual(['180', 'failed timeout', 'terminated']);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('of a peer meets its INVITE: 200 and 487 with one To tag, unless the user answers itself', async () => {
    const { core, peer, hear, say } = await rig();
    const usage = new Usage(core);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    await say(cancelText(invite));
    const tag = (await hear(200)).to.tag;
    const refused = await hear(487);
    expect(refused.to.tag).toBe(tag);
    await say(ackText(invite, refused));
    expect(usage.news).toEqual(['acknowledged']);
    expect(usage.taken[0]!.request.signal.aborted).toBe(true);
  });

  it('without an INVITE gets 481; after a final response it gets 200 and does nothing', async () => {
    const { core, peer, hear, say } = await rig();
    const usage = new Usage(core, (transaction) => transaction.respond(buildResponse(transaction.request, 200, { toTag: 'us' })));
    await say(cancelText(script(peer)));
    await hear(481);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    await hear(200);
    await say(cancelText(invite));
    const late = await hear(200);
    expect([late.cseq.method, late.to.tag]).toEqual(['CANCEL', 'us']); // the tag of the INVITE's answer, §9.2
    await say(cancelText(invite));
    await hear(200);
    expect(usage.taken[0]!.state).toBe('accepted');
    expect(peer.unread()).toEqual([]);
  });
});

describe('which INVITE a CANCEL means, RFC 3261 §9.2', () => {
  it.each<{ what: string; change: (invite: RequestScript) => RequestScript; matches: boolean }>([
    { what: 'the same branch and sent-by', change: (invite) => invite, matches: true },
    { what: 'another branch', change: (invite) => ({ ...invite, branch: 'z9hG4bKother' }), matches: false },
    { what: 'another sent-by', change: (invite) => ({ ...invite, via: '192.0.2.77:5060' }), matches: false },
    { what: 'another sent-by port', change: (invite) => ({ ...invite, via: invite.via.replace(':5060', ':5070') }), matches: false },
    {
      what: 'the same branch, and tags and Call-ID of somebody else',
      change: (invite) => ({ ...invite, callId: 'other', cseq: 9 }),
      matches: true,
    },
  ])('$what: $matches', async ({ change, matches }) => {
    const { core, peer, say } = await rig();
    const usage = new Usage(core);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    await say(cancelText(change(invite)));
    expect(usage.taken[0]!.answered).toBe(matches);
    expect(peer.unread().map((message) => message.kind === 'response' && message.status)).toEqual(matches ? [200, 487] : [481]);
  });

  it('without the branch cookie is told by Call-ID, CSeq number, From tag, Request-URI and Via', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core);
    const invite = script(peer, { branch: 'old' });
    await say(requestText('INVITE', invite));
    await say(cancelText({ ...invite, cseq: 2 }));
    await hear(481);
    await say(cancelText({ ...invite, uri: 'sip:other@192.0.2.1' }));
    await hear(481);
    expect(usage.taken[0]!.answered).toBe(false);
    await say(cancelText(invite));
    await hear(200);
    await hear(487);
  });

  it('is never another request than an INVITE', async () => {
    const { core, peer, say, hear } = await rig();
    core.registerService({ name: 'later', methods: ['MESSAGE'], handleRequest: () => 'later' });
    const message = script(peer);
    await say(requestText('MESSAGE', message));
    await say(cancelText(message));
    expect((await hear(481)).cseq.method).toBe('CANCEL');
    expect(core.stats().live['waitingServices']).toBe(1);
  });
});
