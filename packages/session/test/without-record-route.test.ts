/** Calls by TCP through a proxy that does not stay in the way, and from behind a NAT: where what follows goes (RFC 3261 §12.2.1.1, §16.6). */
import type { RawPeer } from '@jackfield/sip/testing';
import { requestText } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';
import { Testbed } from '../src/testing.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';

const methods = (peer: RawPeer): string[] =>
  peer
    .unread()
    .filter((message) => message.kind === 'request')
    .map(({ method }) => method);

it.each(['', ';transport=tcp'])('who answers at %j behind a proxy gets ACK and BYE itself', async (transport) => {
  const bed = new Testbed();
  const alice = await bed.party('alice');
  const proxy = await bed.peer('proxy', 'tcp');
  const bob = await bed.peer('bob', transport === '' ? 'udp' : 'tcp');
  const session = alice.service.create(`sip:bob@${proxy.sentBy};transport=tcp`);
  await bed.clock.advance(100);
  proxy.respond(await proxy.expect('INVITE'), 200, { toTag: 'b', contact: `<sip:bob@${bob.sentBy}${transport}>`, body: SDP });
  await bed.clock.advance(100);
  expect(session.state).toBe('established');
  bob.always('BYE', 200);
  const ended = session.end();
  await bed.clock.advance(100);
  await ended;
  expect([methods(proxy), methods(bob)]).toEqual([[], ['ACK']]);
  await expect(session.ended).resolves.toMatchObject({ by: 'local' });
  await bed.close();
  expect(bed.leftOver()).toEqual({});
});

it.each([
  { title: 'who called through a proxy gets BYE itself', own: 'SIP/2.0/UDP alice.invalid;branch=z9hG4bKa', contact: undefined },
  {
    title: 'who called from behind a NAT gets BYE by the connection it opened',
    own: undefined,
    contact: '<sip:alice@10.0.0.5;transport=tcp>',
  },
])('$title', async ({ own, contact }) => {
  const bed = new Testbed();
  const bob = await bed.party('bob');
  const alice = await bed.peer('alice');
  const stream = await bed.caller('neighbour', { host: bob.host.addresses[0]!, port: 5060 })();
  bob.service.onIncoming(async (session) => {
    await session.accept();
    await session.end();
  });
  const invite = requestText('INVITE', {
    uri: bob.uri(),
    via: contact === undefined ? stream.sentBy : '10.0.0.5:5060',
    transport: 'TCP',
    branch: 'z9hG4bKn',
    from: '<sip:alice@example.com>;tag=a',
    to: `<${bob.uri()}>`,
    callId: 'through',
    cseq: 1,
    contact: contact ?? alice.contact(),
    body: SDP,
  });
  stream.send(own === undefined ? invite : invite.replace('\r\nMax-Forwards', `\r\nVia: ${own}\r\nMax-Forwards`));
  await bed.clock.advance(100);
  const ok = await stream.expect(200);
  const ack = requestText('ACK', {
    uri: bob.uri(),
    via: stream.sentBy,
    transport: 'TCP',
    branch: 'z9hG4bKack',
    from: '<sip:alice@example.com>;tag=a',
    to: ok.to.toString(),
    callId: 'through',
    cseq: 1,
  });
  stream.send(own === undefined ? ack : ack.replace('\r\nMax-Forwards', `\r\nVia: ${own}2\r\nMax-Forwards`));
  await bed.clock.advance(100);
  expect([methods(stream), methods(alice)]).toEqual(contact === undefined ? [[], ['BYE']] : [['BYE'], []]);
  await bed.close();
});
