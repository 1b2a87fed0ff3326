/** A body of the application's beside the session description of ours (RFC 5621 §4, RFC 6337 §3.1.1). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splitMultipart, type Body } from '@jackfield/sip';
import { reply, type IncomingRequest, type Session } from '../src/index.ts';
import { Play } from './ladders/play.ts';
import { prack, SUPPORTED } from './ladders/reliably.ts';
import { sdp, type Script } from './ladders/script.ts';

const text = (type: string, content: string): Body => ({ type, bytes: Buffer.from(content) });
const CARD = text('text/vcard', 'BEGIN:VCARD');
const OWN_SDP = text('application/sdp', sdp());
const MIXED: Body = {
  type: 'multipart/mixed',
  parameters: { boundary: 'b' },
  bytes: Buffer.from(`--b\r\nContent-Type: application/sdp\r\n\r\n${sdp()}\r\n--b--\r\n`),
};
const LOOSE = { 'Content-Disposition': 'render;handling=optional', 'Content-ID': '<card@a.example>' };

let play: Play;
beforeEach(() => {
  play = new Play();
});
afterEach(async () => {
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

interface Carrier {
  readonly body?: Body | undefined;
}
/** Type and content of each part; of a body that is none, its own. A description is its origin. */
function held({ body }: Carrier): readonly (readonly [type: string, content: string])[] {
  if (body === undefined) return [];
  const all = splitMultipart(body)?.map((part) => part.body) ?? [body];
  return all.map(({ type, bytes }) => {
    const content = Buffer.from(bytes).toString();
    return [type, type === 'application/sdp' ? /^o=(.*)\r$/m.exec(content)![1]! : content];
  });
}
const types = (message: Carrier): readonly string[] => held(message).map(([type]) => type);
const last = (peer: Script, status: number) => peer.response((one) => one.cseq.method === 'INVITE' && one.status === status);
const agreed = (session: Session): unknown => (session.streams[0]?.stream as { agreed?: unknown } | undefined)?.agreed !== undefined;

describe('a body given to a call', () => {
  it('leaves beside the offer, and its answer is the answer', async () => {
    const { peer, session } = await play.calling({ body: CARD });
    expect(peer.got('INVITE').body?.type).toBe('multipart/mixed');
    expect(types(peer.got('INVITE'))).toEqual(['application/sdp', 'text/vcard']);
    await peer.accept();
    expect([session.state, agreed(session), peer.got('ACK').body]).toEqual(['established', true, undefined]);
  });

  it('has the headers that speak of it; the rest stay with the message', async () => {
    const { peer } = await play.calling({ body: CARD, headers: { ...LOOSE, Subject: 'a card' } });
    const { headers, body } = peer.got('INVITE');
    const [description, card] = splitMultipart(body!)!;
    expect(['Subject', 'Content-Disposition', 'Content-ID'].map((name) => headers.get(name))).toEqual(['a card', undefined, undefined]);
    expect(description!.headers.get('Content-Disposition')).toBeUndefined();
    expect(Object.keys(LOOSE).map((name) => card!.headers.get(name))).toEqual(Object.values(LOOSE));
    await peer.accept();
  });

  it('is alone where nothing is offered, with its headers, and the offer of the 2xx is answered in the ACK', async () => {
    const { peer, session } = await play.calling({ body: CARD, headers: LOOSE, media: 'late' });
    expect(held(peer.got('INVITE'))).toEqual([['text/vcard', 'BEGIN:VCARD']]);
    expect(peer.got('INVITE').headers.get('Content-ID')).toBe('<card@a.example>');
    await peer.accept();
    expect([session.state, peer.got('ACK').body?.type]).toEqual(['established', 'application/sdp']);
  });

  it('is taken by a party of ours', async () => {
    const { alice, bob, calls } = await play.parties('both');
    const caller = alice.service.create(bob.uri(), { body: CARD, headers: LOOSE });
    await play.go();
    expect(types(calls[0]!.invite as IncomingRequest)).toEqual(['application/sdp', 'text/vcard']);
    void calls[0]!.accept({ body: CARD, headers: LOOSE });
    await play.go();
    expect([agreed(caller), agreed(calls[0]!)]).toEqual([true, true]);
  });

  it.each([
    ['alone', OWN_SDP],
    ['as a part', MIXED],
  ])('is no session description: SESSION_OPTION for one %s', async (_, body) => {
    const alice = await play.bed.party('alice');
    const refused = expect.objectContaining({ code: 'SESSION_OPTION', info: { option: 'body' } });
    expect(() => alice.service.create('sip:bob@192.0.2.9', { body })).toThrow(refused);
    expect(() => alice.service.create('sip:bob@192.0.2.9', { body, media: 'none' })).toThrow(refused);
    expect(alice.service.stats()).toMatchObject({ live: { sessions: 0 }, total: { outgoing: 0 } });
  });
});

