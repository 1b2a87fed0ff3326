import { describe } from 'vitest';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { sdp, type Script } from './script.ts';
import type { Session } from '../../src/index.ts';

const inside = (name: string) => (request: { method: string; initial: boolean }) => request.method === name && !request.initial;

describe('F13, the caller gives up', () => {
  const plays = golden('F13-incoming-cancel');

  for (const [heading, status] of [
    ['while it rings', 180],
    ['after early media: sessionEnd, then the streams', 183],
  ] as const) {
    plays(heading, async (play) => {
      const { alice, bob, calls } = await play.parties('bob');
      const caller = alice.service.create(bob.uri());
      await play.go();
      void calls[0]!.progress(status);
      await play.go();
      play.cut();
      void caller.end();
      await play.go();
    });
  }

  plays('repeated: absorbed', async (play) => {
    const { peer } = await play.called();
    await peer.invite();
    play.cut();
    await peer.cancel();
    await peer.repeat('CANCEL');
    await peer.ack();
  });

  plays('while a supplement is asked about the INVITE', async (play) => {
    const slow = play.slow(({ method }) => method === 'INVITE');
    const { bob, peer } = await play.called({}, slow);
    await peer.invite();
    await peer.cancel();
    await peer.ack();
    await slow.answer(403, true);
    play.check(bob.service.stats().live['sessions'], 0);
  });

  plays('while admission is asked: no session, no session hooks', async (play) => {
    const slow = play.slowGate();
    const { bob, peer } = await play.called({}, slow);
    await peer.invite();
    await peer.cancel();
    await peer.ack();
    await slow.answer(403, true);
    play.check(bob.service.stats().live['sessions'], 0);
  });

  plays('a Reply to it is ignored', async (play) => {
    const { bob, peer } = await play.called(
      {},
      play.guard(({ method }) => (method === 'CANCEL' ? 403 : undefined)),
    );
    await peer.invite();
    play.cut();
    await peer.cancel();
    await peer.ack();
    play.check(
      bob.errors.map(({ code }) => code),
      ['SESSION_HOOK_FAILED'],
    );
  });

  plays('after the 2xx: answered, the call goes on', async (play) => {
    const { peer, session } = await play.calledAndAnswered('answered');
    await peer.cancel();
    await peer.ack();
    play.check(session.state, 'established');
  });

  plays('after the 2xx, while a supplement is asked about the ACK: that question goes on', async (play) => {
    const slow = play.slow(({ method }) => method === 'ACK');
    const { peer, session } = await play.calledAndAnswered('answered', {}, slow);
    await peer.ack();
    await peer.cancel();
    await slow.answer(undefined);
    play.check(session.state, 'established');
  });

  plays('after our refusal: the session has ended, the CANCEL is answered', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.cut();
    play.note('bob calls reject 486');
    play.watch(calls[0]!.reject(486), 'reject resolves', 'reject');
    await play.go();
    await peer.cancel();
    await peer.ack();
  });

  plays('of a re-INVITE: 487, the call goes on', async (play) => {
    const slow = play.slow(inside('INVITE'));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', { body: sdp() });
    await peer.cancel();
    await peer.ack();
    await slow.answer(403, true);
    play.check(session.state, 'established');
  });

  plays('of a re-INVITE of the callee, heard by the caller: 487, the call goes on', async (play) => {
    const slow = play.slow(inside('INVITE'));
    const { peer, session } = await play.callingAndAnswered(slow);
    await peer.request('INVITE', { body: sdp() });
    await peer.cancel();
    await peer.ack();
    await slow.answer(403, true);
    play.check(session.state, 'established');
  });

  const within = (seconds: number) => ({ body: sdp(), fields: { Expires: String(seconds) } });

  plays('the time of its Expires is over while it rings', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite(within(10));
    play.cut();
    void calls[0]!.progress(180);
    await play.bed.clock.advance(10_000);
    await peer.ack();
    play.check(await calls[0]!.ended, { by: 'core', status: 487, reason: 'the INVITE has expired', cause: 16 });
  });

  plays('its Expires is over while a supplement is asked about the INVITE', async (play) => {
    const slow = play.slow(({ method }) => method === 'INVITE');
    const { peer } = await play.called({}, slow);
    await peer.invite(within(2));
    await play.bed.clock.advance(2000);
    await peer.ack();
    await slow.answer(403, true);
  });

  plays('its Expires is over while admission is asked: no session', async (play) => {
    const slow = play.slowGate();
    const { bob, peer } = await play.called({}, slow);
    await peer.invite(within(2));
    await play.bed.clock.advance(2000);
    await peer.ack();
    await slow.answer(403, true);
    play.check(bob.service.stats().live['sessions'], 0);
  });

  plays('admission has taken part of the time of its Expires', async (play) => {
    const slow = play.slowGate();
    const { peer } = await play.called({}, slow);
    await peer.invite(within(2));
    await play.wait(1000);
    await slow.answer(undefined);
    await play.bed.clock.advance(1000);
    await peer.ack();
  });

  plays('its Expires is over while the answer is made: accept rejects', async (play) => {
    const { bob, peer, calls } = await play.called();
    play.never(bob, 'createOutgoingStream');
    await peer.invite(within(2));
    play.cut();
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.bed.clock.advance(2000);
    await peer.ack();
  });

  plays('answered in the time of its Expires: the call goes on', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite(within(2));
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
    play.cut();
    await peer.ack();
    await play.bed.clock.advance(5000);
    play.check(calls[0]!.state, 'established');
  });

  plays('of a re-INVITE: 487 when its Expires is over, the call goes on', async (play) => {
    const slow = play.slow(inside('INVITE'));
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', within(2));
    await play.bed.clock.advance(2000);
    await peer.ack();
    await slow.answer(403, true);
    play.check(session.state, 'established');
  });

  plays('of nothing that is known', async (play) => {
    const { peer } = await play.called();
    await peer.request('CANCEL');
  });
});

