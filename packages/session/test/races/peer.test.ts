/** The races of RFC 5407 §3, each against a scripted peer: we are the side that is surprised, and where it has something to do, the other one too. */
import { writeMessage } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { sdp, type Script } from '../ladders/script.ts';

const HELD = sdp({ direction: 'sendonly', version: 2 });
const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;

/** What we sent from here on, copies included. */
function ours(peer: Script): string[] {
  const sent = peer.raw.received.map((one) => (one.kind === 'request' ? one.method : `${one.status} ${one.cseq.method}`));
  return sent.filter((text) => !text.startsWith('100 '));
}
async function over({ bed }: Play, ended = 1): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
  expect(bed.steps.filter((step) => step.includes(': sessionEnd'))).toHaveLength(ended);
  for (const { errors } of bed.parties) expect(errors).toEqual([]);
}

describe('RFC 5407 §3.1, in the moratorium: 2xx sent, no ACK yet', () => {
  it('3.1.1: a copy of the INVITE is a copy, and no second call', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.progress(180);
    void calls[0]!.accept();
    await play.go();
    await peer.repeat('INVITE');
    expect([calls.length, new Set(ours(peer))]).toEqual([1, new Set(['180 INVITE', '200 INVITE'])]);
    await peer.ack();
    expect(calls[0]!.state).toBe('established');
    await over(play);
  });

  it('3.1.1, caller: nothing came, the INVITE is repeated as it was, and each 200 gets its ACK', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await play.bed.clock.advance(500);
    const [first, copy] = peer.raw.received;
    expect(Buffer.from(writeMessage(copy!))).toEqual(Buffer.from(writeMessage(first!)));
    await peer.accept();
    await peer.accept();
    expect([ours(peer), session.state]).toEqual([['INVITE', 'INVITE', 'ACK', 'ACK'], 'established']);
    await over(play);
  });

  it('3.1.2: a CANCEL gets its 200 and ends nothing', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.accept();
    await play.go();
    await peer.cancel();
    expect(ours(peer)).toEqual(['200 INVITE', '200 CANCEL']);
    await peer.ack();
    expect(calls[0]!.state).toBe('established');
    await peer.request('BYE');
    expect([ours(peer).at(-1), calls[0]!.state]).toEqual(['200 BYE', 'ended']);
    await over(play);
  });

  it.each([200, 481])('3.1.2, caller: our CANCEL crossed the 200, and got %i: ACK, then BYE', async (status) => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 180);
    const ended = session.end();
    await play.go();
    await peer.accept();
    await peer.answer('CANCEL', status, { contact: undefined });
    expect(ours(peer)).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
    expect(session.state).toBe('ending');
    await peer.answer('BYE', 200);
    expect(await ended).toMatchObject({ by: 'local' });
    await over(play);
  });

  it('3.1.3: a BYE that was sent in the early dialog ends the call, and its ACK comes too late for anything', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.progress(180);
    await play.go();
    const accepted = calls[0]!.accept();
    await play.go();
    await peer.request('BYE');
    expect([ours(peer).slice(-1), calls[0]!.state]).toEqual([['200 BYE'], 'ended']);
    await expect(accepted).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await peer.ack();
    expect(play.bed.steps.at(-1)).toBe('peer -> bob ACK');
    await over(play);
  });

  it('3.1.4: an INVITE of the peer is refused with 491 as long as our 2xx has no ACK, and nothing is lost by it', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('answered');
    await play.bed.clock.advance(500);
    await peer.request('INVITE', { body: HELD });
    expect(ours(peer).at(-1)).toBe('491 INVITE');
    await peer.ack({}, 200);
    await peer.ack({}, 491);
    expect(session.state).toBe('established');
    await peer.request('INVITE', { body: HELD });
    expect(ours(peer).at(-1)).toBe('200 INVITE');
    await peer.ack();
    await over(play);
  });

  it('3.1.4, caller: while our INVITE is out the 200 of the first comes again, and gets the ACK of the first again', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.accept();
    const [invite, first] = [peer.got('INVITE'), peer.got('ACK')];
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    peer.raw.respond(invite, 200, { toTag: 'peer', contact: peer.raw.contact(), body: sdp() });
    await play.go();
    expect([peer.got('ACK').cseq.sequence, peer.got('INVITE').cseq.sequence]).toEqual([first.cseq.sequence, first.cseq.sequence + 1]);
    await peer.accept({ direction: 'recvonly', version: 2 });
    expect([(await done).kind, peer.got('ACK').cseq.sequence]).toEqual(['agreed', first.cseq.sequence + 1]);
    await peer.accept({ direction: 'recvonly', version: 2 }); // a copy
    const again = first.cseq.sequence + 1;
    expect(peer.raw.received.filter((one) => one.cseq.method === 'ACK' && one.cseq.sequence === again)).toHaveLength(2);
    await over(play);
  });

  it.each(['INVITE', 'UPDATE'])(
    '3.1.5: %s with an offer while ours in the 2xx has no answer: refused, and the answer counts',
    async (method) => {
      const play = new Play();
      const { peer, session } = await play.lateCalled();
      await peer.request(method, { body: HELD });
      const refused = peer.response(({ cseq }) => cseq.method === method).status;
      expect([491, 500]).toContain(refused);
      if (method === 'INVITE') await peer.ack({}, refused);
      await peer.ack({ body: sdp() }, 200);
      expect([session.state, session.streams.length]).toEqual(['established', 1]);
      await over(play);
    },
  );

  it('3.1.5, caller: our INVITE that was refused with 491 is made again when we may', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: 'late' });
    await peer.accept();
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    await peer.answer('INVITE', 491);
    await play.until('INVITE (application) attempt 2');
    await peer.accept({ direction: 'recvonly', version: 2 });
    expect((await done).kind).toBe('agreed');
    await over(play);
  });

  it('3.1.6: a BYE before the ACK ends the call; our 2xx is not repeated, and the ACK revives nothing', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('answered');
    await peer.request('BYE');
    await peer.ack();
    await play.bed.clock.advance(32_000);
    expect([ours(peer), session.state]).toEqual([['200 INVITE', '200 BYE'], 'ended']);
    await over(play);
  });

  it('3.1.6, caller: the 200 comes again when our BYE is out: ACK again, and no new call', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.accept();
    const ended = session.end();
    await play.go();
    await peer.accept();
    expect([ours(peer), session.state]).toEqual([['INVITE', 'ACK', 'BYE', 'ACK'], 'ending']);
    await peer.answer('BYE', 200);
    expect(await ended).toMatchObject({ by: 'local' });
    await over(play);
  });
});

