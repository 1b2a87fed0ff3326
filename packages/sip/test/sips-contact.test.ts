import { buildResponse, HeaderList, parseNameAddrList, parseUri, tls, udp, type ServerTransaction } from '@jackfield/sip';
import { ackText, inDialogText, requestText, responseText, type RequestScript } from '@jackfield/sip/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { Hearer, PEER, rig, script, US, Usage, type Rig } from './rig.ts';
import { authority, issue } from './transport/certificates.ts';
import type { Certificate } from '../src/transport/certificates.ts';

let certificate: Certificate;
beforeAll(async () => {
  certificate = await issue(await authority('our ca'), [`ip:${US}`]);
});

/** UDP toward the peer, and TLS for those who want it. */
const both = (): Promise<Rig> => rig({ transports: [udp({ host: US, port: 5060 }), tls({ host: US, port: 5061, certificate })] });

function accept(transaction: ServerTransaction, usage: Usage): void {
  const { core } = usage;
  const { request, flow } = transaction;
  const dialog = core.dialogs.fromRequest(transaction, 'us', usage);
  const response = buildResponse(request, 200, { toTag: 'us', headers: { Contact: core.contactFor(flow, request) } });
  transaction.respond(response);
  dialog.confirm(response);
}

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
    const uri = parseUri(target)!;
    const routes = route === undefined ? [] : parseNameAddrList([route])!;
    const headers = new HeaderList({ From: `<sip:us@${US}>;tag=us`, To: `<${target}>`, 'Call-ID': 'one' });
    const flow = await core.flowFor(parseUri(`sip:${PEER}`)!);
    core.sendInitial('INVITE', uri, { headers, sequence: 1, routes }, flow, new Hearer());
    expect((await hear('INVITE')).headers.getAll('Contact')).toEqual([contact]);
  });
});

describe('the Contact of a response that makes a dialog, RFC 3261 §12.1.1', () => {
  it.each<{ what: string; over: Partial<RequestScript>; contact: string }>([
    { what: 'nothing of sips', over: {}, contact: SIP },
    { what: 'sips in its Request-URI', over: { uri: `sips:us@${US}` }, contact: SIPS },
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

describe('the Contact of a request inside a dialog, RFC 5630 §5.1', () => {
  it('is sips in a call that came to a sips URI, though the caller named a sip Contact', async () => {
    const { core, peer, say, hear } = await both();
    const usage = new Usage(core, accept);
    const invite = script(peer, { uri: `sips:us@${US}` });
    await say(requestText('INVITE', invite));
    await say(ackText(invite, await hear(200)));
    const { request } = usage.taken[0]!;
    core.dialogs.find(request.callId, 'us', request.from.tag)!.request('UPDATE', {}, new Hearer());
    expect((await hear('UPDATE')).headers.getAll('Contact')).toEqual([SIPS]);
  });

  it('is sips in a call that we made to a sips URI, and in none else', async () => {
    for (const [target, contact] of [
      [`sips:peer@${PEER}`, SIPS],
      [`sip:peer@${PEER}`, SIP],
    ] as const) {
      const { core, peer, say, hear, clock } = await both();
      const hearer = new Hearer();
      const headers = new HeaderList({ From: `<sip:us@${US}>;tag=us`, To: `<${target}>`, 'Call-ID': 'one' });
      const flow = await core.flowFor(parseUri(`sip:${PEER}`)!);
      const invite = core.sendInitial('INVITE', parseUri(target)!, { headers, sequence: 1 }, flow, hearer);
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
