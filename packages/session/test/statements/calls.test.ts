/** Statements about calls that end under somebody's hands, and about streams that do. */
import { SipError } from '@jackfield/base';
import { RawPeer, requestText } from '@jackfield/sip/testing';
import { describe, expect, it } from 'vitest';
import { reply, type SdpHandler, type Session, type Supplement } from '../../src/index.ts';
import { testAudio, Testbed, type TestStream } from '../../src/testing.ts';
import { PlannedStreams } from '../offer-answer/planned-streams.ts';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

const HELD = sdp({ direction: 'sendonly', version: 2 });
const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;

/** Notes every hook that runs when the session is over already. */
function witness(): { readonly supplement: Supplement; readonly late: string[]; readonly ends: string[] } {
  const late: string[] = [];
  const ends: string[] = [];
  const look = (session: Session, hook: string): void => {
    if (session.state === 'ended' || ends.includes(session.id)) late.push(hook);
  };
  const supplement: Supplement = {
    name: 'witness',
    sessionBegin: (session) => look(session, 'sessionBegin'),
    incomingRequest: (session, { method }) => look(session, method),
    incomingResponse: (session, { status }) => look(session, String(status)),
    outgoingRequest: (session, { method }) => look(session, `our ${method}`),
    outgoingResponse: (session, { status }) => look(session, `our ${status}`),
    mediaChanged: (session) => look(session, 'mediaChanged'),
    sessionEnd: (session) => void ends.push(session.id),
  };
  return { supplement, late, ends };
}

const finals = (peer: Script): string[] =>
  peer.raw.received.flatMap((one) =>
    one.kind === 'response' && one.status >= 200 ? [`${one.status} ${one.cseq.method} ${one.cseq.sequence}`] : [],
  );

