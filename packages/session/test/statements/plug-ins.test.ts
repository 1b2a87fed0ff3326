/** Statements T-49, T-52 and T-53 of docs/security.md: what a bad plug-in costs. */
import { describe, expect, it } from 'vitest';
import { defineCookie, type Session } from '../../src/index.ts';
import { FASHIONS, misbehave } from '../faults/walk.ts';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

const HELD = sdp({ direction: 'sendonly', version: 2 });

const finals = (peer: Script): string[] =>
  peer.raw.received.flatMap((one) =>
    one.kind === 'response' && one.status >= 200 ? [`${one.status} ${one.cseq.method} ${one.cseq.sequence}`] : [],
  );

async function over({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

describe('bad plug-ins', () => {
  it.each(FASHIONS)('T-49: incomingRequest of an INVITE that %s: 500, the next call is taken, the process lives', async (fashion) => {
    const play = new Play();
    let bad = true;
    const { bob, peer, calls } = await play.called({}, { name: 'bad', incomingRequest: () => (bad ? misbehave(fashion) : undefined) });
    await peer.invite();
    await play.bed.clock.advance(5100);
    await peer.ack();
    expect([finals(peer)[0], calls]).toEqual(['500 INVITE 1', []]);
    expect(bob.errors).toMatchObject([{ code: 'SESSION_HOOK_FAILED', info: { owner: 'bad', hook: 'incomingRequest' } }]);
    bad = false;
    peer.another();
    await peer.invite();
    expect(calls).toHaveLength(1);
    await over(play);
  });

  it('T-52: a second cookie under the same key is an error with a code, and the first stays', async () => {
    const play = new Play();
    const { session } = await play.calledAndAnswered('acknowledged');
    const key = defineCookie<number>('once');
    session.cookies.add(key, 1);
    expect(() => session.cookies.add(key, 2)).toThrow(expect.objectContaining({ code: 'SESSION_COOKIE_TAKEN', info: { cookie: 'once' } }));
    expect(session.cookies.get(key)).toBe(1);
    await over(play);
  });

  it.each(['I', 'IN', 'invite'])('T-53: methods [%j] is no INVITE', async (method) => {
    const play = new Play();
    const heard: string[] = [];
    const hears = (_session: Session, request: { readonly method: string }): void => void heard.push(request.method);
    const { peer } = await play.calledAndAnswered(
      'acknowledged',
      {},
      { name: 'filter', methods: [method], incomingRequest: hears, outgoingRequest: hears },
    );
    await peer.request('INVITE', { body: HELD });
    await peer.ack();
    await peer.request('BYE');
    expect(heard).toEqual([]);
    await over(play);
  });

  it.each([',', 'INVITE,BYE'])('T-53: methods [%j] is refused where it is registered', async (method) => {
    const play = new Play();
    await expect(play.called({}, { name: 'filter', methods: [method] })).rejects.toMatchObject({ code: 'SESSION_PLUGIN_SHAPE' });
    await over(play);
  });

  it('T-53: requests I, IN and INV, which are beginnings of INVITE, are none', async () => {
    const play = new Play();
    const heard: string[] = [];
    const hears = (_session: Session, { method }: { readonly method: string }): void => void heard.push(method);
    const { peer } = await play.calledAndAnswered('acknowledged', {}, { name: 'filter', methods: ['INVITE'], incomingRequest: hears });
    for (const method of ['I', 'IN', 'INV', 'NVITE', 'invite']) await peer.request(method);
    await peer.request('BYE');
    expect(heard).toEqual(['INVITE']); // the first
    await over(play);
  });
});