describe('RFC 5407 §3.2, mortal: BYE sent or received', () => {
  it.each(['called', 'calling'] as const)('3.2.1: BYE meets BYE: 200 to theirs, one end, when we were %s', async (role) => {
    const play = new Play();
    const { peer, session } = role === 'called' ? await play.calledAndAnswered('acknowledged') : await play.callingAndAnswered();
    const ended = session.end();
    await play.go();
    await peer.request('BYE');
    await peer.answer('BYE', 200);
    expect(ours(peer).filter((text) => text.endsWith('BYE'))).toEqual(['BYE', '200 BYE']);
    expect((await ended).by).toMatch(/^(local|remote)$/);
    await over(play);
  });

  it('3.2.2: an INVITE of the peer after our BYE: 481', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    void session.end();
    await play.go();
    await peer.request('INVITE', { body: HELD });
    expect(ours(peer).at(-1)).toBe('481 INVITE');
    await peer.ack({}, 481);
    await peer.answer('BYE', 200);
    expect(session.state).toBe('ended');
    await over(play);
  });

  it('3.2.2, the other side: our INVITE meets a BYE, and its 481 is acknowledged after the end', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    await peer.request('BYE');
    expect([(await done).kind, session.state]).toEqual(['ended', 'ended']);
    await peer.answer('INVITE', 481);
    expect(ours(peer).slice(-2)).toEqual(['200 BYE', 'ACK']);
    await over(play);
  });

  it('3.2.3: BYE before the ACK of our 200 to their INVITE: 200, and the ACK is for nobody', async () => {
    const play = new Play();
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request('INVITE', { body: HELD });
    await peer.request('BYE');
    await peer.ack();
    expect([ours(peer).slice(-2), session.state]).toEqual([['200 INVITE', '200 BYE'], 'ended']);
    await over(play);
  });

  it('3.2.3, the other side: BYE overtakes our INVITE, whose 200 is acknowledged, and agreed on by nobody', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    void session.end();
    await play.go();
    expect(ours(peer).slice(-2)).toEqual(['INVITE', 'BYE']);
    await peer.accept({ direction: 'recvonly', version: 2 });
    expect(ours(peer).at(-1)).toBe('ACK');
    await peer.answer('BYE', 200);
    expect((await done).kind).toBe('ended');
    await over(play);
  });

  it.each(['offer in the INVITE', 'offer in the 2xx'])('3.2.4: hung up before the ACK is in: our BYE waits for it, %s', async (where) => {
    const play = new Play();
    const late = where === 'offer in the 2xx';
    const { peer, session } = late ? await play.lateCalled() : await play.calledAndAnswered('answered');
    void session.end();
    await play.go();
    expect(ours(peer)).toEqual(['200 INVITE']);
    await peer.ack(late ? { body: sdp() } : {});
    expect(ours(peer)).toEqual(['200 INVITE', 'BYE']);
    await peer.answer('BYE', 200);
    expect(session.state).toBe('ended');
    await over(play);
  });

  it('3.2.4, the other side: a BYE right behind the 200: ACK, then 200 to the BYE', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    peer.respond('INVITE', 200, { body: sdp() });
    peer.send('BYE');
    await play.go();
    expect([ours(peer), session.state]).toEqual([['INVITE', 'ACK', '200 BYE'], 'ended']);
    await over(play);
  });
});

