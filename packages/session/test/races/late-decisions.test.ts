/** What a plug-in decides about a re-INVITE that the end of the call has answered meanwhile: it is too late, and harms nobody. */
import { expect, it } from 'vitest';
import type { IncomingRequest, Session, Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { sdp } from '../ladders/script.ts';

const HELD = { body: sdp({ direction: 'sendonly', version: 2 }) };

it.each([488, undefined])('its decision is %s, when the 487 has its ACK and our BYE waits for its answer', async (status) => {
  const play = new Play();
  const slow = play.slow(({ method, initial }) => method === 'INVITE' && !initial);
  const { bob, peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
  await peer.request('INVITE', HELD);
  void session.end();
  await play.go();
  await peer.ack({}, 487);
  await slow.answer(status, true);
  await peer.answer('BYE', 200);
  expect([session.state, bob.errors]).toEqual(['ended', []]);
  const answers = peer.raw.received.flatMap((one) =>
    one.kind === 'response' && one.cseq.sequence === 2 && one.status >= 200 ? [one.status] : [],
  );
  expect([...new Set(answers)]).toEqual([487]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it("its answer after 'later' comes then", async () => {
  const play = new Play();
  let asked: { readonly session: Session; readonly request: IncomingRequest } | undefined;
  const later: Supplement = {
    name: 'later',
    methods: ['INVITE'],
    incomingRequest: (session, request) => {
      if (request.initial) return undefined;
      asked = { session, request };
      return 'later';
    },
  };
  const { bob, peer, session } = await play.calledAndAnswered('acknowledged', {}, later);
  await peer.request('INVITE', HELD);
  void session.end();
  await play.go();
  await peer.ack({}, 487);
  expect(() => asked!.session.sendResponse(asked!.request, 486)).not.toThrow(TypeError);
  await play.go();
  await peer.answer('BYE', 200);
  expect([session.state, bob.errors]).toEqual(['ended', []]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
