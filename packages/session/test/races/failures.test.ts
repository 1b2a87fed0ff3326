/** What a failure response inside a call ends: the call, or nothing but its request (RFC 5057 §5). */
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { earlyCalled } from '../ladders/reliably.ts';

const DIALOG = [404, 410, 416, 482, 483, 484, 485, 502, 604];

/** Whether the call lives after this answer to a request of ours; where it ends, BYE leaves and `ended` says what the peer said. */
async function livesAfter(method: string, status: number): Promise<boolean> {
  const play = new Play();
  const { peer, session } = await play.callingAndAnswered();
  if (method === 'INVITE' || method === 'UPDATE') void session.sendReinvite({ method, media: [{ kind: 'audio', direction: 'sendonly' }] });
  else void session.sendRequest(method);
  await play.go();
  await peer.answer(method, status);
  const lives = session.state === 'established';
  expect(peer.raw.received.filter((one) => one.kind === 'request' && one.method === 'BYE')).toHaveLength(lives ? 0 : 1);
  if (!lives) {
    await peer.answer('BYE', 481);
    await expect(session.ended).resolves.toMatchObject({ by: 'core', status });
  }
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
  return lives;
}

describe('RFC 5057 §5: what a failure response to a request of ours ends', () => {
  it.each<{ method: string; ends: readonly number[]; not: readonly number[] }>([
    {
      method: 'INVITE',
      ends: [...DIALOG, 405, 408, 480, 481, 501],
      not: [400, 403, 406, 415, 420, 422, 486, 487, 488, 489, 500, 503, 603, 606],
    },
    { method: 'UPDATE', ends: [...DIALOG, 408, 480, 481], not: [400, 403, 405, 422, 488, 500, 501, 503, 504, 603] },
    { method: 'INFO', ends: [...DIALOG, 408, 480, 481], not: [403, 405, 415, 469, 486, 489, 500, 501, 503, 600] },
    { method: 'REFER', ends: [408, 481], not: [...DIALOG, 403, 405, 420, 480, 489, 501, 603] },
    { method: 'NOTIFY', ends: DIALOG, not: [405, 408, 480, 481, 489, 501] },
    { method: 'SUBSCRIBE', ends: DIALOG, not: [405, 408, 480, 481, 489, 501] },
    { method: 'OPTIONS', ends: DIALOG, not: [405, 408, 480, 481, 501] },
    { method: 'MESSAGE', ends: DIALOG, not: [405, 408, 480, 481, 501] },
    { method: 'X-OTHER', ends: DIALOG, not: [408, 481, 501] },
  ])('$method: $ends end the call, $not do not', async ({ method, ends, not }) => {
    const lived: number[] = [];
    for (const status of [...ends, ...not]) if (await livesAfter(method, status)) lived.push(status);
    expect(lived).toEqual(not);
  });

  it.each(['sendRequest', 'sendReinvite'] as const)('%s: no answer at all ends the call as 408 does', async (verb) => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    if (verb === 'sendRequest') void session.sendRequest('INFO');
    else void session.sendReinvite({ media: 'none', method: 'UPDATE' });
    await play.bed.clock.advance(64 * 500 + 100);
    await peer.answer('BYE', 200);
    await expect(session.ended).resolves.toMatchObject({ by: 'core', status: 408 });
    await play.bed.close();
  });

  it.each([404, 480, 481])(
    'before the call is answered, %i to an UPDATE of ours refuses the INVITE with 500: it is no answer to that',
    async (status) => {
      const play = new Play();
      const { peer, session } = await earlyCalled(play);
      void session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
      await play.go();
      await peer.answer('UPDATE', status);
      expect(peer.response(({ cseq }) => cseq.method === 'INVITE').status).toBe(500);
      await expect(session.ended).resolves.toMatchObject({ by: 'core' });
      await play.bed.close();
    },
  );
});
