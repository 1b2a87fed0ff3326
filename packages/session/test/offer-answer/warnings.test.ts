/** The Warning of a 488 that is ours: why a description was refused (RFC 3261 §13.3.1.3, §20.43). */
import { SipError } from '@jackfield/base';
import { readWarnings } from '@jackfield/sip';
import { describe, expect, it } from 'vitest';
import { Play } from '../ladders/play.ts';
import { prack, SUPPORTED } from '../ladders/reliably.ts';
import { sdp, type Script } from '../ladders/script.ts';

const UNUSABLE = sdp({ format: '18', version: 2 });

const last = (peer: Script, method: string) => peer.response(({ cseq, status }) => cseq.method === method && status >= 200);
const warnings = (peer: Script, method = 'INVITE') => readWarnings(last(peer, method).headers).map(({ code, text }) => `${code} ${text}`);

describe('a 488 of ours says why', () => {
  it.each([
    { body: sdp({ format: '18' }), says: '305 Incompatible media format', because: 'a handler of the kind takes none of its formats' },
    { body: sdp({ kind: 'video' }), says: '304 Media type not available', because: 'nobody handles the kind' },
    {
      body: sdp({ kind: 'video' }) + 'm=audio 9 RTP/AVP 18\r\n',
      says: '305 Incompatible media format',
      because: 'of one of two kinds there is a handler',
    },
    {
      body: sdp({ format: '18' }).replace('c=IN IP4 192.0.2.9', 'c=IN IP6 2001:db8::9'),
      says: '301 Incompatible network address formats',
      because: 'no stream has an address that we could send to',
    },
    { body: sdp({ port: 0 }), says: '399 Session description not acceptable: nothing-claimed', because: 'nothing is offered' },
  ])('$says, where $because', async ({ body, says }) => {
    const play = new Play();
    const { peer, bob } = await play.called();
    await peer.invite({ body });
    expect([last(peer, 'INVITE').status, warnings(peer)]).toEqual([488, [says]]);
    expect(bob.uri()).toContain(`@${readWarnings(last(peer, 'INVITE').headers)[0]!.agent}:`);
    await peer.ack();
    await play.bed.close();
  });

  it.each(['INVITE', 'UPDATE'])('to an %s inside the call, too', async (method) => {
    const play = new Play();
    const { peer } = await play.calledAndAnswered('acknowledged');
    await peer.request(method, { body: UNUSABLE });
    expect([last(peer, method).status, warnings(peer, method)]).toEqual([488, ['305 Incompatible media format']]);
    await peer.request(method, { body: 'v=0\r\no=peer 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n' });
    expect([last(peer, method).status, warnings(peer, method)]).toEqual([488, ['399 Session description not acceptable: section-count']]);
    await play.bed.close();
  });

  it('to the INVITE whose PRACK brought the offer', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite({ body: sdp(), fields: SUPPORTED });
    void calls[0]!.progress(183, { reliable: true });
    await play.go();
    await prack(peer, { body: UNUSABLE });
    expect([last(peer, 'INVITE').status, warnings(peer)]).toEqual([488, ['305 Incompatible media format']]);
    await play.bed.close();
  });

  it('and nothing of plug-ins: 399, where a handler refuses as it creates or applies', async () => {
    for (const hook of ['createOutgoingStream', 'applyNegotiatedStream'] as const) {
      const play = new Play();
      const { bob, peer, calls } = await play.called();
      play.breaks(bob, hook, new SipError('SESSION_NEGOTIATION', 'the secret of a plug-in', { rule: 'secret' }));
      await peer.invite();
      void calls[0]!.accept().catch(() => undefined);
      await play.go();
      expect([last(peer, 'INVITE').status, warnings(peer)]).toEqual([488, ['399 Session description not acceptable']]);
      await play.bed.close();
    }
  });

  it('which a supplement sees, and may say otherwise', async () => {
    const play = new Play();
    const { peer } = await play.called(
      {},
      {
        name: 'pseudonym',
        outgoingResponse: (_, { headers }) => headers.set('Warning', headers.get('Warning')!.replace(/ \S+/, ' front-desk')),
      },
    );
    await peer.invite({ body: UNUSABLE });
    expect(readWarnings(last(peer, 'INVITE').headers)).toMatchObject([{ agent: 'front-desk' }]);
    await play.bed.close();
  });
});

describe('no Warning of ours', () => {
  it('where the application says 488', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.reject(488);
    await play.go();
    expect([last(peer, 'INVITE').status, warnings(peer)]).toEqual([488, []]);
    await play.bed.close();
  });

  it('in another refusal: 400 for what is no description, 500 for a handler that broke', async () => {
    const play = new Play();
    const { bob, peer } = await play.calledAndAnswered('acknowledged');
    await peer.request('UPDATE', { body: 'v=' });
    expect([last(peer, 'UPDATE').status, warnings(peer, 'UPDATE')]).toEqual([400, []]);
    play.breaks(bob, 'applyNegotiatedStream', new Error('broken'));
    await peer.request('UPDATE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    expect([last(peer, 'UPDATE').status, warnings(peer, 'UPDATE')]).toEqual([500, []]);
    await play.bed.close();
  });
});
