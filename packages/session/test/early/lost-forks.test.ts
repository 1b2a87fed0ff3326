/** One of several early dialogs that is no more costs the call nothing: the others may answer it (RFC 3261 §13.2.2.4, RFC 5057 §5.1). */
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { pracked, reliably } from '../ladders/reliably.ts';
import { sdp } from '../ladders/script.ts';

/** Two that have answered reliably; b is heard. */
async function forked(play: Play) {
  const { alice, peer, session } = await play.calling();
  await reliably(peer, 183, 1, sdp());
  await pracked(peer, 1);
  await reliably(peer, 183, 90, sdp({ port: 30_002 }), 'b');
  await pracked(peer, 90);
  return { alice, peer, session };
}

it.each([481, 404])('a request of ours is answered %i in one of them: another is heard, and answers the call', async (status) => {
  const play = new Play();
  const { peer, session } = await forked(play);
  const told = session.sendRequest('INFO');
  await play.go();
  expect(peer.got('INFO').to.tag).toBe('b');
  await peer.answer('INFO', status);
  expect((await told).status).toBe(status);
  expect([session.state, session.dialog.remoteTag, session.streams[0]?.remote.port]).toEqual(['early', 'peer', 30_000]);
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  expect(session.state).toBe('established');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('a request of ours in one that has lost is answered with 481: that is no news of the one that has won', async () => {
  const play = new Play();
  const { peer, session } = await forked(play);
  const told = session.sendRequest('INFO');
  await play.go();
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  await peer.answer('INFO', 481);
  expect((await told).status).toBe(481);
  await play.go();
  expect([session.state, session.dialog.remoteTag]).toEqual(['established', 'peer']);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('an offer of theirs in one that has lost by the time of its turn gets 481: it is not taken for one of the winner', async () => {
  const play = new Play();
  const slow = play.slow(({ method }) => method === 'INFO');
  const { peer, session } = await play.calling({}, slow);
  await reliably(peer, 183, 1, sdp());
  await pracked(peer, 1);
  await peer.request('INFO');
  await peer.answer('INVITE', 200, { toTag: 'b', body: sdp({ port: 30_002 }) });
  await peer.request('UPDATE', { body: sdp({ version: 2 }) });
  await slow.answer(200);
  expect(peer.got('ACK').to.tag).toBe('b');
  expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').status).toBe(481);
  expect([session.state, session.dialog.remoteTag, session.streams[0]?.remote.port]).toEqual(['established', 'b', 30_002]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('an UPDATE of ours is answered with 481 in one of them: it goes to another', async () => {
  const play = new Play();
  const { peer, session } = await forked(play);
  const held = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  await play.go();
  expect(peer.got('UPDATE').to.tag).toBe('b');
  await peer.answer('UPDATE', 481);
  expect([session.state, peer.got('UPDATE').to.tag]).toEqual(['early', 'peer']);
  await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly' }) });
  expect((await held).kind).toBe('agreed');
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_000]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('an UPDATE of ours is not answered in one that has lost: what it asked for goes to the winner at once, and its late answer means nothing', async () => {
  const play = new Play();
  const { peer, session } = await forked(play);
  const held = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  await play.go();
  expect(peer.got('UPDATE').to.tag).toBe('b');
  await peer.answer('INVITE', 200);
  await play.go();
  const { to, body } = peer.got('INVITE');
  expect(to.tag).toBe('peer');
  expect(Buffer.from(body!.bytes).toString()).toContain('a=sendonly');
  await peer.answer('UPDATE', 200, { toTag: 'b', body: sdp({ port: 30_002, direction: 'recvonly', version: 2 }) });
  expect(session.streams[0]?.remote.port).toBe(30_000);
  await peer.answer('INVITE', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
  expect((await held).kind).toBe('agreed');
  expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_000]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('an UPDATE of ours is not answered in one that gives up: it goes to another at once', async () => {
  const play = new Play();
  const { peer, session } = await forked(play);
  const held = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  await play.go();
  expect(peer.got('UPDATE').to.tag).toBe('b');
  await peer.request('BYE', { tag: 'b' });
  await play.go();
  expect(peer.got('UPDATE').to.tag).toBe('peer');
  await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly' }) });
  expect((await held).kind).toBe('agreed');
  await peer.answer('INVITE', 200);
  expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_000]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('a PRACK of ours is answered with 404 in the one that is heard: another is', async () => {
  const play = new Play();
  const { peer, session } = await play.calling();
  await reliably(peer, 183, 1, sdp());
  await pracked(peer, 1);
  await reliably(peer, 183, 90, sdp({ port: 30_002 }), 'b');
  await pracked(peer, 90, 404);
  expect([session.state, session.dialog.remoteTag, session.streams[0]?.remote.port]).toEqual(['early', 'peer', 30_000]);
  await peer.answer('INVITE', 200);
  peer.got('ACK');
  expect(session.state).toBe('established');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
