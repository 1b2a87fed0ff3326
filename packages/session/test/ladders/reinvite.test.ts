import { SipError } from '@jackfield/base';
import { describe } from 'vitest';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import type { Session } from '../../src/index.ts';
import type { Party } from '../../src/testing.ts';
import { sdp, type Script } from './script.ts';

const direction = (session: { streams: readonly { stream: unknown }[] }): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;

describe('F7, an INVITE with an offer inside the call', () => {
  const plays = golden('F07-incoming-reinvite');
  const hold = async (play: Play, session: Parameters<Play['reinvite']>[1]): Promise<void> => {
    play.note('alice holds');
    void session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await play.go();
  };
  const resume = async (play: Play, session: Parameters<Play['reinvite']>[1]): Promise<void> => {
    play.note('alice resumes');
    void session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendrecv' }] });
    await play.go();
  };

  plays('held and resumed, the same stream throughout', async (play) => {
    const { caller, callee } = await play.established('bob');
    const { stream } = callee.streams[0]!;
    await hold(play, caller);
    play.check(direction(callee), 'recvonly');
    await resume(play, caller);
    play.check(direction(callee), 'sendrecv');
    play.check(callee.streams[0]?.stream === stream, true);
  });

  plays('of the callee, heard by the caller', async (play) => {
    const { callee } = await play.established('alice');
    play.note('bob holds');
    void callee.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await play.go();
  });

  plays('both hold: inactive; one resumes: the other still holds', async (play) => {
    const { caller, callee } = await play.established('bob');
    await hold(play, caller);
    play.note('bob holds');
    void callee.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
    await play.go();
    await resume(play, caller);
    play.check(direction(callee), 'sendonly');
    play.check(direction(caller), 'recvonly');
  });

  plays('refused by a supplement; a later one is answered', async (play) => {
    const statuses = [603, 488];
    const { alice, bob } = await play.parties('bob', { driven: false });
    bob.service.registerSupplement(play.guard(({ method, initial }) => (method === 'INVITE' && !initial ? statuses.shift() : undefined)));
    bob.service.onIncoming((session) => session.accept());
    const caller = alice.service.create(bob.uri());
    await play.go();
    const [callee] = [...bob.service.sessions];
    const before = callee!.streams[0]!;
    play.cut();
    await hold(play, caller);
    await hold(play, caller);
    play.check(callee!.streams[0]?.stream === before.stream, true);
    await hold(play, caller);
    play.check(callee!.streams[0]?.stream === before.stream, true);
  });

  plays('refused by the handler, when it claims, creates and applies', async (play) => {
    const { bob, peer, session } = await play.calledAndAnswered('acknowledged');
    const before = session.streams[0]!;
    const agreed = { ...(before.stream as { agreed: object }).agreed };
    const refused = async (
      status: number,
      hook: 'createOutgoingStream' | 'applyNegotiatedStream' | 'handleIncomingStream',
      error?: Error,
    ): Promise<void> => {
      const broken = play.breaks(bob, hook, error);
      await peer.request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) });
      await peer.ack({}, status);
      broken[Symbol.dispose]();
      play.check(session.streams[0]?.stream === before.stream, true);
      play.check((before.stream as { agreed: object }).agreed, agreed);
    };
    await refused(488, 'handleIncomingStream', undefined);
    await refused(488, 'createOutgoingStream');
    await refused(488, 'applyNegotiatedStream');
    await refused(500, 'applyNegotiatedStream', new Error('a broken handler'));
    await peer.request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.ack();
    play.check(direction(session), 'recvonly');
    play.check(bob.audio.live, 1);
  });

  plays('another before the first is answered: 500 with Retry-After', async (play) => {
    const slow = play.slow(({ method, initial }) => method === 'INVITE' && !initial);
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', { body: sdp() });
    await peer.request('INVITE', { body: sdp() });
    await peer.ack({}, 500);
    play.check(Number(peer.response(({ status }) => status === 500).headers.get('Retry-After')) <= 10, true);
    await slow.answer(undefined);
    await peer.ack({}, 200);
  });

  plays('before an UPDATE of theirs is answered: 500 with Retry-After', async (play) => {
    const slow = play.slow(({ method }) => method === 'UPDATE');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('UPDATE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.request('INVITE', { body: sdp() });
    await peer.ack({}, 500);
    play.check(Number(peer.response(({ status }) => status === 500).headers.get('Retry-After')) <= 10, true);
    await slow.answer(undefined);
  });

  plays('another before the ACK of the first: 491', async (play) => {
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('INVITE', { body: sdp() });
    await peer.request('INVITE', { body: sdp() });
    await peer.ack({}, 491);
    await peer.ack({}, 200);
  });
});

