import { buildResponse, createSipStack, parseUri, udp } from '@jackfield/sip';
import { requestText, responseText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { call, Hearer, PEER, rig, script, send, Usage } from './rig.ts';

describe('a stack that is closed from inside a message', () => {
  it.each([486, 200])('of ours that got a %i waits for nothing more', async (status) => {
    const { core, peer, hear, say, clock } = await rig();
    const hearer = new Hearer();
    hearer.onResponse = () => void core.close();
    await call(core, hearer);
    await say(responseText(await hear('INVITE'), status, { toTag: 'x', contact: peer.contact() }));
    expect(hearer.news).toContain(String(status));
    expect(clock.pending).toBe(0);
  });

  it('of the peer waits for nothing more', async () => {
    const { core, peer, say, clock } = await rig();
    const usage = new Usage(core, () => void core.close());
    await say(requestText('INVITE', script(peer)));
    usage.taken[0]!.respond(buildResponse(usage.taken[0]!.request, 486));
    expect(clock.pending).toBe(0);
    expect(core.stats().live).toMatchObject({ serverTransactions: 0, timers: 0 });
  });

  it('fails what somebody still sends by it, soon and with its reason', async () => {
    const { core, clock } = await rig();
    const way = await core.wayTo(parseUri(`sip:peer@${PEER}`)!);
    await core.close();
    const causes: unknown[] = [];
    send(core, 'MESSAGE', `sip:peer@${PEER}`, way, {
      response: () => undefined,
      failed: (cause, _transaction, error) => causes.push(cause, error),
    });
    await clock.advance(0);
    expect(causes).toEqual(['transport', expect.objectContaining({ code: 'SIP_STACK_CLOSED' })]);
    expect(clock.pending).toBe(0);
  });
});

describe('a user agent name', () => {
  it('that would break a message is refused when the stack is made, not when a message comes', () => {
    const make = (): unknown => createSipStack({ transports: [udp({ port: 5060 })], userAgent: 'a\r\nX: b' });
    expect(make).toThrow(expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }));
  });

  it('stands in what we send, unless the program put another there', async () => {
    const { core, peer, hear, say } = await rig({ userAgent: 'jack/1' });
    void core.sendRequest('OPTIONS', `sip:peer@${PEER}`);
    expect((await hear('OPTIONS')).headers.getAll('User-Agent')).toEqual(['jack/1']);
    void core.sendRequest('OPTIONS', `sip:peer@${PEER}`, { headers: { 'user-agent': 'mine' } });
    expect((await hear('OPTIONS')).headers.getAll('User-Agent')).toEqual(['mine']);
    await say(requestText('OPTIONS', script(peer)));
    expect((await hear(200)).headers.getAll('Server')).toEqual(['jack/1']);
  });
});
