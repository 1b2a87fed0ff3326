/** The remote target, in a call that is up: re-INVITE and UPDATE and what answers them move it, a refusal does not (RFC 3261 §12.2.1.2, §12.2.2; RFC 3311 §5.1, §5.2). */
import type { RawPeer } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';
import { Play } from './ladders/play.ts';
import { sdp, type Script } from './ladders/script.ts';

const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;
const requests = (raw: RawPeer): string[] => raw.received.flatMap((one) => (one.kind === 'request' ? [one.method] : []));

/** A call that is up, and a second place where the peer may be found. */
async function up() {
  const play = new Play();
  const { peer, session } = await play.calledAndAnswered('acknowledged');
  const moved = await play.bed.peer('moved');
  /** Where our BYE goes. */
  const ends = async (to: RawPeer): Promise<void> => {
    const ended = session.end();
    await play.go();
    const other = to === moved ? peer.raw : moved;
    expect([requests(to).at(-1), requests(other)]).toEqual(['BYE', expect.not.arrayContaining(['BYE'])]);
    await peer.move(to).answer('BYE', 200);
    await ended;
    await play.bed.close();
    expect(play.bed.leftOver()).toEqual({});
  };
  return { play, peer, session, moved, ends };
}

const METHODS = ['INVITE', 'UPDATE'] as const;
const acknowledge = (method: string, peer: Script, status: number): Promise<void> | undefined =>
  method === 'INVITE' ? peer.ack({}, status) : undefined;

it.each(METHODS.flatMap((method) => [true, false].map((offer) => ({ method, offer }))))(
  'their $method (with an offer: $offer) moves the target to its Contact',
  async ({ method, offer }) => {
    const { play, peer, moved, ends } = await up();
    const answer = !offer && method === 'INVITE' ? { body: sdp({ version: 2 }) } : {};
    await peer.request(method, {
      ...(offer && { body: sdp({ direction: 'sendonly', version: 2 }) }),
      fields: { Contact: moved.contact() },
    });
    if (method === 'INVITE') await peer.ack(answer);
    await play.go();
    await ends(moved);
  },
);

it.each(METHODS)('our %s moves the target to the Contact of its 200', async (method) => {
  const { play, peer, session, moved, ends } = await up();
  const changed = session.sendReinvite({ method, media: HOLD });
  await play.go();
  await peer.answer(method, 200, { body: sdp({ direction: 'recvonly', version: 2 }), contact: moved.contact() });
  expect((await changed).kind).toBe('agreed');
  if (method === 'INVITE') expect(requests(moved)).toEqual(['ACK']);
  await ends(moved);
});

it.each(METHODS)('their %s that is refused moves nothing', async (method) => {
  const { peer, moved, ends } = await up();
  await peer.request(method, { body: sdp({ format: '18', version: 2 }), fields: { Contact: moved.contact() } });
  await acknowledge(method, peer, 488);
  await ends(peer.raw);
});

it.each(METHODS)('our %s that is refused moves nothing', async (method) => {
  const { play, peer, session, moved, ends } = await up();
  const changed = session.sendReinvite({ method, media: HOLD });
  await play.go();
  await peer.answer(method, 488, { contact: moved.contact() });
  expect((await changed).kind).toBe('refused');
  await ends(peer.raw);
});
