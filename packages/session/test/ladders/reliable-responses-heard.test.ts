import { describe, expect } from 'vitest';
import { golden } from './golden.ts';
import { callingWith, pracked, reliably } from './reliably.ts';
import { sdp } from './script.ts';
import type { Session } from '../../src/index.ts';
import type { Play } from './play.ts';

/** A phone with this port, and nothing on the other. */
const ANSWER_A = sdp({ port: 30_000 });
const ANSWER_B = sdp({ port: 30_002 });

describe('F6, reliable provisional responses to us', () => {
  const plays = golden('F06b-reliable-responses-heard');

  const watch = (play: Play, session: Session): void => play.watch(session.established, 'established resolves', 'established');

  plays('an answer in a 183, then the 2xx without one', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    expect(peer.got('INVITE').headers.get('Supported')).toBe('100rel');
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });

  plays('no description before the 2xx', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    await reliably(peer, 180, 7);
    await pracked(peer, 7);
    await peer.accept();
  });

  plays('a preview, then the answer, then copies of it that mean nothing', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    await peer.answer('INVITE', 183, { body: ANSWER_A });
    await reliably(peer, 183, 7, ANSWER_A);
    await pracked(peer, 7);
    await peer.answer('INVITE', 183, { body: ANSWER_B });
    await peer.accept({ port: 30_002 });
  });

  plays('a copy is absorbed; what comes after a gap is not acknowledged before the gap is filled', async (play) => {
    const { peer } = await play.calling();
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    await pracked(peer, 7);
    await reliably(peer, 183, 7, ANSWER_A);
    await reliably(peer, 180, 9);
    await reliably(peer, 181, 8);
    await pracked(peer, 8);
    await reliably(peer, 180, 9);
    await pracked(peer, 9);
  });

  plays('our PRACK is lost: again, as any request', async (play) => {
    const { peer } = await play.calling();
    play.cut();
    await reliably(peer, 180, 7);
    await play.wait(500);
    await play.go();
    await pracked(peer, 7);
  });

  plays('our PRACK is never answered: the call is given up', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    await reliably(peer, 180, 7);
    await play.bed.clock.advance(31_900);
    play.cut();
    await play.bed.clock.advance(200);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('a PRACK that is refused with 481 ends nothing', async (play) => {
    const { peer } = await play.calling();
    play.cut();
    await reliably(peer, 180, 7);
    await pracked(peer, 7, 481);
    await peer.accept();
  });

  plays('a late offer in a 183: the handlers answer it in the PRACK', async (play) => {
    const { peer, session } = await play.calling({ media: 'late' });
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });

  plays('a late offer in a 183: the application answers it', async (play) => {
    const { peer, session } = await play.calling({
      media: 'late',
      onResponse: ({ status }) => play.note(`alice sees ${status}`),
    });
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    await reliably(peer, 183, 7, ANSWER_A);
    play.note('alice calls answerOffer');
    play.watch(session.answerOffer({ media: 'same' }), 'answerOffer resolves', 'answerOffer');
    await play.go();
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });

  plays('a late offer in a 183 that the application does not answer', async (play) => {
    const { peer, session } = await play.calling({ media: 'late', onResponse: ({ status }) => play.note(`alice sees ${status}`) });
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    await play.wait(5000);
    await play.go();
    await pracked(peer, 7);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('a late offer that nobody takes: declined in the PRACK, and CANCEL', async (play) => {
    const { peer, session } = await play.calling({ media: 'late' });
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, sdp({ format: '9' }));
    await pracked(peer, 7);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('an answer that cannot be used: PRACK, and CANCEL', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, sdp({ lines: 2 }));
    await pracked(peer, 7);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('an answer that cannot be used, and the 2xx crosses our CANCEL', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, sdp({ lines: 2 }));
    await peer.answer('INVITE', 200);
    await peer.answer('BYE', 200);
  });

  plays('end before our PRACK is answered', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    play.end('alice', session);
    await play.go();
    await pracked(peer, 7);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('two early dialogs with answers: each its own numbers, and the one that answers is heard again', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    play.note('fork a');
    await reliably(peer, 183, 7, ANSWER_A, 'a');
    await pracked(peer, 7);
    play.note('fork b');
    await reliably(peer, 183, 90, ANSWER_B, 'b');
    await pracked(peer, 90);
    play.note('fork a');
    await peer.answer('INVITE', 200, { toTag: 'a' });
    play.check(session.streams[0]?.remote.port, 30_000);
  });

  plays('two early dialogs, and a third answers the call', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A, 'a');
    await pracked(peer, 7);
    await reliably(peer, 183, 90, ANSWER_B, 'b');
    await pracked(peer, 90);
    await peer.accept({ port: 30_004 }, 'c');
    play.check(session.streams[0]?.remote.port, 30_004);
  });

  plays('two early dialogs with offers of their own: a stream for each, until one answers the call', async (play) => {
    const { peer, session } = await play.calling({ media: 'late' });
    watch(play, session);
    play.cut();
    play.note('fork a');
    await reliably(peer, 183, 7, ANSWER_A, 'a');
    await pracked(peer, 7);
    play.note('fork b');
    await reliably(peer, 183, 90, ANSWER_B, 'b');
    await pracked(peer, 90);
    play.note('fork a');
    await peer.answer('INVITE', 200, { toTag: 'a' });
    play.check(session.streams[0]?.remote.port, 30_000);
  });

  plays('two early dialogs, one gives up by BYE', async (play) => {
    const { peer, session } = await play.calling();
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A, 'a');
    await pracked(peer, 7);
    await reliably(peer, 183, 90, ANSWER_B);
    await pracked(peer, 90);
    await peer.request('BYE');
    await peer.answer('INVITE', 200, { toTag: 'a' });
    play.check(session.streams[0]?.remote.port, 30_000);
  });

  plays('of two early dialogs the first is heard, where that is wanted', async (play) => {
    const { peer, session } = await callingWith(play, { earlyMedia: { select: 'first' } });
    watch(play, session);
    play.cut();
    play.note('fork a');
    await reliably(peer, 183, 7, ANSWER_A, 'a');
    await pracked(peer, 7);
    play.note('fork b');
    await reliably(peer, 183, 90, ANSWER_B, 'b');
    await pracked(peer, 90);
    await peer.answer('INVITE', 200, { toTag: 'b' });
    play.check(session.streams[0]?.remote.port, 30_002);
  });

  plays('nobody is heard before the call is answered, where that is wanted', async (play) => {
    const { peer, session } = await callingWith(play, { earlyMedia: { select: 'answered' } });
    watch(play, session);
    play.cut();
    await peer.answer('INVITE', 183, { body: ANSWER_A });
    await reliably(peer, 183, 7, ANSWER_A);
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });

  plays('a 183 without a description is not told, where that is wanted', async (play) => {
    const { peer } = await callingWith(
      play,
      { earlyMedia: { ignoreBare183: true } },
      { onResponse: ({ status }) => play.note(`alice sees ${status}`) },
    );
    play.cut();
    await peer.answer('INVITE', 183);
    await peer.answer('INVITE', 180);
    await peer.answer('INVITE', 183, { body: ANSWER_A });
  });

  plays('redirected after an answer in a 183: the same offer, and it counts anew', async (play) => {
    const { peer, session } = await play.calling({ endpoint: { name: 'peer', trusted: false, redirects: 'follow' } });
    watch(play, session);
    play.cut();
    await reliably(peer, 183, 7, ANSWER_A);
    await pracked(peer, 7);
    await peer.answer('INVITE', 302, { contact: `<sip:other@${peer.raw.sentBy}>` });
    await reliably(peer, 183, 700, ANSWER_B, 'b');
    await pracked(peer, 700);
    await peer.answer('INVITE', 200, { toTag: 'b' });
    play.check(session.streams[0]?.remote.port, 30_002);
  });

  plays('required: our INVITE insists', async (play) => {
    const { peer } = await play.calling({ reliable: 'required' });
    expect(peer.got('INVITE').headers.get('Require')).toBe('100rel');
    await peer.answer('INVITE', 420, { fields: { Unsupported: '100rel' } });
  });

  plays('off: we say nothing of it, and acknowledge nothing', async (play) => {
    const { peer } = await play.calling({ reliable: 'off' });
    expect(peer.got('INVITE').headers.get('Supported')).toBeUndefined();
    play.cut();
    await reliably(peer, 180, 7);
    await reliably(peer, 180, 7);
  });

  plays('our re-INVITE is answered in a reliable 183', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await reliably(peer, 183, 7, sdp({ direction: 'recvonly' }));
    await reliably(peer, 183, 7, sdp({ direction: 'recvonly' }));
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });

  plays('our re-INVITE is answered in a reliable 183, and then refused: what both agreed on is offered again', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await reliably(peer, 183, 7, sdp({ direction: 'recvonly' }));
    await pracked(peer, 7);
    await peer.answer('INVITE', 486);
    await peer.answer('INVITE', 200, { body: sdp({ direction: 'recvonly' }) });
  });

  plays('our re-INVITE without an offer gets one in a reliable 183', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'late');
    await play.go();
    await reliably(peer, 183, 7, sdp({ version: 2 }));
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });
});
