/** A PRACK that a supplement challenges (401, 407): it acknowledges nothing, and the one that comes again with credentials does. */
import { expect, it } from 'vitest';
import { reply, type IncomingRequest, type Session, type Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { prack, SUPPORTED } from '../ladders/reliably.ts';
import { sdp, type Script } from '../ladders/script.ts';

/** Challenges PRACKs without credentials: at once, or by a decision that is given with `decide`. */
function challenger(status: number, way: 'at once' | 'later'): Supplement & { decide(): void } {
  let asked: { session: Session; request: IncomingRequest } | undefined;
  return {
    name: 'challenger',
    methods: ['PRACK'],
    deadlineMs: 30_000,
    incomingRequest(session, request) {
      if (request.method !== 'PRACK' || request.headers.get('Authorization') !== undefined) return undefined;
      if (way === 'at once') return reply(status);
      asked = { session: session as Session, request };
      return 'later';
    },
    decide: () => asked?.session.sendResponse(asked.request, status),
  };
}

const statuses = (peer: Script, method: string): number[] =>
  peer.raw.received.flatMap((one) => (one.kind === 'response' && one.cseq.method === method && one.status > 100 ? [one.status] : []));
const rackOf = (peer: Script): string => {
  const { headers, cseq } = peer.response(({ status }) => status === 183);
  return `${headers.get('RSeq')} ${cseq.sequence} INVITE`;
};
const PROOF = { Authorization: 'Digest username="peer"' };

it.each([
  { status: 401, way: 'at once', offered: true },
  { status: 407, way: 'at once', offered: false },
  { status: 401, way: 'later', offered: true },
  { status: 407, way: 'later', offered: false },
] as const)('with $status, $way, where the INVITE had an offer: $offered', async ({ status, way, offered }) => {
  const play = new Play();
  const supplement = challenger(status, way);
  const { peer, calls } = await play.called({}, supplement);
  await peer.invite({ body: offered ? sdp() : undefined, fields: SUPPORTED });
  const session = calls[0]!;
  let told = false;
  void session.progress(183, { reliable: true }).then(() => (told = true));
  await play.go();
  const body = offered ? undefined : sdp();
  void session.accept();
  await prack(peer, { body });
  if (way === 'later') {
    await play.bed.clock.advance(20_000); // a decision that takes its time costs the peer none
    supplement.decide();
    await play.go();
  }
  expect([statuses(peer, 'PRACK'), told]).toEqual([[status], false]);
  expect(statuses(peer, 'INVITE').includes(200)).toBe(false);
  const copies = statuses(peer, 'INVITE').length;
  await play.bed.clock.advance(2000);
  expect(statuses(peer, 'INVITE').length).toBeGreaterThan(copies); // it is said again, as though no PRACK had come
  await peer.request('PRACK', { body, fields: { RAck: rackOf(peer), ...PROOF } });
  expect([statuses(peer, 'PRACK'), told, statuses(peer, 'INVITE').at(-1)]).toEqual([[status, 200], true, 200]);
  await peer.ack();
  expect([session.state, session.streams.length]).toEqual(['established', 1]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('and that never comes again: 504 to the INVITE, 64*T1 after the response, whatever was challenged meanwhile', async () => {
  const play = new Play();
  const { peer, calls } = await play.called({}, challenger(401, 'at once'));
  await peer.invite({ body: sdp(), fields: SUPPORTED });
  void calls[0]!.progress(183, { reliable: true }).catch(() => undefined);
  await play.go();
  await play.bed.clock.advance(20_000);
  await prack(peer);
  await play.bed.clock.advance(11_800);
  expect(calls[0]!.state).toBe('early');
  await play.bed.clock.advance(400);
  expect([statuses(peer, 'PRACK'), statuses(peer, 'INVITE').at(-1), calls[0]!.state]).toEqual([[401], 504, 'ended']);
  await play.bed.close();
});

it('whose INVITE has its 2xx by then: nothing is repeated, and the next is taken', async () => {
  const play = new Play();
  const { peer, calls } = await play.called({}, challenger(401, 'at once'));
  await peer.invite({ body: sdp(), fields: SUPPORTED });
  void calls[0]!.progress(180, { reliable: true }).catch(() => undefined); // says nothing of media, so that the 2xx does not wait
  await play.go();
  const { headers } = peer.response(({ status }) => status === 180);
  void calls[0]!.accept();
  await play.go();
  await prack(peer);
  const rung = statuses(peer, 'INVITE').filter((status) => status === 180).length;
  await peer.request('PRACK', { fields: { RAck: `${headers.get('RSeq')} 1 INVITE`, ...PROOF } });
  await play.bed.clock.advance(3000);
  expect([statuses(peer, 'PRACK'), statuses(peer, 'INVITE').filter((status) => status === 180).length]).toEqual([[401, 200], rung]);
  await peer.ack();
  expect(calls[0]!.state).toBe('established');
  await play.bed.close();
});
