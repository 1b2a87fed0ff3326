import { describe, expect } from 'vitest';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { earlyCalled, earlyCalling, prack, pracked, reliably, SUPPORTED } from './reliably.ts';
import { sdp, type Script } from './script.ts';
import type { Session } from '../../src/index.ts';

const HELD = sdp({ direction: 'sendonly', version: 2 });
const HOLDS = sdp({ direction: 'recvonly' });
const PHONE = { ...SUPPORTED, Allow: 'INVITE, UPDATE, PRACK' };

describe('F10, F11, UPDATE before the call is answered', () => {
  const plays = golden('F11b-update-before-the-answer');

  /** hold, by whatever fits. */
  function hold(play: Play, name: string, session: Session, method: 'auto' | 'INVITE' | 'UPDATE' = 'auto'): void {
    play.note(`${name} calls sendReinvite: ${method}, hold`);
    play.watch(
      session.sendReinvite({ method, media: [{ kind: 'audio', direction: 'sendonly' }] }),
      (outcome) => `sendReinvite: ${outcome.kind}${'response' in outcome ? ` ${outcome.response.status}` : ''}`,
      'sendReinvite',
    );
  }

  plays('ours, as caller: once the answer came reliably and its PRACK is through', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    hold(play, 'alice', session);
    await reliably(peer, 183, 1, sdp());
    await pracked(peer, 1);
    await peer.answer('UPDATE', 200, { body: HOLDS });
    await peer.answer('INVITE', 200);
    play.check(session.streams[0]?.local.lines.includes('a=sendonly'), true);
  });

  plays('ours, as callee', async (play) => {
    const { peer, session } = await earlyCalled(play);
    hold(play, 'bob', session);
    await play.go();
    await peer.answer('UPDATE', 200, { body: HOLDS });
    play.note('bob calls accept');
    play.watch(session.accept(), 'accept resolves', 'accept');
    await play.go();
    await peer.ack();
  });

  plays('ours waits for the call to be answered where the answer is a preview, and is a re-INVITE then', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    hold(play, 'alice', session);
    await peer.answer('INVITE', 183, { body: sdp(), fields: PHONE });
    await peer.accept();
    await peer.answer('INVITE', 200, { body: HOLDS });
  });

  plays('ours waits where the peer does not allow UPDATE', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    await peer.answer('INVITE', 183, { body: sdp(), fields: { Require: '100rel', RSeq: '1', Allow: 'INVITE, PRACK' } });
    await pracked(peer, 1);
    hold(play, 'alice', session);
    await play.go();
    await peer.answer('INVITE', 200);
  });

  plays('ours waits where it shall be a re-INVITE', async (play) => {
    const { peer, session } = await earlyCalled(play);
    hold(play, 'bob', session, 'INVITE');
    play.note('bob calls accept');
    play.watch(session.accept(), 'accept resolves', 'accept');
    await play.go();
    await peer.ack();
  });

  plays('ours meets 491 and the call is answered meanwhile: built anew as a re-INVITE', async (play) => {
    const { peer, session } = await earlyCalling(play);
    hold(play, 'alice', session);
    await play.go();
    await peer.answer('UPDATE', 491);
    await peer.answer('INVITE', 200);
    await play.until('alice -> peer INVITE sdp');
    await peer.answer('INVITE', 200, { body: HOLDS });
  });

  plays('ours is refused: what was agreed stays', async (play) => {
    const { peer, session } = await earlyCalling(play);
    hold(play, 'alice', session);
    await play.go();
    await peer.answer('UPDATE', 488);
    await peer.answer('INVITE', 200);
  });

  plays('ours crosses the 2xx: each has its own answer', async (play) => {
    const { peer, session } = await earlyCalling(play);
    hold(play, 'alice', session);
    await play.go();
    await peer.answer('INVITE', 200);
    await peer.answer('UPDATE', 200, { body: HOLDS });
    expect(session.state).toBe('established');
  });

  plays('ours is out, and another early dialog answers the call: it goes there', async (play) => {
    const { peer, session } = await earlyCalling(play);
    hold(play, 'alice', session);
    await play.go();
    play.note('fork b');
    await peer.accept({ port: 30_002 }, 'b');
    await peer.answer('UPDATE', 200, { body: HOLDS });
    await peer.answer('INVITE', 200, { body: sdp({ port: 30_002, direction: 'recvonly' }) });
    play.check(session.streams[0]?.remote.port, 30_002);
  });

  /** Both have answered reliably, b last; and then a says that it rings. */
  async function forked(play: Play): Promise<{ peer: Script; session: Session }> {
    const { peer, session } = await play.calling();
    await reliably(peer, 183, 1, sdp());
    await pracked(peer, 1);
    await reliably(peer, 183, 90, sdp({ port: 30_002 }), 'b');
    await pracked(peer, 90);
    await peer.answer('INVITE', 180);
    play.check([session.dialog.remoteTag, session.streams[0]?.remote.port], ['peer', 30_002]);
    play.cut();
    return { peer, session };
  }

  plays('ours goes to the early dialog that is heard, whichever rang last; another answers the call: then there', async (play) => {
    const { peer, session } = await forked(play);
    hold(play, 'alice', session);
    await play.go();
    play.check(peer.got('UPDATE').to.tag, 'b');
    play.note('fork a');
    await peer.answer('INVITE', 200);
    play.note('fork b');
    await peer.answer('UPDATE', 200, { body: HOLDS });
    play.check(peer.got('INVITE').to.tag, 'peer');
    await peer.answer('INVITE', 200, { body: HOLDS });
  });

  plays('ours is out in the early dialog that is heard, and it answers the call as well', async (play) => {
    const { peer, session } = await forked(play);
    hold(play, 'alice', session);
    await play.go();
    play.note('fork b');
    await peer.answer('INVITE', 200, { toTag: 'b' });
    await peer.answer('UPDATE', 200, { body: HOLDS });
    play.check(session.dialog.remoteTag, 'b');
  });

  plays('ours is out in the early dialog that is heard, which goes away: another is heard, and it goes there', async (play) => {
    const { peer, session } = await forked(play);
    hold(play, 'alice', session);
    await play.go();
    play.note('fork b');
    await peer.request('BYE', { tag: 'b' });
    play.note('fork a');
    play.check(peer.got('UPDATE').to.tag, 'peer');
    await peer.answer('UPDATE', 200, { body: HOLDS });
    await peer.answer('INVITE', 200);
    play.check([session.state, session.streams[0]?.remote.port], ['established', 30_000]);
  });

  plays('ours is answered with 481: the call is given up', async (play) => {
    const { peer, session } = await earlyCalling(play);
    hold(play, 'alice', session);
    await play.go();
    await peer.answer('UPDATE', 481);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('ours, as callee, is answered with 481: the INVITE is refused', async (play) => {
    const { peer, session } = await earlyCalled(play);
    hold(play, 'bob', session);
    await play.go();
    await peer.answer('UPDATE', 481);
    await peer.ack();
  });

  plays('theirs, as caller', async (play) => {
    const { peer } = await earlyCalling(play);
    await peer.request('UPDATE', { body: HELD });
    await peer.answer('INVITE', 200);
  });

  plays('theirs, as callee', async (play) => {
    const { peer, session } = await earlyCalled(play);
    await peer.request('UPDATE', { body: HELD });
    play.note('bob calls accept');
    play.watch(session.accept(), 'accept resolves', 'accept');
    await play.go();
    await peer.ack();
  });

  plays('theirs without a description, whenever', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite({ body: sdp(), fields: PHONE });
    play.cut();
    void calls[0]!.progress(180);
    await play.go();
    await peer.request('UPDATE');
  });

  plays('theirs before our answer: 500, after a preview and before its PRACK too', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite({ body: sdp(), fields: PHONE });
    play.cut();
    void calls[0]!.progress(183);
    await play.go();
    await peer.request('UPDATE', { body: HELD });
    void calls[0]!.progress(183, { reliable: true });
    await play.go();
    await peer.request('UPDATE', { body: HELD });
    expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').headers.get('Retry-After')).toMatch(/^\d$/);
    await prack(peer);
    await peer.request('UPDATE', { body: HELD });
  });

  plays('theirs while our offer in a 183 waits for its answer: 500', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite({ fields: PHONE });
    play.cut();
    void calls[0]!.progress(183, { reliable: true });
    await play.go();
    await peer.request('UPDATE', { body: HELD });
  });

  plays('theirs before the answer to our INVITE: 491, after a preview and before its PRACK is answered too', async (play) => {
    const { peer } = await play.calling();
    play.cut();
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.request('UPDATE', { body: HELD });
    await reliably(peer, 183, 1, sdp());
    await peer.request('UPDATE', { body: HELD });
    await pracked(peer, 1);
    await peer.request('UPDATE', { body: HELD });
  });

  plays('theirs while ours is out: 491', async (play) => {
    const { peer, session } = await earlyCalling(play);
    hold(play, 'alice', session);
    await play.go();
    await peer.request('UPDATE', { body: HELD });
    await peer.answer('UPDATE', 200, { body: HOLDS });
  });

  plays('theirs while another of theirs is open: 500', async (play) => {
    const slow = play.slow(({ method }) => method === 'UPDATE');
    const { peer } = await play.calling({}, slow);
    await reliably(peer, 183, 1, sdp());
    await pracked(peer, 1);
    play.cut();
    await peer.request('UPDATE', { body: HELD });
    await peer.request('UPDATE');
    await slow.answer(undefined);
  });

  plays('theirs, and nobody takes what it offers: 488, what was agreed stays', async (play) => {
    const { peer } = await earlyCalled(play);
    await peer.request('UPDATE', { body: sdp({ format: '9', version: 2 }) });
  });

  plays('theirs in an early dialog that is not heard: that one is heard, and the others keep what they agreed on', async (play) => {
    const { peer, session } = await play.calling();
    await reliably(peer, 183, 1, sdp());
    await pracked(peer, 1);
    await reliably(peer, 183, 90, sdp({ port: 30_002 }), 'b');
    await pracked(peer, 90);
    play.cut();
    play.note('fork a');
    await peer.request('UPDATE', { body: HELD });
    play.note('fork b');
    await peer.answer('INVITE', 200, { toTag: 'b' });
    play.check([session.streams[0]?.remote.port, session.streams[0]?.local.lines.includes('a=recvonly')], [30_002, false]);
  });
});
