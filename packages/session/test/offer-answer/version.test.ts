/** The version in o= of our descriptions: by one with every new one that leaves, and not otherwise (RFC 3264 §5, §8). */
import { describe, expect, it } from 'vitest';
import type { Supplement } from '../../src/index.ts';
import { testAudio, type TestStream } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

const versionIn = (body: { readonly bytes: Uint8Array } | undefined): number =>
  Number(/^o=\S+ \d+ (\d+)/m.exec(Buffer.from(body?.bytes ?? []).toString())?.[1]);

describe('a description of ours that never left counts for nothing', () => {
  /** A callee whose call is up; `broken` makes a hook fail over what leaves. */
  async function established() {
    const play = new Play();
    const state = { broken: '' };
    const failing: Supplement = {
      name: 'failing',
      outgoingResponse: (_session, { status, request }) => {
        if (state.broken === `${status} ${request.method}`) throw new Error('mine');
      },
      outgoingRequest: (_session, { method }) => {
        if (state.broken === method) throw new Error('mine');
      },
    };
    const { peer, calls, bob } = await play.called({ traced: false }, failing);
    const audio = testAudio();
    bob.service.registerSdpHandler(
      {
        ...audio,
        applyNegotiatedStream: (session, stream: TestStream, agreed) =>
          state.broken === 'apply' ? new Promise<void>(() => {}) : audio.applyNegotiatedStream(session, stream, agreed),
      },
      'audio',
    );
    await peer.invite();
    void calls[0]!.accept();
    await play.go();
    await peer.ack();
    const last = (): number => versionIn(peer.response(({ status, cseq }) => status === 200 && cseq.method === 'INVITE').body);
    return { play, state, peer, session: calls[0]!, last };
  }

  it.each([
    { what: 'the answer in a 200 to a re-INVITE', broken: '200 INVITE', body: sdp({ direction: 'sendonly', version: 2 }) },
    { what: 'the offer in a 200 to a re-INVITE without one', broken: '200 INVITE', body: undefined },
  ])('$what', async ({ broken, body }) => {
    const { play, state, peer, last } = await established();
    const before = last();
    state.broken = broken;
    await peer.request('INVITE', { body });
    await peer.ack({}, 500);
    state.broken = '';
    await peer.request('INVITE', { body: sdp({ direction: 'inactive', version: 3 }) });
    await peer.ack();
    expect(last()).toBe(before + 1);
    await play.bed.close();
  });

  it('the answer to a re-INVITE that was cancelled while its streams were applied', async () => {
    const { play, state, peer, last } = await established();
    const before = last();
    state.broken = 'apply';
    await peer.request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.cancel();
    await peer.ack({}, 487);
    state.broken = '';
    await peer.request('INVITE', { body: sdp({ direction: 'inactive', version: 3 }) });
    await peer.ack();
    expect(last()).toBe(before + 1);
    await play.bed.close();
  });

  it('our own offer', async () => {
    const { play, state, peer, session, last } = await established();
    const before = last();
    state.broken = 'INVITE';
    const kept = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await expect(kept).rejects.toMatchObject({ code: 'SESSION_HOOK_FAILED' });
    state.broken = '';
    void session.sendReinvite({ media: [{ kind: 'audio', direction: 'inactive' }] });
    await play.go();
    expect(versionIn(peer.got('INVITE').body)).toBe(before + 1);
    await play.bed.close();
  });
});
