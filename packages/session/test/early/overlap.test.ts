/** Dialling in pieces (RFC 3578): 484 asks for more digits, and the next INVITE goes on where the last one ended. */
import { expect, it } from 'vitest';
import { parseUri } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

async function incomplete(play: Play) {
  const alice = await play.bed.party('alice');
  const raw = await play.bed.peer('peer');
  const peer = Script.called(play, raw, alice);
  const uri = (digits: string): string => `sip:${digits}@${raw.sentBy}`;
  const session = alice.service.create(uri('55'), {
    from: { uri: parseUri('sip:alice@example.com')! },
  });
  await play.go();
  const first = peer.got('INVITE');
  await peer.answer('INVITE', 484);
  return { alice, peer, uri, session, first };
}

it('as caller: a call that ended with 484 is gone on with: its Call-ID, From and tag, the next CSeq, another number', async () => {
  const play = new Play();
  const { alice, peer, uri, session, first } = await incomplete(play);
  await expect(session.established).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 484 } });
  expect(await session.ended).toMatchObject({ status: 484, cause: 28 });
  const more = alice.service.create(uri('5512'), { continues: session });
  await play.go();
  const second = peer.got('INVITE');
  expect([second.callId, second.from.toString(), second.cseq.sequence]).toEqual([
    first.callId,
    first.from.toString(),
    first.cseq.sequence + 1,
  ]);
  expect([second.uri.toString(), second.to.tag]).toEqual([uri('5512'), undefined]);
  await peer.answer('INVITE', 484, { toTag: 'second' });
  const last = alice.service.create(uri('55123'), { continues: more });
  await play.go();
  expect(peer.got('INVITE').cseq.sequence).toBe(first.cseq.sequence + 2);
  await peer.accept({}, 'third');
  expect([last.state, last.dialog.remoteTag]).toEqual(['established', 'third']);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('as caller: what is under way, was answered or is not ours cannot be gone on with', async () => {
  const play = new Play();
  const { alice, peer, session } = await play.calling();
  const state = expect.objectContaining({ code: 'SESSION_STATE', info: { verb: 'continues', state: session.state } });
  expect(() => alice.service.create('sip:55@192.0.2.9', { continues: session })).toThrow(state);
  await peer.answer('INVITE', 200, { body: sdp() });
  void session.end();
  await play.go();
  await peer.answer('BYE', 200);
  expect(session.state).toBe('ended');
  expect(() => alice.service.create('sip:55@192.0.2.9', { continues: session })).toThrow(
    expect.objectContaining({ code: 'SESSION_STATE' }),
  );
  expect(() => alice.service.create('sip:55@192.0.2.9', { continues: { ...session } })).toThrow(
    expect.objectContaining({ code: 'SESSION_STATE' }),
  );
  await play.bed.close();
});

it('as callee: 484 until the number is complete; each INVITE of the same call is a session of its own', async () => {
  const play = new Play();
  const bob = await play.bed.party('bob');
  const alice = await play.bed.party('alice');
  const dialled: string[] = [];
  bob.service.onIncoming(async (session, { uri }) => {
    dialled.push(uri.user ?? '');
    await (uri.user?.length === 3 ? session.accept() : session.reject(484));
  });
  const to = (digits: string): string => bob.uri(digits);
  const first = alice.service.create(to('1'));
  await play.bed.clock.advance(200);
  const second = alice.service.create(to('12'), { continues: first });
  await play.bed.clock.advance(200);
  const third = alice.service.create(to('123'), { continues: second });
  await play.bed.clock.advance(200);
  expect([first.state, second.state, third.state, dialled]).toEqual(['ended', 'ended', 'established', ['1', '12', '123']]);
  expect(new Set([first, second, third].map(({ dialog }) => dialog.callId)).size).toBe(1);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
