import { describe, expect } from 'vitest';
import { golden } from './golden.ts';
import { errorText, type Play } from './play.ts';
import { lastSequence, prack, REQUIRED, SUPPORTED } from './reliably.ts';
import { sdp, type Script } from './script.ts';
import type { PartyOptions } from '../../src/testing.ts';
import type { Session } from '../../src/index.ts';

const OFFER = { body: sdp(), fields: SUPPORTED };
const NO_OFFER = { fields: SUPPORTED };

describe('F6, reliable provisional responses of ours', () => {
  const plays = golden('F06-reliable-responses');

  async function called(play: Play, invite: Parameters<Script['invite']>[0] = OFFER, options: PartyOptions = {}) {
    const { bob, peer, calls } = await play.called(options);
    await peer.invite(invite);
    play.cut();
    return { bob, peer, session: calls[0]! };
  }
  function progress(play: Play, session: Session, status: number, init: Parameters<Session['progress']>[1] = { reliable: true }): void {
    play.note(`bob calls progress ${status}${init.reliable === true ? ', reliable' : ''}`);
    play.watch(session.progress(status, init), `progress ${status} resolves`, `progress ${status}`);
  }
  function accept(play: Play, session: Session): void {
    play.note('bob calls accept');
    play.watch(session.accept(), 'accept resolves', 'accept');
  }

  plays('the answer in a 183: progress resolves with its PRACK, the 2xx says it no more', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await prack(peer);
    accept(play, session);
    await play.go();
    await peer.ack();
  });

  plays('the peer insists: every provisional response is reliable', async (play) => {
    const { peer, session } = await called(play, { body: sdp(), fields: REQUIRED });
    progress(play, session, 180, {});
    await play.go();
    await prack(peer);
    accept(play, session);
    await play.go();
    await peer.ack();
  });

  plays('preferred: reliable as soon as the peer can, without being asked', async (play) => {
    const { peer, session } = await called(play, OFFER, { reliable: 'preferred' });
    progress(play, session, 180, {});
    await play.go();
    await prack(peer);
  });

  plays('the peer cannot: as any other', async (play) => {
    const { session } = await called(play, { body: sdp() });
    progress(play, session, 183);
    await play.go();
  });

  plays('a late offer: our offer in the first, whatever its status, the answer in the PRACK', async (play) => {
    const { peer, session } = await called(play, NO_OFFER);
    progress(play, session, 180);
    await play.go();
    await prack(peer, { body: sdp() });
    accept(play, session);
    await play.go();
    await peer.ack();
  });

  plays('a late offer, and a PRACK without a usable answer', async (play) => {
    const { peer, session } = await called(play, NO_OFFER);
    progress(play, session, 183);
    await play.go();
    await prack(peer, { body: sdp({ lines: 2 }) });
    await peer.ack();
  });

  plays('accept waits for the PRACK of a description', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    accept(play, session);
    session.reject(486).catch((error: unknown) => play.note(`reject rejects ${errorText(error)}`));
    await play.go();
    await prack(peer);
    await peer.ack();
  });

  plays('accept waits for nothing where no description is out; the PRACK comes after the 2xx', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 180);
    await play.go();
    accept(play, session);
    await play.go();
    await prack(peer);
    await peer.ack();
  });

  plays('the 2xx overtakes a response whose PRACK never comes', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 180);
    accept(play, session);
    await play.go();
    await peer.ack();
    await prack(peer);
  });

  plays('one at a time: the next waits for the PRACK of the one before, and gets the next number', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 180);
    progress(play, session, 181);
    await play.go();
    const first = lastSequence(peer);
    await prack(peer);
    expect(lastSequence(peer)).toBe(first + 1);
    await prack(peer);
  });

  plays('what stands in line when the call is answered never leaves', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 180);
    progress(play, session, 181);
    await play.go();
    accept(play, session);
    await play.go();
    await peer.ack();
  });

  plays('lost twice: again after T1, then 2 T1, and not once more when its PRACK is here', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.wait(500);
    await play.wait(1000);
    await prack(peer);
    await play.bed.clock.advance(4000);
    await peer.request('OPTIONS');
  });

  plays('no PRACK in 64 T1: 504', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.bed.clock.advance(32_100);
    await peer.ack();
  });

  plays('a PRACK that names nothing: 481, and the response goes on', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await prack(peer, {}, `${lastSequence(peer) + 1} 1 INVITE`);
    await prack(peer, {}, `${lastSequence(peer)} 2 INVITE`);
    await prack(peer);
    await prack(peer);
  });

  plays('an offer in the PRACK: answered in its 200', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await prack(peer, { body: sdp({ direction: 'sendonly', version: 2 }) });
  });

  plays('an offer in the PRACK that nobody takes: every line declined, and the INVITE refused', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await prack(peer, { body: sdp({ format: '9', version: 2 }) });
    await peer.ack();
  });

  plays('an offer in the PRACK before the first has its answer: the INVITE refused', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 180);
    await play.go();
    await prack(peer, { body: sdp({ version: 2 }) });
    await peer.ack();
  });

  plays('CANCEL while it waits', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await peer.cancel();
    await peer.ack();
    await play.bed.clock.advance(2000);
  });

  plays('BYE in the early dialog', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await peer.request('BYE');
    await peer.ack();
    await play.bed.clock.advance(2000);
  });

  plays('end while it waits', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    play.end('bob', session);
    await play.go();
    await peer.ack();
  });

  plays('a supplement refuses the PRACK with the answer to our offer', async (play) => {
    const guard = play.guard(({ method }) => (method === 'PRACK' ? 403 : undefined));
    const { peer, calls } = await play.called({}, guard);
    await peer.invite(NO_OFFER);
    play.cut();
    progress(play, calls[0]!, 183);
    await play.go();
    await prack(peer, { body: sdp() });
    await peer.ack();
  });

  plays('a supplement says 200 to the PRACK with the answer to our offer: 500, since the core alone takes it', async (play) => {
    const guard = play.guard(({ method }) => (method === 'PRACK' ? 200 : undefined));
    const { peer, calls } = await play.called({}, guard);
    await peer.invite(NO_OFFER);
    play.cut();
    progress(play, calls[0]!, 183);
    await play.go();
    await prack(peer, { body: sdp() });
    await peer.ack();
  });

  plays('a supplement says 200 to a PRACK without a description: the call goes on', async (play) => {
    const guard = play.guard(({ method }) => (method === 'PRACK' ? 200 : undefined));
    const { peer, calls } = await play.called({}, guard);
    await peer.invite(OFFER);
    play.cut();
    progress(play, calls[0]!, 183);
    await play.go();
    await prack(peer);
  });

  plays('said again after two and a half minutes, for the proxies on the way', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await prack(peer);
    await play.wait(150_000);
    await play.go();
    await prack(peer);
  });

  plays('required: a peer that cannot gets 421', async (play) => {
    const { peer } = await play.called({ reliable: 'required' });
    await peer.invite();
    expect(peer.response(({ status }) => status === 421).headers.get('Require')).toBe('100rel');
    await peer.ack();
  });

  plays('off: a peer that insists gets 420', async (play) => {
    const { peer } = await play.called({ identifyEndpoint: () => ({ name: 'old', trusted: false, reliable: 'off' }) });
    await peer.invite({ body: sdp(), fields: REQUIRED });
    await peer.ack();
  });

  plays('ringing after early media is a 183', async (play) => {
    const { peer, session } = await called(play);
    progress(play, session, 183);
    await play.go();
    await prack(peer);
    progress(play, session, 180);
    await play.go();
    await prack(peer);
  });

  plays('ringing after early media as 180, where that is wanted', async (play) => {
    const { session } = await called(play, OFFER, { earlyMedia: { ringingAfterMedia: 180 } });
    progress(play, session, 183, {});
    progress(play, session, 180, {});
    await play.go();
  });

  plays('ringing in band', async (play) => {
    const { session } = await called(play, OFFER, { earlyMedia: { inband: true } });
    progress(play, session, 180, {});
    await play.go();
  });
});
