/** Q.850 causes in what a session ends with: the peer's Reason header, else the status (RFC 3326, RFC 3398). */
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';

const SAYS = { Reason: 'Q.850;cause=34;text="No circuit"' };

describe('the cause of an end', () => {
  it.each<{ status: number; fields?: Record<string, string>; cause: number; because: string }>([
    { status: 486, cause: 17, because: 'of the status' },
    { status: 404, cause: 1, because: 'of the status' },
    { status: 503, fields: { Reason: 'Q.850;cause=27' }, cause: 27, because: 'a Q.850 reason goes before the status' },
    { status: 503, fields: { Reason: 'SIP;cause=486' }, cause: 17, because: 'so does one of SIP' },
    { status: 503, fields: { Reason: 'SIP;cause=486, Q.850;cause=21' }, cause: 21, because: 'Q.850 goes before SIP' },
    { status: 480, fields: { Reason: 'Q.850;text="none"' }, cause: 19, because: 'a reason without a cause says nothing' },
  ])('of a call of ours that is refused with $status $fields is $cause: $because', async ({ status, fields, cause }) => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', status, { fields });
    expect(await session.ended).toEqual({ by: 'remote', status, reason: expect.any(String), cause });
    await play.bed.close();
  });

  it.each([
    ['refused by us', 480, 19],
    ['refused by us', 603, 21],
    ['refused by us', 484, 28],
  ])('of a call that is %s with %i is %i', async (_, status, cause) => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.reject(status);
    await play.go();
    expect(await calls[0]!.ended).toMatchObject({ by: 'local', status, cause });
    await play.bed.close();
  });

  it.each([
    [{}, undefined],
    [SAYS, 34],
    [{ Reason: 'SIP;cause=200;text="Call completed elsewhere"' }, 16],
  ])('of a BYE with %o is %s', async (fields, cause) => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('BYE', { fields });
    const end = await session.ended;
    expect([end.by, end.cause]).toEqual(['remote', cause]);
    await play.bed.close();
  });

  it('of a call that the caller gives up is what its CANCEL says, or normal clearing', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    await peer.cancel();
    await peer.ack();
    expect(await calls[0]!.ended).toMatchObject({ by: 'remote', status: 487, cause: 16 });
    await play.bed.close();
  });

  it('of our own hanging up is not known', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    void session.end();
    await play.go();
    await peer.answer('BYE', 200);
    expect((await session.ended).cause).toBeUndefined();
    await play.bed.close();
  });
});
