import { buildResponse } from '@jackfield/sip';
import { cancelText, requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { rig, script, US, Usage } from './rig.ts';

describe('what a peer can make us keep', () => {
  it('is bounded for INVITEs with a tag in their To as for those without', async () => {
    const { core, peer, say, hear } = await rig({ limits: { maxTransactions: 10 } });
    for (let count = 0; count < 50; count += 1)
      await say(requestText('INVITE', script(peer, { to: `<sip:us@${US}>;tag=made-up-${count}` })));
    expect(core.stats().live['serverTransactions']).toBe(10);
    expect(core.stats().total['overload']).toBe(40);
    peer.unread();
    await say(requestText('BYE', script(peer, { to: `<sip:us@${US}>;tag=made-up` })));
    await hear(481);
  });

  it('is bounded per host, so that one leaves room for the others', async () => {
    const { core, peer, say, network, clock } = await rig({ limits: { maxTransactionsPerHost: 3 } });
    const usage = new Usage(core);
    const first = script(peer);
    await say(requestText('INVITE', first));
    for (let count = 0; count < 9; count += 1) await say(requestText('INVITE', script(peer)));
    expect(usage.taken).toHaveLength(3);
    const other = network.host('192.0.2.3');
    const socket = await other.bindDatagram({ host: '192.0.2.3', port: 5060 }, { message() {}, error() {} });
    socket.send(Buffer.from(requestText('INVITE', script(peer, { via: '192.0.2.3:5060' }))), 5060, US);
    await clock.advance(10);
    expect(usage.taken).toHaveLength(4);
    usage.taken[1]!.respond(buildResponse(usage.taken[1]!.request, 200, { toTag: 'us' }));
    await say(requestText('INVITE', script(peer)));
    expect(usage.taken).toHaveLength(5);
    await say(cancelText(first));
    expect(usage.taken[0]!.answered).toBe(true);
  });

  it('is bounded for what was answered, the oldest being forgotten first', async () => {
    const { core, peer, say } = await rig({ limits: { maxFinished: 5 } });
    const texts = Array.from({ length: 12 }, () => requestText('OPTIONS', script(peer)));
    for (const text of texts) await say(text);
    expect(core.stats().live['finishedTransactions']).toBe(5);
    peer.unread();
    for (const text of texts.slice(-5)) await say(text);
    expect(core.stats().total['repeats']).toBe(5);
    await say(texts[0]!);
    expect(core.stats().total).toMatchObject({ repeats: 5, serverTransactions: 13 });
  });

  it('counts as stray only the ACKs that belong nowhere', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, (transaction, own) => {
      const dialog = core.dialogs.fromRequest(transaction, 'us', own);
      const response = buildResponse(transaction.request, 200, { toTag: 'us' });
      transaction.respond(response);
      dialog.confirm(response);
    });
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const { to } = await hear(200);
    await say(requestText('ACK', { ...invite, branch: 'z9hG4bKack', to: to.toString() }));
    expect(usage.acks).toHaveLength(1);
    expect(core.stats().total['strayAcks']).toBe(0);
    await say(requestText('ACK', script(peer)));
    expect(core.stats().total['strayAcks']).toBe(1);
  });

  it('is one 100 for an INVITE whose copy was quicker than our wait', async () => {
    const { core, peer, say, clock } = await rig();
    const usage = new Usage(core);
    const text = requestText('INVITE', script(peer));
    await say(text);
    await clock.advance(100);
    await say(text);
    await clock.advance(300);
    expect(usage.taken).toHaveLength(1);
    expect(peer.unread().map((message) => message.kind === 'response' && message.status)).toEqual([100]);
  });
});