describe('F14, our call is given up', () => {
  const plays = golden('F14-outgoing-cancel');
  const ringing = async (play: Play, invite: Parameters<Play['calling']>[0] = {}): Promise<Awaited<ReturnType<Play['calling']>>> => {
    const call = await play.calling(invite);
    await call.peer.answer('INVITE', 180);
    play.cut();
    return call;
  };

  plays('after a provisional response', async (play) => {
    const { peer, session } = await ringing(play);
    play.end('alice', session);
    await play.go();
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('before any provisional response', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    play.end('alice', session);
    await play.go();
    await peer.answer('INVITE', 100, { toTag: undefined, contact: undefined });
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('a refusal before any provisional response: no CANCEL', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    play.end('alice', session);
    await play.go();
    await peer.answer('INVITE', 486);
  });

  plays('a 200 before any provisional response: ACK and BYE, no CANCEL', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    play.end('alice', session);
    await play.go();
    await peer.accept();
    await peer.answer('BYE', 200);
  });

  for (const [heading, body] of [
    ['CANCEL crosses a 200', sdp()],
    ['CANCEL crosses a 200 whose answer is no answer: ACK and BYE all the same', undefined],
  ] as const) {
    plays(heading, async (play) => {
      const { peer, session } = await ringing(play);
      play.end('alice', session);
      await play.go();
      peer.respond('INVITE', 200, { body });
      peer.respond('CANCEL', 200);
      await play.go();
      await peer.answer('BYE', 200);
    });
  }

  plays('cancelled, and never answered: over after 64*T1', async (play) => {
    const { peer, session } = await ringing(play);
    play.end('alice', session);
    await play.go();
    await peer.answer('CANCEL', 200);
    await play.bed.clock.advance(32_000);
  });

  plays('by the signal of the call', async (play) => {
    const controller = new AbortController();
    const { peer } = await ringing(play, { signal: controller.signal });
    play.note('the signal aborts');
    controller.abort();
    await play.go();
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  const unanswered = async (play: Play, name: string, peer: Script, session: Session): Promise<void> => {
    play.reinvite(name, session, 'hold');
    await play.go();
    await peer.answer('INVITE', 100, { contact: undefined });
    await play.bed.clock.advance(4960);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
    play.check(session.state, 'established');
  };

  plays('an INVITE of ours inside the call that is not answered in time, as caller: the call goes on', async (play) => {
    const { peer, session } = await play.calling({ endpoint: { name: 'peer', trusted: false, timers: { reinviteMs: 5000 } } });
    await peer.accept();
    play.cut();
    await unanswered(play, 'alice', peer, session);
  });

  plays('an INVITE of ours inside the call that is not answered in time, as callee: the call goes on', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged', { reinviteMs: 5000 });
    await unanswered(play, 'bob', peer, session);
  });
});
