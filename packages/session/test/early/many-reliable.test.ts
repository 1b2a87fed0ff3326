/** A peer that sends more reliable responses than it takes answers for (RFC 3262 §4). */
import { expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

it('is acknowledged sixteen times at once in one early dialog, and again as it answers', async () => {
  const play = new Play();
  const { peer, session } = await play.calling({ reliable: 'supported' });
  const rings = (sequence: number): void =>
    peer.respond('INVITE', 183, {
      toTag: 'a',
      body: sequence === 1 ? sdp() : undefined,
      fields: { Require: '100rel', RSeq: String(sequence) },
    });
  const racks = (): number[] =>
    peer.raw.received.flatMap((one) =>
      one.kind === 'request' && one.method === 'PRACK' ? [Number(one.headers.get('RAck')?.split(' ')[0])] : [],
    );
  for (let sequence = 1; sequence <= 1000; sequence += 1) rings(sequence);
  await play.go();
  expect(new Set(racks())).toEqual(new Set(Array.from({ length: 16 }, (_, at) => at + 1)));
  for (const one of peer.raw.received) if (one.kind === 'request' && one.method === 'PRACK') peer.raw.respond(one, 200);
  await play.go();
  rings(17);
  await play.go();
  expect(racks().at(-1)).toBe(17);
  await peer.answer('PRACK', 200);
  await peer.answer('INVITE', 200, { toTag: 'a' });
  expect(session.state).toBe('established');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
