import { describe } from 'vitest';
import type { Session } from '../../src/index.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { sdp, type Script } from './script.ts';

const direction = (session: { streams: readonly { stream: unknown }[] }): unknown =>
  (session.streams[0]?.stream as { agreed?: { direction: string } } | undefined)?.agreed?.direction;

describe('F12, glare', () => {
  const plays = golden('F12-glare');

  for (const role of ['caller', 'callee'] as const) {
    const name = role === 'caller' ? 'alice' : 'bob';
    const up = (play: Play): Promise<{ peer: Script; session: Session }> =>
      role === 'caller' ? play.callingAndAnswered() : play.calledAndAnswered('acknowledged');

    plays(`re-INVITE of the ${role}`, async (play) => {
      const { peer, session } = await up(play);
      play.reinvite(name, session, 'hold');
      await play.go();
      await peer.answer('INVITE', 491);
      await play.until('INVITE (application) attempt 2');
      await peer.accept({ direction: 'recvonly' });
    });

    plays(`UPDATE of the ${role}`, async (play) => {
      const { peer, session } = await up(play);
      play.reinvite(name, session, 'hold', 'UPDATE');
      await play.go();
      await peer.answer('UPDATE', 491);
      await play.until('UPDATE (application) attempt 2');
      await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly' }) });
    });

    plays(`UPDATE of the ${role}, 500 with Retry-After: 3`, async (play) => {
      const { peer, session } = await up(play);
      play.reinvite(name, session, 'hold', 'UPDATE');
      await play.go();
      await peer.answer('UPDATE', 500, { fields: { 'Retry-After': '3' } });
      await play.until('UPDATE (application) attempt 2');
      await peer.answer('UPDATE', 200, { body: sdp({ direction: 'recvonly' }) });
    });

    plays(`re-INVITE of the ${role}, 500 with Retry-After: 3`, async (play) => {
      const { peer, session } = await up(play);
      play.reinvite(name, session, 'hold');
      await play.go();
      await peer.answer('INVITE', 500, { fields: { 'Retry-After': '3' } });
      await play.until('INVITE (application) attempt 2');
      await peer.accept({ direction: 'recvonly' });
    });

    for (const [what, fields] of [
      ['without Retry-After', {}],
      ['with Retry-After: 33, longer than 64*T1', { 'Retry-After': '33' }],
    ] as const) {
      plays(`re-INVITE of the ${role}, 500 ${what}: refused`, async (play) => {
        const { peer, session } = await up(play);
        play.reinvite(name, session, 'hold');
        await play.go();
        await peer.answer('INVITE', 500, { fields });
        await play.bed.clock.advance(40_000);
      });
    }
  }

  plays('three repeats, and no more', async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold', 'UPDATE');
    await play.go();
    await peer.answer('UPDATE', 491);
    for (const attempt of [2, 3, 4]) {
      await play.until(`UPDATE (application) attempt ${attempt}`);
      await peer.answer('UPDATE', 491);
    }
    await play.bed.clock.advance(30_000);
  });

  plays("the last repeat: the peer's own comes meanwhile, and it follows", async (play) => {
    const { peer, session } = await play.callingAndAnswered();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await peer.answer('INVITE', 491);
    for (const attempt of [2, 3]) {
      await play.until(`INVITE (application) attempt ${attempt}`);
      await peer.answer('INVITE', 491);
    }
    play.cut();
    await play.bed.clock.advance(10_000);
    await peer.request('INVITE', { body: sdp({ version: 2 }) });
    await peer.ack();
    await peer.accept({ direction: 'recvonly', version: 3 });
  });

  plays('both sides at once: 491 both ways, then one after the other', async (play) => {
    const { caller, callee } = await play.established('both');
    play.reinvite('alice', caller, 'hold', 'INVITE', "alice's ");
    play.reinvite('bob', callee, 'hold', 'INVITE', "bob's ");
    await play.bed.clock.advance(5000);
    play.check([direction(caller), direction(callee)], ['inactive', 'inactive']);
  });

  plays('INVITE crossing UPDATE: 491 both ways', async (play) => {
    const { caller, callee } = await play.established('both');
    play.reinvite('alice', caller, 'hold');
    play.reinvite('bob', callee, 'hold', 'UPDATE');
    await play.bed.clock.advance(12);
  });
});
