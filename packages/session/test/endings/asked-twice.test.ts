/** What asks a call to end while something does already, or the same twice: BYEs that overtake nothing but the rest, `end()` after a limit, `continues` of one call. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InviteSession } from '../../src/calls/invite-session.ts';
import { reply, type Decision, type IncomingRequest, type Session, type Supplement } from '../../src/index.ts';
import type { PartyOptions } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { sdp, type Script } from '../ladders/script.ts';

let play: Play;
beforeEach(() => {
  play = new Play();
});
afterEach(async () => {
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

const answers = ({ raw }: Script, method: string): readonly string[] =>
  raw.received.flatMap((one) =>
    one.kind === 'response' && one.cseq.method === method && one.status >= 200 ? [`${one.status} of ${one.cseq.sequence}`] : [],
  );

const NEVER = Number.POSITIVE_INFINITY;

/** Decides about each request of this method `ms` after it came. */
function slow(method: string, ms: number, decide: (request: IncomingRequest) => Decision = () => undefined) {
  const asked: number[] = [];
  const supplement: Supplement = {
    name: `slow with ${method}`,
    incomingRequest: (_session, request) => {
      if (request.method !== method || request.initial) return undefined;
      asked.push(Number.parseInt(request.headers.get('CSeq') ?? '', 10));
      return new Promise((resolve) => {
        if (ms < NEVER) play.bed.clock.after(ms, () => resolve(decide(request)));
      });
    },
  };
  return { ...supplement, asked };
}

/** A call from the peer that is up: its next request has CSeq 2. */
async function up(options: PartyOptions, ...supplements: Supplement[]): Promise<{ peer: Script; session: Session }> {
  return play.calledAndAnswered('acknowledged', options, ...supplements);
}

