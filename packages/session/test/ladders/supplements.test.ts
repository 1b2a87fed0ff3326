import { describe, expect, it } from 'vitest';
import { reply, type IncomingRequest, type Session, type Supplement } from '../../src/index.ts';
import { tracer } from '../../src/testing.ts';
import { golden } from './golden.ts';
import { errorText, Play } from './play.ts';
import { prack, SUPPORTED } from './reliably.ts';
import { sdp } from './script.ts';

const OFFER = sdp();

describe('which supplements a session has', () => {
  const plays = golden('S02-supplements');
  const written = (play: Play, name: string): Supplement => tracer((step) => play.bed.write(`bob/${name}: ${step}`), name);

  plays('unregistered during the call: it still hears it, and not the next', async (play) => {
    const { bob, peer, calls } = await play.called();
    const second = bob.service.registerSupplement(written(play, 'second'));
    const refuse = async (at: number): Promise<void> => {
      play.note('bob calls reject 486');
      play.watch(calls[at]!.reject(486), 'reject resolves', 'reject');
      await play.go();
      await peer.ack();
    };
    await peer.invite();
    play.note('second is unregistered');
    second.unregister();
    await refuse(0);
    peer.another();
    await peer.invite();
    await refuse(1);
  });

  plays('registered during the call: it hears the next', async (play) => {
    const { bob, peer } = await play.calledAndAnswered('acknowledged');
    play.note('second is registered');
    bob.service.registerSupplement(written(play, 'second'));
    await peer.request('BYE');
    peer.another();
    await peer.invite();
  });

  plays("methods is exact: 'I' is not INVITE, 'Bye' is not BYE", async (play) => {
    const { peer, calls } = await play.called({}, { ...written(play, 'part'), methods: ['I', 'Bye', 'invite'] });
    await peer.invite();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
    await peer.ack();
    await peer.request('BYE');
  });
});

