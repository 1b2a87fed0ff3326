/** Early dialogs whose answer is in and is not heard: what they offer is taken all the same (RFC 3311 §5.2, RFC 6337 §5.1). */
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { callingWith, pracked, reliably } from '../ladders/reliably.ts';
import { sdp, type Script } from '../ladders/script.ts';

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

describe('an answer that could not be taken when its callee came to be heard', () => {
  /** Two m= lines for the one that was offered. */
  const UNUSABLE = sdp({ lines: 2 });
  const updated = (peer: Script): number => peer.response(({ cseq }) => cseq.method === 'UPDATE').status;

  it('leaves nothing to agree on there: whatever follows is refused, nothing is offered, and the call ends with the 2xx', async () => {
    const play = new Play();
    const { peer, session } = await callingWith(play, { earlyMedia: { select: 'answered' } });
    await reliably(peer, 183, 7, UNUSABLE);
    await pracked(peer, 7);
    for (const version of [2, 3]) {
      await peer.request('UPDATE', { body: sdp({ version, lines: 2 }) });
      expect(updated(peer)).toBe(488);
      expect(session.streams).toEqual([]);
    }
    const offered = session.sendReinvite({ method: 'UPDATE' });
    await play.go();
    expect(peer.raw.received.filter((one) => one.kind === 'request' && one.method === 'UPDATE')).toEqual([]);
    await peer.answer('INVITE', 200);
    peer.got('ACK');
    peer.got('BYE');
    await peer.answer('BYE', 200);
    expect((await session.ended).error).toMatchObject({ code: 'SESSION_NEGOTIATION', info: { rule: 'section-count' } });
    expect((await offered).kind).toBe('ended');
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });

  it('is the trouble of that early dialog alone: another may answer the call', async () => {
    const play = new Play();
    const { peer, session } = await callingWith(play, { earlyMedia: { select: 'answered' } });
    await reliably(peer, 183, 7, UNUSABLE);
    await pracked(peer, 7);
    await reliably(peer, 183, 90, sdp({ port: 30_002 }), 'b');
    await pracked(peer, 90);
    await peer.request('UPDATE', { body: sdp({ version: 2, lines: 2 }) });
    expect(updated(peer)).toBe(488);
    await peer.answer('INVITE', 200, { toTag: 'b' });
    peer.got('ACK');
    expect([session.state, session.streams[0]?.remote.port]).toEqual(['established', 30_002]);
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  });
});
