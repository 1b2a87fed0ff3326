/** RFC 6337 §2 to §5 as tables: where offers and answers stand, how an offer is refused, and what becomes of requests that cross. Without 100rel. */
import { describe, expect, it } from 'vitest';
import type { RefreshOutcome, Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { Script, sdp } from '../ladders/script.ts';

const PCMU = sdp();
const HELD = sdp({ direction: 'sendonly', version: 2 });
/** Nothing that our handler has. */
const UNUSABLE = sdp({ format: '18', version: 2 });
const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;

const said = (session: Session): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;
const statuses = (peer: Script, method: string): number[] =>
  peer.raw.received.flatMap((one) => (one.kind === 'response' && one.cseq.method === method && one.status > 100 ? [one.status] : []));
const last = (peer: Script, method: string) => peer.response(({ cseq, status }) => cseq.method === method && status >= 200);

async function close({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

/** A call that is up, we being called or calling. */
async function up(role: 'called' | 'calling'): Promise<{ play: Play; peer: Script; session: Session }> {
  const play = new Play();
  const { peer, session } = role === 'called' ? await play.calledAndAnswered('acknowledged') : await play.callingAndAnswered();
  peer.raw.received.splice(
    0,
    peer.raw.received.length,
    ...peer.raw.received.filter(({ headers }) => headers.get('CSeq')!.endsWith('INVITE')),
  );
  return { play, peer, session };
}

describe('where an offer and its answer stand, table 1', () => {
  it('1: offer in INVITE, answer in its 2xx; none of ours in 180 or ACK', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.progress(180);
    await play.go();
    void calls[0]!.accept();
    await play.go();
    const bodies = peer.raw.received.flatMap((one) =>
      one.kind === 'response' && one.status > 100 ? [`${one.status} ${one.body?.type}`] : [],
    );
    expect(bodies).toEqual(['180 undefined', '200 application/sdp']);
    await peer.ack();
    expect(calls[0]!.state).toBe('established');
    await close(play);
  });

  it('1: as offerer we send none in the ACK', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    expect(peer.got('INVITE').body?.type).toBe('application/sdp');
    await peer.accept();
    expect([peer.got('ACK').body, said(session)]).toEqual([undefined, 'sendrecv']);
    await close(play);
  });

  it('2: offer in the 2xx of an INVITE without one, answer in the ACK', async () => {
    const play = new Play();
    const { peer, session } = await play.lateCalled();
    expect(last(peer, 'INVITE').body?.type).toBe('application/sdp');
    expect(session.streams).toEqual([]);
    await peer.ack({ body: PCMU });
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
    await close(play);
  });

  it('2: our INVITE without one gets an offer, and our ACK brings the answer', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: 'late' });
    expect(peer.got('INVITE').body).toBeUndefined();
    await peer.accept();
    expect([peer.got('ACK').body?.type, said(session)]).toEqual(['application/sdp', 'sendrecv']);
    await close(play);
  });

  it.each(['called', 'calling'] as const)('6: offer in UPDATE, answer in its 2xx: theirs, when we are %s', async (role) => {
    const { play, peer, session } = await up(role);
    await peer.request('UPDATE', { body: HELD });
    expect([last(peer, 'UPDATE').status, last(peer, 'UPDATE').body?.type, said(session)]).toEqual([200, 'application/sdp', 'recvonly']);
    await close(play);
  });

  it.each(['called', 'calling'] as const)('6: ours, when we are %s', async (role) => {
    const { play, peer, session } = await up(role);
    const done = session.sendReinvite({ method: 'UPDATE', media: HOLD });
    await play.go();
    expect(peer.got('UPDATE').body?.type).toBe('application/sdp');
    await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly' }) });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendonly']);
    await close(play);
  });
});

