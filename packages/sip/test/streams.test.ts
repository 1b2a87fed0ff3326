import { buildResponse, type SipRequest } from '@jackfield/sip';
import { RawPeer, requestText, responseText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { LISTENERS, PEER, US, call, Hearer, remains, rig, script, Usage, type Rig } from './rig.ts';

async function connected({ there, clock }: Rig): Promise<RawPeer> {
  const connecting = RawPeer.connect(there, { host: US, port: 5060 });
  await clock.advance(10);
  return connecting;
}

describe('a stream that breaks in the middle', () => {
  it('takes no later answer along: it goes to a new connection to the sender (§18.2.2)', async () => {
    const test = await rig();
    const { core, network, here, clock, there } = test;
    const usage = new Usage(core, (transaction) => transaction.respond(buildResponse(transaction.request, 180, { toTag: 'us' })));
    const stream = await connected(test);
    const listening = await RawPeer.listen(there, { host: PEER, port: 5999 });
    stream.send(requestText('INVITE', script(stream, { transport: 'TCP', via: `${PEER}:5999` })));
    await clock.advance(10);
    network.cut(here);
    await clock.advance(10);
    expect(usage.news).toEqual(['failed transport']);
    usage.taken[0]!.respond(buildResponse(usage.taken[0]!.request, 200, { toTag: 'us' }));
    const accepted = listening.expect(200);
    await clock.advance(20);
    expect((await accepted).to.tag).toBe('us');
    usage.taken[0]!.resend();
    const again = listening.expect(200);
    await clock.advance(20);
    expect((await again).to.tag).toBe('us');
  });

  it('leaves no request for which a service wanted time: it is answered, or gets its 504', async () => {
    const test = await rig();
    const { core, network, here, clock } = test;
    core.registerService({ name: 'later', methods: ['MESSAGE'], handleRequest: () => 'later' });
    const stream = await connected(test);
    stream.send(requestText('MESSAGE', script(stream, { transport: 'TCP' })));
    await clock.advance(10);
    network.cut(here);
    await clock.advance(10);
    expect(core.stats().live['serverTransactions']).toBe(1);
    expect(await remains(test)).toEqual(LISTENERS);
  });

  it('is told once to each dialog that last heard from it, and to no other', async () => {
    const test = await rig();
    const { core, network, clock, there, here } = test;
    const usage = new Usage(core, (transaction, own) => {
      core.dialogs.fromRequest(transaction, 'us', own);
      transaction.respond(buildResponse(transaction.request, 180, { toTag: 'us' }));
    });
    const streams = [await connected(test), await connected(test)];
    for (const stream of streams) stream.send(requestText('INVITE', script(stream, { transport: 'TCP' })));
    await clock.advance(10);
    streams[0]!.close();
    await clock.advance(10);
    expect(usage.lost).toEqual([usage.taken[0]!.flow]);
    usage.taken[0]!.flow.send(Buffer.from('too late'));
    await clock.advance(10);
    expect(usage.lost).toHaveLength(1);
    network.cut(here, there);
    await clock.advance(10);
    expect(usage.lost).toHaveLength(2);
  });

  it('is told of the one by which our request was answered after the first had broken, and of none to a dialog that is over', async () => {
    const test = await rig();
    const { core, network, clock, there, here } = test;
    const usage = new Usage(core, (transaction, own) => {
      core.dialogs.fromRequest(transaction, 'us', own);
      transaction.respond(buildResponse(transaction.request, 200, { toTag: 'us' }));
    });
    const streams = [await connected(test), await connected(test)];
    for (const stream of streams) stream.send(requestText('INVITE', script(stream, { transport: 'TCP' })));
    await clock.advance(10);
    streams[0]!.close();
    await clock.advance(10);
    const [gone, other] = usage.taken.map(({ flow }) => flow);
    const dialog = core.dialogs.find(usage.taken[0]!.request.callId, 'us', usage.taken[0]!.request.from.tag)!;
    core.dialogs.heardBy(dialog, gone!);
    expect(dialog.flow).toBe(gone);
    core.dialogs.heardBy(dialog, other!);
    expect(dialog.flow).toBe(other);
    network.cut(here, there);
    await clock.advance(10);
    expect(usage.lost.filter((flow) => flow === other)).toHaveLength(2); // its own dialog, and the one that moved
    const again = await connected(test);
    again.send(requestText('INVITE', script(again, { transport: 'TCP' })));
    await clock.advance(10);
    dialog.terminate();
    core.dialogs.heardBy(dialog, usage.taken.at(-1)!.flow);
    expect(dialog.flow).toBe(other);
  });

  it('does not swallow the ACK of a 2xx that comes again: it goes a new way', async () => {
    const test = await rig();
    const { core, network, here, clock, there } = test;
    const peer = await RawPeer.listen(there, { host: PEER, port: 5060 });
    const hearer = new Hearer();
    const hear = async (what: string): Promise<SipRequest> => {
      const heard = peer.expect(what);
      await clock.advance(20);
      return (await heard) as SipRequest;
    };
    const calling = call(core, hearer, `sip:peer@${PEER};transport=tcp`);
    await clock.advance(10);
    await calling;
    const invite = await hear('INVITE');
    let repeat: (() => void) | undefined;
    hearer.onResponse = (response, transaction) => {
      const dialog = core.dialogs.fromResponse(transaction, response, new Usage(core));
      dialog.confirm(response);
      repeat = dialog.acknowledge(transaction.request, { headers: { 'X-Kept': 'yes' } });
    };
    peer.send(responseText(invite, 200, { toTag: 'peer', contact: peer.contact() }));
    const ack = await hear('ACK');
    network.cut(here);
    await clock.advance(10);
    repeat!();
    const second = await hear('ACK');
    expect([second.cseq.sequence, second.to.tag, second.headers.get('X-Kept'), second.vias.length]).toEqual([1, 'peer', 'yes', 1]);
    expect(second.via.branch).not.toBe(ack.via.branch);
    repeat!();
    expect((await hear('ACK')).via.branch).toBe(second.via.branch);
  });
});
