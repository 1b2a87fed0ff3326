/** What an endpoint says of its calls: times, and the way to a peer behind a NAT. */
import { requestText, responseText } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';
import { defineEndpoint, type EndpointNat, type Session } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';

it('its times stand in place of the service`s', async () => {
  const bed = new Testbed();
  const known = defineEndpoint({ name: 'slow', trusted: false, match: { address: '192.0.2.2' }, timers: { ringMs: 10_000 } });
  const bob = await bed.party('bob', { endpoints: [known] });
  const alice = await bed.party('alice');
  bob.service.onIncoming((session) => session.progress(180));
  const call = alice.service.create(bob.uri());
  await bed.clock.advance(9000);
  expect(call.state).toBe('early');
  await bed.clock.advance(2000);
  await expect(call.ended).resolves.toMatchObject({ status: 480 });
  await bed.close();
});

const SDP = 'v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';

/** It asks for no rport. */
const viaOf = (branch: string) => ({ Via: [`SIP/2.0/UDP 10.0.0.9:5099;branch=${branch}`, 'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKfar'] });

/** A caller at 192.0.2.2:5060 that says it is at 10.0.0.9:5099. */
async function natted(nat: EndpointNat | undefined) {
  const bed = new Testbed();
  const known = defineEndpoint({ name: 'home', trusted: false, match: { address: '192.0.2.2' }, nat });
  const bob = await bed.party('bob', { traced: false, endpoints: [known] });
  bob.service.registerSdpHandler(bob.audio, 'audio');
  let session: Session | undefined;
  bob.service.onIncoming((incoming) => {
    session = incoming;
    return incoming.accept();
  });
  const peer = await bed.peer('alice');
  const script = {
    uri: bob.uri(),
    via: '10.0.0.9:5099',
    branch: 'z9hG4bK1',
    fields: viaOf('z9hG4bK1'),
    from: '<sip:alice@home>;tag=a',
    to: '<sip:bob@example.com>',
    callId: 'c',
    cseq: 1,
    contact: '<sip:alice@10.0.0.9:5099;x=y>',
    body: SDP,
    type: 'application/sdp',
  };
  const there = { host: '192.0.2.1', port: 5060 };
  peer.send(requestText('INVITE', script), there);
  await bed.clock.advance(100);
  return { bed, peer, script, there, session: () => session };
}

it('a caller behind a NAT gets responses at the port it sent from, and requests inside the call too, for its own Contact', async () => {
  const { bed, peer, script, there, session } = await natted({ requestsToSource: true, responsesToSource: true });
  const answer = await peer.expect(200);
  expect(answer.vias.map(({ host, rport }) => [host, rport])).toEqual([
    ['10.0.0.9', 5060],
    ['10.0.0.1', undefined],
  ]);
  const { body: _body, type: _type, contact: _contact, ...plain } = script;
  peer.send(requestText('ACK', { ...plain, fields: viaOf('z9hG4bK2'), to: answer.to.toString() }), there);
  await bed.clock.advance(100);
  expect(session()?.state).toBe('established');
  peer.send(requestText('INFO', { ...plain, fields: viaOf('z9hG4bK3'), to: answer.to.toString(), cseq: 2 }), there);
  await bed.clock.advance(100);
  expect((await peer.expect(200)).cseq.method).toBe('INFO');
  const info = session()!.sendRequest('INFO');
  await bed.clock.advance(100);
  const request = await peer.expect('INFO');
  expect(request.uri.toString()).toBe('sip:alice@10.0.0.9:5099;x=y');
  peer.send(responseText(request, 200));
  await bed.clock.advance(100);
  await expect(info).resolves.toMatchObject({ status: 200 });
  void session()!.end();
  await bed.clock.advance(100);
  peer.send(responseText(await peer.expect('BYE'), 200));
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
});

it('one that says nothing of a NAT is answered where its Via says, as RFC 3261 wants it', async () => {
  const { bed, peer } = await natted(undefined);
  await bed.clock.advance(1000);
  expect(peer.received).toEqual([]);
});

it('what is called behind a NAT gets ACK and BYE where the INVITE went; with a Route the route stands', async () => {
  for (const route of [undefined, '<sip:192.0.2.3;lr>']) {
    const bed = new Testbed();
    const alice = await bed.party('alice');
    const [peer, proxy] = [await bed.peer('bob'), await bed.peer('proxy')];
    const endpoint = defineEndpoint({ name: 'home', trusted: false, nat: { requestsToSource: true } });
    const call = alice.service.create(`sip:bob@${peer.sentBy}`, { endpoint });
    await bed.clock.advance(100);
    const fields = route === undefined ? {} : { 'Record-Route': route };
    const invite = await peer.expect('INVITE');
    peer.respond(invite, 200, { toTag: 'b', contact: '<sip:bob@10.0.0.9:5099>', body: SDP, type: 'application/sdp', fields });
    await bed.clock.advance(100);
    const there = route === undefined ? peer : proxy;
    expect((await there.expect('ACK')).uri.toString()).toBe('sip:bob@10.0.0.9:5099');
    void call.end();
    await bed.clock.advance(100);
    there.send(responseText(await there.expect('BYE'), 200));
    await bed.clock.advance(64_000);
    expect(bed.leftOver()).toEqual({});
  }
});