async function over({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

describe('what crosses the end of a call', () => {
  it('T-27: a CANCEL that crossed the 200 gets its own 200, and the call goes on', async () => {
    const play = new Play();
    const { supplement, late } = witness();
    const { peer, session } = await play.calledAndAnswered('answered', {}, supplement);
    await peer.cancel();
    await peer.ack();
    expect([finals(peer), session.state, late]).toEqual([['200 INVITE 1', '200 CANCEL 1'], 'established', []]);
    await over(play);
  });

  it('T-27: a re-INVITE after our BYE, and one after the end, get 481', async () => {
    const play = new Play();
    const { supplement, late, ends } = witness();
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, supplement);
    void session.end();
    await play.go();
    await peer.request('INVITE', { body: HELD });
    await peer.ack({}, 481);
    await peer.answer('BYE', 200);
    await peer.request('INVITE', { body: HELD });
    expect(finals(peer)).toEqual(['200 INVITE 1', '481 INVITE 2', '481 INVITE 3']);
    expect([late, ends.length]).toEqual([[], 1]);
    await over(play);
  });

  it('T-27: a response that comes after the end wakes nobody, and a 2xx is acknowledged', async () => {
    const play = new Play();
    const { supplement, late, ends } = witness();
    const { peer, session } = await play.callingAndAnswered(supplement);
    void session.sendReinvite({ media: HOLD });
    void session.sendRequest('INFO').catch(() => undefined);
    await play.go();
    await peer.request('BYE');
    expect(session.state).toBe('ended');
    await peer.accept({ direction: 'recvonly', version: 2 });
    await peer.answer('INFO', 200);
    expect([late, ends.length, peer.got('ACK').cseq.sequence]).toEqual([[], 1, peer.got('INVITE').cseq.sequence]);
    await over(play);
  });

  it('T-28: a peer whose connection breaks while a plug-in thinks about its INVITE: one end, and nothing thrown', async () => {
    for (const hook of ['admitSession', 'incomingRequest'] as const) {
      const bed = new Testbed();
      const bob = await bed.party('bob');
      let aborted = 0;
      let ends = 0;
      const slow = (signal: AbortSignal): Promise<undefined> => {
        signal.addEventListener('abort', () => (aborted += 1), { once: true });
        return new Promise(() => undefined);
      };
      bob.service.registerSupplement({
        name: 'slow',
        ...(hook === 'admitSession' && { admitSession: ({ signal }) => slow(signal) }),
        ...(hook === 'incomingRequest' && { incomingRequest: (_session, { signal }) => slow(signal) }),
        sessionEnd: () => void (ends += 1),
      });
      const host = bed.network.host('192.0.2.99');
      const peer = await bed.clock.until(RawPeer.connect(host, { host: '192.0.2.1', port: 5060 }), 100);
      const from = `<sip:peer@${peer.host}>;tag=1`;
      const fields = {
        uri: bob.uri(),
        via: peer.sentBy,
        transport: 'TCP',
        branch: 'z9hG4bK1',
        from,
        to: `<${bob.uri()}>`,
        callId: '1',
        cseq: 1,
      } as const;
      peer.send(requestText('INVITE', { ...fields, contact: peer.contact(), body: sdp() }));
      await bed.clock.advance(20);
      peer.close();
      await bed.clock.advance(64_000);
      expect([hook, aborted, ends, [...bob.service.sessions].length]).toEqual([hook, 1, hook === 'admitSession' ? 0 : 1, 0]);
      expect(bob.errors).toEqual([]);
      await bed.close();
      expect(bed.leftOver()).toEqual({});
    }
  });

  it('T-31: calls that are refused leave no session, no stream and no port', async () => {
    const play = new Play();
    const { bob, peer, calls } = await play.called();
    let created = 0;
    const create = bob.audio.createOutgoingStream.bind(bob.audio);
    bob.audio.createOutgoingStream = (...args) => {
      created += 1;
      return create(...args);
    };
    const refused = async (status: number, body: string): Promise<void> => {
      await peer.invite({ body });
      if (calls.at(-1)?.state === 'starting') void calls.at(-1)!.reject(status);
      await play.go();
      expect(peer.response((one) => one.status >= 200).status).toBe(status);
      await peer.ack();
      peer.another();
      expect([created, bob.audio.live, bob.service.stats().live]).toEqual([0, 0, { sessions: 0, admissions: 0, streams: 0 }]);
    };
    await refused(488, sdp({ format: '18' })); // no codec
    await refused(404, sdp()); // by the driver
    const registration = bob.service.registerSupplement({ name: 'guard 2', incomingRequest: () => reply(403) });
    await refused(403, sdp());
    registration.unregister();
    bob.service.registerSupplement({ name: 'gate', admitSession: () => reply(404) });
    await refused(404, sdp()); // before there is a session
    await over(play);
  });

  it.each([
    ['two BYEs', ['BYE', 'BYE'], ['200 BYE 2', '481 BYE 3']],
    ['a BYE and an INVITE', ['BYE', 'INVITE'], ['200 BYE 2', '481 INVITE 3']],
    ['an INVITE and a BYE', ['INVITE', 'BYE'], ['200 INVITE 2', '200 BYE 3']],
  ])('T-35: %s at once get one answer each', async (_name, methods, answers) => {
    const play = new Play();
    const { supplement, ends } = witness();
    const { peer } = await play.calledAndAnswered('acknowledged', {}, supplement);
    for (const method of methods) peer.send(method, method === 'INVITE' ? { body: HELD } : {});
    await play.go();
    expect([finals(peer).slice(1), ends.length]).toEqual([answers, 1]);
    for (const method of methods) if (method === 'BYE') await peer.repeat(method);
    expect(new Set(finals(peer).slice(1))).toEqual(new Set(answers));
    await over(play);
  });

  it('T-35: a BYE that ends the call while a slow supplement is asked about a re-INVITE, and two that come while it is asked about the first', async () => {
    const play = new Play();
    const { supplement, ends } = witness();
    const slow = play.slow(({ method, initial }) => method === 'BYE' || (method === 'INVITE' && !initial));
    const { peer } = await play.calledAndAnswered('acknowledged', {}, supplement, slow);
    await peer.request('INVITE', { body: HELD });
    for (const method of ['BYE', 'BYE', 'BYE']) await peer.request(method);
    expect(finals(peer).slice(1)).toEqual([]);
    await slow.answer(undefined);
    await peer.ack({}, 487);
    const answers = ['200 BYE 3', '487 INVITE 2', '200 BYE 4', '200 BYE 5'];
    expect([finals(peer).slice(1).sort(), ends.length]).toEqual([answers.sort(), 1]);
    await over(play);
  });

  it('T-35: two CANCELs get a 200 each, and the INVITE one 487', async () => {
    const play = new Play();
    const { supplement, ends } = witness();
    const { peer } = await play.called({}, supplement);
    await peer.invite();
    await peer.cancel();
    await peer.cancel();
    await peer.ack();
    expect([new Set(finals(peer)), ends.length]).toEqual([new Set(['200 CANCEL 1', '487 INVITE 1']), 1]);
    await over(play);
  });
});

describe('streams and the end', () => {
  it('T-48: a stream that is ready when its call is over is stopped at once, and applied by nobody', async () => {
    const play = new Play();
    const bob = await play.bed.party('bob', { traced: false });
    const steps: string[] = [];
    const audio = testAudio((step) => steps.push(step));
    let ready: (() => void) | undefined;
    const slow: SdpHandler<TestStream> = {
      ...audio,
      createOutgoingStream: (session, slot) => new Promise((resolve) => (ready = () => resolve(audio.createOutgoingStream(session, slot)))),
    };
    bob.service.registerSdpHandler(slow, 'audio');
    bob.service.onIncoming((session) => session.accept());
    const alice = await play.bed.party('alice');
    const call = alice.service.create(bob.uri());
    await play.bed.clock.advance(300); // the 100 is in, and CANCEL may leave
    void call.end();
    await play.bed.clock.advance(500);
    expect([...bob.service.sessions]).toEqual([]);
    ready?.();
    await play.go();
    expect([steps, audio.live]).toEqual([['handleIncomingStream 0', 'createOutgoingStream 0 sendrecv', 'stopStream'], 0]);
    await over(play);
  });

  it('T-51: an apply that fails on the first exchange: 488 to the caller, and no call without sound', async () => {
    const play = new Play();
    const { bob, peer, calls } = await play.called();
    play.breaks(bob, 'applyNegotiatedStream');
    await peer.invite();
    const accepted = calls[0]!.accept();
    await play.go();
    await peer.ack();
    expect([finals(peer), bob.audio.live]).toEqual([['488 INVITE 1'], 0]);
    await expect(accepted).rejects.toBeInstanceOf(SipError);
    await over(play);
  });

  it('T-51: when we called: ACK and BYE', async () => {
    const play = new Play();
    const { alice, peer, session } = await play.calling();
    play.breaks(alice, 'applyNegotiatedStream');
    await peer.accept();
    await peer.answer('BYE', 200);
    expect(peer.raw.received.map((one) => (one.kind === 'request' ? one.method : ''))).toEqual(['INVITE', 'ACK', 'BYE']);
    expect([await session.ended, alice.audio.live]).toMatchObject([{ by: 'core' }, 0]);
    await over(play);
  });

  it.each(['claims', 'creates', 'applies'])(
    'T-50: a pinned handler that fails as it %s the second stream refuses the offer whole, and the first is as before',
    async (when) => {
      const play = new Play();
      const bob = await play.bed.party('bob', { traced: false });
      const streams = new PlannedStreams();
      const planned = [4000, 4002].map((port) => ({ kind: 'audio', port, protocol: 'RTP/AVP', formats: ['0'], lines: [] }));
      streams.plan = { lines: [], sections: planned };
      const handler = streams.handler('audio');
      let broken = false;
      const fail = (now: string, index: number): void => {
        if (broken && now === when && index === 1) throw new SipError('SESSION_NEGOTIATION', 'not this one', { rule: 'test' });
      };
      bob.service.registerSdpHandler(
        {
          ...handler,
          handleIncomingStream: (session, offered) => {
            fail('claims', offered.index);
            return handler.handleIncomingStream(session, offered);
          },
          createOutgoingStream: (session, slot) => {
            fail('creates', slot.index);
            return handler.createOutgoingStream(session, slot);
          },
          applyNegotiatedStream: (session, stream, agreed) => {
            fail('applies', stream.index);
            return handler.applyNegotiatedStream(session, stream, agreed);
          },
        },
        'audio',
      );
      const peer = Script.calling(play, await play.bed.peer('peer'), bob);
      let call: Session | undefined;
      bob.service.onIncoming((session) => {
        call = session;
        return session.accept();
      });
      await peer.invite({ body: sdp({ lines: 2 }) });
      await peer.ack();
      const before = [...streams.live].map(({ agreed }) => agreed);
      broken = true;
      await peer.request('INVITE', { body: sdp({ lines: 2, direction: 'sendonly', version: 2, port: 31_000 }) });
      await peer.ack({}, 488);
      expect([finals(peer).at(-1), call!.state]).toEqual(['488 INVITE 2', 'established']);
      expect([[...streams.live].map(({ agreed }) => agreed), call!.streams.map(({ remote }) => remote.port)]).toEqual([
        before,
        [30_000, 30_000],
      ]);
      await over(play);
    },
  );
});
