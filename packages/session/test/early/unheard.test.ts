/** Early dialogs whose answer is in and is not heard: what they offer is taken all the same (RFC 3311 §5.2, RFC 6337 §5.1). */
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { callingWith, pracked, reliably } from '../ladders/reliably.ts';
import { sdp } from '../ladders/script.ts';

it('an UPDATE of a callee that nobody was to hear before it answers is answered, and the callee is heard from then on', async () => {
  const play = new Play();
  const { peer, session } = await callingWith(play, { earlyMedia: { select: 'answered' } });
  await reliably(peer, 183, 7, sdp());
  await pracked(peer, 7);
  expect(session.streams).toEqual([]);
  await peer.request('UPDATE', { body: sdp({ version: 2, port: 30_002 }) });
  expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').status).toBe(200);
  expect(session.streams[0]?.remote.port).toBe(30_002);
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_002]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('before its answer is acknowledged it gets 491', async () => {
  const play = new Play();
  const { peer } = await callingWith(play, { earlyMedia: { select: 'answered' } });
  await reliably(peer, 183, 7, sdp());
  await peer.request('UPDATE', { body: sdp({ version: 2 }) });
  expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').status).toBe(491);
  await play.bed.close();
});