describe("'later'", () => {
  const plays = golden('S03-later');
  const desk = (
    play: Play,
    about: (request: IncomingRequest) => boolean,
  ): Supplement & { answer(status: number, noted?: boolean): void } => {
    let kept: { session: Session; request: IncomingRequest } | undefined;
    return {
      name: 'desk',
      incomingRequest: (session, request) => {
        if (!about(request)) return undefined;
        play.note('desk says later');
        kept = { session, request };
        return 'later';
      },
      answer: (status, noted = true) => {
        if (noted) play.note(`desk calls sendResponse ${status}`);
        try {
          kept!.session.sendResponse(kept!.request, status);
        } catch (error) {
          play.note(`sendResponse throws ${(error as { code: string }).code}`);
        }
      },
    };
  };

  plays('answered by sendResponse', async (play) => {
    const later = desk(play, ({ method }) => method === 'INFO');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, later);
    await peer.request('INFO');
    await peer.request('OPTIONS');
    await play.wait(1000);
    later.answer(202);
    await play.go();
    later.answer(200, false);
  });

  plays('its time is over', async (play) => {
    const later = desk(play, ({ method }) => method === 'INFO');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, later);
    await peer.request('INFO');
    await play.wait(5000);
    await play.go();
    later.answer(200, false);
  });

  plays('the first INVITE, refused later', async (play) => {
    const later = desk(play, ({ method }) => method === 'INVITE');
    const { peer } = await play.called({}, later);
    await peer.invite();
    await play.wait(200);
    await play.wait(800);
    later.answer(486);
    await play.go();
    await peer.ack();
    later.answer(486, false);
  });

  plays('the first INVITE, never answered: 504', async (play) => {
    const later = desk(play, ({ method }) => method === 'INVITE');
    const { peer } = await play.called({}, later);
    await peer.invite();
    await play.bed.clock.advance(5000);
    await peer.ack();
  });

  plays('a re-INVITE: 504, the call goes on', async (play) => {
    const later = desk(play, ({ method, initial }) => method === 'INVITE' && !initial);
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, later);
    await peer.request('INVITE', { body: sdp() });
    await play.bed.clock.advance(5000);
    await peer.ack();
    play.check(session.state, 'established');
  });

  plays('the call ends meanwhile: 487', async (play) => {
    const later = desk(play, ({ method }) => method === 'INFO');
    const { peer } = await play.calledAndAnswered('acknowledged', {}, later);
    await peer.request('INFO');
    await peer.request('BYE');
    later.answer(200, false);
  });

  plays("an UPDATE with an offer: the 2xx is the core's", async (play) => {
    const later = desk(play, ({ method }) => method === 'UPDATE');
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, later);
    await peer.request('UPDATE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await play.wait(1000);
    later.answer(200);
    later.answer(488);
    await play.go();
    play.check(session.state, 'established');
  });

  /** A call that was not answered; the PRACK of what it says reliably is the desk's. */
  async function early(play: Play, status: number, body = OFFER) {
    const later = desk(play, ({ method }) => method === 'PRACK');
    const { bob, peer, calls } = await play.called({}, later);
    await peer.invite({ body, fields: SUPPORTED });
    play.cut();
    const session = calls[0]!;
    play.note(`bob calls progress ${status}, reliable`);
    play.watch(session.progress(status, { reliable: true }), `progress ${status} resolves`, `progress ${status}`);
    await play.go();
    const accept = (): void => {
      play.note('bob calls accept');
      play.watch(session.accept(), 'accept resolves', 'accept');
    };
    return { later, bob, peer, session, accept };
  }

  plays('a PRACK: what waits for it goes on with the decision', async (play) => {
    const { later, peer, session, accept } = await early(play, 183);
    await prack(peer);
    accept();
    await play.wait(1000);
    later.answer(200);
    await play.go();
    await peer.ack();
    play.check(session.state, 'established');
  });

  plays('a PRACK with the answer to our offer, refused later: the INVITE is refused then', async (play) => {
    const { later, peer } = await early(play, 183, '');
    await prack(peer, { body: sdp() });
    await play.wait(1000);
    later.answer(200);
    later.answer(403);
    await play.go();
    await peer.ack();
  });

  plays('a PRACK with an offer that is never answered: 504, then the 2xx that waited; what was agreed stays', async (play) => {
    const { peer, session, accept } = await early(play, 183);
    accept();
    await prack(peer, { body: sdp({ direction: 'sendonly', version: 2 }) });
    await play.wait(5000);
    await play.go();
    await peer.ack();
    const stream = session.streams[0]?.stream as { agreed?: { direction: string } } | undefined;
    play.check(stream?.agreed?.direction, 'sendrecv');
  });

  plays('a PRACK that the 2xx overtakes', async (play) => {
    const { later, peer, accept } = await early(play, 180);
    await prack(peer);
    accept();
    await play.go();
    await peer.ack();
    later.answer(200);
    await play.go();
  });

  plays('the call is cancelled while a PRACK waits: 487', async (play) => {
    const { later, peer, accept } = await early(play, 183);
    await prack(peer);
    accept();
    await peer.cancel();
    later.answer(200, false);
    await peer.ack();
  });
});

describe('what a supplement may add to', () => {
  it('adds to the 200 of a BYE, since hooks run before it', async () => {
    const play = new Play();
    const { peer } = await play.calledAndAnswered(
      'acknowledged',
      {},
      {
        name: 'stats',
        outgoingResponse: (_session, { request, headers }) => (request.method === 'BYE' ? headers.set('X-Stats', 'none lost') : undefined),
      },
    );
    await peer.request('BYE');
    expect(peer.response(({ cseq }) => cseq.method === 'BYE').headers.get('X-Stats')).toBe('none lost');
    await play.bed.close();
  });

  it('gives a Reply its reason, headers and body', async () => {
    const play = new Play();
    const { peer } = await play.called(
      {},
      {
        name: 'gate',
        incomingRequest: () =>
          reply(403, { reason: 'Not Today', headers: { 'X-Why': 'closed' }, body: { type: 'text/plain', bytes: Buffer.from('closed') } }),
      },
    );
    await peer.invite();
    const refusal = peer.response(({ status }) => status === 403);
    expect([refusal.reason, refusal.headers.get('X-Why'), Buffer.from(refusal.content).toString()]).toEqual([
      'Not Today',
      'closed',
      'closed',
    ]);
    await play.bed.close();
  });
});

