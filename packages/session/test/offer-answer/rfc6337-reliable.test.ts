/** RFC 6337 §2 to §5, the rows that need reliable provisional responses (RFC 3262): offers and answers in 18x, PRACK and early UPDATE. */
import { describe, expect, it } from 'vitest';
import type { RefreshOutcome, ReinviteOptions, Session } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';
import { sdp, type Script } from '../ladders/script.ts';

const PCMU = sdp();
const HELD = sdp({ direction: 'sendonly', version: 2 });
const UNUSABLE = sdp({ format: '18', version: 2 });
const HOLD = [{ kind: 'audio', direction: 'sendonly' }] as const;
const ALLOW = 'INVITE, ACK, BYE, CANCEL, PRACK, UPDATE';
const NO_UPDATE = 'INVITE, ACK, BYE, CANCEL, PRACK';
const RELIABLE = { Supported: '100rel', Allow: ALLOW };

const said = (session: Session): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;
const last = (peer: Script, method: string, status?: number) =>
  peer.response((one) => one.cseq.method === method && one.status > 100 && (status === undefined || one.status === status));
const described = (one: { readonly body?: { readonly type: string } | undefined }): boolean => one.body?.type === 'application/sdp';
const rseq = (sequence: number, allow = ALLOW): Readonly<Record<string, string>> => ({
  Require: '100rel',
  RSeq: String(sequence),
  Allow: allow,
});

