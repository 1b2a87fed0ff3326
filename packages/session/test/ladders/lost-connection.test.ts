import { RawPeer } from '@jackfield/sip/testing';
import { describe } from 'vitest';
import type { FlowLost, Session, Supplement } from '../../src/index.ts';
import type { Party } from '../../src/testing.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { Script, sdp } from './script.ts';

const BOB = { host: '192.0.2.1', port: 5060 };

describe('F26, the connection breaks', () => {
  const plays = golden('F26-lost-connection');

  async function breaks(play: Play, { host }: Party): Promise<void> {
    play.note('the connection breaks');
    play.bed.network.cut(host);
    await play.go();
  }
  const info = async (play: Play, name: string, session: Session): Promise<void> => {
    play.note(`${name} sends INFO`);
    play.watch(session.sendRequest('INFO'), ({ status }) => `INFO gets ${status}`, 'INFO');
    await play.go();
  };

  /** A peer that is called by TCP. */
  async function calling(play: Play, flowLost: FlowLost = 'keep'): Promise<{ alice: Party; peer: Script; session: Session }> {
    const alice = await play.bed.party('alice', { flowLost });
    const raw = await play.bed.peer('peer', 'tcp');
    const peer = Script.called(play, raw, alice);
    const session = alice.service.create(`sip:peer@${raw.sentBy};transport=tcp`);
    await play.until('INVITE sdp');
    play.cut();
    play.watch(session.established, 'established resolves', 'established');
    play.note('the call is out');
    return { alice, peer, session };
  }
  async function established(play: Play, flowLost?: FlowLost): ReturnType<typeof calling> {
    const call = await calling(play, flowLost);
    await call.peer.accept();
    play.cut();
    return call;
  }

  /** A peer that calls by TCP, and accepts no connections. */
  async function called(
    play: Play,
    ...supplements: Supplement[]
  ): Promise<{ bob: Party; peer: Script; calls: Session[]; again: () => Promise<RawPeer> }> {
    const bob = await play.bed.party('bob');
    for (const supplement of supplements) bob.service.registerSupplement(supplement);
    const calls: Session[] = [];
    bob.service.onIncoming((session) => void calls.push(session));
    const again = play.bed.caller('peer', BOB);
    return { bob, peer: Script.calling(play, await again(), bob), calls, again };
  }

  /** A call between two parties over TCP. */
  async function between(
    play: Play,
    traced: 'alice' | 'bob',
    flowLost: FlowLost = 'keep',
    ...supplements: Supplement[]
  ): Promise<{ alice: Party; caller: Session; callee: Session }> {
    const { alice, bob, calls } = await play.parties(traced, (name) => ({ flowLost: name === traced ? flowLost : 'keep' }));
    for (const supplement of supplements) (traced === 'alice' ? alice : bob).service.registerSupplement(supplement);
    const caller = alice.service.create(bob.uri('bob', 'tcp'));
    await play.go();
    void calls[0]!.accept();
    await play.go();
    play.cut();
    return { alice, caller, callee: calls[0]! };
  }

  plays('as caller, before any response: a 503 of our own', async (play) => {
    const { alice } = await calling(play);
    await breaks(play, alice);
  });

  plays('as caller, ringing', async (play) => {
    const { alice, peer } = await calling(play);
    await peer.answer('INVITE', 180);
    await breaks(play, alice);
  });

  plays('as caller, given up', async (play) => {
    const { alice, peer, session } = await calling(play);
    await peer.answer('INVITE', 180);
    play.end('alice', session);
    await play.go();
    await breaks(play, alice);
  });

  plays('as callee, ringing', async (play) => {
    const { bob, peer, calls } = await called(play);
    await peer.invite();
    play.cut();
    play.note('bob calls progress 183');
    await calls[0]!.progress(183);
    await play.go();
    await breaks(play, bob);
  });

  plays('as callee, while a supplement is asked', async (play) => {
    const slow = play.slow(({ method }) => method === 'INVITE');
    const { bob, peer } = await called(play, slow);
    await peer.invite();
    await breaks(play, bob);
    await slow.answer(403, true);
  });

  plays('as callee, while admission is asked: no session, no session hooks', async (play) => {
    const slow = play.slowGate();
    const { bob, peer } = await called(play, slow);
    await peer.invite();
    await breaks(play, bob);
    await slow.answer(403, true);
    play.check(bob.service.stats().live['sessions'], 0);
  });

  plays('as callee, answered and not acknowledged: the ACK may come by another connection', async (play) => {
    const { bob, peer, calls, again } = await called(play);
    await peer.invite();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
    await breaks(play, bob);
    await peer.move(await again()).ack();
  });

  plays('established, as caller: the next request goes by another connection', async (play) => {
    const { alice, caller } = await between(play, 'alice');
    await breaks(play, alice);
    await info(play, 'alice', caller);
  });

  plays('established, as callee: the next request goes by another connection', async (play) => {
    const { alice, callee } = await between(play, 'bob');
    await breaks(play, alice);
    await info(play, 'bob', callee);
  });

  plays('established, under a request of ours: it leaves once more, hooks once', async (play) => {
    const { alice, caller } = await between(play, 'alice');
    play.reinvite('alice', caller, 'hold');
    await play.bed.clock.advance(1);
    await breaks(play, alice);
  });

  plays('established, under an INVITE of theirs: it is given up, the call goes on', async (play) => {
    const slow = play.slow(({ method, initial }) => method === 'INVITE' && !initial);
    const { bob, peer, calls } = await called(play, slow);
    await peer.invite();
    void calls[0]!.accept();
    await play.go();
    await peer.ack();
    play.cut();
    await peer.request('INVITE', { body: sdp() });
    await breaks(play, bob);
    await slow.answer(403, true);
    play.check(calls[0]!.state, 'established');
  });

  const nobody = async (play: Play, flowLost?: FlowLost): Promise<Session> => {
    const { alice, peer, session } = await established(play, flowLost);
    peer.raw.close();
    await breaks(play, alice);
    return session;
  };

  plays('established, and nobody is there any more: a request of ours gets a 503 of our own, the call goes on', async (play) => {
    const session = await nobody(play);
    await info(play, 'alice', session);
    play.check(session.state, 'established');
  });

  plays('established, and nobody is there any more: BYE cannot leave, and the call ends all the same', async (play) => {
    const session = await nobody(play);
    play.end('alice', session);
    await play.go();
  });

  plays('established, flowLost refresh, as caller: an UPDATE goes by another connection at once', async (play) => {
    const { alice, caller } = await between(play, 'alice', 'refresh');
    await breaks(play, alice);
    play.check(caller.state, 'established');
  });

  plays('established, flowLost refresh, as callee: an UPDATE goes by another connection at once', async (play) => {
    const { alice, callee } = await between(play, 'bob', 'refresh');
    await breaks(play, alice);
    play.check(callee.state, 'established');
  });

  plays('established, flowLost refresh, and the peer takes no UPDATE: a re-INVITE', async (play) => {
    const { alice, peer } = await established(play, 'refresh');
    await breaks(play, alice);
    await play.until('INVITE sdp');
    await peer.accept();
  });

  plays('established, flowLost refresh, and every connection breaks: the next after 64·T1', async (play) => {
    const { alice, caller } = await between(play, 'alice', 'refresh');
    await breaks(play, alice);
    await breaks(play, alice);
    await breaks(play, alice);
    play.cut();
    await play.bed.clock.advance(31_000);
    play.note('no second UPDATE within 31 s');
    await play.bed.clock.advance(1000);
    play.check(caller.state, 'established');
  });

  plays('established, flowLost refresh, and the peer was heard by another connection before its turn: nothing', async (play) => {
    const { alice, caller, callee } = await between(play, 'alice', 'refresh');
    await breaks(play, alice);
    await breaks(play, alice);
    play.cut();
    void callee.sendRequest('INFO');
    await play.bed.clock.advance(33_000);
    play.check(caller.state, 'established');
  });

  plays('established, flowLost refresh, and that other connection breaks too: the next after 64·T1', async (play) => {
    const { alice, caller, callee } = await between(play, 'alice', 'refresh');
    await breaks(play, alice);
    await breaks(play, alice);
    void callee.sendRequest('INFO');
    await play.go();
    play.cut();
    await breaks(play, alice);
    await play.bed.clock.advance(33_000);
    play.check(caller.state, 'established');
  });

  plays('established, flowLost refresh, and nobody is there any more: the call goes on', async (play) => {
    const session = await nobody(play, 'refresh');
    play.check(session.state, 'established');
  });

  plays('established, flowLost end, as caller: BYE by another connection', async (play) => {
    const { alice } = await between(play, 'alice', 'end');
    await breaks(play, alice);
  });

  plays('established, flowLost end, as callee: BYE by another connection', async (play) => {
    const { alice } = await between(play, 'bob', 'end');
    await breaks(play, alice);
  });

  plays('established, flowLost end, while a supplement is asked: its question is given up', async (play) => {
    const slow = play.slow(({ method }) => method === 'INFO');
    const { alice, callee } = await between(play, 'alice', 'end', slow);
    void callee.sendRequest('INFO');
    await play.go();
    await breaks(play, alice);
    await slow.answer(403, true);
  });

  plays('established, flowLost end, and nobody is there any more', async (play) => {
    await nobody(play, 'end');
  });

  plays('ringing, flowLost end or refresh: the INVITE ends it', async (play) => {
    const { alice, peer } = await calling(play, 'end');
    await peer.answer('INVITE', 180);
    play.cut();
    await breaks(play, alice);
  });

  plays('established, flowLost refresh on both sides: they cross', async (play) => {
    const { alice, bob, calls } = await play.parties('both', { flowLost: 'refresh' });
    const caller = alice.service.create(bob.uri('bob', 'tcp'));
    await play.go();
    void calls[0]!.accept();
    await play.go();
    play.cut();
    await breaks(play, alice);
    await play.bed.clock.advance(64_000);
    play.check([caller.state, calls[0]!.state], ['established', 'established']);
  });
});