describe('RFC 5407 §3.3, others', () => {
  it.each([
    { role: 'calling', from: 2100, to: 4000 },
    { role: 'called', from: 0, to: 2000 },
  ] as const)(
    '3.3.1: INVITE meets INVITE: 491 both ways, and ours again after $from to $to ms when we were $role',
    async ({ role, from, to }) => {
      const play = new Play();
      const { peer, session } = role === 'called' ? await play.calledAndAnswered('acknowledged') : await play.callingAndAnswered();
      const done = session.sendReinvite({ media: HOLD });
      await play.go();
      await peer.request('INVITE', { body: HELD });
      expect(ours(peer).at(-1)).toBe('491 INVITE');
      await peer.ack({}, 491);
      const began = play.bed.clock.now();
      await peer.answer('INVITE', 491);
      const count = (): number => ours(peer).filter((text) => text === 'INVITE').length;
      const before = count();
      while (count() === before && play.bed.clock.now() - began < 5000) await play.bed.clock.advance(10);
      const waited = play.bed.clock.now() - began;
      expect(waited).toBeGreaterThanOrEqual(from);
      expect(waited).toBeLessThanOrEqual(to + 40); // there and back
      await peer.accept({ direction: 'recvonly', version: 3 });
      expect((await done).kind).toBe('agreed');
      await over(play);
    },
  );

  it('3.3.2: UPDATE meets INVITE, both with offers: 491 both ways, and ours again', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    const done = session.sendReinvite({ media: HOLD, method: 'UPDATE' });
    await play.go();
    await peer.request('INVITE', { body: HELD });
    expect(ours(peer).at(-1)).toBe('491 INVITE');
    await peer.ack({}, 491);
    await peer.answer('UPDATE', 491);
    await play.until('UPDATE (application) attempt 2');
    await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly', version: 3 }) });
    expect((await done).kind).toBe('agreed');
    await over(play);
  });

  it('3.3.2: an UPDATE that only refreshes is in nobody’s way', async () => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    const done = session.sendReinvite({ media: 'none', method: 'UPDATE' });
    await play.go();
    await peer.request('INVITE', { body: HELD });
    expect(ours(peer).at(-1)).toBe('200 INVITE');
    await peer.ack();
    await peer.answer('UPDATE', 200);
    expect((await done).kind).toBe('agreed');
    await over(play);
  });

  it.each(['REFER', 'UPDATE', 'INFO', 'MESSAGE'])('3.3.3: %s of the peer after our BYE: 481', async (method) => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    void session.end();
    await play.go();
    await peer.request(method, { fields: method === 'REFER' ? { 'Refer-To': '<sip:carol@example.com>' } : {} });
    expect(ours(peer).at(-1)).toBe(`481 ${method}`);
    await peer.answer('BYE', 200);
    await over(play);
  });
});
