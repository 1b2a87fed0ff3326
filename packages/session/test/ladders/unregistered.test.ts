import { describe } from 'vitest';
import type { Registration, Session, Supplement } from '../../src/index.ts';
import { testAudio, tracer, type Party } from '../../src/testing.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { Script, sdp } from './script.ts';

describe('F27, a plug-in is unregistered while calls are up', () => {
  const plays = golden('F27-unregistered');

  /** The second supplement has no hook. */
  const UNHEARD: Partial<Supplement> = {};

  interface Scene {
    readonly party: Party;
    readonly peer: Script;
    readonly session: Session;
    readonly audio: Registration;
    readonly second: Registration;
  }

  /** A party whose registrations are at hand. */
  async function equipped(play: Play, name: string, more: Partial<Supplement>): Promise<Pick<Scene, 'party' | 'audio' | 'second'>> {
    const party = await play.bed.party(name, { traced: false });
    const write = (who: string) => (step: string) => play.bed.write(`${who}: ${step}`);
    party.service.registerSupplement(tracer(write(name)));
    const second = party.service.registerSupplement(
      more === UNHEARD ? { name: 'second' } : { ...tracer(write(`${name}/second`), 'second'), ...more },
    );
    const audio = party.service.registerSdpHandler(testAudio(write(name)), 'audio');
    return { party, audio, second };
  }

  async function called(play: Play, more: Partial<Supplement> = {}): Promise<Scene> {
    const scene = await equipped(play, 'bob', more);
    const calls: Session[] = [];
    scene.party.service.onIncoming((session) => void calls.push(session));
    const peer = Script.calling(play, await play.bed.peer('peer'), scene.party);
    await peer.invite();
    void calls[0]!.accept();
    await play.go();
    await peer.ack();
    play.cut();
    return { ...scene, peer, session: calls[0]! };
  }

  async function calling(play: Play, more: Partial<Supplement> = {}): Promise<Scene> {
    const scene = await equipped(play, 'alice', more);
    const raw = await play.bed.peer('peer');
    const peer = Script.called(play, raw, scene.party);
    const session = scene.party.service.create(`sip:peer@${raw.sentBy}`);
    await play.go();
    await peer.accept();
    play.cut();
    return { ...scene, peer, session };
  }

  function gone(play: Play, name: string, registration: Registration): void {
    play.note(`${name} is unregistered`);
    registration.unregister();
  }

  plays('a supplement, as callee', async (play) => {
    const { peer, second } = await called(play);
    gone(play, 'second', second);
    await peer.request('INFO');
    await peer.request('BYE');
    peer.another();
    await peer.invite();
  });

  plays('a supplement, as caller', async (play) => {
    const { party, peer, session, second } = await calling(play);
    gone(play, 'second', second);
    play.end('alice', session);
    await play.go();
    await peer.answer('BYE', 200);
    party.service.create(`sip:peer@${peer.raw.sentBy}`);
    await play.go();
  });

  plays('a supplement, while it is asked: its answer counts', async (play) => {
    const { bob, peer, calls } = await play.called();
    const slow = play.slow(({ method }) => method === 'INFO');
    const registration = bob.service.registerSupplement(slow);
    await peer.invite();
    void calls[0]!.accept();
    await play.go();
    await peer.ack();
    play.cut();
    await peer.request('INFO');
    gone(play, 'slow', registration);
    await slow.answer(403);
  });

  plays('a supplement whose option tag the peer requires: it is still spoken in this call, and not in the next', async (play) => {
    const { peer, second } = await called(play, { optionTags: ['second'] });
    gone(play, 'second', second);
    const fields = { Require: 'second' };
    await peer.request('INFO', { fields });
    peer.another();
    await peer.invite({ body: sdp(), fields });
    await peer.ack();
  });

  plays('a handler, as callee: it keeps its stream, and the next call has none', async (play) => {
    const { peer, audio } = await called(play, UNHEARD);
    gone(play, 'the handler', audio);
    await peer.request('INVITE', { body: sdp({ direction: 'sendonly', version: 2 }) });
    await peer.ack();
    peer.another();
    await peer.invite();
    await peer.ack();
  });

  plays('a handler, as caller: it keeps its stream, and the next call has none', async (play) => {
    const { party, peer, session, audio } = await calling(play, UNHEARD);
    gone(play, 'the handler', audio);
    play.reinvite('alice', session, 'hold');
    await play.go();
    await peer.accept({ direction: 'recvonly' });
    play.watch(party.service.create(`sip:peer@${peer.raw.sentBy}`).established, 'established resolves', 'established');
    await play.go();
  });
});
