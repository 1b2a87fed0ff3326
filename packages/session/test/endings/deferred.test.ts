/** `deferEnd`, beyond the ladder S05: every way to the end, and how long it can be held back. */
import { describe, expect, it } from 'vitest';
import { defineCookie, reply, retry, type IncomingRequest, type SessionEnd, type Supplement } from '../../src/index.ts';
import { Play } from '../ladders/play.ts';

const cookie = defineCookie<{ destroyed: boolean }>('test', (value) => (value.destroyed = true));

function ends(): Supplement & { readonly heard: SessionEnd[] } {
  const heard: SessionEnd[] = [];
  return { name: 'ends', heard, sessionEnd: (_session, end) => void heard.push(end) };
}

async function called(play: Play, options = {}) {
  const supplement = ends();
  const { peer, calls, bob } = await play.called(options, supplement);
  await peer.invite();
  const session = calls[0]!;
  const value = { destroyed: false };
  session.cookies.add(cookie, value);
  return { peer, session, bob, value, heard: supplement.heard };
}

async function over({ bed }: Play): Promise<void> {
  await bed.close();
  expect(bed.leftOver()).toEqual({});
}

describe('an end that is held back', () => {
  it('by CANCEL: the INVITE gets its 487 at once, and the rest comes with the last deferral', async () => {
    const play = new Play();
    const { peer, session, value, heard } = await called(play);
    const deferral = session.deferEnd();
    await peer.cancel();
    expect(peer.response(({ cseq }) => cseq.method === 'INVITE').status).toBe(487);
    await peer.ack();
    expect([session.state, heard, value.destroyed, session.signal.aborted]).toEqual(['ending', [], false, false]);
    expect(session.cookies.get(cookie)).toBe(value);
    deferral[Symbol.dispose]();
    expect([session.state, heard, value.destroyed, session.signal.aborted]).toEqual([
      'ended',
      [expect.objectContaining({ by: 'remote', status: 487 })],
      true,
      true,
    ]);
    await over(play);
  });

  it('by end() and then BYE of the peer, which gets its 200: what ended it first is what it ends with, once', async () => {
    const play = new Play();
    const { peer, session, heard } = await called(play);
    void session.accept();
    await play.go();
    await peer.ack();
    const deferral = session.deferEnd();
    void session.end();
    await play.go();
    await peer.answer('BYE', 200);
    await peer.request('BYE');
    expect(peer.response(({ cseq }) => cseq.method === 'BYE').status).toBe(200);
    expect(heard).toEqual([]);
    deferral[Symbol.dispose]();
    deferral[Symbol.dispose]();
    expect(heard).toEqual([{ by: 'local' }]);
    await over(play);
  });

  it.each([
    [undefined, 32_000],
    [60_000, 60_000],
    [1, 1],
  ])('with deferEndMs %s, at most %i ms', async (deferEndMs, most) => {
    const play = new Play();
    const { peer, session, heard } = await called(play, { deferEndMs });
    session.deferEnd();
    void session.accept();
    await play.go();
    await peer.ack();
    const from = play.bed.clock.now() + 5; // on its way
    await peer.request('BYE', {});
    await play.bed.clock.advance(Math.max(0, from + most - 1 - play.bed.clock.now()));
    if (most > 40) expect([session.state, heard]).toEqual(['ending', []]);
    await play.bed.clock.advance(1);
    expect([session.state, heard]).toEqual(['ended', [{ by: 'remote' }]]);
    await over(play);
  });

  it('a deferral that is taken while another holds counts; one that is taken after the end does nothing', async () => {
    const play = new Play();
    const { peer, session, heard } = await called(play);
    const first = session.deferEnd();
    await peer.cancel();
    await peer.ack();
    const second = session.deferEnd();
    first[Symbol.dispose]();
    expect(heard).toEqual([]);
    second[Symbol.dispose]();
    expect(heard).toHaveLength(1);
    session.deferEnd()[Symbol.dispose]();
    expect(heard).toHaveLength(1);
    await over(play);
  });
});

/** Takes what subscriptions are made of. */
const listener: Supplement = {
  name: 'listener',
  allow: ['SUBSCRIBE', 'NOTIFY', 'REFER'],
  incomingRequest: (_session, { method }) => (['INVITE', 'ACK', 'BYE'].includes(method) ? undefined : reply(202)),
};

/** A call that is up, with this supplement; its end will be deferred. */
async function up(play: Play, supplement: Supplement) {
  const { peer, session } = await play.calledAndAnswered('acknowledged', {}, supplement);
  return { peer, session, deferral: session.deferEnd() };
}

