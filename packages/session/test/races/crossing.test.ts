/** An INVITE that comes while an UPDATE waits for its answer, and an answer that comes after the call was given up. */
import { expect, it } from 'vitest';
import type { IncomingRequest, Supplement } from '../../src/index.ts';
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

it.each([
  { how: 'a supplement refuses it', ms: 0, status: 488 },
  { how: 'its time is over', ms: 5000, status: 504 },
])('RFC 3264 §4: while an offer in an UPDATE of the peer waits, none of ours leaves, until $how', async ({ ms, status }) => {
  const play = new Play();
  let parked: IncomingRequest | undefined;
  const desk: Supplement = {
    name: 'desk',
    incomingRequest: (_session, request) => (request.method === 'UPDATE' ? ((parked = request), 'later') : undefined),
  };
  const { peer, session } = await play.calledAndAnswered('acknowledged', {}, desk);
  await peer.request('UPDATE', { body: sdp({ version: 2, direction: 'sendonly' }) });
  const held = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  const told = session.sendReinvite({ method: 'UPDATE', media: 'same' });
  await play.go();
  const ours = (): string[] => peer.raw.received.flatMap((one) => (one.kind === 'request' && one.method !== 'ACK' ? [one.method] : []));
  expect(ours()).toEqual([]);
  if (ms === 0) session.sendResponse(parked!, status);
  else await play.bed.clock.advance(ms);
  await play.go();
  expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').status).toBe(status);
  expect(ours()).toEqual(['INVITE']);
  await peer.answer('INVITE', 200, { body: sdp({ version: 3, direction: 'recvonly' }) });
  expect((await held).kind).toBe('agreed');
  expect(ours()).toEqual(['INVITE', 'UPDATE']);
  await peer.answer('UPDATE', 200, { body: sdp({ version: 4, direction: 'recvonly' }) });
  expect((await told).kind).toBe('agreed');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
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