describe('a description that is neither offer nor answer, §2.4 and §3.1', () => {
  it('in the ACK of an INVITE that had the offer is passed over', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('answered');
    await peer.ack({ body: HELD });
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
    await close(play);
  });

  it('in the 2xx of an UPDATE that offered nothing is passed over', async () => {
    const { play, peer, session } = await up('calling');
    const done = session.sendReinvite({ method: 'UPDATE', media: 'none' });
    await play.go();
    await peer.answer('UPDATE', 200, { body: HELD });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendrecv']);
    await close(play);
  });

  it('in a 488 or in the 200 of OPTIONS is passed over', async () => {
    const { play, peer, session } = await up('calling');
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    await peer.answer('INVITE', 488, { body: HELD });
    const asked = session.sendRequest('OPTIONS');
    await play.go();
    await peer.answer('OPTIONS', 200, { body: HELD });
    expect([(await done).kind, (await asked).status, said(session)]).toEqual(['refused', 200, 'sendrecv']);
    await close(play);
  });

  it('in a 180 is a preview: no offer of ours leaves before the 2xx brings the answer', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 180, { body: PCMU });
    expect(said(session)).toBe('sendrecv');
    const done = session.sendReinvite({ media: HOLD });
    await play.bed.clock.advance(1000);
    expect(peer.raw.received.filter(({ kind }) => kind === 'request')).toHaveLength(1);
    await peer.accept();
    await play.go();
    expect(peer.got('INVITE').to.tag).toBe('peer');
    await peer.accept({ direction: 'recvonly', version: 2 });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendonly']);
    await close(play);
  });
});

describe('how an offer is refused, table 2', () => {
  it('1: in an INVITE: 488', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite({ body: UNUSABLE });
    await peer.ack();
    expect([statuses(peer, 'INVITE'), calls]).toEqual([[488], []]);
    await close(play);
  });

  it('1: in an INVITE inside the call: 488, and what was agreed stays', async () => {
    const { play, peer, session } = await up('called');
    const { stream } = session.streams[0]!;
    await peer.request('INVITE', { body: UNUSABLE });
    await peer.ack();
    expect([last(peer, 'INVITE').status, session.state, session.streams[0]!.stream === stream]).toEqual([488, 'established', true]);
    await close(play);
  });

  it('2: in the 2xx of our INVITE: every line declined in the ACK, and BYE', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: 'late' });
    await peer.answer('INVITE', 200, { body: UNUSABLE });
    expect(Buffer.from(peer.got('ACK').body!.bytes).toString()).toContain('m=audio 0 ');
    await peer.answer('BYE', 200);
    expect(await session.ended).toMatchObject({ by: 'core', status: 488 });
    await close(play);
  });

  it('2: in the 2xx of our INVITE inside the call: the same', async () => {
    const { play, peer, session } = await up('calling');
    const done = session.sendReinvite({ media: 'late' });
    await play.go();
    await peer.answer('INVITE', 200, { body: UNUSABLE });
    expect(Buffer.from(peer.got('ACK').body!.bytes).toString()).toContain('m=audio 0 ');
    await peer.answer('BYE', 200);
    expect((await done).kind).toBe('refused');
    expect(session.state).toBe('ended');
    await close(play);
  });

  it('6: in an UPDATE: 488, and what was agreed stays', async () => {
    const { play, peer, session } = await up('calling');
    await peer.request('UPDATE', { body: UNUSABLE });
    expect([statuses(peer, 'UPDATE'), session.state, said(session)]).toEqual([[488], 'established', 'sendrecv']);
    await close(play);
  });

  it.each(['INVITE', 'UPDATE'] as const)('ours, by 488 to our %s: rolled back', async (method) => {
    const { play, peer, session } = await up('calling');
    const done = session.sendReinvite({ method, media: HOLD });
    await play.go();
    await peer.answer(method, 488);
    expect(await done).toMatchObject({ kind: 'refused', response: { status: 488 } });
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
    await close(play);
  });
});