describe('the dialog of a call that has ended, while its end is held back', () => {
  it.each([
    { method: 'NOTIFY', status: 202 },
    { method: 'SUBSCRIBE', status: 202 },
    ...['INVITE', 'UPDATE', 'PRACK', 'INFO', 'REFER', 'OPTIONS', 'MESSAGE', 'DANCE'].map((method) => ({ method, status: 481 })),
  ])('$method of the peer gets $status', async ({ method, status }) => {
    const play = new Play();
    const { peer, deferral } = await up(play, listener);
    await peer.request('BYE');
    await peer.request(method);
    expect(peer.response(({ cseq }) => cseq.method === method).status).toBe(status);
    if (method === 'INVITE') await peer.ack();
    deferral[Symbol.dispose]();
    await over(play);
  });

  it.each(['INFO', 'REFER', 'MESSAGE', 'OPTIONS'])('%s of ours is not sent', async (method) => {
    const play = new Play();
    const { peer, session } = await up(play, listener);
    await peer.request('BYE');
    await expect(session.sendRequest(method)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(peer.raw.received.some((one) => one.kind === 'request')).toBe(false);
    await over(play);
  });

  it('is there for a NOTIFY that went before BYE came, and is answered after it', async () => {
    const play = new Play();
    const { peer, session, deferral } = await up(play, listener);
    const sent = session.sendRequest('NOTIFY');
    await peer.request('BYE');
    await peer.answer('NOTIFY', 200);
    await expect(sent).resolves.toMatchObject({ status: 200 });
    deferral[Symbol.dispose]();
    await over(play);
  });

  it('is there no longer than deferEndMs, whatever the peer sends; what is not answered by then is given up', async () => {
    const play = new Play();
    const { peer, session } = await up(play, listener);
    await peer.request('BYE');
    for (let turn = 0; turn < 8; turn += 1) {
      await play.bed.clock.advance(3900);
      await peer.request('SUBSCRIBE');
    }
    const sent = session.sendRequest('NOTIFY');
    sent.catch(() => {});
    await play.bed.clock.advance(1000);
    await expect(sent).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await expect(session.sendRequest('NOTIFY')).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await peer.request('SUBSCRIBE');
    expect(peer.response(({ cseq }) => cseq.method === 'SUBSCRIBE').status).toBe(481);
    await over(play);
  });

  it('is not there any more in sessionEnd', async () => {
    const play = new Play();
    let last: Promise<unknown> | undefined;
    const late: Supplement = { name: 'late', sessionEnd: (session) => void (last = session.sendRequest('NOTIFY')) };
    const { peer, deferral } = await up(play, late);
    await peer.request('BYE');
    deferral[Symbol.dispose]();
    await expect(last).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    await over(play);
  });

  it("answers a SUBSCRIBE that a supplement takes with 'later', and 504 when its time is over", async () => {
    const play = new Play();
    const asked: IncomingRequest[] = [];
    const later: Supplement = {
      name: 'later',
      deadlineMs: 1000,
      incomingRequest: (_session, request) => {
        if (request.method !== 'SUBSCRIBE') return undefined;
        asked.push(request);
        return 'later';
      },
    };
    const { peer, session, deferral } = await up(play, later);
    const status = (): number => peer.response(({ cseq }) => cseq.method === 'SUBSCRIBE').status;
    await peer.request('BYE');
    await peer.request('SUBSCRIBE');
    session.sendResponse(asked[0]!, 200);
    await play.go();
    expect(status()).toBe(200);
    await peer.request('SUBSCRIBE');
    await play.bed.clock.advance(1000);
    expect(status()).toBe(504);
    await peer.request('SUBSCRIBE');
    deferral[Symbol.dispose]();
    await play.go();
    expect(status()).toBe(487);
    expect(() => session.sendResponse(asked[2]!, 200)).toThrow(expect.objectContaining({ code: 'SESSION_ENDED' }));
    await over(play);
  });

  it.each([
    { method: 'NOTIFY', when: 'our BYE is answered', copies: 2 },
    { method: 'NOTIFY', when: 'our BYE is not answered', copies: 1 },
    { method: 'NOTIFY', when: 'theirs came', copies: 2 },
    { method: 'INFO', when: 'our BYE is answered', copies: 1 },
    { method: 'INFO', when: 'theirs came', copies: 1 },
  ])('$method that is refused when $when, and that a supplement wants again, is sent $copies times', async ({ method, when, copies }) => {
    const play = new Play();
    const again: Supplement = {
      name: 'again',
      incomingResponse: (_session, { status }) => (status === 503 ? retry({ headers: { 'X-Again': '1' } }) : undefined),
    };
    const { peer, session, deferral } = await up(play, again);
    const sent = session.sendRequest(method);
    await play.go();
    if (when === 'theirs came') await peer.request('BYE');
    else void session.end();
    await play.go();
    if (when === 'our BYE is answered') await peer.answer('BYE', 200);
    await peer.answer(method, 503);
    const sequences = peer.raw.received.flatMap((one) => (one.kind === 'request' && one.method === method ? [one.cseq.sequence] : []));
    expect(new Set(sequences).size).toBe(copies);
    if (copies === 2) await peer.answer(method, 200);
    await expect(sent).resolves.toMatchObject({ status: copies === 2 ? 200 : 503 });
    if (when === 'our BYE is not answered') await peer.answer('BYE', 200);
    deferral[Symbol.dispose]();
    await over(play);
  });
});
