import type { IncomingResponse } from '@jackfield/sip';
import { describe } from 'vitest';
import { golden } from './golden.ts';
import { errorText } from './play.ts';
import { sdp } from './script.ts';

describe('F3, an outgoing INVITE with an offer', () => {
  const plays = golden('F03-outgoing-call');

  plays('answered, ended by the caller', async (play) => {
    const { alice, bob, calls } = await play.parties('alice');
    const caller = alice.service.create(bob.uri());
    play.watch(caller.established, 'established resolves', 'established');
    await play.go();
    void calls[0]!.progress(180);
    await play.go();
    void calls[0]!.accept();
    await play.go();
    play.end('alice', caller);
    await play.go();
  });

  plays('refused', async (play) => {
    const { alice, bob, calls } = await play.parties('alice');
    play.watch(alice.service.create(bob.uri()).established, 'established resolves', 'established');
    await play.go();
    void calls[0]!.reject(486);
    await play.go();
  });

  plays('silence: repeated without hooks, then a 408 of our own', async (play) => {
    const { session } = await play.calling();
    play.watch(session.established, 'established resolves', 'established');
    await play.bed.clock.advance(32_020);
  });

  plays('our ACK is lost: for a copy of the 2xx the same ACK again, without hooks', async (play) => {
    const { peer } = await play.calling();
    play.cut();
    play.note('the call is out');
    await peer.accept();
    await peer.accept();
  });
});

describe('F3b, an outgoing INVITE without an offer', () => {
  const plays = golden('F03b-outgoing-without-offer');

  plays('answered by the handlers', async (play) => {
    const { alice, bob, calls } = await play.parties('alice');
    play.watch(alice.service.create(bob.uri(), { media: 'late' }).established, 'established resolves', 'established');
    await play.go();
    void calls[0]!.progress(180);
    await play.go();
    void calls[0]!.accept();
    await play.go();
  });

  plays('answered by the application', async (play) => {
    const onResponse = ({ status }: IncomingResponse): void => play.note(`onResponse ${status}`);
    const { peer, session } = await play.calling({ media: 'late', onResponse });
    play.watch(session.established, 'established resolves', 'established');
    play.cut();
    play.note('the call is out');
    await peer.accept();
    await play.wait(1000);
    play.note('alice calls answerOffer');
    play.watch(session.answerOffer({ media: 'same' }), 'answerOffer resolves', 'answerOffer');
    await play.go();
  });

  plays('the application does not answer: every line declined, and BYE', async (play) => {
    const onResponse = ({ status }: IncomingResponse): void => play.note(`onResponse ${status}`);
    const { peer, session } = await play.calling({ media: 'late', onResponse });
    play.watch(session.established, 'established resolves', 'established');
    play.cut();
    play.note('the call is out');
    await peer.accept();
    await play.wait(5000);
    await play.go();
    play.check(/m=audio 0 /.test(Buffer.from(peer.got('ACK').content).toString()), true);
    await peer.answer('BYE', 200);
  });
});

describe('F19, an unusable answer', () => {
  const plays = golden('F19-unusable-answer');

  plays('as caller: an answer that breaks offer/answer', async (play) => {
    const { peer, session } = await play.calling();
    play.watch(session.established, 'established resolves', 'established');
    play.cut();
    play.note('the call is out');
    await peer.accept({ lines: 2 });
    await peer.answer('BYE', 200);
  });

  plays('as caller: a handler cannot apply it', async (play) => {
    const { alice, peer, session } = await play.calling();
    play.breaks(alice, 'applyNegotiatedStream');
    play.watch(session.established, 'established resolves', 'established');
    play.cut();
    play.note('the call is out');
    await peer.accept();
    await peer.answer('BYE', 200);
  });

  plays('as caller: an unusable preview costs nothing, the 2xx counts', async (play) => {
    const { peer, session } = await play.calling();
    play.watch(session.established, 'established resolves', 'established');
    play.cut();
    play.note('the call is out');
    await peer.answer('INVITE', 183, { body: sdp({ lines: 2 }) });
    await peer.accept();
  });

  plays('as callee with a late offer: the ACK brings no usable answer', async (play) => {
    const { peer, session } = await play.lateCalled();
    session.established.catch((error: unknown) => play.note(`established rejects ${errorText(error)}`));
    await peer.ack({ body: sdp({ lines: 2 }) });
    await peer.answer('BYE', 200);
  });

  plays('as callee: a handler cannot apply its own answer, 488 before the peer has switched', async (play) => {
    const { bob, peer, calls } = await play.called();
    await peer.invite();
    play.breaks(bob, 'applyNegotiatedStream');
    play.cut();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
    await peer.ack();
  });
});
