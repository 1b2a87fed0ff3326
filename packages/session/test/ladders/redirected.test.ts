import type { NameAddr } from '@jackfield/sip';
import { describe } from 'vitest';
import { reply, type Session, type Supplement } from '../../src/index.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { Script, sdp } from './script.ts';

const FOLLOW = { endpoint: { name: 'peer', trusted: false, redirects: 'follow' } } as const;

interface Scene {
  readonly peer: Script;
  readonly carol: Script;
  readonly dave: Script;
  readonly session: Session;
  /** `user` gives the same host another name. */
  readonly to: (script: Script, user?: string, q?: string) => string;
}

async function calling(play: Play, invite: Parameters<Play['calling']>[0] = {}, ...supplements: Supplement[]): Promise<Scene> {
  const { alice, peer, session } = await play.calling(invite, ...supplements);
  const carol = Script.called(play, await play.bed.peer('carol'), alice);
  const dave = Script.called(play, await play.bed.peer('dave'), alice);
  play.cut();
  play.watch(session.established, 'established resolves', 'established');
  play.note('the call is out');
  const to = ({ raw }: Script, user = 'x', q?: string): string => `<sip:${user}@${raw.sentBy}>${q === undefined ? '' : `;q=${q}`}`;
  return { peer, carol, dave, session, to };
}

/** Redirects what it got. */
const redirects = (script: Script, contacts: readonly string[], status = contacts.length > 1 ? 300 : 302): Promise<void> =>
  script.answer('INVITE', status, { contact: undefined, fields: { Contact: contacts } });

describe('F20, 302 and its like', () => {
  const plays = golden('F20-redirected');

  const guide = (choose: (targets: readonly NameAddr[]) => readonly NameAddr[] | Promise<readonly NameAddr[]>): Supplement => ({
    name: 'guide',
    redirected: (_session, targets) => choose(targets),
  });

  plays('as caller: nobody follows', async (play) => {
    const { peer, carol, to } = await calling(play);
    await redirects(peer, [to(carol)]);
  });

  plays('as caller: followed as the endpoint says', async (play) => {
    const { peer, carol, to } = await calling(play, FOLLOW);
    await redirects(peer, [to(carol)]);
    const [first, second] = [peer.got('INVITE'), carol.got('INVITE')];
    play.check(Buffer.from(second.content), Buffer.from(first.content));
    play.check([second.callId, second.to.toString()], [first.callId, first.to.toString()]);
    play.check(second.cseq.sequence > first.cseq.sequence, true);
    await carol.accept();
  });

  plays('as caller: a supplement chooses', async (play) => {
    const choose = guide((targets) => {
      play.note('guide says dave');
      return [targets[1]!];
    });
    const { peer, carol, dave, to } = await calling(play, {}, choose);
    await redirects(peer, [to(carol), to(dave)]);
    await dave.answer('INVITE', 486);
  });

  plays('as caller: a supplement chooses none', async (play) => {
    const choose = guide(() => {
      play.note('guide says nobody');
      return [];
    });
    const { peer, carol, to } = await calling(play, FOLLOW, choose);
    await redirects(peer, [to(carol)]);
  });

  plays('as caller: a supplement takes its time', async (play) => {
    let answer: (() => void) | undefined;
    const choose = guide((targets) => new Promise((resolve) => (answer = () => resolve(targets))));
    const { peer, carol, to } = await calling(play, {}, choose);
    await redirects(peer, [to(carol)]);
    await play.wait(1000);
    play.note('guide says carol');
    answer!();
    await play.go();
    await carol.accept();
  });

  plays('as caller: a supplement fails: the call ends with the 3xx', async (play) => {
    const choose = guide(() => {
      play.note('guide throws');
      throw new Error('guide is lost');
    });
    const { peer, carol, to } = await calling(play, FOLLOW, choose);
    await redirects(peer, [to(carol)]);
  });

  plays('as caller: by preference, and the next where one refuses', async (play) => {
    const { peer, carol, dave, to } = await calling(play, FOLLOW);
    await redirects(peer, [to(carol, 'x', '0.2'), to(dave, 'x', '0.7')]);
    await dave.answer('INVITE', 486);
    await carol.accept();
  });

  plays('as caller: the next where one never answers', async (play) => {
    const { peer, carol, dave, to } = await calling(play, FOLLOW);
    await redirects(peer, [to(dave), to(carol)]);
    await play.bed.clock.advance(32_000);
    await carol.answer('INVITE', 486);
  });

  plays('as caller: none is asked after one that refuses for good', async (play) => {
    const { peer, carol, dave, to } = await calling(play, FOLLOW);
    await redirects(peer, [to(dave), to(carol)]);
    await dave.answer('INVITE', 603);
  });

  plays('as caller: the next where one cannot be reached', async (play) => {
    const { peer, carol, to } = await calling(play, FOLLOW);
    await redirects(peer, ['<sip:x@nowhere.invalid>', to(carol)]);
    await carol.accept();
  });

  plays('as caller: in a circle: the same target is not asked twice', async (play) => {
    const { peer, carol, to } = await calling(play, FOLLOW);
    await redirects(peer, [to(carol)]);
    await redirects(carol, [to(peer, 'peer')]);
  });

  plays('as caller: three repeats, and no more', async (play) => {
    const { peer, to } = await calling(play, FOLLOW);
    for (const user of ['a', 'b', 'c', 'd']) await redirects(peer, [to(peer, user)]);
    play.check(peer.got('INVITE').uri.user, 'c');
  });

  plays('as caller: given up meanwhile: not followed', async (play) => {
    const { peer, carol, session, to } = await calling(play, FOLLOW);
    await peer.answer('INVITE', 180);
    play.end('alice', session);
    await play.go();
    await peer.answer('CANCEL', 200);
    await redirects(peer, [to(carol)]);
  });

  plays('as callee: the driver sends the caller elsewhere', async (play) => {
    const { peer, calls } = await play.called();
    await peer.invite();
    play.note('bob calls reject 302');
    play.watch(calls[0]!.reject(302, { headers: { Contact: '<sip:carol@example.com>' } }), 'reject resolves', 'reject');
    await play.go();
    play.check(peer.response(({ status }) => status === 302).headers.get('Contact'), '<sip:carol@example.com>');
    await peer.ack();
  });

  plays('as callee: a supplement does, at admission', async (play) => {
    const { peer } = await play.called(
      {},
      {
        name: 'guard',
        admitSession: () => {
          play.note('guard says 302');
          return reply(302, { headers: { Contact: '<sip:carol@example.com>' } });
        },
      },
    );
    await peer.invite({ body: sdp() });
    play.check(peer.response(({ status }) => status === 302).headers.get('Contact'), '<sip:carol@example.com>');
    await peer.ack();
  });
});