describe('a body given to a response', () => {
  async function called(offer: string | undefined = sdp()) {
    const { peer, calls } = await play.called();
    await peer.invite({ body: offer, fields: SUPPORTED });
    return { peer, session: calls[0]! };
  }

  it('leaves beside the answer of the 2xx', async () => {
    const { peer, session } = await called();
    void session.accept({ body: CARD, headers: LOOSE });
    await play.go();
    const response = last(peer, 200);
    expect([types(response), response.headers.get('Content-ID')]).toEqual([['application/sdp', 'text/vcard'], undefined]);
    await peer.ack();
    expect([session.state, agreed(session)]).toEqual(['established', true]);
  });

  it('leaves beside the answer of a 183, which the 2xx says once more', async () => {
    const { peer, session } = await called();
    void session.progress(183, { body: CARD });
    await play.go();
    void session.accept();
    await play.go();
    const [description, card] = held(last(peer, 183));
    expect(card).toEqual(['text/vcard', 'BEGIN:VCARD']);
    expect(held(last(peer, 200))).toEqual([description]);
    await peer.ack();
  });

  it('is alone where the response says nothing of media', async () => {
    const { peer, session } = await called();
    void session.progress(180, { body: CARD });
    await play.go();
    expect(types(last(peer, 180))).toEqual(['text/vcard']);
    void session.reject(486, { body: CARD });
    await play.go();
    expect(types(last(peer, 486))).toEqual(['text/vcard']);
    await peer.ack();
  });

  it('leaves beside our offer, whose answer the PRACK brings; the 2xx has the body of its own alone', async () => {
    const { peer, session } = await called('');
    void session.progress(180, { body: CARD, reliable: true });
    await play.go();
    expect(types(last(peer, 180))).toEqual(['application/sdp', 'text/vcard']);
    await prack(peer, { body: sdp() });
    void session.accept({ body: CARD });
    await play.go();
    expect(types(last(peer, 200))).toEqual(['text/vcard']);
    await peer.ack();
    expect([session.state, agreed(session)]).toEqual(['established', true]);
  });

  it.each([
    ['alone', OWN_SDP],
    ['as a part', MIXED],
  ])('is no session description: SESSION_OPTION for one %s, and the call may be answered yet', async (_, body) => {
    const { peer, session } = await called();
    const refused = { code: 'SESSION_OPTION', info: { option: 'body' } };
    const tried = [session.progress(183, { body }), session.accept({ body })];
    await play.go();
    for (const verb of tried) await expect(verb).rejects.toMatchObject(refused);
    void session.accept();
    await play.go();
    expect(types(last(peer, 200))).toEqual(['application/sdp']);
    await peer.ack();
  });

  it('may be what we could have, where it refuses the offer (RFC 3261 §21.4.26)', async () => {
    const { peer, session } = await called();
    void session.reject(488, { body: OWN_SDP });
    await play.go();
    expect(types(last(peer, 488))).toEqual(['application/sdp']);
    await peer.ack();
  });
});

describe('a description in the 2xx that a supplement gives to an UPDATE', () => {
  it('is refused: nobody has agreed on it', async () => {
    let seen: IncomingRequest | undefined;
    const { bob, peer, session } = await play.calledAndAnswered(
      'acknowledged',
      {},
      {
        name: 'desk',
        methods: ['UPDATE'],
        incomingRequest: (_session, request) => {
          if (seen !== undefined) return reply(200, { body: OWN_SDP });
          seen = request;
          return 'later';
        },
      },
    );
    await peer.request('UPDATE');
    expect(() => session.sendResponse(seen!, 200, { body: OWN_SDP })).toThrow(expect.objectContaining({ code: 'SESSION_REPLY_RANGE' }));
    session.sendResponse(seen!, 200, { body: CARD });
    await play.go();
    expect(types(peer.response(({ cseq }) => cseq.method === 'UPDATE'))).toEqual(['text/vcard']);
    await peer.request('UPDATE');
    expect(peer.response(({ cseq }) => cseq.method === 'UPDATE').status).toBe(500);
    expect(bob.errors.splice(0)).toMatchObject([{ code: 'SESSION_HOOK_FAILED', cause: { code: 'SESSION_REPLY_RANGE' } }]);
  });
});
