/** A 2xx without a description: it counts with what was said in the same dialog, and with nothing that others have said (RFC 3261 §13.2.1, RFC 6337 §3.1). */
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { pracked, reliably } from '../ladders/reliably.ts';
import { Script, sdp } from '../ladders/script.ts';

const FOLLOW = { endpoint: { name: 'peer', trusted: false, redirects: 'follow' } } as const;

/** It ends with ACK and BYE, and nothing is left. */
async function isGivenUp(play: Play, peer: Script, session: Session, tag: string): Promise<void> {
  expect([peer.got('ACK').to.tag, peer.got('BYE').to.tag]).toEqual([tag, tag]);
  await peer.answer('BYE', 200);
  expect(await session.ended).toMatchObject({ by: 'core', status: 488, error: { code: 'SESSION_NEGOTIATION' } });
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
}

describe('a 2xx brings no description, and an early answer came', () => {
  it('in the same dialog: that is the answer', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.answer('INVITE', 200);
    peer.got('ACK');
    expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_000]);
    await play.bed.close();
  });

  it('from another fork: there is no answer', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { toTag: 'a', body: sdp() });
    await peer.answer('INVITE', 200, { toTag: 'b' });
    await isGivenUp(play, peer, session, 'b');
  });

  it('from one and then from another, whose media is heard: the first has none any more', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { toTag: 'a', body: sdp() });
    await peer.answer('INVITE', 183, { toTag: 'b', body: sdp({ port: 30_002 }) });
    await peer.answer('INVITE', 200, { toTag: 'a' });
    await isGivenUp(play, peer, session, 'a');
  });

  it('from whoever has sent the call elsewhere: its media is not shown any more, and the new one has no answer', async () => {
    const play = new Play();
    const { alice, peer, session } = await play.calling(FOLLOW);
    const carol = Script.called(play, await play.bed.peer('carol'), alice);
    await peer.answer('INVITE', 183, { body: sdp() });
    expect(session.streams[0]?.remote.port).toBe(30_000);
    await peer.answer('INVITE', 302, { contact: `<sip:x@${carol.raw.sentBy}>` });
    expect(session.streams).toEqual([]);
    await carol.answer('INVITE', 200);
    await isGivenUp(play, carol, session, 'peer');
  });
});

it('the call goes elsewhere after early media, and the new one answers with the same description: it is applied for it', async () => {
  const play = new Play();
  const { alice, peer, session } = await play.calling(FOLLOW);
  const carol = Script.called(play, await play.bed.peer('carol'), alice);
  await peer.answer('INVITE', 183, { body: sdp() });
  await peer.answer('INVITE', 302, { contact: `<sip:x@${carol.raw.sentBy}>` });
  play.cut();
  await carol.accept();
  carol.got('ACK');
  expect(play.steps).toContain('alice: applyNegotiatedStream sendrecv');
  expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_000]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('an early answer, then a reliable one of another fork: the 2xx of the first brings its answer again, and it is taken', async () => {
  const play = new Play();
  const { peer, session } = await play.calling();
  await peer.answer('INVITE', 183, { toTag: 'a', body: sdp() });
  await reliably(peer, 183, 1, sdp({ port: 30_002 }), 'b');
  await pracked(peer, 1);
  await peer.answer('INVITE', 200, { toTag: 'a', body: sdp() });
  peer.got('ACK');
  expect([session.state, session.dialog.remoteTag, session.streams[0]?.remote.port]).toEqual(['established', 'a', 30_000]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
