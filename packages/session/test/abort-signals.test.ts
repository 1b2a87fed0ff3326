import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import type { IncomingResponse } from '@jackfield/sip';
import type { Supplement } from '../src/index.ts';
import { Play } from './ladders/play.ts';

/** One signal of the application for all it does, as a server has one for its shutdown. */
describe("an application's AbortSignal that outlives the verbs it was given to", () => {
  const plays: Play[] = [];
  afterEach(async () => {
    for (const play of plays.splice(0)) await play.bed.close();
  });

  async function up(...supplements: Supplement[]) {
    const play = new Play();
    plays.push(play);
    const controller = new AbortController();
    const { signal } = controller;
    return {
      play,
      controller,
      signal,
      listeners: () => getEventListeners(signal, 'abort').length,
      ...(await play.callingAndAnswered(...supplements)),
    };
  }

  it('is let go of by a refresh that was agreed, refused or found to change nothing', async () => {
    const { play, peer, session, signal, listeners } = await up();
    const agreed = session.sendReinvite({ signal });
    await play.go();
    expect(listeners()).toBe(1);
    await peer.accept({ version: 2 });
    expect([(await agreed).kind, listeners()]).toEqual(['agreed', 0]);
    const refused = session.sendReinvite({ signal });
    await play.go();
    expect(listeners()).toBe(1);
    await peer.answer('INVITE', 488);
    expect([(await refused).kind, listeners()]).toEqual(['refused', 0]);
    const before = peer.raw.received.length;
    const unchanged = session.sendReinvite({ signal, media: session.streams.map(({ kind }) => ({ kind })) });
    await play.go();
    expect([(await unchanged).kind, listeners()]).toEqual(['unchanged', 0]);
    expect(peer.raw.received.length).toBe(before);
  });

  it('is let go of by requests that were answered', async () => {
    const { play, peer, session, signal, listeners } = await up();
    const sent = Array.from({ length: 5 }, () => session.sendRequest('OPTIONS', { signal }));
    await play.go();
    expect(listeners()).toBe(5);
    for (const request of peer.raw.received.filter((one) => one.kind === 'request' && one.method === 'OPTIONS')) {
      if (request.kind === 'request') peer.raw.respond(request, 200, { toTag: 'peer' });
    }
    await play.go();
    await Promise.all(sent);
    expect(listeners()).toBe(0);
  });

  it('is let go of by what the end of the call cut short', async () => {
    const { play, peer, session, signal, listeners } = await up();
    const refreshed = session.sendReinvite({ signal });
    const waiting = session.sendReinvite({ signal });
    const sent = session.sendRequest('OPTIONS', { signal });
    await play.go();
    expect(listeners()).toBe(3);
    await peer.request('BYE');
    expect(await refreshed).toMatchObject({ kind: 'ended' });
    expect(await waiting).toMatchObject({ kind: 'ended' });
    await expect(sent).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(listeners()).toBe(0);
  });

  it('gives up the refresh that waits and the request that is out, with its reason; what is out of a refresh settles as the peer answers', async () => {
    const { play, peer, session, controller, signal, listeners } = await up();
    const out = session.sendReinvite({ signal });
    const waiting = session.sendReinvite({ signal });
    const sent = session.sendRequest('OPTIONS', { signal });
    await play.go();
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(sent).rejects.toThrow('enough');
    await peer.accept({ version: 2 });
    expect(await out).toMatchObject({ kind: 'agreed' });
    expect(listeners()).toBe(0);
  });

  it('is let go of by a request that a hook sends', async () => {
    let sent: Promise<IncomingResponse> | undefined;
    const sender: Supplement = {
      name: 'sender',
      methods: ['INFO'],
      incomingRequest: (session) => {
        sent = session.sendRequest('OPTIONS', { signal });
        return undefined;
      },
    };
    const { peer, signal, listeners } = await up(sender);
    await peer.request('INFO');
    expect(listeners()).toBe(1);
    await peer.answer('OPTIONS', 200);
    expect([(await sent)?.status, listeners()]).toEqual([200, 0]);
  });
});