async function close({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

/** A call that rings reliably here, with a description in the 183: the answer, or our offer where the INVITE had none. Its PRACK is not in. */
async function ringing(offered = true): Promise<{ play: Play; peer: Script; session: Session; rack: string }> {
  const play = new Play();
  const { peer, calls } = await play.called();
  await peer.invite({ body: offered ? PCMU : undefined, fields: RELIABLE });
  const session = calls[0]!;
  void session.progress(183, { reliable: true });
  await play.go();
  const { headers, cseq } = last(peer, 'INVITE', 183);
  return { play, peer, session, rack: `${headers.get('RSeq')} ${cseq.sequence} INVITE` };
}

/** A call of ours, and a change that waits; with `first`, its answer has come by then. */
async function changing(
  options: ReinviteOptions = {},
  first?: Readonly<Record<string, string>>,
): Promise<{ play: Play; peer: Script; session: Session; done: Promise<RefreshOutcome> }> {
  const play = new Play();
  const { peer, session } = await play.calling();
  if (first !== undefined) {
    await peer.answer('INVITE', 183, { fields: first, body: PCMU });
    await peer.answer('PRACK', 200);
  }
  const done = session.sendReinvite({ media: HOLD, ...options });
  await play.go();
  return { play, peer, session, done };
}

describe('where an offer and its answer stand, table 1', () => {
  it('1 and figure 1: the answer in a reliable 183; no description in what comes after it', async () => {
    const { play, peer, session, rack } = await ringing();
    expect(described(last(peer, 'INVITE', 183))).toBe(true);
    await peer.request('PRACK', { fields: { RAck: rack } });
    expect(described(last(peer, 'PRACK', 200))).toBe(false);
    void session.accept();
    await play.go();
    expect(described(last(peer, 'INVITE', 200))).toBe(false);
    await peer.ack();
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
    await close(play);
  });

  it('1, as caller: the answer in a reliable 183 counts; what a peer says of media later is passed over', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { fields: rseq(1), body: PCMU });
    expect(peer.got('PRACK').headers.get('RAck')).toBe(`1 ${peer.got('INVITE').cseq.sequence} INVITE`);
    await peer.answer('PRACK', 200);
    await peer.answer('INVITE', 200, { body: HELD });
    expect([session.state, said(session), described(peer.got('ACK'))]).toEqual(['established', 'sendrecv', false]);
    await close(play);
  });

  it('4 and figure 2: our offer in a reliable 183, the answer in its PRACK, none in the 2xx', async () => {
    const { play, peer, session, rack } = await ringing(false);
    expect(described(last(peer, 'INVITE', 183))).toBe(true);
    await peer.request('PRACK', { fields: { RAck: rack }, body: PCMU });
    expect([described(last(peer, 'PRACK', 200)), said(session)]).toEqual([false, 'sendrecv']);
    void session.accept();
    await play.go();
    expect(described(last(peer, 'INVITE', 200))).toBe(false);
    await peer.ack();
    expect(session.state).toBe('established');
    await close(play);
  });

  it('4, as caller: their offer in a reliable 183, our answer in the PRACK, none in the ACK', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: 'late' });
    await peer.answer('INVITE', 183, { fields: rseq(1), body: PCMU });
    expect([described(peer.got('PRACK')), said(session)]).toEqual([true, 'sendrecv']);
    await peer.answer('PRACK', 200);
    await peer.answer('INVITE', 200);
    expect([session.state, described(peer.got('ACK'))]).toEqual(['established', false]);
    await close(play);
  });

  it('5: a new offer in the PRACK of the answer, its answer in the 2xx of the PRACK', async () => {
    const { play, peer, session, rack } = await ringing();
    await peer.request('PRACK', { fields: { RAck: rack }, body: HELD });
    expect([described(last(peer, 'PRACK', 200)), said(session)]).toEqual([true, 'recvonly']);
    void session.accept();
    await play.go();
    await peer.ack();
    expect([session.state, said(session)]).toEqual(['established', 'recvonly']);
    await close(play);
  });

  it('5, as caller: our offer in the PRACK of the answer, its answer in the 2xx of the PRACK, none in what comes after it', async () => {
    const { play, peer, session, done } = await changing();
    await peer.answer('INVITE', 183, { fields: rseq(1, NO_UPDATE), body: PCMU });
    expect([described(peer.got('PRACK')), said(session)]).toEqual([true, 'sendrecv']);
    await peer.answer('PRACK', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
    expect([(await done).kind, session.state, said(session)]).toEqual(['agreed', 'early', 'sendonly']);
    await peer.answer('INVITE', 180, { fields: rseq(2, NO_UPDATE) });
    expect(described(peer.got('PRACK'))).toBe(false);
    await peer.answer('PRACK', 200);
    await peer.answer('INVITE', 200, { body: PCMU });
    expect([session.state, said(session), described(peer.got('ACK'))]).toEqual(['established', 'sendonly', false]);
    await close(play);
  });

  it.each<{
    because: string;
    first?: Readonly<Record<string, string>>;
    fields: Readonly<Record<string, string>>;
    body?: string;
    options?: ReinviteOptions;
  }>([
    { because: 'the response has no answer', fields: rseq(1, NO_UPDATE) },
    { because: 'the answer was in the response before, §3.2', first: rseq(1, ALLOW), fields: rseq(2, NO_UPDATE) },
    { because: 'UPDATE is allowed, which can be refused, §3.2', fields: rseq(1, ALLOW), body: PCMU },
    { because: 'it is to be an UPDATE', fields: rseq(1, NO_UPDATE), body: PCMU, options: { method: 'UPDATE' } },
    { because: 'it is to be a re-INVITE', fields: rseq(1, NO_UPDATE), body: PCMU, options: { method: 'INVITE' } },
    { because: 'it changes nothing', fields: rseq(1, NO_UPDATE), body: PCMU, options: { media: 'same' } },
    { because: 'it is to be without an offer', fields: rseq(1, NO_UPDATE), body: PCMU, options: { media: 'late' } },
  ])('5, as caller: no offer in the PRACK where $because', async ({ first, fields, body, options }) => {
    const { play, peer } = await changing(options, first);
    await peer.answer('INVITE', 183, { fields, body });
    expect([peer.got('PRACK').headers.get('RAck'), described(peer.got('PRACK'))]).toEqual([
      `${fields['RSeq']} ${peer.got('INVITE').cseq.sequence} INVITE`,
      false,
    ]);
    await close(play);
  });

  it('6: a new offer of theirs in an early UPDATE, once the first exchange is through', async () => {
    const { play, peer, session, rack } = await ringing();
    await peer.request('PRACK', { fields: { RAck: rack } });
    await peer.request('UPDATE', { body: HELD });
    expect([last(peer, 'UPDATE').status, described(last(peer, 'UPDATE')), said(session)]).toEqual([200, true, 'recvonly']);
    await close(play);
  });

  it('6: of ours, when the peer allows it', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { fields: rseq(1), body: PCMU });
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    expect(peer.raw.received.some((one) => one.kind === 'request' && one.method === 'UPDATE')).toBe(false); // not before the 200 of the PRACK
    await peer.answer('PRACK', 200);
    expect(described(peer.got('UPDATE'))).toBe(true);
    await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
    expect([(await done).kind, session.state, said(session)]).toEqual(['agreed', 'early', 'sendonly']);
    await close(play);
  });
});