describe('a request of theirs while one of ours is out, tables 3 and 4', () => {
  it.each<{ ours: 'INVITE' | 'UPDATE'; theirs: 'INVITE' | 'UPDATE'; offer: boolean; status: number; rule: string }>([
    { ours: 'INVITE', theirs: 'INVITE', offer: true, status: 491, rule: 'UAS-IcI' },
    { ours: 'INVITE', theirs: 'INVITE', offer: false, status: 491, rule: 'UAS-IcI' },
    { ours: 'INVITE', theirs: 'UPDATE', offer: true, status: 491, rule: 'UAS-IcU' },
    { ours: 'INVITE', theirs: 'UPDATE', offer: false, status: 200, rule: 'it touches no media' },
    { ours: 'UPDATE', theirs: 'UPDATE', offer: true, status: 491, rule: 'UAS-UcU' },
    { ours: 'UPDATE', theirs: 'UPDATE', offer: false, status: 200, rule: 'it touches no media' },
    { ours: 'UPDATE', theirs: 'INVITE', offer: true, status: 491, rule: 'UAS-UcI' },
    { ours: 'UPDATE', theirs: 'INVITE', offer: false, status: 491, rule: 'UAS-UcI' },
  ])('$ours of ours, $theirs of theirs with an offer: $offer: $status, $rule; ours is agreed on all the same', async (row) => {
    for (const role of ['called', 'calling'] as const) {
      const { play, peer, session } = await up(role);
      const done = session.sendReinvite({ method: row.ours, media: HOLD });
      await play.go();
      await peer.request(row.theirs, row.offer ? { body: HELD } : {});
      expect(last(peer, row.theirs).status).toBe(row.status);
      if (row.theirs === 'INVITE') await peer.ack();
      await peer.answer(row.ours, 200, { body: sdp({ direction: 'recvonly' }) });
      expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendonly']);
      await close(play);
    }
  });
});

describe('a request of theirs while another of theirs is not through, tables 3 and 4', () => {
  it('INVITE while the one before is not answered: 500 with Retry-After, UAS-IsI', async () => {
    const play = new Play();
    const slow = play.slow(({ method, initial }) => method === 'INVITE' && !initial);
    const { peer } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('INVITE', { body: HELD });
    await peer.request('INVITE', { body: HELD });
    expect([last(peer, 'INVITE').status, Number(last(peer, 'INVITE').headers.get('Retry-After')) <= 10]).toEqual([500, true]);
    await slow.answer(undefined);
    await peer.ack({}, 500);
    await peer.ack({}, 200);
    await close(play);
  });

  it.each([
    { method: 'INVITE', offer: true, status: 500, rule: 'UAS-IsI' },
    { method: 'INVITE', offer: false, status: 500, rule: 'UAS-IsI' },
    { method: 'UPDATE', offer: true, status: 500, rule: 'UAS-IsU' },
    { method: 'UPDATE', offer: false, status: 200, rule: 'it touches no media' },
  ])('$method with an offer: $offer while ours in a 2xx has no answer: $status, $rule; ours has its answer in the ACK', async (row) => {
    for (const first of [true, false]) {
      const play = new Play();
      const { peer, session } = first ? await play.lateCalled() : await play.calledAndAnswered('acknowledged');
      if (!first) await peer.request('INVITE');
      await peer.request(row.method, row.offer ? { body: HELD } : {});
      const refusal = last(peer, row.method);
      expect(refusal.status).toBe(row.status);
      if (row.status === 500) expect(refusal.headers.get('Retry-After')).toMatch(/^\d$|^10$/);
      if (row.method === 'INVITE') await peer.ack({}, row.status);
      await peer.ack({ body: PCMU }, 200);
      expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
      await close(play);
    }
  });

  it.each(['called', 'calling'] as const)('INVITE before the ACK of a 2xx that has the answer, when we are %s: 491', async (role) => {
    const { play, peer, session } = await up(role);
    await peer.request('INVITE', { body: HELD });
    await peer.request('INVITE', { body: PCMU });
    expect(last(peer, 'INVITE').status).toBe(491);
    await peer.ack({}, 491);
    await peer.ack({}, 200);
    expect([session.state, said(session)]).toEqual(['established', 'recvonly']);
    await close(play);
  });

  it.each(['called', 'calling'] as const)(
    'UPDATE before the ACK of a 2xx that has the answer, when we are %s: no ACK of its exchange is open',
    async (role) => {
      const { play, peer, session } = await up(role);
      await peer.request('INVITE', { body: PCMU });
      await peer.request('UPDATE', { body: HELD });
      expect([last(peer, 'UPDATE').status, said(session)]).toEqual([200, 'recvonly']);
      await peer.ack();
      await close(play);
    },
  );

  it.each([true, false])(
    'INVITE with an offer: %s while an UPDATE of theirs is not answered: 500 with Retry-After, UAS-UsI, figure 17',
    async (offer) => {
      const play = new Play();
      const slow = play.slow(({ method }) => method === 'UPDATE');
      const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
      await peer.request('UPDATE', { body: HELD });
      await peer.request('INVITE', offer ? { body: PCMU } : {});
      expect([last(peer, 'INVITE').status, last(peer, 'INVITE').headers.get('Retry-After')]).toEqual([
        500,
        expect.stringMatching(/^\d$|^10$/),
      ]);
      await peer.ack({}, 500);
      await slow.answer(undefined);
      expect([last(peer, 'UPDATE').status, said(session)]).toEqual([200, 'recvonly']);
      await close(play);
    },
  );
});