describe('after', () => {
  it('runs once on the clock of the stack, not when disposed, and not when the session has ended', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    const ran: string[] = [];
    session.after(1000, () => ran.push('first'));
    session.after(1000, () => ran.push('disposed'))[Symbol.dispose]();
    session.after(20_000, () => ran.push('too late'));
    await play.bed.clock.advance(999);
    expect(ran).toEqual([]);
    await play.bed.clock.advance(5000);
    expect(ran).toEqual(['first']);
    await peer.request('BYE');
    session.after(10, () => ran.push('after the end'));
    await play.bed.clock.advance(30_000);
    expect(ran).toEqual(['first']);
    expect(play.bed.leftOver()).not.toHaveProperty('bob sessions');
    await play.bed.close();
  });

  it('waits for a question under way: it runs in the mailbox', async () => {
    const play = new Play();
    const slow = play.slow(({ method }) => method === 'INFO');
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
    let ran = false;
    session.after(100, () => (ran = true));
    await peer.request('INFO');
    await play.bed.clock.advance(1000);
    expect(ran).toBe(false);
    await slow.answer(undefined);
    expect(ran).toBe(true);
    await play.bed.close();
  });
});

describe('signals', () => {
  it('aborts that of a request when it is answered', async () => {
    const play = new Play();
    const signals: AbortSignal[] = [];
    const { peer } = await play.calledAndAnswered(
      'acknowledged',
      {},
      { name: 'keeper', incomingRequest: (_session, { signal }) => void signals.push(signal) },
    );
    signals.length = 0;
    await peer.request('INFO');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await play.bed.close();
  });

  it('keeps that of the first INVITE open while it rings, and aborts it with the final response', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    const { signal } = calls[0]!.invite as IncomingRequest;
    void calls[0]!.progress(180);
    await play.go();
    expect(signal.aborted).toBe(false);
    void calls[0]!.accept();
    await play.go();
    expect(signal.aborted).toBe(true);
    await play.bed.close();
  });

  it('aborts that of the session with SESSION_ENDED, first read before or after the end', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    const { signal } = session;
    expect(signal.aborted).toBe(false);
    await peer.request('BYE');
    expect([signal.aborted, errorText(signal.reason)]).toEqual([true, 'SESSION_ENDED']);
    await play.bed.close();

    const other = new Play();
    const second = await other.calledAndAnswered('acknowledged');
    await second.peer.request('BYE');
    expect(second.session.signal.aborted).toBe(true);
    await other.bed.close();
  });

  it('aborts that of an exchange when it fails, and not when it is agreed', async () => {
    const play = new Play();
    const { bob, peer } = await play.calledAndAnswered('acknowledged');
    const signals: AbortSignal[] = [];
    const own = bob.audio.createOutgoingStream.bind(bob.audio);
    bob.audio.createOutgoingStream = (session, slot) => {
      signals.push(slot.exchange.signal);
      return own(session, slot);
    };
    await peer.request('INVITE', { body: sdp() });
    await peer.ack();
    play.breaks(bob, 'applyNegotiatedStream');
    await peer.request('INVITE', { body: sdp({ direction: 'sendonly' }) });
    await peer.ack();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    await play.bed.close();
  });

  it('aborts that of an exchange under way when the call ends', async () => {
    const play = new Play();
    const { bob, peer, session } = await play.calledAndAnswered('acknowledged');
    const signals: AbortSignal[] = [];
    const own = bob.audio.createOutgoingStream.bind(bob.audio);
    bob.audio.createOutgoingStream = (given, slot) => {
      signals.push(slot.exchange.signal);
      return own(given, slot);
    };
    void session.sendReinvite();
    await play.go();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await peer.request('BYE');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await play.bed.close();
  });

  it('takes a re-INVITE that still waits out of the queue, and leaves the one that is out', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    const controller = new AbortController();
    const first = session.sendReinvite({ signal: controller.signal });
    const second = session.sendReinvite({ signal: controller.signal });
    await play.go();
    controller.abort(new Error('not needed'));
    await expect(second).rejects.toThrow('not needed');
    await peer.accept();
    expect((await first).kind).toBe('agreed');
    expect(peer.raw.received.filter((one) => one.kind === 'request' && one.method === 'INVITE')).toHaveLength(2);
    await play.bed.close();
  });
});
