import { parseNameAddrList, parseUri, reply, tls, udp } from '@jackfield/sip';
import { ackText, inDialogText, requestText, responseText, type RequestScript } from '@jackfield/sip/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { PEER, US, accept, Hearer, rig, script, send, Usage, type Rig } from './rig.ts';
import { authority, issue } from './transport/certificates.ts';
import type { Certificate } from '../src/transport/certificates.ts';

let certificate: Certificate;
beforeAll(async () => {
  certificate = await issue(await authority('our ca'), [`ip:${US}`]);
});

/** UDP toward the peer, and TLS for those who want it. */
const both = (): Promise<Rig> => rig({ transports: [udp({ host: US, port: 5060 }), tls({ host: US, port: 5061, certificate })] });

const SIP = `<sip:${US}:5060>`;
const SIPS = `<sips:${US}:5061>`;

describe('the Contact of a request that makes a dialog, RFC 3261 §8.1.1.8', () => {
  it.each([
    { target: `sip:peer@${PEER}`, route: undefined, contact: SIP },
    { target: `sips:peer@${PEER}`, route: undefined, contact: SIPS },
    { target: `sip:peer@${PEER}`, route: '<sips:proxy.example;lr>', contact: SIPS },
    { target: `sips:peer@${PEER}`, route: '<sip:proxy.example;lr>', contact: SIPS },
    { target: `sip:peer@${PEER}`, route: '<sip:proxy.example;lr>, <sips:next.example;lr>', contact: SIP },
  ])('to $target by $route is $contact', async ({ target, route, contact }) => {
    const { core, hear } = await both();
    const routes = route === undefined ? [] : parseNameAddrList([route])!;
    send(core, 'INVITE', target, await core.wayTo(parseUri(`sip:${PEER}`)!), new Hearer(), routes);
    expect((await hear('INVITE')).headers.getAll('Contact')).toEqual([contact]);
  });
});

describe('the Contact of a response that makes a dialog, RFC 3261 §12.1.1', () => {
  it.each<{ what: string; over: Partial<RequestScript>; contact: string }>([
    { what: 'nothing of sips', over: {}, contact: SIP },
    { what: 'sips in its Request-URI', over: { uri: `sips:us@${US}`, contact: `<sips:peer@${PEER}>` }, contact: SIPS },
    { what: 'sips in its Contact', over: { contact: `<sips:peer@${PEER}>` }, contact: SIPS },
    {
      what: 'sips in its topmost Record-Route',
      over: { fields: { 'Record-Route': ['<sips:p1.example;lr>', '<sip:p2.example;lr>'] } },
      contact: SIPS,
    },
    {
      what: 'sips in its Contact, behind a Record-Route without',
      over: { contact: `<sips:peer@${PEER}>`, fields: { 'Record-Route': '<sip:p1.example;lr>' } },
      contact: SIP,
    },
  ])('is $contact for an INVITE with $what', async ({ over, contact }) => {
    const { core, peer, say, hear } = await both();
    new Usage(core, accept);
    await say(requestText('INVITE', script(peer, over)));
    expect((await hear(200)).headers.getAll('Contact')).toEqual([contact]);
  });
});

describe('sips where nobody listens for TLS, RFC 3261 §8.2.2.1', () => {
  it('is refused as the Request-URI of a call, and not inside one that a Record-Route made sips', async () => {
    const { core, peer, say, hear } = await rig();
    const usage = new Usage(core, accept);
    await say(requestText('INVITE', script(peer, { uri: `sips:us@${US}` })));
    await hear(416);
    const invite = script(peer, { fields: { 'Record-Route': '<sips:p1.example;lr>' } });
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    expect(accepted.headers.get('Contact')).toBe(`<sips:${US}:5060>`);
    await say(ackText(invite, accepted));
    await say(inDialogText('UPDATE', invite, accepted, { branch: 'z9hG4bKu', cseq: 2 }));
    expect(usage.requests.map(({ request }) => request.uri.scheme)).toEqual(['sips']);
  });
});

