/** Offers of early dialogs that the application is to answer, when that dialog is the one no more (RFC 3261 §13.2.2.4, RFC 3262 §5). */
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { pracked, reliably } from '../ladders/reliably.ts';
import { sdp } from '../ladders/script.ts';

const PATIENCE = 5000;

/** Two early dialogs of an INVITE without an offer: what a has offered was answered, what b has offered waits. */
async function offered(play: Play) {
  const { alice, peer, session } = await play.calling({ media: 'late', onResponse: () => undefined });
  await reliably(peer, 183, 1, sdp());
  await session.answerOffer({ media: 'same' });
  await play.go();
  await pracked(peer, 1);
  await reliably(peer, 183, 90, sdp({ port: 30_002 }), 'b');
  return { alice, peer, session };
}

it('the other answers the call: nothing waits any more, and the call goes on', async () => {
  const play = new Play();
  const { alice, peer, session } = await offered(play);
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  await expect(session.answerOffer({ media: 'same' })).rejects.toMatchObject({ code: 'SESSION_STATE' });
  await play.bed.clock.advance(PATIENCE + 1000);
  expect([session.state, session.streams[0]?.remote.port, alice.errors]).toEqual(['established', 30_000, []]);
  const refreshed = session.sendReinvite();
  await play.go();
  await peer.answer('INVITE', 200, { body: sdp() });
  expect((await refreshed).kind).toBe('agreed');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('it goes away itself: the other is heard, and may answer the call yet', async () => {
  const play = new Play();
  const { alice, peer, session } = await offered(play);
  await peer.request('BYE', { tag: 'b' });
  await expect(session.answerOffer({ media: 'same' })).rejects.toMatchObject({ code: 'SESSION_STATE' });
  await play.bed.clock.advance(PATIENCE + 1000);
  expect([session.state, session.dialog.remoteTag, session.streams[0]?.remote.port]).toEqual(['early', 'peer', 30_000]);
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  expect([session.state, alice.errors]).toEqual(['established', []]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
