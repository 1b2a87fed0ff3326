import { ZoneResolver } from '@jackfield/sip/testing';
import { describe } from 'vitest';
import type { Session } from '../../src/index.ts';
import type { Party } from '../../src/testing.ts';
import { golden } from './golden.ts';
import type { Play } from './play.ts';
import { Script, sdp } from './script.ts';

const [FIRST, ONE, TWO] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
const servers = (service: string) => ({
  [service]: [
    { type: 'SRV', priority: 1, port: 5060, target: 'one.example' },
    { type: 'SRV', priority: 2, port: 5060, target: 'two.example' },
  ] as const,
});
/** Two servers of one name, the second for when the first fails. */
const FARM = {
  ...servers('_sip._udp.farm.example'),
  ...servers('_sip._tcp.farm.example'),
  'one.example': [{ type: 'A', address: ONE }] as const,
  'two.example': [{ type: 'A', address: TWO }] as const,
};
const AT_FARM = '<sip:peer@farm.example>';

describe('F23, the next server', () => {
  const plays = golden('F23-next-server');

  async function party(play: Play, name: string): Promise<Party> {
    const found = await play.bed.party(name, { resolver: new ZoneResolver(FARM) });
    play.check(found.uri().includes(`@${FIRST}:`), true);
    return found;
  }

  async function calling(play: Play, target = 'sip:peer@farm.example'): Promise<{ one: Script; two: Script; session: Session }> {
    const alice = await party(play, 'alice');
    const one = Script.called(play, await play.bed.peer('one'), alice);
    const two = Script.called(play, await play.bed.peer('two'), alice);
    const session = alice.service.create(target);
    play.watch(session.established, 'established resolves', 'established');
    await play.go();
    return { one, two, session };
  }
  async function called(play: Play): ReturnType<typeof calling> {
    const scene = await calling(play);
    play.cut();
    play.note('the call is out');
    return scene;
  }

  plays('as caller: 503', async (play) => {
    const { one, two } = await calling(play);
    await one.answer('INVITE', 503);
    const [first, second] = [one.got('INVITE'), two.got('INVITE')];
    play.check(Buffer.from(second.content), Buffer.from(first.content));
    play.check([second.callId, second.from.tag], [first.callId, first.from.tag]);
    play.check(second.via.branch === first.via.branch, false);
    await two.accept();
  });

  plays('as caller: no answer', async (play) => {
    const { two } = await calling(play);
    await play.bed.clock.advance(32_000);
    await two.answer('INVITE', 486);
  });

  plays('as caller: no connection', async (play) => {
    const alice = await party(play, 'alice');
    await play.bed.peer('one'); // by UDP alone
    const raw = await play.bed.peer('two', 'tcp');
    const two = Script.called(play, raw, alice);
    const session = alice.service.create('sip:peer@farm.example;transport=tcp');
    play.watch(session.established, 'established resolves', 'established');
    await play.until('INVITE sdp');
    await two.answer('INVITE', 486);
  });

  plays('as caller: 503 of all: heard once', async (play) => {
    const { one, two } = await called(play);
    await one.answer('INVITE', 503);
    await two.answer('INVITE', 503);
  });

  plays('as caller: a name that leads nowhere: nothing leaves', async (play) => {
    await calling(play, 'sip:peer@nowhere.example');
  });

  plays('as caller: one that answered provisionally has the call', async (play) => {
    const { one } = await called(play);
    await one.answer('INVITE', 180);
    await one.answer('INVITE', 503);
  });

  plays('as caller: given up meanwhile: no other is asked', async (play) => {
    const { one, session } = await called(play);
    play.end('alice', session);
    await play.go();
    await one.answer('INVITE', 503);
  });

  plays('inside the call, as caller: an INVITE', async (play) => {
    const { one, two, session } = await calling(play);
    await one.answer('INVITE', 200, { contact: AT_FARM, body: sdp() });
    play.cut();
    play.reinvite('alice', session, 'hold');
    await play.go();
    await one.answer('INVITE', 503);
    await two.accept({ direction: 'recvonly' });
  });

  plays('inside the call, as callee: BYE, and no answer', async (play) => {
    const bob = await party(play, 'bob');
    const calls: Session[] = [];
    bob.service.onIncoming((session) => void calls.push(session));
    const one = Script.calling(play, await play.bed.peer('one'), bob);
    const two = Script.called(play, await play.bed.peer('two'), bob);
    await one.invite({ body: sdp(), fields: { Contact: AT_FARM } });
    void calls[0]!.accept();
    await play.go();
    await one.ack();
    play.cut();
    play.end('bob', calls[0]!);
    await play.bed.clock.advance(32_010);
    await two.answer('BYE', 200);
  });
});
