/** 2xx of other forks, and of those that nobody waits for any more: ACK and BYE for each, the ACK again for each copy (RFC 3261 §13.2.2.4). */
import { ZoneResolver } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';
import type { PartyOptions } from '../../src/testing.ts';
import { Play } from '../ladders/play.ts';
import { callingWith, reliably } from '../ladders/reliably.ts';
import { Script, sdp } from '../ladders/script.ts';

function requests(peer: Script, tag: string): string[] {
  return peer.raw.received.flatMap((one) => (one.kind === 'request' && one.to.tag === tag ? [one.method] : []));
}

async function answered(play: Play, options: PartyOptions = {}) {
  const called = await callingWith(play, options);
  await called.peer.accept({}, 'a');
  return called;
}

it('a copy of the 200 of a lost fork that comes after its BYE was answered gets the ACK again, and nothing else', async () => {
  const play = new Play();
  const { peer, session, alice } = await answered(play);
  await peer.accept({}, 'b');
  expect(requests(peer, 'b')).toEqual(['ACK', 'BYE']);
  await peer.answer('BYE', 200, { toTag: 'b' });
  await peer.accept({}, 'b');
  await play.bed.clock.advance(20_000);
  await peer.accept({}, 'b');
  expect(requests(peer, 'b')).toEqual(['ACK', 'BYE', 'ACK', 'ACK']);
  expect([session.state, session.dialog.remoteTag, alice.stack.stats().live['dialogs']]).toEqual(['established', 'a', 1]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('a fork that was dropped since it refused our PRACK answers after all: what we send it then has a higher CSeq than the PRACK', async () => {
  const play = new Play();
  const { peer, session } = await callingWith(play, {});
  await peer.answer('INVITE', 180, { toTag: 'b' });
  await reliably(peer, 183, 7, undefined, 'a');
  const prack = peer.got('PRACK').cseq.sequence;
  await peer.answer('PRACK', 404);
  await peer.accept({}, 'a');
  expect([session.state, session.dialog.remoteTag]).toEqual(['established', 'a']);
  void session.end();
  await play.go();
  expect(peer.got('BYE').cseq.sequence).toBeGreaterThan(prack);
  await peer.answer('BYE', 200);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('so does a copy of the 200 that came after the call was given up', async () => {
  const play = new Play();
  const { peer, session } = await callingWith(play, {});
  await peer.answer('INVITE', 180);
  void session.end();
  await play.go();
  await peer.answer('CANCEL', 200);
  await peer.accept();
  await peer.answer('BYE', 200);
  expect(session.state).toBe('ended');
  await peer.accept();
  expect(requests(peer, 'peer').filter((method) => method !== 'CANCEL')).toEqual(['ACK', 'BYE', 'ACK']);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it.each([
  [undefined, 32],
  [2, 2],
])('with maxUnwantedAnswers %s, %i forks too many are hung up, and further ones get nothing', async (maxUnwantedAnswers, count) => {
  const play = new Play();
  const { peer, session, alice } = await answered(play, { maxUnwantedAnswers });
  for (let fork = 1; fork <= count + 5; fork += 1) peer.respond('INVITE', 200, { toTag: `fork-${fork}`, body: sdp() });
  await play.go();
  expect(requests(peer, `fork-${count}`)).toEqual(['ACK', 'BYE']);
  expect(requests(peer, `fork-${count + 1}`)).toEqual([]);
  expect([session.state, alice.stack.stats().live['dialogs']]).toEqual(['established', 1 + count]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('the 200 of a lost fork that comes while a plug-in thinks about the BYE of the other gets ACK and BYE when that is the end', async () => {
  const play = new Play();
  const slow = play.slow(({ method }) => method === 'BYE');
  const { peer, session } = await play.calling({}, slow);
  await peer.accept({}, 'a');
  await peer.request('BYE', { tag: 'a' });
  await peer.accept({}, 'b');
  expect([session.state, requests(peer, 'b')]).toEqual([expect.not.stringMatching('ended'), []]);
  await slow.answer(undefined);
  expect([session.state, requests(peer, 'b')]).toEqual(['ended', ['ACK', 'BYE']]);
  await peer.answer('BYE', 200, { toTag: 'b' });
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('a 200 that a proxy lets through after the 487 gets ACK and BYE, its copies the ACK again; and so does a copy of the 487 (RFC 3261 §16.7)', async () => {
  const play = new Play();
  const { peer, session } = await play.calling();
  await peer.answer('INVITE', 180, { toTag: 'a' });
  void session.end();
  await play.go();
  await peer.answer('CANCEL', 200);
  await peer.answer('INVITE', 487, { toTag: 'a' });
  expect([session.state, requests(peer, 'a')]).toEqual(['ended', ['ACK']]);
  await peer.accept({}, 'b');
  expect(requests(peer, 'b')).toEqual(['ACK', 'BYE']);
  await peer.answer('BYE', 200, { toTag: 'b' });
  await peer.accept({}, 'b');
  await peer.answer('INVITE', 487, { toTag: 'a' });
  expect([requests(peer, 'a'), requests(peer, 'b')]).toEqual([
    ['ACK', 'ACK'],
    ['ACK', 'BYE', 'ACK'],
  ]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('a 200 of the first target after its 302 was followed gets ACK and BYE, and the call goes on to ring at the second', async () => {
  const play = new Play();
  const { alice, peer, session } = await play.calling({ endpoint: { name: 'peer', trusted: false, redirects: 'follow' } });
  const carol = Script.called(play, await play.bed.peer('carol'), alice);
  await peer.answer('INVITE', 302, { contact: undefined, fields: { Contact: `<sip:carol@${carol.raw.sentBy}>` } });
  await carol.answer('INVITE', 180, { toTag: 'c' });
  await peer.accept({}, 'b');
  expect([session.state, requests(peer, 'b')]).toEqual(['early', ['ACK', 'BYE']]);
  await peer.answer('BYE', 200, { toTag: 'b' });
  await carol.accept({}, 'c');
  expect([session.state, session.dialog.remoteTag]).toEqual(['established', 'c']);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

const acks = (peer: Script, { cseq }: { readonly cseq: { readonly sequence: number } }): number =>
  peer.raw.received.filter((one) => one.kind === 'request' && one.method === 'ACK' && one.cseq.sequence === cseq.sequence).length;

it('a 200 to a re-INVITE that was refused is acknowledged, with its copies, and an offer of what is active follows', async () => {
  const play = new Play();
  const { peer, session } = await play.callingAndAnswered();
  play.reinvite('alice', session, 'hold');
  await play.go();
  const hold = peer.got('INVITE');
  await peer.answer('INVITE', 488);
  expect(acks(peer, hold)).toBe(1); // of the 488
  peer.respond('INVITE', 200, { body: sdp({ direction: 'recvonly', version: 2 }) });
  await peer.accept({ direction: 'recvonly', version: 2 });
  const restoring = peer.got('INVITE');
  expect([acks(peer, hold), Buffer.from(restoring.content).includes('a=sendrecv')]).toEqual([3, true]);
  await peer.accept({ version: 3 });
  expect([session.state, acks(peer, restoring)]).toEqual(['established', 1]);
  expect(play.steps.filter((step) => step.endsWith('outgoingRequest ACK (core)'))).toHaveLength(2);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('one that comes when the call is over is acknowledged, and nothing follows', async () => {
  const play = new Play();
  const { peer, session } = await play.callingAndAnswered();
  play.reinvite('alice', session, 'hold');
  await play.go();
  const hold = peer.got('INVITE');
  await peer.answer('INVITE', 488);
  await peer.request('BYE');
  expect(session.state).toBe('ended');
  const before = peer.raw.received.length;
  peer.respond('INVITE', 200, { body: sdp({ version: 2 }) });
  await peer.accept({ version: 2 });
  expect([acks(peer, hold), peer.raw.received.length - before]).toEqual([3, 2]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

const FARM = {
  '_sip._udp.farm.example': [
    { type: 'SRV', priority: 1, port: 5060, target: 'one.example' },
    { type: 'SRV', priority: 2, port: 5060, target: 'two.example' },
  ],
  'one.example': [{ type: 'A', address: '192.0.2.2' }],
  'two.example': [{ type: 'A', address: '192.0.2.3' }],
} as const;

/** A call to a farm of two; what is looked up of the second takes a second where `slow`. */
async function toFarm(play: Play, slow: boolean) {
  const resolver = new ZoneResolver(FARM);
  const alice = await play.bed.party('alice', { resolver });
  const [one, two] = [Script.called(play, await play.bed.peer('one'), alice), Script.called(play, await play.bed.peer('two'), alice)];
  const found = resolver.resolveA.bind(resolver);
  const later = (name: string): ReturnType<typeof found> =>
    new Promise((resolve) => play.bed.clock.after(1000, () => resolve(found(name))));
  if (slow) resolver.resolveA = (name) => (name === 'two.example' ? later(name) : found(name));
  const session = alice.service.create('sip:peer@farm.example');
  await play.go();
  return { one, two, session };
}

it('a 200 after a 503 takes the call while the next server is looked up: nothing is sent there', async () => {
  const play = new Play();
  const { one, two, session } = await toFarm(play, true);
  await one.answer('INVITE', 503);
  await one.accept();
  await play.bed.clock.advance(2000);
  expect([session.state, two.raw.received]).toEqual(['established', []]);
  await one.request('BYE');
  expect(session.state).toBe('ended');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('and gets ACK and BYE once the next server has the call', async () => {
  const play = new Play();
  const { one, two, session } = await toFarm(play, false);
  await one.answer('INVITE', 503);
  await two.answer('INVITE', 180, { toTag: 'two' });
  await one.accept({}, 'one');
  expect([session.state, requests(one, 'one')]).toEqual(['early', ['ACK', 'BYE']]);
  await one.answer('BYE', 200, { toTag: 'one' });
  await two.accept({}, 'two');
  expect(session.state).toBe('established');
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});

it('a 200 with an offer to a refused re-INVITE without one gets an answer that takes nothing, and an offer of what is active follows', async () => {
  const play = new Play();
  const { peer, session } = await play.callingAndAnswered();
  void session.sendReinvite({ media: 'late' });
  await play.go();
  await peer.answer('INVITE', 486);
  await peer.accept({ version: 7 });
  const restoring = peer.got('INVITE');
  expect(Buffer.from(peer.got('ACK').content).toString()).toContain('m=audio 0 ');
  expect(Buffer.from(restoring.content).toString()).toMatch(/m=audio [1-9].*a=sendrecv/s);
  await peer.accept({ version: 8 });
  expect([session.state, session.streams[0]?.local.lines.includes('a=sendrecv')]).toEqual(['established', true]);
  await play.bed.close();
  expect(play.bed.leftOver()).toEqual({});
});
