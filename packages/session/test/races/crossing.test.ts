/** An INVITE that comes while an UPDATE waits for its answer, and an answer that comes after the call was given up. */
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

it.each([
  ['with an offer', sdp({ version: 2 })],
  ['without one', undefined],
])('RFC 6337 §4.3: an INVITE of the peer while its UPDATE %s is not answered gets 500 with Retry-After', async (_what, body) => {
  const play = new Play();
  const slow = play.slow(({ method }) => method === 'UPDATE');
  const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
  await peer.request('UPDATE', { body });
  await peer.request('INVITE', { body: sdp({ version: 3 }) });
  const finals = peer.raw.received.filter((one) => one.kind === 'response' && one.cseq.sequence === 3);
  expect(finals).toMatchObject([{ status: 500 }]);
  expect(Number(finals[0]!.headers.get('Retry-After'))).toBeLessThan(10);
  await peer.ack();
  await slow.answer(undefined);
  expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').status).toBe(200);
  await peer.request('INVITE', { body: sdp({ version: 4 }) });
  expect(peer.response(({ cseq }) => cseq.sequence === 4).status).toBe(200);
  expect(session.state).toBe('established');
  await play.bed.close();
});

it('RFC 5407 §3.2.4: the answer in an ACK that comes after hanging up is passed over: no stream is applied, and BYE leaves', async () => {
  const play = new Play();
  const { bob, peer, session } = await play.lateCalled();
  void session.end();
  await play.go();
  await peer.ack({ body: sdp() });
  expect(play.steps.filter((step) => step.includes('applyNegotiatedStream'))).toEqual([]);
  await peer.answer('BYE', 200);
  await expect(session.ended).resolves.toMatchObject({ by: 'local' });
  expect(bob.errors).toEqual([]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('RFC 5407 §3.2.4: so is an ACK without the answer: it is no failure any more', async () => {
  const play = new Play();
  const { peer, session } = await play.lateCalled();
  void session.end();
  await play.go();
  await peer.ack();
  await peer.answer('BYE', 200);
  await expect(session.ended).resolves.toEqual({ by: 'local' });
  await play.bed.close();
});
