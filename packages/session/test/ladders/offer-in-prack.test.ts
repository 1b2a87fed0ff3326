import { describe, expect } from 'vitest';
import { defineEndpoint, type InviteOptions, type Session, type Supplement } from '../../src/index.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { pracked } from './reliably.ts';
import { sdp, type Script } from './script.ts';

const HOLDS = sdp({ direction: 'recvonly', version: 2 });
/** Of a peer that knows no UPDATE. */
const reliable = (sequence: number): Readonly<Record<string, string>> => ({
  Require: '100rel',
  RSeq: String(sequence),
  Allow: 'INVITE, PRACK',
});

describe('F6, an offer of ours in a PRACK', () => {
  const plays = golden('F06c-offer-in-our-prack');

  function change(play: Play, session: Session, what: 'hold' | 'resume' = 'hold'): void {
    play.note(`alice calls sendReinvite: ${what}`);
    play.watch(
      session.sendReinvite({ media: [{ kind: 'audio', direction: what === 'hold' ? 'sendonly' : 'sendrecv' }] }),
      (outcome) => `sendReinvite: ${outcome.kind}${'response' in outcome ? ` ${outcome.response.status}` : ''}`,
      'sendReinvite',
    );
  }

  const answered = (peer: Script, sequence = 7): Promise<void> => peer.answer('INVITE', 183, { body: sdp(), fields: reliable(sequence) });

  /** The offer is out in the PRACK. */
  async function out(play: Play, invite: InviteOptions = {}, ...forks: string[]): Promise<{ peer: Script; session: Session }> {
    const { peer, session } = await play.calling(invite);
    for (const toTag of forks) await peer.answer('INVITE', 180, { toTag });
    change(play, session);
    await answered(peer);
    play.check(peer.got('PRACK').body?.type, 'application/sdp');
    play.cut();
    return { peer, session };
  }

  plays('answered in the 2xx of the PRACK', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    change(play, session);
    await answered(peer);
    const { headers, content } = peer.got('PRACK');
    expect(headers.get('RAck')).toBe(`7 ${peer.got('INVITE').cseq.sequence} INVITE`);
    expect(Buffer.from(content).toString()).toContain('a=sendonly');
    await peer.answer('PRACK', 200, { body: HOLDS });
    await peer.answer('INVITE', 200);
    play.check(session.streams[0]?.local.lines.includes('a=sendonly'), true);
  });

  plays('refused: what was agreed stays, and the PRACK goes without', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    change(play, session);
    await answered(peer);
    const first = peer.got('PRACK');
    await peer.answer('PRACK', 488);
    expect(peer.got('PRACK').cseq.sequence).toBe(first.cseq.sequence + 1);
    await answered(peer);
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
    play.check([session.state, session.streams[0]?.local.lines.includes('a=sendrecv')], ['established', true]);
  });

  plays('refused with 481, the peer waits for no PRACK: it is not sent again', async (play) => {
    const { peer } = await out(play);
    await peer.answer('PRACK', 481);
    await peer.answer('INVITE', 200);
  });

  plays('it meets 491: the PRACK goes without, and the change waits until the call is answered', async (play) => {
    const { peer } = await out(play);
    await peer.answer('PRACK', 491);
    await pracked(peer, 7);
    await play.wait(5000);
    await peer.answer('INVITE', 200);
    await peer.answer('INVITE', 200, { body: HOLDS });
  });

  plays('challenged: the offer goes again with the credentials', async (play) => {
    const credentials = [{ username: 'alice', password: 'wonder' }];
    const { peer, session } = await play.calling({ endpoint: defineEndpoint({ name: 'peer', trusted: false, credentials }) });
    change(play, session);
    play.cut();
    await answered(peer);
    const first = peer.got('PRACK');
    await peer.answer('PRACK', 401, { fields: { 'WWW-Authenticate': 'Digest realm="x", nonce="n", qop="auth", algorithm=MD5' } });
    const { headers, content } = peer.got('PRACK');
    expect([headers.get('RAck'), Buffer.from(content)]).toEqual([first.headers.get('RAck'), Buffer.from(first.content)]);
    expect(headers.get('Authorization')).toContain('username="alice"');
    await peer.answer('PRACK', 200, { body: HOLDS });
  });

  plays('the 2xx of the PRACK brings no answer: what was agreed stays, and is offered again when the call is answered', async (play) => {
    const { peer } = await out(play);
    await peer.answer('PRACK', 200);
    await peer.answer('INVITE', 200);
    await peer.answer('INVITE', 200, { body: sdp({ version: 2 }) });
  });

  plays('never answered: the call is given up', async (play) => {
    const { peer } = await out(play);
    await play.bed.clock.advance(31_900);
    play.cut();
    await play.bed.clock.advance(200);
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('never answered by one of two early dialogs: the change waits until the other has answered the call', async (play) => {
    const { peer, session } = await out(play, {}, 'b');
    await play.bed.clock.advance(31_900);
    play.cut();
    await play.bed.clock.advance(200);
    play.note('fork b');
    await peer.accept({ port: 30_002 }, 'b');
    await peer.answer('INVITE', 200, { toTag: 'b', body: sdp({ port: 30_002, direction: 'recvonly', version: 2 }) });
    play.check(session.streams[0]?.remote.port, 30_002);
  });

  plays('it crosses the 2xx of the INVITE: each has its own answer', async (play) => {
    const { peer, session } = await out(play);
    await peer.answer('INVITE', 200);
    await peer.answer('PRACK', 200, { body: HOLDS });
    play.check(session.state, 'established');
  });

  plays('it is out, and another early dialog answers the call: the change goes there', async (play) => {
    const { peer, session } = await out(play);
    play.note('fork b');
    await peer.accept({ port: 30_002 }, 'b');
    await peer.answer('PRACK', 200, { body: HOLDS });
    await peer.answer('INVITE', 200, { toTag: 'b', body: sdp({ port: 30_002, direction: 'recvonly', version: 2 }) });
    play.check(session.streams[0]?.remote.port, 30_002);
  });

  plays('the INVITE is redirected while it is out: the change goes with the PRACK there', async (play) => {
    const { peer, session } = await out(play, { endpoint: defineEndpoint({ name: 'peer', trusted: false, redirects: 'follow' }) });
    await peer.answer('INVITE', 302, { contact: `<sip:other@${peer.raw.sentBy}>` });
    await peer.answer('PRACK', 200, { body: HOLDS });
    await peer.answer('INVITE', 183, { toTag: 'b', body: sdp({ port: 30_002 }), fields: reliable(700) });
    await peer.answer('PRACK', 200, { body: sdp({ port: 30_002, direction: 'recvonly', version: 2 }) });
    play.check(session.streams[0]?.remote.port, 30_002);
  });

  plays('end while it is out', async (play) => {
    const { peer, session } = await out(play);
    play.end('alice', session);
    await play.go();
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
    await peer.answer('PRACK', 200, { body: HOLDS });
  });

  plays('end while a handler makes the offer: no PRACK leaves any more', async (play) => {
    const { alice, peer, session } = await play.calling();
    change(play, session);
    await play.go();
    play.cut();
    play.never(alice, 'createOutgoingStream');
    await answered(peer);
    play.end('alice', session);
    await play.go();
    await peer.answer('CANCEL', 200);
    await peer.answer('INVITE', 487);
  });

  plays('a handler that makes no offer in time: the PRACK goes without', async (play) => {
    const { alice, peer, session } = await play.calling();
    change(play, session);
    await play.go();
    play.cut();
    play.never(alice, 'createOutgoingStream');
    await answered(peer);
    await answered(peer);
    await play.until('PRACK');
    await pracked(peer, 7);
  });

  plays('the INVITE is refused while it is out', async (play) => {
    const { peer } = await out(play);
    await peer.answer('INVITE', 486);
    await peer.answer('PRACK', 200, { body: HOLDS });
  });

  plays('the peer hangs up while it is out', async (play) => {
    const { peer } = await out(play);
    await peer.request('BYE');
  });

  plays('an UPDATE of theirs while it is out: 491', async (play) => {
    const { peer } = await out(play);
    await peer.request('UPDATE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.answer('PRACK', 200, { body: HOLDS });
  });

  plays('a late offer in the 183: the PRACK has its answer, and the change waits until the call is answered', async (play) => {
    const { peer, session } = await play.calling({ media: 'late' });
    play.cut();
    change(play, session);
    await answered(peer);
    await pracked(peer, 7);
    await peer.answer('INVITE', 200);
  });

  plays('nothing is left to be changed: the PRACK goes without', async (play) => {
    const { peer, session } = await play.calling();
    play.cut();
    change(play, session, 'resume');
    await answered(peer);
    await pracked(peer, 7);
  });

  plays('a supplement fails over it: the offer is kept back, and the PRACK goes without', async (play) => {
    const tired: Supplement = {
      name: 'tired',
      methods: ['PRACK'],
      outgoingRequest: () => {
        throw new Error('tired');
      },
    };
    const { peer, session } = await play.calling({}, tired);
    play.cut();
    change(play, session);
    await answered(peer);
    await pracked(peer, 7);
  });
});
