import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';

const OWNED = { Via: 'SIP/2.0/UDP lost', From: '<sip:lost@example.com>', To: '<sip:lost@example.com>', 'Call-ID': 'lost', CSeq: '9 BYE' };

describe('what the request decides of its response (RFC 3261 §8.2.6.2)', () => {
  it.each([
    { who: 'accept()', headers: OWNED, hooked: {} },
    { who: 'a supplement', headers: {}, hooked: OWNED },
  ])('is not written by $who', async ({ headers, hooked }) => {
    const play = new Play();
    const { peer, calls, bob } = await play.called();
    bob.service.registerSupplement({
      name: 'writes',
      outgoingResponse: (_session, response) => {
        for (const [name, value] of Object.entries(hooked)) response.headers.add(name, value);
      },
    });
    await peer.invite();
    const accepted = calls[0]!.accept({ headers });
    await play.go();
    await peer.ack();
    await accepted;
    const answer = peer.raw.received.find((message) => message.kind === 'response' && message.status === 200);
    for (const name of Object.keys(OWNED)) expect(answer!.headers.getAll(name)).toHaveLength(1);
    expect([answer!.cseq.method, calls[0]!.state, bob.errors]).toEqual(['INVITE', 'established', []]);
    await play.bed.close();
  });
});
