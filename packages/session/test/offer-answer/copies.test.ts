/** An offer of ours that left once more when its connection broke: what became of the copy before nobody knows, whatever the other is answered. */
import { describe, expect, it } from 'vitest';
import type { MediaInit, RefreshOutcome, SdpHandler, Session } from '../../src/index.ts';
import { testAudio, type TestStream } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;

interface Scene {
  readonly play: Play;
  readonly peer: Script;
  readonly session: Session;
  /** Asks for it; the connection breaks under the request, and a copy of it has come by another. */
  readonly twice: (
    method: 'INVITE' | 'UPDATE',
    media: MediaInit,
    signal?: AbortSignal,
  ) => Promise<{ readonly outcome: Promise<RefreshOutcome> }>;
  /** The description of the last request of this method. */
  readonly offered: (method: string) => string;
}

async function established(audio: SdpHandler<TestStream> = testAudio()): Promise<Scene> {
  const play = new Play();
  const alice = await play.bed.party('alice', { traced: false });
  alice.service.registerSdpHandler(audio, 'audio');
  const raw = await play.bed.peer('peer', 'tcp');
  const peer = Script.called(play, raw, alice);
  const session = alice.service.create(`sip:peer@${raw.sentBy};transport=tcp`);
  await play.go();
  await play.go();
  await peer.accept();
  const twice: Scene['twice'] = async (method, media, signal) => {
    const outcome = session.sendReinvite({ method, media, signal });
    await play.go();
    const first = peer.got(method);
    play.bed.network.cut(alice.host);
    await play.go();
    await play.go();
    const second = peer.got(method);
    expect([second.cseq.sequence, second.via.branch === first.via.branch]).toEqual([first.cseq.sequence, false]);
    return { outcome };
  };
  return { play, peer, session, twice, offered: (method) => Buffer.from(peer.got(method).content).toString() };
}

it.each(['INVITE', 'UPDATE'] as const)('an %s that is refused then: what is active is offered once more', async (method) => {
  const { play, peer, session, twice, offered } = await established();
  const { outcome } = await twice(method, HOLD);
  expect(offered(method)).toContain('a=sendonly');
  await peer.answer(method, 488);
  expect((await outcome).kind).toBe('refused');
  expect(offered('INVITE')).toMatch(/^o=- \d+ 3 [^]*a=sendrecv/m);
  await peer.accept({ version: 2 });
  peer.got('ACK');
  expect([session.state, session.streams[0]?.local.lines.includes('a=sendrecv')]).toEqual(['established', true]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('and where that is refused too, the call ends', async () => {
  const { play, peer, session, twice } = await established();
  await twice('INVITE', HOLD);
  await peer.answer('INVITE', 488);
  await peer.answer('INVITE', 488);
  await peer.answer('BYE', 200);
  expect((await session.ended).status).toBe(488);
  await play.bed.close();
});

it('an offer that is agreed to then needs nothing more', async () => {
  const { play, peer, twice, offered } = await established();
  const { outcome } = await twice('INVITE', HOLD);
  await peer.answer('INVITE', 200, { body: sdp({ version: 2, direction: 'recvonly' }) });
  expect((await outcome).kind).toBe('agreed');
  expect(offered('INVITE')).toContain('a=sendonly');
  await play.bed.close();
});

it('one that is refused for now is made again, although it says what is active: the peer may have the one before', async () => {
  const audio = testAudio();
  let moves = 0; // to another port, for one offer
  const moving: SdpHandler<TestStream> = {
    ...audio,
    createOutgoingStream: (session, slot) =>
      audio.createOutgoingStream(session, (moves += 1) === 2 ? { ...slot, current: undefined } : slot),
  };
  const { play, peer, twice, offered } = await established(moving);
  const { outcome } = await twice('UPDATE', [{ kind: 'audio', direction: 'sendrecv' }]);
  expect(offered('UPDATE')).toContain('m=audio 40002 ');
  await peer.answer('UPDATE', 500, { fields: { 'Retry-After': '1' } });
  await play.bed.clock.advance(1000);
  expect(offered('UPDATE')).toMatch(/^o=- \d+ 3 [^]*m=audio 40000 /m);
  await peer.answer('UPDATE', 200, { body: sdp({ version: 2 }) });
  expect((await outcome).kind).toBe('agreed');
  await play.bed.close();
});

describe('one that is refused for now, and not made again: what is active is offered in its place,', () => {
  it('where a handler fails over it', async () => {
    const audio = testAudio();
    let made = 0; // for the INVITE, for the change, and once more
    const failing: SdpHandler<TestStream> = {
      ...audio,
      createOutgoingStream: (session, slot) => {
        if ((made += 1) === 3) throw new Error('no more');
        return audio.createOutgoingStream(session, slot);
      },
    };
    const { play, peer, twice, offered } = await established(failing);
    const { outcome } = await twice('UPDATE', HOLD);
    const failed = expect(outcome).rejects.toMatchObject({ code: 'SESSION_HOOK_FAILED' });
    await peer.answer('UPDATE', 500, { fields: { 'Retry-After': '1' } });
    await play.bed.clock.advance(1000);
    await failed;
    expect(offered('INVITE')).toMatch(/^o=- \d+ 3 [^]*a=sendrecv/m);
    await peer.accept({ version: 2 });
    peer.got('ACK');
    await play.bed.close();
  });

  it('where its signal is aborted', async () => {
    const abort = new AbortController();
    const { play, peer, twice, offered } = await established();
    const { outcome } = await twice('UPDATE', HOLD, abort.signal);
    const given = expect(outcome).rejects.toThrow('enough');
    await peer.answer('UPDATE', 500, { fields: { 'Retry-After': '5' } });
    abort.abort(new Error('enough'));
    await play.go();
    await given;
    expect(offered('INVITE')).toMatch(/^o=- \d+ 3 [^]*a=sendrecv/m);
    await peer.accept({ version: 2 });
    peer.got('ACK');
    await play.bed.close();
  });
});