describe('we never make a request that would cross one of our own, §4.3', () => {
  const METHODS = ['INVITE', 'UPDATE'] as const;
  it.each([
    ...METHODS.flatMap((first) => METHODS.map((second) => ({ first, second, media: 'same' as const }))),
    ...METHODS.map((first) => ({ first, second: 'INVITE' as const, media: 'late' as const })), // UAC-UI, figures 4 and 12
  ])('$second, $media, waits for $first', async ({ first, second, media: asked }) => {
    const { play, peer, session } = await up('calling');
    const settled: RefreshOutcome['kind'][] = [];
    for (const [method, media] of [
      [first, HOLD],
      [second, asked],
    ] as const) {
      void session.sendReinvite({ method, media }).then(({ kind }) => settled.push(kind));
    }
    await play.bed.clock.advance(400);
    const count = (): number =>
      new Set(
        peer.raw.received.flatMap((one) =>
          one.kind === 'request' && one.to.tag !== undefined && one.method !== 'ACK' ? [one.cseq.sequence] : [],
        ),
      ).size;
    expect(count()).toBe(1);
    await peer.answer(first, 200, { body: sdp({ direction: 'recvonly' }) });
    expect([count(), settled]).toEqual([2, ['agreed']]);
    await peer.answer(second, 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
    await play.go();
    expect(settled).toEqual(['agreed', 'agreed']);
    await close(play);
  });

  it('an UPDATE cannot be without an offer that is to come: refused here', async () => {
    const { play, peer, session } = await up('calling');
    await expect(session.sendReinvite({ method: 'UPDATE', media: 'late' })).rejects.toMatchObject({ code: 'SESSION_STATE' });
    await play.go();
    expect(peer.raw.received.flatMap((one) => (one.kind === 'request' ? [one.method] : []))).not.toContain('UPDATE');
    await close(play);
  });

  it.each(METHODS)('%s waits until an INVITE of theirs is acknowledged', async (method) => {
    const { play, peer, session } = await up('called');
    await peer.request('INVITE', { body: HELD });
    const done = session.sendReinvite({ method, media: [{ kind: 'audio', direction: 'inactive' }] });
    await play.go();
    const requests = (): string[] => peer.raw.received.flatMap((one) => (one.kind === 'request' ? [one.method] : []));
    expect(requests()).toEqual([]);
    await peer.ack();
    expect(requests()).toEqual([method]);
    await peer.answer(method, 200, { body: sdp({ direction: 'inactive', version: 3 }) });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'inactive']);
    await close(play);
  });
});
