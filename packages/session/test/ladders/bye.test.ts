import { describe } from 'vitest';
import { retry } from '../../src/index.ts';
import { golden } from './golden.ts';
import { sdp } from './script.ts';

const inside = (name: string) => (request: { method: string; initial: boolean }) => request.method === name && !request.initial;

describe('F15, the peer hangs up', () => {
  const plays = golden('F15-incoming-bye');

  plays('by the caller', async (play) => {
    const { caller } = await play.established('bob');
    void caller.end();
    await play.go();
  });

  plays('by the callee', async (play) => {
    const { callee } = await play.established('alice');
    void callee.end();
    await play.go();
  });

  plays('a failing hook does not keep the call', async (play) => {
    const { peer } = await play.calledAndAnswered(
      'acknowledged',
      {},
      play.guard(({ method }) => (method === 'BYE' ? 'throws' : undefined)),
    );
    await peer.request('BYE');
  });

  plays('a Reply is sent, and the call ends all the same', async (play) => {
    const { peer } = await play.calledAndAnswered(
      'acknowledged',
      {},
      play.guard(({ method }) => (method === 'BYE' ? 403 : undefined)),
    );
    await peer.request('BYE');
  });

  plays('repeated: absorbed', async (play) => {
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('BYE');
    await peer.repeat('BYE');
  });

  plays('challenged: 401 keeps the call', async (play) => {
    const statuses = [401];
    const guard = play.guard(({ method }) => (method === 'BYE' ? statuses.shift() : undefined));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, guard);
    await peer.request('BYE');
    play.check(session.state, 'established');
    await peer.request('BYE');
  });

  plays('challenged while a supplement is asked: 401, and the question goes on', async (play) => {
    const slow = play.slow(({ method }) => method === 'INFO');
    const guard = play.guard(({ method }) => (method === 'BYE' ? 401 : undefined));
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow, guard);
    await peer.request('INFO');
    await peer.request('BYE');
    await slow.answer(202);
  });

  plays('another while a supplement is asked about the first: it waits, and gets its 200 with the end', async (play) => {
    const slow = play.slow(({ method }) => method === 'BYE');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('BYE');
    await peer.request('BYE');
    await slow.answer(undefined);
  });

  plays('another while a supplement is asked about the first, which is challenged: it has its turn', async (play) => {
    const slow = play.slow(({ method }) => method === 'BYE');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('BYE');
    await peer.request('BYE');
    await slow.answer(401);
    await slow.answer(undefined);
  });

  plays('while an INVITE of ours is out', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.reinvite('bob', session, 'hold');
    await play.go();
    await peer.request('BYE');
    await peer.answer('INVITE', 487);
  });

  plays('while an INVITE of ours is out, whose 200 comes after: acknowledged, without hooks', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    play.reinvite('bob', session, 'hold');
    await play.go();
    await peer.request('BYE');
    await peer.accept();
  });

  plays('while a supplement is asked about a request', async (play) => {
    const slow = play.slow(({ method }) => method === 'INFO');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INFO');
    await peer.request('BYE');
    await slow.answer(403, true);
  });

  plays('while a supplement is asked about a re-INVITE', async (play) => {
    const slow = play.slow(inside('INVITE'));
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', { body: sdp() });
    await peer.request('BYE');
    await peer.ack();
    await slow.answer(403, true);
  });

  plays('before the ACK of our 2xx: the 2xx is not repeated any more', async (play) => {
    const { peer } = await play.calledAndAnswered('answered');
    await peer.request('BYE');
    await play.bed.clock.advance(5000);
  });

  plays('before we answered: the INVITE gets 487', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.progress(180);
    await play.go();
    play.cut();
    await peer.request('BYE');
    await peer.ack();
  });

  plays('a request after it: 481 of the stack, without hooks', async (play) => {
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('BYE');
    await peer.request('INFO');
  });
});

describe('F16, we hang up', () => {
  const plays = golden('F16-outgoing-bye');

  plays('by the caller', async (play) => {
    const { caller } = await play.established('alice');
    play.end('alice', caller);
    await play.go();
  });

  plays('by the callee', async (play) => {
    const { callee } = await play.established('bob');
    play.end('bob', callee);
    await play.go();
  });

  plays('answered 481', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.end('alice', session);
    await play.go();
    await peer.answer('BYE', 481);
  });

  plays('challenged, and sent again with what a supplement adds: the same message, hooks once', async (play) => {
    const { peer, session } = await play.callingAndAnswered({
      name: 'digest',
      methods: ['BYE'],
      incomingResponse: (_session, { status }) => (status === 401 ? retry({ headers: { 'X-Answer': '42' } }) : undefined),
    });
    play.end('alice', session);
    await play.go();
    await peer.answer('BYE', 401);
    play.check(peer.got('BYE').headers.get('X-Answer'), '42');
    await peer.answer('BYE', 200);
  });

  plays('never answered', async (play) => {
    const { session } = await play.callingAndAnswered();
    play.end('alice', session);
    await play.bed.clock.advance(32_020);
  });

  plays('both at once: both get 200', async (play) => {
    const { caller, callee } = await play.established('both');
    play.note('alice calls end');
    void caller.end();
    play.note('bob calls end');
    void callee.end();
    await play.bed.clock.advance(5000);
  });

  plays('while an INVITE of ours is out: BYE overtakes what waits', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    play.reinvite('alice', session, 'resume');
    play.end('alice', session);
    await play.go();
    peer.respond('INVITE', 487);
    peer.respond('BYE', 200);
    await play.go();
  });

  plays('while a re-INVITE of the peer is asked about: 487, then BYE', async (play) => {
    const slow = play.slow(inside('INVITE'));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', { body: sdp() });
    play.end('bob', session);
    await play.go();
    await peer.ack();
    await peer.answer('BYE', 200);
    await slow.answer(403, true);
  });
});
