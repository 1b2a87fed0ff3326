/** `end()` while the next server of a call of ours is looked up: nothing is left that could answer, and the session ends with what was said last. */
import type { Resolver } from '@jackfield/sip';
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { callingWith } from '../ladders/reliably.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const MUTE: Resolver = { resolveNaptr: never, resolveSrv: never, resolveA: never, resolveAaaa: never };
const FOLLOW = { name: 'peer', trusted: false, redirects: 'follow' } as const;

it.each<{ first: number | 'silence'; end: object }>([
  { first: 486, end: { by: 'local', status: 486 } },
  { first: 'silence', end: { by: 'local', status: 408 } },
])('after the one before gave $first', async ({ first, end }) => {
  const play = new Play();
  const { peer, session } = await callingWith(play, { resolver: MUTE }, { endpoint: FOLLOW });
  const contacts = [`<sip:one@${peer.raw.sentBy}>`, '<sip:two@slow.example.com>'];
  await peer.answer('INVITE', 300, { contact: undefined, fields: { Contact: contacts } });
  if (first === 'silence') await play.bed.clock.advance(32_100);
  else await peer.answer('INVITE', first, { toTag: 'one' });
  expect(session.state).toBe('starting');
  void session.end();
  await play.go();
  expect(await Promise.race([session.ended, Promise.resolve('is still there')])).toMatchObject(end);
  await play.bed.close();
});

it('at the first one as well: nothing has left', async () => {
  const play = new Play();
  const alice = await play.bed.party('alice', { resolver: MUTE });
  const session = alice.service.create('sip:x@slow.example.com');
  await play.go();
  void session.end();
  await play.go();
  expect(await Promise.race([session.ended, Promise.resolve('is still there')])).toEqual({ by: 'local' });
  await play.bed.close();
});
