/** Requests and responses whose session description is one part of several (RFC 5621, RFC 3204, RFC 3261 §8.2.3). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyParts, HeaderList, partOfType } from '@jackfield/sip';
import type { Session, Supplement } from '../src/index.ts';
import { Play } from './ladders/play.ts';
import { prack, SUPPORTED } from './ladders/reliably.ts';
import { sdp, type RequestInit, type Script } from './ladders/script.ts';

const MIXED = 'multipart/mixed;boundary=b';
const OURS = 'application/sdp, multipart/mixed, multipart/alternative';
const HELD = sdp({ direction: 'sendonly', version: 2 });

type Part = readonly [type: string, content: string, disposition?: string];
const parts = (...all: readonly Part[]): string =>
  `${all
    .map(
      ([type, content, disposition]) =>
        `--b\r\nContent-Type: ${type}\r\n${disposition === undefined ? '' : `Content-Disposition: ${disposition}\r\n`}\r\n${content}\r\n`,
    )
    .join('')}--b--\r\n`;

const ISUP: Part = ['application/isup;version=nxv3', '\x01\x00\x49', 'signal;handling=optional'];
const NEEDED: Part = ['application/isup;version=nxv3', '\x01\x00\x49', 'signal;handling=required'];
const withIsup = (description: string): RequestInit => ({ body: parts(ISUP, ['application/sdp', description]), type: MIXED });
const insisting = (description: string): RequestInit => ({ body: parts(['application/sdp', description, 'session'], NEEDED), type: MIXED });

let play: Play;
beforeEach(() => {
  play = new Play();
});
afterEach(async () => {
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

const last = (peer: Script, method: string) => peer.response((one) => one.cseq.method === method && one.status > 100);
const said = (session: Session): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;

describe('an INVITE with several parts', () => {
  it.each<[what: string, init: RequestInit]>([
    ['a part that may be ignored', withIsup(sdp())],
    [
      'alternatives, the last unknown',
      { body: parts(['application/sdp', sdp()], ['application/sdpng', '<x/>']), type: 'multipart/alternative;boundary=b' },
    ],
    ['related parts', { body: parts(['application/sdp', sdp()], ISUP), type: 'multipart/related;boundary=b;type="application/sdp"' }],
    [
      'the place of the caller, to which Geolocation refers',
      {
        body: `--b\r\nContent-Type: application/pidf+xml\r\nContent-ID: <p@a.example>\r\n\r\n<presence/>\r\n${parts(['application/sdp', sdp()])}`,
        type: MIXED,
        fields: { Geolocation: '<cid:p@a.example>' },
      },
    ],
  ])('is a call: %s', async (_, init) => {
    const { peer, calls } = await play.called();
    await peer.invite(init);
    void calls[0]!.accept();
    await play.go();
    expect([last(peer, 'INVITE').status, last(peer, 'INVITE').body?.type]).toEqual([200, 'application/sdp']);
    await peer.ack();
    expect([calls[0]!.state, said(calls[0]!)]).toEqual(['established', 'sendrecv']);
  });

  it('without a description gets our offer', async () => {
    const { peer, calls } = await play.called();
    await peer.invite({ body: parts(ISUP), type: MIXED });
    void calls[0]!.accept();
    await play.go();
    await peer.ack({ body: parts(['application/sdp', sdp()], NEEDED), type: MIXED });
    expect([calls[0]!.state, said(calls[0]!)]).toEqual(['established', 'sendrecv']);
  });

  it.each<[what: string, init: RequestInit]>([
    ['an unknown part that is required', insisting(sdp())],
    ['an unknown part that says nothing', { body: parts(['application/sdp', sdp()], ['application/unknown', 'x']), type: MIXED }],
    ['alternatives of which none is known', { body: parts(['a/b', 'x'], ['c/d', 'y']), type: 'multipart/alternative;boundary=b' }],
  ])('gets 415 and what we read: %s', async (_, init) => {
    await refused(init);
  });

  it.each<[what: string, init: RequestInit]>([
    ['a part of no bytes', { body: '--b\r\n\r\n--b--', type: MIXED }],
    ['no boundary', { body: parts(['application/sdp', sdp()]), type: 'multipart/mixed' }],
    ['an unterminated last part', { body: parts(['application/sdp', sdp()]).replace('--b--', ''), type: MIXED }],
    ['three thousand parts', { body: `${'--b\r\n\r\nx\r\n'.repeat(3000)}--b--`, type: MIXED }],
  ])('T-04: gets 415 before anybody is asked where it has %s', async (_, init) => {
    await refused(init);
  });

  async function refused(init: RequestInit): Promise<void> {
    const { bob, peer } = await play.called();
    await peer.invite(init);
    expect([last(peer, 'INVITE').status, last(peer, 'INVITE').headers.get('Accept')]).toEqual([415, OURS]);
    await peer.ack();
    expect(bob.service.stats().total).toMatchObject({ incoming: 0 });
  }

  it('gets 400 where its description is none', async () => {
    const { peer } = await play.called();
    await peer.invite({ body: parts(['application/sdp', 'v=1\r\n']), type: MIXED });
    expect(last(peer, 'INVITE').status).toBe(400);
    await peer.ack();
  });

  it('is taken with a part that a plug-in reads, which sees it whole', async () => {
    const seen: (string | undefined)[] = [];
    const trunk: Supplement = {
      name: 'trunk',
      accept: ['application/isup'],
      incomingRequest: (_session, { body }) => {
        const all = body && bodyParts(body, new HeaderList());
        seen.push(all && partOfType(all, 'application/isup')?.body.parameters?.['version']);
      },
    };
    const { peer, calls } = await play.called({}, trunk);
    await peer.invite(insisting(sdp()));
    expect(seen).toEqual(['nxv3']);
    void calls[0]!.accept();
    await play.go();
    expect(last(peer, 'INVITE').headers.get('Accept')).toBe(`${OURS}, application/isup`);
    await peer.ack();
  });

  it('is answered by what its sender reads: a container alone is nothing', async () => {
    const { peer } = await play.called();
    await peer.invite({ ...withIsup(sdp()), fields: { Accept: 'multipart/mixed, application/isup' } });
    expect(last(peer, 'INVITE').status).toBe(406);
    await peer.ack();
  });
});

describe('several parts inside a call', () => {
  it.each(['INVITE', 'UPDATE'])('%s: the offer is found, and a part that is required and unknown is refused', async (method) => {
    const { peer, session } = await play.calledAndAnswered('acknowledged');
    await peer.request(method, withIsup(HELD));
    if (method === 'INVITE') await peer.ack();
    expect([last(peer, method).status, said(session)]).toEqual([200, 'recvonly']);
    await peer.request(method, insisting(sdp({ version: 3 })));
    if (method === 'INVITE') await peer.ack();
    expect([last(peer, method).status, last(peer, method).headers.get('Accept')]).toEqual([415, OURS]);
    expect([session.state, said(session)]).toEqual(['established', 'recvonly']);
  });

  it('PRACK: the answer to our offer is found, after one that was refused', async () => {
    const { peer, calls } = await play.called();
    await peer.invite({ fields: SUPPORTED });
    const session = calls[0]!;
    void session.progress(183, { reliable: true });
    await play.go();
    await prack(peer, insisting(sdp()));
    expect(last(peer, 'PRACK').status).toBe(415);
    await prack(peer, withIsup(sdp()));
    expect([last(peer, 'PRACK').status, said(session)]).toEqual([200, 'sendrecv']);
    void session.accept();
    await play.go();
    await peer.ack();
    expect(session.state).toBe('established');
  });
});

describe('the answer among several parts', () => {
  const ANSWER = { body: parts(NEEDED, ['application/sdp', sdp()]), type: MIXED }; // a response cannot be refused for what is in it (§10)

  it('of a 200', async () => {
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 200, ANSWER);
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
  });

  it('of a 183', async () => {
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, ANSWER);
    expect(said(session)).toBe('sendrecv');
    await peer.answer('INVITE', 200, ANSWER);
    expect(session.state).toBe('established');
  });

  it('of a reliable 183; the 200 to its PRACK brings nothing new', async () => {
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { ...ANSWER, fields: { Require: '100rel', RSeq: '1' } });
    await peer.answer('PRACK', 200, ANSWER);
    await peer.answer('INVITE', 200);
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
  });

  it('of a 200 to our re-INVITE and UPDATE', async () => {
    const { peer, session } = await play.callingAndAnswered();
    for (const method of ['INVITE', 'UPDATE'] as const) {
      const done = session.sendReinvite({ method, media: [{ kind: 'audio', direction: method === 'INVITE' ? 'sendonly' : 'sendrecv' }] });
      await play.go();
      const direction = method === 'INVITE' ? 'recvonly' : 'sendrecv';
      const version = method === 'INVITE' ? 2 : 3;
      await peer.answer(method, 200, { body: parts(ISUP, ['application/sdp', sdp({ direction, version })]), type: MIXED });
      expect((await done).kind).toBe('agreed');
    }
  });
});