describe('a preview, §3.1.1', () => {
  it('in an unreliable 183 ends no exchange: the reliable one after it brings the answer', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { body: PCMU });
    expect(said(session)).toBe('sendrecv');
    await peer.answer('INVITE', 180, { fields: rseq(1) });
    expect(described(peer.got('PRACK'))).toBe(false);
    await peer.answer('PRACK', 200);
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    expect(peer.raw.received.some((one) => one.kind === 'request' && one.method === 'UPDATE')).toBe(false);
    await peer.answer('INVITE', 183, { fields: rseq(2), body: PCMU });
    await peer.answer('PRACK', 200);
    await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendonly']);
    await close(play);
  });

  it('of ours in an unreliable 183 is said again in the 2xx', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite();
    void calls[0]!.progress(183);
    await play.go();
    const preview = Buffer.from(last(peer, 'INVITE', 183).body!.bytes).toString();
    void calls[0]!.accept();
    await play.go();
    expect(Buffer.from(last(peer, 'INVITE', 200).body!.bytes).toString()).toBe(preview);
    await peer.ack();
    await close(play);
  });

  it('is none where the INVITE had no offer: ours waits for a response that arrives', async () => {
    const play = new Play();
    const { peer, calls } = await play.called();
    await peer.invite({});
    void calls[0]!.progress(183);
    await play.go();
    expect(described(last(peer, 'INVITE', 183))).toBe(false);
    void calls[0]!.accept();
    await play.go();
    expect(described(last(peer, 'INVITE', 200))).toBe(true);
    await peer.ack({ body: PCMU });
    expect(calls[0]!.state).toBe('established');
    await close(play);
  });
});

describe('how an offer is refused, table 2', () => {
  it('4: in a reliable 18x: every line declined in the PRACK, and the call is given up', async () => {
    const play = new Play();
    const { peer, session } = await play.calling({ media: 'late' });
    await peer.answer('INVITE', 183, { fields: rseq(1), body: UNUSABLE });
    expect(Buffer.from(peer.got('PRACK').body!.bytes).toString()).toContain('m=audio 0 ');
    await peer.answer('PRACK', 200);
    await peer.answer('CANCEL', 200, { contact: undefined });
    await peer.answer('INVITE', 487);
    await play.go();
    expect(session.state).toBe('ended');
    await close(play);
  });

  it('5: in a PRACK: 200 with every line declined, and the INVITE is refused', async () => {
    const { play, peer, session, rack } = await ringing();
    await peer.request('PRACK', { fields: { RAck: rack }, body: UNUSABLE });
    expect(Buffer.from(last(peer, 'PRACK', 200).body!.bytes).toString()).toContain('m=audio 0 ');
    expect([last(peer, 'INVITE', 488).status, session.state]).toEqual([488, 'ended']);
    await peer.ack({}, 488);
    await close(play);
  });

  it.each([
    { status: 488, again: true, rule: '§2.3' },
    { status: 403, again: true, rule: 'any other refusal of the request alone' },
    { status: 481, again: false, rule: 'RFC 3262 §3: nothing waits for it' },
  ])('5: ours by $status: void, and the PRACK without it again: $again, $rule', async ({ status, again }) => {
    const { play, peer, session, done } = await changing();
    await peer.answer('INVITE', 183, { fields: rseq(1, NO_UPDATE), body: PCMU });
    const { cseq, headers } = peer.got('PRACK');
    await peer.answer('PRACK', status);
    expect(await done).toMatchObject({ kind: 'refused', response: { status } });
    const last = peer.got('PRACK');
    expect([last.cseq.sequence - cseq.sequence, described(last), last.headers.get('RAck')]).toEqual([
      again ? 1 : 0,
      !again,
      headers.get('RAck'),
    ]);
    if (again) await peer.answer('PRACK', 200);
    await peer.request('UPDATE', { body: HELD });
    expect([session.state, last.method, said(session)]).toEqual(['early', 'PRACK', 'recvonly']);
    await close(play);
  });

  it('5: ours by declining every line: agreed on, and the streams are gone', async () => {
    const { play, peer, session, done } = await changing();
    await peer.answer('INVITE', 183, { fields: rseq(1, NO_UPDATE), body: PCMU });
    await peer.answer('PRACK', 200, { body: sdp({ port: 0, version: 2 }) });
    expect([(await done).kind, session.streams, session.state]).toEqual(['agreed', [], 'early']);
    await peer.answer('INVITE', 488);
    expect(session.state).toBe('ended');
    await close(play);
  });

  it('6: in an early UPDATE: 488, and the call rings on', async () => {
    const { play, peer, session, rack } = await ringing();
    await peer.request('PRACK', { fields: { RAck: rack } });
    await peer.request('UPDATE', { body: UNUSABLE });
    expect([last(peer, 'UPDATE').status, session.state, said(session)]).toEqual([488, 'early', 'sendrecv']);
    await close(play);
  });
});

