import { describe } from 'vitest';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { callingWith } from './reliably.ts';
import { sdp } from './script.ts';
import type { PartyOptions } from '../../src/testing.ts';

type Called = Awaited<ReturnType<Play['calling']>>;

async function called(play: Play, options: PartyOptions = {}): Promise<Called> {
  const call = await callingWith(play, options);
  play.cut();
  play.note('the call is out');
  return call;
}

describe('F4, early media, then the same answer in the 2xx', () => {
  const plays = golden('F04-early-media');

  plays('as caller: applied once', async (play) => {
    const { peer } = await called(play);
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.accept();
  });

  plays('as caller: previews alike are applied once', async (play) => {
    const { peer } = await called(play);
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.accept();
  });

  plays('as caller: a 2xx without a description, after a preview: the preview counts', async (play) => {
    const { peer, session } = await called(play);
    play.watch(session.established, 'established resolves', 'established');
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.answer('INVITE', 200);
    play.check(session.streams[0]?.remote.port, 30_000);
  });

  plays('as caller: refused after early media', async (play) => {
    const { peer, session } = await called(play);
    play.watch(session.established, 'established resolves', 'established');
    await peer.answer('INVITE', 183, { body: sdp() });
    await peer.answer('INVITE', 486);
  });

  plays('as callee: the 2xx says the same again, and nothing is applied twice', async (play) => {
    const { alice, bob, calls } = await play.parties('bob');
    alice.service.create(bob.uri());
    await play.go();
    play.note('bob calls progress 183');
    void calls[0]!.progress(183);
    await play.go();
    play.note('bob calls accept');
    play.watch(calls[0]!.accept(), 'accept resolves', 'accept');
    await play.go();
  });
});

describe('F5, other answers: in the 2xx, and of other early dialogs', () => {
  const plays = golden('F05-forks');
  const fork = async (
    play: Play,
    { peer, session }: Called,
    tag: 'a' | 'b',
    status: number,
    heard: 'a' | 'b' | undefined,
  ): Promise<void> => {
    play.note(`fork ${tag}`);
    await answers(play, { peer, session }, tag, status, heard);
  };
  const answers = async (
    play: Play,
    { peer, session }: Pick<Called, 'peer' | 'session'>,
    tag: 'a' | 'b',
    status: number,
    heard: 'a' | 'b' | undefined,
  ): Promise<void> => {
    const ports = { a: 30_000, b: 30_100 };
    await peer.answer('INVITE', status, { toTag: tag, body: sdp({ port: ports[tag] }) });
    play.check(session.streams[0]?.remote.port, heard && ports[heard]);
  };

  for (const [heading, acceptMultipleAnswers, port] of [
    ['another answer in the 2xx: the first stays', undefined, 30_000],
    ['another answer in the 2xx, where each is accepted', true, 30_100],
  ] as const) {
    plays(heading, async (play) => {
      const { peer, session } = await called(play, { earlyMedia: { acceptMultipleAnswers } });
      await peer.answer('INVITE', 183, { body: sdp({ port: 30_000 }) });
      await peer.accept({ port: 30_100, version: 2 });
      play.check(session.streams[0]?.remote.port, port);
    });
  }

  plays('two early dialogs: the latest is heard, the one that answers wins', async (play) => {
    const call = await called(play);
    await fork(play, call, 'a', 183, 'a');
    await fork(play, call, 'b', 183, 'b');
    await fork(play, call, 'a', 200, 'a');
    play.check(call.session.dialog.remoteTag, 'a');
  });

  plays('the one that answers was never heard before: its media is the call’s', async (play) => {
    const call = await called(play);
    await fork(play, call, 'a', 183, 'a');
    await fork(play, call, 'b', 200, 'b');
    play.check(call.session.dialog.remoteTag, 'b');
  });

  plays('where the first is to be heard, it is until another answers', async (play) => {
    const call = await called(play, { earlyMedia: { select: 'first' } });
    await fork(play, call, 'a', 183, 'a');
    await fork(play, call, 'b', 183, 'a');
    await answers(play, call, 'b', 200, 'b');
  });

  plays('where none is to be heard before it answers', async (play) => {
    const call = await called(play, { earlyMedia: { select: 'answered' } });
    await fork(play, call, 'a', 183, undefined);
    await fork(play, call, 'b', 183, undefined);
    await fork(play, call, 'a', 200, 'a');
  });

  plays('a second 2xx, of another fork: ACK and BYE, the call goes on', async (play) => {
    const call = await called(play);
    const { peer, session } = call;
    await fork(play, call, 'a', 200, 'a');
    await fork(play, call, 'b', 200, 'a');
    play.check(peer.got('BYE').to.tag, 'b');
    await peer.answer('BYE', 200);
    play.check(session.state, 'established');
    play.check(session.dialog.remoteTag, 'a');
  });

  plays('a second 2xx when the call has ended: ACK and BYE, without hooks', async (play) => {
    const call = await called(play);
    const { peer, session } = call;
    await fork(play, call, 'a', 200, 'a');
    await peer.request('BYE', { tag: 'a' });
    play.check(session.state, 'ended');
    play.note('fork b');
    await peer.accept({ port: 30_100 }, 'b');
    play.check(peer.got('BYE').to.tag, 'b');
    await peer.answer('BYE', 200);
  });
});
