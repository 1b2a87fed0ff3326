/** Whom a caller is shown to when a trusted endpoint sends the call elsewhere (RFC 3325 §5). */
import { Testbed } from '@jackfield/session/testing';
import { expect, it } from 'vitest';
import { registerIdentity, setIdentity } from '../src/index.ts';

it('T-40: a restricted identity that a trusted endpoint was told is not told to the host that it sends the call to, in the call neither', async () => {
  const bed = new Testbed();
  const alice = await bed.party('alice');
  registerIdentity(alice.service, { local: () => ({ uri: 'sip:+15551234@us.example', name: 'Al', presentation: 'restricted' }) });
  const trunk = await bed.peer('trunk');
  const other = await bed.peer('other');
  const contact = `<sip:x@${other.sentBy}>`;
  const session = alice.service.create(`sip:x@${trunk.sentBy}`, { endpoint: { name: 'trunk', trusted: true, redirects: 'follow' } });
  const last = ({ received }: typeof other) => {
    const found = received.findLast((one) => one.kind === 'request' && one.method !== 'ACK');
    if (found?.kind !== 'request') throw new Error('nothing came');
    return found;
  };
  const asserted = (peer: typeof other) => last(peer).headers.get('P-Asserted-Identity');
  await bed.clock.advance(40);
  expect(asserted(trunk)).toBe('"Al" <sip:+15551234@us.example>');
  trunk.respond(last(trunk), 302, { toTag: 't', contact });
  await bed.clock.advance(40);
  expect([last(other).method, asserted(other)]).toEqual(['INVITE', undefined]);
  const answer = 'v=0\r\no=- 1 1 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.3\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n';
  other.respond(last(other), 200, { toTag: 'o', contact, body: answer, fields: { Allow: 'INVITE, UPDATE' } });
  await bed.clock.advance(40);
  setIdentity(session, { uri: 'sip:+15555678@us.example', presentation: 'restricted' });
  void session.sendReinvite({ method: 'UPDATE', media: 'none' });
  await bed.clock.advance(40);
  expect([last(other).method, asserted(other)]).toEqual(['UPDATE', undefined]);
  await bed.close();
});