describe('F8, an INVITE without an offer inside the call', () => {
  const plays = golden('F08-incoming-reinvite-without-offer');

  plays('answered', async (play) => {
    const { caller } = await play.established('bob');
    void caller.sendReinvite({ media: 'late' });
    await play.go();
  });

  plays('while the peer holds: our offer is sendrecv, its answer still holds', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.ack();
    play.check(direction(session), 'recvonly');
    play.cut();
    await peer.request('INVITE');
    play.check(direction(session), 'recvonly');
    await peer.ack({ body: sdp({ direction: 'sendonly', version: 3 }) });
    play.check(direction(session), 'recvonly');
  });

  const declining = async (play: Play): Promise<{ alice: Party; peer: Script; session: Session }> => {
    const called = await play.calling({ media: [{ kind: 'audio' }, { kind: 'audio' }] });
    await called.peer.answer('INVITE', 200, { body: `${sdp()}m=audio 0 RTP/AVP 0\r\n` });
    play.cut();
    return called;
  };

  plays('what the peer declined is offered again, in its place', async (play) => {
    const { peer, session } = await declining(play);
    await peer.request('INVITE');
    await peer.ack({ body: sdp({ version: 2, lines: 2 }) });
    play.check(
      session.streams.map(({ index }) => index),
      [0, 1],
    );
  });

  plays('what the peer declined cannot be made again: the rest is offered', async (play) => {
    const { alice, peer, session } = await declining(play);
    const { audio } = alice;
    const create = audio.createOutgoingStream.bind(audio);
    audio.createOutgoingStream = (session, slot) => {
      if (slot.index === 0) return create(session, slot);
      play.bed.write(`alice: createOutgoingStream ${slot.index} ${slot.direction}`);
      throw new SipError('SESSION_NEGOTIATION', 'not once more', { rule: 'test' });
    };
    await peer.request('INVITE');
    const offered = Buffer.from(peer.response(({ status }) => status === 200).body!.bytes).toString();
    play.check(offered.match(/^m=audio \d+/gm)?.at(-1), 'm=audio 0');
    await peer.ack({ body: `${sdp({ version: 2 })}m=audio 0 RTP/AVP 0\r\n` });
    play.check([session.state, session.streams.length], ['established', 1]);
  });

  plays('a bad answer: rolled back, and what is active is offered again', async (play) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    const before = session.streams[0]!;
    await peer.request('INVITE');
    await peer.ack({ body: sdp({ lines: 2 }) });
    play.check(session.streams[0]?.stream === before.stream, true);
    await peer.accept();
    play.check(session.state, 'established');
    play.check(session.streams[0]?.stream === before.stream, true);
  });

  plays('an offer of theirs before the answer to ours, in an UPDATE or INVITE: 500 with Retry-After', async (play) => {
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('INVITE');
    await peer.request('UPDATE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    for (const method of ['UPDATE', 'INVITE'] as const) {
      const { headers } = peer.response(({ cseq, status }) => cseq.method === method && status === 500);
      play.check(/^\d$|^10$/.test(headers.get('Retry-After') ?? ''), true);
    }
    await peer.ack({}, 500);
    await peer.ack({ body: sdp() }, 200);
  });

  plays('no answer in the ACK, and the offer of what is active refused: the call ends', async (play) => {
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('INVITE');
    await peer.ack();
    await peer.answer('INVITE', 488);
    await peer.answer('BYE', 200);
  });

  plays('of the callee, heard by the caller', async (play) => {
    const { callee } = await play.established('alice');
    void callee.sendReinvite({ media: 'late' });
    await play.go();
  });
});

describe('F9, an INVITE or UPDATE of ours inside the call', () => {
  const plays = golden('F09-outgoing-reinvite');

  plays('held and resumed, by INVITE', async (play) => {
    const { caller } = await play.established('alice');
    const { stream } = caller.streams[0]!;
    play.reinvite('alice', caller, 'hold');
    await play.go();
    play.check(direction(caller), 'sendonly');
    play.reinvite('alice', caller, 'resume');
    await play.go();
    play.check(caller.streams[0]?.stream === stream, true);
  });

  plays('by the callee', async (play) => {
    const { callee } = await play.established('bob');
    play.reinvite('bob', callee, 'hold');
    await play.go();
  });

  plays('by UPDATE', async (play) => {
    const { caller } = await play.established('alice');
    play.reinvite('alice', caller, 'hold', 'UPDATE');
    await play.go();
  });

  plays('without an offer of ours', async (play) => {
    const { caller } = await play.established('alice');
    play.reinvite('alice', caller, 'late');
    await play.go();
  });

  plays('nothing new: nothing leaves', async (play) => {
    const { caller } = await play.established('alice');
    play.reinvite('alice', caller, 'resume');
    await play.go();
  });

  plays('two at once: the second waits for the first', async (play) => {
    const { caller } = await play.established('alice');
    play.reinvite('alice', caller, 'hold');
    play.reinvite('alice', caller, 'resume');
    await play.go();
  });

  plays('refused: rolled back, the call goes on', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    const before = session.streams[0]!;
    play.reinvite('alice', session, 'hold');
    await play.go();
    await peer.answer('INVITE', 488);
    play.check(session.streams[0]?.stream === before.stream, true);
    play.check(session.state, 'established');
  });

  plays('481: the peer has no such call any more', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await peer.answer('INVITE', 481);
    await peer.answer('BYE', 481);
  });

  plays('an answer that cannot be had: acknowledged, rolled back, and what is active offered again', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await peer.accept({ lines: 2 });
    await peer.accept({ version: 2 });
    play.check(direction(session), 'sendrecv');
  });
});