describe('an UPDATE of theirs while an exchange is not through, tables 3 and 4', () => {
  it.each([
    { offered: true, rule: 'the answer in our 183 has no PRACK yet, UAS-IsU' },
    { offered: false, rule: 'our offer in the 183 has no answer yet, UAS-IsU, figure 19' },
  ])('$rule: 500 with Retry-After, and the exchange goes on', async ({ offered }) => {
    const { play, peer, session, rack } = await ringing(offered);
    await peer.request('UPDATE', { body: HELD });
    expect([last(peer, 'UPDATE').status, last(peer, 'UPDATE').headers.get('Retry-After')]).toEqual([
      500,
      expect.stringMatching(/^\d$|^10$/),
    ]);
    await peer.request('PRACK', { fields: { RAck: rack }, body: offered ? undefined : PCMU });
    expect([last(peer, 'PRACK').status, said(session)]).toEqual([200, 'sendrecv']);
    await peer.request('UPDATE', { body: HELD });
    expect([last(peer, 'UPDATE').status, said(session)]).toEqual([200, 'recvonly']);
    await close(play);
  });

  it('UAS-IcU: our offer in the INVITE has no answer yet: 491', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 180, { fields: rseq(1) });
    await peer.answer('PRACK', 200);
    await peer.request('UPDATE', { body: HELD });
    expect([last(peer, 'UPDATE').status, session.streams]).toEqual([491, []]);
    await peer.accept();
    expect([session.state, said(session)]).toEqual(['established', 'sendrecv']);
    await close(play);
  });

  it.each([
    { late: false, rule: 'the answer of a reliable 183' },
    { late: true, rule: 'their offer in a reliable 183, figure 18' },
  ])('UAS-IcU, inside the call: $rule to our INVITE has a PRACK of ours that is open: 491', async ({ late }) => {
    const play = new Play();
    const { peer, session } = await play.callingAndAnswered();
    const done = session.sendReinvite({ method: 'INVITE', media: late ? 'late' : HOLD });
    await play.go();
    await peer.answer('INVITE', 183, { fields: rseq(1), body: late ? PCMU : sdp({ direction: 'recvonly', version: 2 }) });
    expect(described(peer.got('PRACK'))).toBe(late);
    await peer.request('UPDATE', { body: HELD });
    expect(last(peer, 'UPDATE').status).toBe(491);
    await peer.request('UPDATE');
    expect(last(peer, 'UPDATE').status).toBe(200); // it touches no media
    await peer.answer('PRACK', 200);
    await peer.request('UPDATE', { body: sdp({ direction: 'inactive', version: 3 }) });
    expect([last(peer, 'UPDATE').status, said(session)]).toEqual([200, 'inactive']); // that exchange is through, the INVITE is not
    await peer.answer('INVITE', 200);
    expect([(await done).kind, session.state]).toEqual(['agreed', 'established']);
    await close(play);
  });

  it.each(['INVITE', 'first'] as const)('UAS-IcU, figure 18: their offer waits for the application, in our %s: 491', async (which) => {
    const play = new Play();
    const listener = { media: 'late', onResponse: () => undefined } as const;
    const { peer, session } = which === 'first' ? await play.calling(listener) : await play.callingAndAnswered();
    const done = which === 'first' ? undefined : session.sendReinvite(listener);
    await play.go();
    await peer.answer('INVITE', 200, { body: PCMU });
    await peer.request('UPDATE', { body: HELD });
    expect(last(peer, 'UPDATE').status).toBe(491);
    await session.answerOffer({ media: 'same' });
    await play.go();
    expect([described(peer.got('ACK')), said(session), (await done)?.kind]).toEqual([true, 'sendrecv', done && 'agreed']);
    await close(play);
  });

  it('UAS-IcU, figure 11: our offer in a PRACK is out: 491, and ours is agreed on', async () => {
    const { play, peer, session, done } = await changing();
    await peer.answer('INVITE', 183, { fields: rseq(1, NO_UPDATE), body: PCMU });
    await peer.request('UPDATE', { body: HELD });
    expect(last(peer, 'UPDATE').status).toBe(491);
    await peer.answer('PRACK', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendonly']);
    await close(play);
  });

  it('UAS-UcU: our early UPDATE is out: 491, and ours is agreed on', async () => {
    const play = new Play();
    const { peer, session } = await play.calling();
    await peer.answer('INVITE', 183, { fields: rseq(1), body: PCMU });
    await peer.answer('PRACK', 200);
    const done = session.sendReinvite({ media: HOLD });
    await play.go();
    await peer.request('UPDATE', { body: HELD });
    expect(last(peer, 'UPDATE').status).toBe(491);
    await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
    expect([(await done).kind, said(session)]).toEqual(['agreed', 'sendonly']);
    await close(play);
  });

  it('UAS-UsU: an UPDATE of theirs is not answered yet: 500 with Retry-After', async () => {
    const play = new Play();
    const slow = play.slow(({ method }) => method === 'UPDATE');
    const { peer, session } = await play.calledAndAnswered('acknowledged', {}, slow);
    await peer.request('UPDATE', { body: HELD });
    await peer.request('UPDATE', { body: HELD });
    expect([last(peer, 'UPDATE').status, last(peer, 'UPDATE').headers.get('Retry-After')]).toEqual([500, expect.stringMatching(/^\d+$/)]);
    await slow.answer(undefined);
    expect([last(peer, 'UPDATE').status, said(session)]).toEqual([200, 'recvonly']);
    await close(play);
  });
});
