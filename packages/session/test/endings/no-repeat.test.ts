/** A call that ends takes with it the repeats of its requests: with credentials, elsewhere, as a supplement wishes. Their CSeq would follow that of the BYE. */
import { ZoneResolver } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

const endpoint = { name: 'peer', trusted: false, credentials: [{ username: 'alice', password: 'wonder' }] };
const CHALLENGE = { fields: { 'WWW-Authenticate': 'Digest realm="here", nonce="n", qop="auth", algorithm=MD5' } };

/** A call that is up, from which a request of this method has left. */
async function asking(play: Play, method: string) {
  const { peer, session } = await play.calling({ endpoint });
  await peer.accept();
  const outcome =
    method === 'INVITE' || method === 'UPDATE'
      ? session.sendReinvite({ method, media: [{ kind: 'audio', direction: 'sendonly' }] })
      : session.sendRequest(method);
  await play.go();
  return { peer, session, outcome };
}

const copies = (peer: Script, method: string): number =>
  peer.raw.received.filter((one) => one.kind === 'request' && one.method === method && one.to.tag !== undefined).length;

describe('a request that is challenged once the call is on its way out', () => {
  it.each(['INVITE', 'UPDATE', 'INFO'])('%s: our BYE is out: the challenge is final', async (method) => {
    const play = new Play();
    const { peer, session, outcome } = await asking(play, method);
    if (method === 'INVITE') await peer.answer('INVITE', 100);
    void session.end();
    await play.go();
    const bye = peer.got('BYE').cseq.sequence;
    await peer.answer(method, 401, CHALLENGE);
    expect([copies(peer, method), peer.got(method).cseq.sequence < bye]).toEqual([1, true]);
    await peer.answer('BYE', 200);
    await expect(session.ended).resolves.toMatchObject({ by: 'local' });
    expect(await outcome).toMatchObject(method === 'INFO' ? { status: 401 } : { kind: 'refused' });
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });

  it.each(['INVITE', 'UPDATE', 'INFO'])("%s: the peer's BYE has ended it: nothing leaves but the ACK", async (method) => {
    const play = new Play();
    const { peer, session, outcome } = await asking(play, method);
    outcome.catch(() => undefined);
    if (method === 'INVITE') await peer.answer('INVITE', 100);
    await peer.request('BYE');
    expect(session.state).toBe('ended');
    await peer.answer(method, 401, CHALLENGE);
    await play.bed.clock.advance(2000);
    expect(copies(peer, method)).toBe(1);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });

  it('BYE itself is repeated', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ endpoint });
    await peer.accept();
    void session.end();
    await play.go();
    await peer.answer('BYE', 401, CHALLENGE);
    expect(copies(peer, 'BYE')).toBe(2);
    await peer.answer('BYE', 200);
    await expect(session.ended).resolves.toMatchObject({ by: 'local' });
    await play.bed.close();
  });
});

const [ONE, TWO] = ['192.0.2.2', '192.0.2.3'];
const FARM = {
  '_sip._udp.farm.example': [
    { type: 'SRV', priority: 1, port: 5060, target: 'one.example' },
    { type: 'SRV', priority: 2, port: 5060, target: 'two.example' },
  ] as const,
  'one.example': [{ type: 'A', address: ONE }] as const,
  'two.example': [{ type: 'A', address: TWO }] as const,
};

it.each([
  { ends: false, came: ['INVITE'], because: 'the 503 was of the first alone' },
  { ends: true, came: ['BYE'], because: 'once there is a way for it, the call is on its way out' },
])('a re-INVITE that waits for the address of the next server, end: $ends: $came reaches that: $because', async ({ ends, came }) => {
  const play = new Play();
  const resolver = new ZoneResolver(FARM);
  const alice = await play.bed.party('alice', { resolver });
  const one = Script.called(play, await play.bed.peer('one'), alice);
  const two = await play.bed.peer('two');
  const session = alice.service.create('sip:peer@farm.example');
  await play.go();
  await one.answer('INVITE', 200, { contact: '<sip:peer@farm.example>', body: sdp() });
  const outcome = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  await play.go();
  const asked = resolver.resolveA.bind(resolver);
  resolver.resolveA = (name) => new Promise((resolve) => play.bed.clock.after(1000, () => resolve(asked(name))));
  resolver.resolveAaaa = () => Promise.resolve([]);
  await one.answer('INVITE', 503);
  if (ends) void session.end();
  await play.bed.clock.advance(1200);
  expect(new Set(two.received.map((message) => (message.kind === 'request' ? message.method : 'a response')))).toEqual(new Set(came));
  if (ends) {
    two.respond(await two.expect('BYE', { skipOthers: true }), 200);
    await play.go();
    expect(await outcome).toMatchObject({ kind: 'refused', response: { status: 503 } });
  }
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
