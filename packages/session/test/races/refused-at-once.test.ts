/** A change of the call that cannot be asked for is refused as it is, and nothing of it leaves later. */
import { expect, it } from 'vitest';
import type { ReinviteOptions } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';

it.each<{ options: unknown; refused: object; because: string }>([
  { options: { signal: {} }, refused: { name: 'TypeError' }, because: 'that is no AbortSignal' },
  {
    options: { media: [{ kind: 'audio', direction: 'sideways' }] },
    refused: { code: 'SESSION_OPTION', info: { option: 'media' } },
    because: 'no stream goes there',
  },
  { options: { media: [{ kind: 'audio', direction: null }] }, refused: { code: 'SESSION_OPTION' }, because: 'nor there' },
])('sendReinvite with $options: $because', async ({ options, refused }) => {
  const play = new Play();
  const { peer, session } = await play.callingAndAnswered();
  const asked = session.sendReinvite(options as ReinviteOptions);
  await expect(asked).rejects.toMatchObject(refused);
  const next = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  await play.go();
  await peer.accept({ direction: 'recvonly', version: 2 });
  expect(await Promise.race([next, play.go()])).toMatchObject({ kind: 'agreed' });
  expect(peer.raw.received.filter((one) => one.kind === 'request' && one.method === 'INVITE')).toHaveLength(2);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