describe('a BYE while another one is decided', () => {
  it('puts off neither its answer nor the end: both get 200 as the first is decided, and nobody is asked about the second', async () => {
    const guard = slow('BYE', 1000);
    const { peer, session } = await up({}, guard);
    peer.send('BYE');
    await play.bed.clock.advance(900);
    peer.send('BYE');
    await play.bed.clock.advance(200);
    expect([guard.asked, answers(peer, 'BYE'), session.state]).toEqual([[2], ['200 of 2', '200 of 3'], 'ended']);
  });

  it('puts off no deadline of a supplement that never answers', async () => {
    const guard = slow('BYE', NEVER);
    const { peer, session } = await up({}, guard);
    peer.send('BYE');
    await play.bed.clock.advance(4500);
    peer.send('BYE');
    await play.bed.clock.advance(600);
    expect([guard.asked, answers(peer, 'BYE'), session.state]).toEqual([[2], ['200 of 2', '200 of 3'], 'ended']);
  });

  it('waits with as many as mailboxLimit says; the others get 503, and come again', async () => {
    const guard = slow('BYE', 1000);
    const { peer, session } = await up({ mailboxLimit: 3 }, guard);
    for (let count = 0; count < 10; count += 1) peer.send('BYE');
    await play.go();
    expect([guard.asked, InviteSession.callOf(session)!.pending.length]).toEqual([[2], 4]);
    const busy = [6, 7, 8, 9, 10, 11].map((sequence) => `503 of ${sequence}`);
    expect([...answers(peer, 'BYE')].sort()).toEqual([...busy].sort());
    expect(peer.response(({ status }) => status === 503).headers.get('Retry-After')).toMatch(/^\d+$/);
    await play.bed.clock.advance(1000);
    expect([guard.asked, answers(peer, 'BYE').slice(6)]).toEqual([[2], ['200 of 2', '200 of 3', '200 of 4', '200 of 5']]);
  });

  it('is asked about where the first wants credentials', async () => {
    const guard = slow('BYE', 1000, ({ headers }) => (headers.get('Authorization') === undefined ? reply(401) : undefined));
    const { peer, session } = await up({}, guard);
    peer.send('BYE');
    await play.bed.clock.advance(100);
    peer.send('BYE', { fields: { Authorization: 'Digest mine' } });
    await play.bed.clock.advance(1000);
    expect([guard.asked, answers(peer, 'BYE'), session.state]).toEqual([[2, 3], ['401 of 2'], 'established']);
    await play.bed.clock.advance(1000);
    expect([guard.asked, answers(peer, 'BYE'), session.state]).toEqual([[2, 3], ['401 of 2', '200 of 3'], 'ended']);
  });

  it('keeps the question that they overtook from its answer no longer than one of them takes', async () => {
    const guard = slow('BYE', 1000, () => reply(401));
    const look = slow('INFO', 100, () => reply(202));
    const { peer, session } = await up({}, guard, look);
    peer.send('INFO');
    await play.go();
    for (let count = 0; count < 5; count += 1) peer.send('BYE');
    await play.bed.clock.advance(1100);
    expect([answers(peer, 'BYE'), answers(peer, 'INFO')]).toEqual([['401 of 3'], ['202 of 2']]);
    await play.bed.clock.advance(4000);
    expect([guard.asked, session.state]).toEqual([[3, 4, 5, 6, 7], 'established']);
    expect(answers(peer, 'BYE')).toEqual([3, 4, 5, 6, 7].map((sequence) => `401 of ${sequence}`));
  });

  it('is answered by end(), as the first is', async () => {
    const guard = slow('BYE', 1000);
    const { peer, session } = await up({}, guard);
    peer.send('BYE');
    peer.send('BYE');
    await play.go();
    void session.end();
    await play.go();
    expect([answers(peer, 'BYE'), session.state]).toEqual([['200 of 2', '200 of 3'], 'ending']);
    await peer.answer('BYE', 200);
    expect([guard.asked, await session.ended]).toEqual([[2], { by: 'local' }]);
  });

  it('is not lost with a re-INVITE that is cancelled: it is asked about again', async () => {
    const guard = slow('BYE', 1000);
    const aborted: boolean[] = [];
    const heeds: Supplement = {
      name: 'heeds its signal',
      order: 'early',
      methods: ['BYE'],
      incomingRequest: (_session, { signal }) => void aborted.push(signal.aborted),
    };
    const { peer, session } = await up({}, heeds, guard, slow('INVITE', 1000));
    await peer.request('INVITE', { body: sdp({ version: 2 }) });
    peer.send('BYE');
    await play.bed.clock.advance(100);
    await peer.cancel();
    await peer.ack();
    expect([answers(peer, 'INVITE').at(-1), answers(peer, 'CANCEL'), session.state]).toEqual(['487 of 2', ['200 of 2'], 'established']);
    await play.bed.clock.advance(1000);
    expect([guard.asked, answers(peer, 'BYE'), session.state]).toEqual([[3, 3], ['200 of 3'], 'ended']);
    expect(aborted).toEqual([false, false]); // or whoever passes it on to a fetch would fail the second time, and a BYE that is failed is accepted
  });

  it('of an early dialog that the first one ended gets 481, and the call goes on with the other', async () => {
    const guard = slow('BYE', 1000);
    const { peer, session } = await play.calling({}, guard);
    for (const toTag of ['one', 'two']) await peer.answer('INVITE', 180, { toTag });
    peer.send('BYE', { tag: 'one' });
    peer.send('BYE', { tag: 'one' });
    await play.bed.clock.advance(1100);
    expect([guard.asked, answers(peer, 'BYE'), session.state]).toEqual([[1], ['200 of 1', '481 of 2'], 'early']);
    await peer.accept({}, 'two');
    void session.end();
    await play.go();
    await peer.answer('BYE', 200);
  });
});

