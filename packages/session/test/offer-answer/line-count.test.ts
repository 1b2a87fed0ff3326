/** RFC 3264 §8: a description never has fewer lines than the one before, theirs or ours. */
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

const HEAD = sdp().split('m=')[0]!;
const offer = (...lines: readonly string[]): string => [HEAD.trimEnd(), ...lines, ''].join('\r\n');
const AUDIO = 'm=audio 5000 RTP/AVP 0';
const VIDEO = 'm=video 5002 RTP/AVP 31';
const SECTION = { kind: 'video', port: 4002, protocol: 'RTP/AVP', formats: ['31'], lines: [] };

describe('RFC 3264 §8: a description never has fewer lines than the one before', () => {
  it.each(['INVITE', 'UPDATE'])(
    'an offer of the peer in %s with fewer lines is refused with 488, and what was agreed stays',
    async (method) => {
      const play = new Play();
      const { bob, peer, session } = await play.calledAndAnswered('acknowledged');
      await peer.request('INVITE', { body: offer(AUDIO, VIDEO) });
      await peer.ack();
      const [before] = session.streams;
      await peer.request(method, { body: offer(AUDIO) });
      const { status } = peer.response(({ cseq, status: one }) => cseq.method === method && one >= 200);
      expect([status, session.state, session.streams]).toEqual([488, 'established', [before]]);
      if (method === 'INVITE') await peer.ack();
      await peer.request(method, { body: offer(AUDIO, 'm=video 0 RTP/AVP 31') });
      expect(peer.response(({ cseq, status: one }) => cseq.method === method && one >= 200).status).toBe(200);
      expect(bob.errors).toEqual([]); // the peer's fault
      await play.bed.close();
    },
  );

  it('a line that the peer leaves out while it declines it is missing all the same', async () => {
    const play = new Play();
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('INVITE', { body: offer(AUDIO, 'm=video 0 RTP/AVP 31') });
    await peer.ack();
    await peer.request('UPDATE', { body: offer(AUDIO) });
    expect(peer.response(({ cseq, status }) => cseq.method === 'UPDATE' && status >= 200).status).toBe(488);
    await play.bed.close();
  });

  it.each(['an answer that could not be applied', 'an answer that breaks the rules'])(
    'what is offered again after %s has the lines that the peer has by now, and the place is used again',
    async (what) => {
      const play = new Play();
      const { alice, peer, session } = await play.callingAndAnswered();
      const wanted = [{ kind: 'audio' }, { kind: 'video', section: SECTION }] as const;
      void session.sendReinvite({ media: wanted });
      await play.go();
      const broken = what.endsWith('applied') ? play.breaks(alice, 'applyNegotiatedStream') : undefined;
      await peer.answer('INVITE', 200, { body: offer('m=audio 5004 RTP/AVP 0', broken === undefined ? AUDIO : VIDEO) });
      broken?.[Symbol.dispose]();
      await play.go();
      expect(offered(peer.got('INVITE').body!.bytes)).toEqual(['audio on', 'video 0']);
      await peer.answer('INVITE', 200, { body: offer('m=audio 5004 RTP/AVP 0', 'm=video 0 RTP/AVP 31') });
      expect([session.state, session.streams.map(({ kind }) => kind)]).toEqual(['established', ['audio']]);
      void session.sendReinvite({ media: wanted });
      await play.go();
      expect(offered(peer.got('INVITE').body!.bytes)).toEqual(['audio on', 'video on']);
      await peer.answer('INVITE', 200, { body: offer('m=audio 5004 RTP/AVP 0', VIDEO) });
      expect(session.streams.map(({ kind, index }) => [kind, index])).toEqual([
        ['audio', 0],
        ['video', 1],
      ]);
      await play.bed.close();
    },
  );

  it('an offer of ours that the peer refused leaves no line behind', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    void session.sendReinvite({ media: [{ kind: 'audio' }, { kind: 'video', section: SECTION }] });
    await play.go();
    await peer.answer('INVITE', 488);
    void session.sendReinvite();
    await play.go();
    expect(offered(peer.got('INVITE').body!.bytes)).toEqual(['audio on']);
    await play.bed.close();
  });
});

function offered(bytes: Uint8Array): string[] {
  const lines = Buffer.from(bytes)
    .toString()
    .matchAll(/^m=(\w+) (\d+)/gm);
  return Array.from(lines, ([, kind, port]) => `${kind} ${port === '0' ? 0 : 'on'}`);
}
