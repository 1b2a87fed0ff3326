/** Descriptions without an m= line (RFC 3264 §5: "zero or more media streams"): calls that come up without media, as RFC 3725 §4.4 begins one. */
import { describe, expect, it } from 'vitest';
import { passThrough, type Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { sdp, type Script } from '../ladders/script.ts';

const EMPTY = sdp({ lines: 0 });

const text = (one: { readonly body?: { readonly bytes: Uint8Array } | undefined }): string => Buffer.from(one.body?.bytes ?? []).toString();
const lines = (one: Parameters<typeof text>[0]): string[] | undefined =>
  one.body === undefined ? undefined : (text(one).match(/^m=.*$/gm) ?? []);
const last = (peer: Script, method: string) => peer.response(({ cseq, status }) => cseq.method === method && status >= 200);
const streams = (session: Session): string[] => session.streams.map(({ kind, index }) => `${index} ${kind}`);

async function close({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

/** A call to us without media. */
async function called(): Promise<{ play: Play; peer: Script; session: Session }> {
  const play = new Play();
  const { peer, calls } = await play.called();
  await peer.invite({ body: EMPTY });
  const session = calls[0]!;
  void session.accept();
  await play.go();
  expect(lines(last(peer, 'INVITE'))).toEqual([]);
  await peer.ack();
  expect([session.state, streams(session)]).toEqual(['established', []]);
  return { play, peer, session };
}

describe('an offer of theirs without a line', () => {
  it.each(['INVITE', 'UPDATE'])('is answered without one; streams come with a later %s of theirs', async (method) => {
    const { play, peer, session } = await called();
    await peer.request(method, { body: sdp({ version: 2 }) });
    if (method === 'INVITE') await peer.ack();
    expect([last(peer, method).status, streams(session)]).toEqual([200, ['0 audio']]);
    await close(play);
  });

  it('leaves room for streams that we add later', async () => {
    const { play, peer, session } = await called();
    const outcome = session.sendReinvite({ media: [{ kind: 'audio' }] });
    await play.go();
    expect(lines(peer.got('INVITE'))).toEqual(['m=audio 40000 RTP/AVP 0']);
    await peer.answer('INVITE', 200, { body: sdp({ version: 2 }) });
    expect([(await outcome).kind, streams(session)]).toEqual(['agreed', ['0 audio']]);
    await close(play);
  });

  it('is nothing that a refresh of ours adds to', async () => {
    const { play, peer, session } = await called();
    const outcome = session.sendReinvite();
    await play.go();
    expect(lines(peer.got('INVITE'))).toEqual([]);
    await peer.answer('INVITE', 200, { body: EMPTY });
    expect([(await outcome).kind, session.state, streams(session)]).toEqual(['agreed', 'established', []]);
    await close(play);
  });

  it('and a re-INVITE without an offer asks what we can do, as in a new call (RFC 3261 §14.2)', async () => {
    const { play, peer, session } = await called();
    await peer.request('INVITE');
    expect(lines(last(peer, 'INVITE'))).toEqual(['m=audio 40000 RTP/AVP 0']);
    await peer.ack({ body: sdp({ version: 2 }) });
    expect([session.state, streams(session)]).toEqual(['established', ['0 audio']]);
    await close(play);
  });

  it('in the 2xx of an INVITE of ours without an offer is answered in the ACK', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: 'late' });
    await peer.answer('INVITE', 200, { body: EMPTY });
    expect([lines(peer.got('ACK')), session.state]).toEqual([[], 'established']);
    await close(play);
  });

  it('where there are lines already is one with lines missing: 488 (RFC 3264 §8)', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('UPDATE', { body: sdp({ lines: 0, version: 2 }) });
    expect([last(peer, 'UPDATE').status, streams(session)]).toEqual([488, ['0 audio']]);
    await close(play);
  });
});

describe('an offer of ours without a line', () => {
  it('is made of an empty list, and streams come later: RFC 3725 §4.4, flow IV', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: [] });
    expect(lines(peer.got('INVITE'))).toEqual([]);
    await peer.answer('INVITE', 200, { body: EMPTY });
    expect([session.state, streams(session)]).toEqual(['established', []]);
    const outcome = session.sendReinvite({ media: passThrough({ type: 'application/sdp', bytes: Buffer.from(sdp({ port: 30_002 })) }) });
    await play.go();
    expect(lines(peer.got('INVITE'))).toEqual(['m=audio 30002 RTP/AVP 0']);
    await peer.answer('INVITE', 200, { body: sdp({ version: 2 }) });
    expect([(await outcome).kind, streams(session)]).toEqual(['agreed', ['0 audio']]);
    await close(play);
  });

  it('is refused with a line in its answer: the call ends', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: [] });
    const failed = expect(session.established).rejects.toMatchObject({ code: 'SESSION_NEGOTIATION', info: { rule: 'section-count' } });
    await peer.answer('INVITE', 200, { body: sdp() });
    await peer.answer('BYE', 200);
    await failed;
    expect(session.state).toBe('ended');
    await close(play);
  });
});
