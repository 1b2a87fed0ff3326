import { describe } from 'vitest';
import { golden } from './golden.ts';
import { errorText, type Play } from './play.ts';
import { pracked, reliably } from './reliably.ts';
import { sdp, type Script } from './script.ts';
import type { Session } from '../../src/index.ts';

const HELD = sdp({ direction: 'sendonly', version: 2 });
const direction = (session: Session): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;

/** Of the other side, which is not traced. */
async function unheard(play: Play, note: string, session: Session, media: 'none' | 'hold'): Promise<void> {
  play.note(note);
  void session.sendReinvite({ method: 'UPDATE', media: media === 'none' ? 'none' : [{ kind: 'audio', direction: 'sendonly' }] });
  await play.go();
}

describe('F10, an UPDATE without a description', () => {
  const plays = golden('F10-update-without-a-description');

  plays('ours, as caller', async (play) => {
    const { caller } = await play.established('alice');
    play.reinvite('alice', caller, 'none', 'UPDATE');
    await play.go();
  });

  plays('ours, as callee', async (play) => {
    const { callee } = await play.established('bob');
    play.reinvite('bob', callee, 'none', 'UPDATE');
    await play.go();
  });

  plays('theirs, as callee', async (play) => {
    const { caller } = await play.established('bob');
    await unheard(play, 'alice refreshes', caller, 'none');
  });

  plays('theirs, as caller', async (play) => {
    const { callee } = await play.established('alice');
    await unheard(play, 'bob refreshes', callee, 'none');
  });

  plays('theirs, refused by a supplement: the call goes on', async (play) => {
    const guard = play.guard(({ method }) => (method === 'UPDATE' ? 403 : undefined));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, guard);
    await peer.request('UPDATE');
    play.check(session.state, 'established');
  });

  plays('theirs while an INVITE of ours is out: answered', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await peer.request('UPDATE');
    await peer.accept({ direction: 'recvonly' });
  });

  plays('ours, refused: the call goes on', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'none', 'UPDATE');
    await play.go();
    await peer.answer('UPDATE', 405);
    play.check(session.state, 'established');
  });

  plays('ours, never answered: a 408 of our own, and BYE', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'none', 'UPDATE');
    await play.bed.clock.advance(32_010);
    await peer.answer('BYE', 200);
  });
});

describe('F11, an UPDATE of the peer with an offer', () => {
  const plays = golden('F11-update');
  const retryAfter = (play: Play, peer: Script): void => {
    const seconds = Number(peer.response(({ status }) => status === 500).headers.get('Retry-After'));
    play.check(seconds >= 0 && seconds <= 10, true);
  };

  plays('as callee', async (play) => {
    const { caller, callee } = await play.established('bob');
    await unheard(play, 'alice holds', caller, 'hold');
    play.check(direction(callee), 'recvonly');
  });

  plays('as caller', async (play) => {
    const { caller, callee } = await play.established('alice');
    await unheard(play, 'bob holds', callee, 'hold');
    play.check(direction(caller), 'recvonly');
  });

  plays('refused by a supplement: the call goes on', async (play) => {
    const guard = play.guard(({ method }) => (method === 'UPDATE' ? 403 : undefined));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, guard);
    await peer.request('UPDATE', { body: HELD });
    play.check([session.state, direction(session)], ['established', 'sendrecv']);
  });

  plays('a supplement says 200 to the offer: 500, since the core alone can answer it', async (play) => {
    const guard = play.guard(({ method }) => (method === 'UPDATE' ? 200 : undefined));
    const { bob, peer, session } = await play.calledAndAnswered('acknowledged', {}, guard);
    await peer.request('UPDATE', { body: HELD });
    play.check([session.state, direction(session)], ['established', 'sendrecv']);
    play.check(bob.errors.splice(0).map(errorText), ['SESSION_HOOK_FAILED']);
  });

  plays('nobody takes what it offers: 488, what is active stays', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('UPDATE', { body: sdp({ format: '18', version: 2 }) });
    play.check([session.state, direction(session)], ['established', 'sendrecv']);
  });

  plays('a handler cannot apply it: 488, rolled back', async (play) => {
    const { bob, peer, session } = await play.calledAndAnswered('acknowledged');
    play.breaks(bob, 'applyNegotiatedStream');
    await peer.request('UPDATE', { body: HELD });
    play.check([session.state, direction(session)], ['established', 'sendrecv']);
  });

  plays('while an offer of ours is out: 491', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.reinvite('bob', session, 'hold');
    await play.go();
    await peer.request('UPDATE', { body: HELD });
    await peer.accept({ direction: 'recvonly' });
  });

  plays(
    'while the PRACK for the answer to our INVITE is not answered: 491; then it is taken, before that INVITE is through',
    async (play) => {
      const { peer, session } = await play.callingAndAnswered();
      play.reinvite('alice', session, 'hold');
      await play.go();
      await reliably(peer, 183, 1, sdp({ direction: 'recvonly' }));
      await peer.request('UPDATE', { body: HELD });
      await pracked(peer, 1);
      await peer.request('UPDATE', { body: HELD });
      await peer.answer('INVITE', 200);
    },
  );

  plays('while another of theirs is not answered: 500 with Retry-After', async (play) => {
    const slow = play.slow(({ method }) => method === 'UPDATE');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('UPDATE', { body: HELD });
    await peer.request('UPDATE', { body: HELD });
    retryAfter(play, peer);
    await slow.answer(undefined);
  });

  plays('while an INVITE of theirs is not answered: 500 with Retry-After', async (play) => {
    const slow = play.slow(({ method, initial }) => method === 'INVITE' && !initial);
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', { body: sdp() });
    await peer.request('UPDATE', { body: HELD });
    retryAfter(play, peer);
    await slow.answer(undefined);
    await peer.ack();
  });
});