describe('sips where somebody listens for TLS, RFC 5630 §5.1.2', () => {
  it.each([
    { method: 'INVITE', contact: `<sip:peer@${PEER}>`, status: 400 },
    { method: 'INVITE', contact: `<sip:peer@${PEER};transport=tls>`, status: 400 },
    { method: 'INVITE', contact: `<sips:peer@${PEER}>`, status: 200 },
    { method: 'OPTIONS', contact: `<sip:peer@${PEER}>`, status: 200 },
  ])('is $status as the Request-URI of $method with the Contact $contact', async ({ method, contact, status }) => {
    const { core, peer, say, hear } = await both();
    new Usage(core, accept);
    core.registerService({ name: 'options', methods: ['OPTIONS'], handleRequest: () => reply(200) });
    await say(requestText(method, script(peer, { uri: `sips:us@${US}`, contact })));
    const response = await hear(status);
    if (status === 400) expect(response.reason).toBe('Bad Contact');
  });

  it.each([false, true])('takes nothing of a call to it back to UDP; toSource: %s', async (toSource) => {
    const { core, peer, say, hear, clock } = await both();
    const usage = new Usage(core, accept);
    const invite = script(peer, { uri: `sips:us@${US}`, contact: `<sips:peer@${PEER}>` });
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    await say(ackText(invite, accepted));
    await say(inDialogText('UPDATE', invite, accepted, { branch: 'z9hG4bKu', cseq: 2, fields: { Contact: peer.contact() } }));
    const { request } = usage.requests[0]!;
    const dialog = core.dialogs.find(request.callId, 'us', request.from.tag)!;
    dialog.refreshTarget(request);
    dialog.toSource = toSource;
    const hearer = new Hearer();
    dialog.request('BYE', {}, hearer);
    await clock.advance(20_000);
    expect([hearer.news, peer.unread()]).toEqual([['failed transport'], []]);
  });
});

it('a call to sips has no way by a route that is reached in the clear alone, RFC 3261 §8.1.2', async () => {
  const { core, clock } = await both();
  const routes = parseNameAddrList([`<sip:${PEER};lr>`])!;
  const [plain, secured] = ['sip', 'sips'].map((scheme) => core.wayTo(parseUri(`${scheme}:peer@far.example`)!, routes));
  expect(plain).toMatchObject({ flow: { kind: 'UDP' } });
  const refused = expect(secured).rejects.toMatchObject({ code: 'SIP_UNREACHABLE', info: { target: `sips:${PEER};lr` } });
  await clock.advance(20_000);
  await refused;
});

describe('the Contact of a request inside a dialog, RFC 5630 §5.1', () => {
  it('is sips in a call that we made by a sips route, and in none else', async () => {
    for (const [route, contact] of [
      ['<sips:proxy.example;lr>', SIPS],
      ['<sip:proxy.example;lr>', SIP],
    ] as const) {
      const { core, peer, say, hear, clock } = await both();
      const hearer = new Hearer();
      const target = `sip:peer@${PEER}`;
      const way = await core.wayTo(parseUri(target)!);
      const invite = send(core, 'INVITE', target, way, hearer, parseNameAddrList([route])!).transaction!;
      await say(responseText(await hear('INVITE'), 200, { toTag: 'peer', contact: peer.contact() }));
      const dialog = core.dialogs.fromResponse(invite, hearer.responses[0]!);
      dialog.confirm(hearer.responses[0]!);
      dialog.request('INVITE', {}, new Hearer());
      await clock.advance(1);
      expect((await hear('INVITE')).headers.getAll('Contact')).toEqual([contact]);
    }
  });

  it('turns to sips when the peer moves to a sips Contact', async () => {
    const { core, peer, say, hear } = await both();
    const usage = new Usage(core, accept);
    const invite = script(peer);
    await say(requestText('INVITE', invite));
    const accepted = await hear(200);
    expect(accepted.headers.get('Contact')).toBe(SIP);
    await say(ackText(invite, accepted));
    await say(inDialogText('UPDATE', invite, accepted, { branch: 'z9hG4bKu', cseq: 2, fields: { Contact: `<sips:peer@${PEER}>` } }));
    const { request, flow } = usage.requests[0]!;
    expect(core.contactFor(flow, request)).toBe(SIPS);
    const dialog = core.dialogs.find(request.callId, 'us', request.from.tag)!;
    dialog.refreshTarget(request);
    dialog.toSource = true; // by the flow that it came by: the peer listens for no TLS here
    dialog.request('UPDATE', {}, new Hearer());
    expect((await hear('UPDATE')).headers.getAll('Contact')).toEqual([SIPS]);
  });
});
