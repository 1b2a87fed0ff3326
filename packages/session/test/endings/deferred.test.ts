/** `deferEnd`, beyond the ladder S05: every way to the end, and how long it can be held back. */
import { describe, expect, it } from 'vitest';
import { defineCookie, type SessionEnd, type Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';

const cookie = defineCookie<{ destroyed: boolean }>('test', (value) => (value.destroyed = true));

function ends(): Supplement & { readonly heard: SessionEnd[] } {
  const heard: SessionEnd[] = [];
  return { name: 'ends', heard, sessionEnd: (_session, end) => void heard.push(end) };
}

async function called(play: Play, options = {}) {
  const supplement = ends();
  const { peer, calls, bob } = await play.called(options, supplement);
  await peer.invite();
  const session = calls[0]!;
  const value = { destroyed: false };
  session.cookies.add(cookie, value);
  return { peer, session, bob, value, heard: supplement.heard };
}

async function over({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

describe('an end that is held back', () => {
  it('by CANCEL: the INVITE gets its 487 at once, and the rest comes with the last deferral', async () => {
    const play = new Play();
    const { peer, session, value, heard } = await called(play);
    const deferral = session.deferEnd();
    await peer.cancel();
    expect(peer.response(({ cseq }) => cseq.method === 'INVITE').status).toBe(487);
    await peer.ack();
    expect([session.state, heard, value.destroyed, session.signal.aborted]).toEqual(['ending', [], false, false]);
    expect(session.cookies.get(cookie)).toBe(value);
    deferral[Symbol.dispose]();
    expect([session.state, heard, value.destroyed, session.signal.aborted]).toEqual([
      'ended',
      [expect.objectContaining({ by: 'remote', status: 487 })],
      true,
      true,
    ]);
    await over(play);
  });

  it('by end() and then BYE of the peer, which gets its 200: what ended it first is what it ends with, once', async () => {
    const play = new Play();
    const { peer, session, heard } = await called(play);
    void session.accept();
    await play.go();
    await peer.ack();
    const deferral = session.deferEnd();
    void session.end();
    await play.go();
    await peer.answer('BYE', 200);
    await peer.request('BYE');
    expect(peer.response(({ cseq }) => cseq.method === 'BYE').status).toBe(200);
    expect(heard).toEqual([]);
    deferral[Symbol.dispose]();
    deferral[Symbol.dispose]();
    expect(heard).toEqual([{ by: 'local' }]);
    await over(play);
  });

  it.each([
    [undefined, 32_000],
    [60_000, 60_000],
    [1, 1],
  ])('with deferEndMs %s, at most %i ms', async (deferEndMs, most) => {
    const play = new Play();
    const { peer, session, heard } = await called(play, { deferEndMs });
    session.deferEnd();
    void session.accept();
    await play.go();
    await peer.ack();
    const from = play.bed.clock.now() + 5; // on its way
    await peer.request('BYE', {});
    await play.bed.clock.advance(Math.max(0, from + most - 1 - play.bed.clock.now()));
    if (most > 40) expect([session.state, heard]).toEqual(['ending', []]);
    await play.bed.clock.advance(1);
    expect([session.state, heard]).toEqual(['ended', [{ by: 'remote' }]]);
    await over(play);
  });

  it('a deferral that is taken while another holds counts; one that is taken after the end does nothing', async () => {
    const play = new Play();
    const { peer, session, heard } = await called(play);
    const first = session.deferEnd();
    await peer.cancel();
    await peer.ack();
    const second = session.deferEnd();
    first[Symbol.dispose]();
    expect(heard).toEqual([]);
    second[Symbol.dispose]();
    expect(heard).toHaveLength(1);
    session.deferEnd()[Symbol.dispose]();
    expect(heard).toHaveLength(1);
    await over(play);
  });
});