describe('while the end is held back', () => {
  it('a second BYE gets its 200, and drops no question about a subscription', async () => {
    const look = { ...slow('SUBSCRIBE', 1000, () => reply(202)), allow: ['SUBSCRIBE'] };
    const { peer, session } = await up({}, look);
    const deferral = session.deferEnd();
    await peer.request('BYE');
    await peer.request('SUBSCRIBE');
    await peer.request('BYE');
    await play.bed.clock.advance(1000);
    expect([answers(peer, 'BYE'), answers(peer, 'SUBSCRIBE'), session.state]).toEqual([['200 of 2', '200 of 4'], ['202 of 3'], 'ending']);
    deferral[Symbol.dispose]();
    expect(session.state).toBe('ended');
  });

  it('a deferral that is taken in the hook that releases the last one counts', async () => {
    let deferral: Disposable | undefined;
    const swaps: Supplement = {
      name: 'swaps',
      allow: ['NOTIFY'],
      incomingRequest: (session, { method }) => {
        if (method !== 'NOTIFY') return undefined;
        deferral![Symbol.dispose]();
        deferral = session.deferEnd();
        return reply(200);
      },
    };
    const { peer, session } = await up({}, swaps);
    deferral = session.deferEnd();
    await peer.request('BYE');
    await peer.request('NOTIFY');
    expect([answers(peer, 'NOTIFY'), session.state]).toEqual([['200 of 3'], 'ending']);
    deferral[Symbol.dispose]();
    expect(session.state).toBe('ended');
  });
});

describe('a call that is ended by a limit', () => {
  it('ends by the core where the 200 crosses the CANCEL, and was refused', async () => {
    const origins: string[] = [];
    const watch: Supplement = {
      name: 'watch',
      outgoingRequest: (_session, { method, origin }) => void origins.push(`${method} ${origin}`),
    };
    const { peer, session } = await play.calling({ endpoint: { name: 'hasty', trusted: false, timers: { ringMs: 1000 } } }, watch);
    const outcome = expect(session.established).rejects.toMatchObject({ code: 'SESSION_REFUSED', info: { status: 408 } });
    await peer.answer('INVITE', 180);
    await play.bed.clock.advance(1000);
    await peer.answer('CANCEL', 200);
    await peer.accept();
    await peer.answer('BYE', 200);
    expect(origins).toEqual(['INVITE application', 'CANCEL core', 'ACK core', 'BYE core']);
    expect(await session.ended).toMatchObject({ by: 'core', status: 408 });
    await outcome;
  });

  it('is the end that the program asked for where it did before the ACK of our 2xx failed to come', async () => {
    const origins: string[] = [];
    const watch: Supplement = {
      name: 'watch',
      outgoingRequest: (_session, { method, origin }) => void origins.push(`${method} ${origin}`),
    };
    const { peer, session } = await play.calledAndAnswered('answered', {}, watch);
    const outcome = expect(session.established).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    const end = session.end({ headers: { 'X-Why': 'mine' } });
    await play.bed.clock.advance(33_000);
    expect([peer.got('BYE').headers.get('X-Why'), origins]).toEqual(['mine', ['BYE application']]);
    await peer.answer('BYE', 200);
    expect(await end).toEqual({ by: 'local' });
    await outcome;
  });
});

describe('a call that was refused', () => {
  it('is gone on with once: the next goes on with that one', async () => {
    const { alice, peer, session } = await play.calling();
    const uri = `sip:5512@${peer.raw.sentBy}`;
    await peer.answer('INVITE', 484);
    expect(() => alice.service.create(uri, { continues: session, headers: { 'X A': 'none' } })).toThrow(
      expect.objectContaining({ code: 'SIP_HEADER_SYNTAX' }),
    );
    const more = alice.service.create(uri, { continues: session });
    expect(() => alice.service.create(uri, { continues: session })).toThrow(
      expect.objectContaining({ code: 'SESSION_STATE', info: { verb: 'continues', state: 'ended' } }),
    );
    await play.go();
    await peer.answer('INVITE', 484, { toTag: 'more' });
    expect(() => alice.service.create(uri, { continues: session })).toThrow(expect.objectContaining({ code: 'SESSION_STATE' }));
    const last = alice.service.create(uri, { continues: more });
    await play.go();
    await peer.accept({}, 'last');
    expect([last.state, alice.service.stats().live.sessions]).toEqual(['established', 1]);
    void last.end();
    await play.go();
    await peer.answer('BYE', 200);
  });
});
