/** The user part of our Contact, as those see it who are sent one. */
import { ManualClock, SeededRandom, SimulatedNetwork } from '@jackfield/base/testing';
import { createSipStack, udp } from '@jackfield/sip';
import { RawPeer } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';

it.each([
  { contactUser: undefined, contact: '<sip:192.0.2.1:5060>' },
  { contactUser: 'trunk-7', contact: '<sip:trunk-7@192.0.2.1:5060>' },
])('is $contactUser in what makes a dialog: $contact', async ({ contactUser, contact }) => {
  const clock = new ManualClock();
  const random = new SeededRandom(1);
  const network = new SimulatedNetwork({ clock, random: random.fork() });
  const transports = [udp({ host: '192.0.2.1', port: 5060 })];
  const stack = createSipStack({ transports, clock, random, network: network.host('192.0.2.1'), contactUser });
  await stack.listen();
  const peer = await RawPeer.bind(network.host('192.0.2.2'), { host: '192.0.2.2', port: 5060 });
  const sent = stack.sendRequest('SUBSCRIBE', 'sip:bob@192.0.2.2:5060', {
    headers: { From: '<sip:alice@example.com>', Event: 'presence' },
  });
  peer.always('SUBSCRIBE', (request) => peer.respond(request, 403));
  await clock.advance(1000);
  expect((await sent).status).toBe(403);
  expect(peer.received[0]!.headers.get('Contact')).toBe(contact);
});
