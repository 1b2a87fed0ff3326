/** How many early dialogs one INVITE of ours may have. */
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

async function ringing(play: Play, forks: number, maxForks?: number) {
  const alice = await play.bed.party('alice', { maxForks });
  const peer = await play.bed.peer('peer');
  const heard: string[] = [];
  const session = alice.service.create(`sip:peer@${peer.sentBy}`, {
    onResponse: ({ status, headers }) => heard.push(`${status} ${/tag=(.*)/.exec(headers.get('To') ?? '')?.[1]}`),
  });
  await play.go();
  const invite = await peer.expect('INVITE');
  for (let fork = 1; fork <= forks; fork += 1) peer.respond(invite, 180, { toTag: `fork-${fork}`, contact: peer.contact() });
  await play.go();
  const live = (): number => alice.stack.stats().live['dialogs'] ?? 0;
  return { alice, peer, invite, session, heard, live };
}

it.each([
  [undefined, 32],
  [3, 3],
])('with maxForks %s, %i early dialogs are made, and further To tags passed over', async (maxForks, count) => {
  const play = new Play();
  const { peer, invite, heard, live, session } = await ringing(play, count + 8, maxForks);
  expect([live(), heard.length, heard.at(-1)]).toEqual([count, count, `180 fork-${count}`]);
  peer.respond(invite, 183, { toTag: 'fork-1', contact: peer.contact() });
  await play.go();
  expect(heard.at(-1)).toBe('183 fork-1');
  void session.end();
  await play.go();
  await play.bed.close();
});

it('a reliable response beyond the bound is not acknowledged; a 2xx there wins all the same', async () => {
  const play = new Play();
  const { peer, invite, session, live } = await ringing(play, 2, 2);
  peer.respond(invite, 183, { toTag: 'third', contact: peer.contact(), body: sdp(), fields: { Require: '100rel', RSeq: '1' } });
  await play.go();
  expect(peer.unread()).toEqual([]);
  peer.respond(invite, 200, { toTag: 'third', contact: peer.contact(), body: sdp() });
  await play.go();
  await peer.expect('ACK');
  expect([session.state, session.dialog.remoteTag, live()]).toEqual(['established', 'third', 1]);
  await play.bed.close();
});

it.each([0, -1, 1.5, Number.NaN, Infinity])('maxForks %s is refused', async (maxForks) => {
  const play = new Play();
  await expect(play.bed.party('alice', { maxForks })).rejects.toMatchObject({ code: 'SESSION_OPTION', info: { option: 'maxForks' } });
  await play.bed.close();
});
