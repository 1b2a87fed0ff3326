/** A REFER that comes in no dialog: Allow lists the method, and so it is no 405. */
import { reply } from '@jackfield/session';
import type { Party, RawPeer } from '@jackfield/session/testing';
import type { SipService } from '@jackfield/sip';
import { requestText } from '@jackfield/sip/testing';
import { expect, it } from 'vitest';
import { registerRefer } from '../src/index.ts';
import { Desk } from './desk.ts';

async function desk(): Promise<{ desk: Desk; alice: Party; peer: RawPeer }> {
  const made = new Desk();
  const alice = await made.party('alice', { follow: true });
  return { desk: made, alice, peer: await made.bed.peer('peer') };
}

/** What alice answers. */
async function referred({ desk: { bed }, alice, peer }: Awaited<ReturnType<typeof desk>>): Promise<string> {
  const refer = requestText('REFER', {
    uri: alice.uri(),
    via: peer.sentBy,
    branch: `z9hG4bK-${peer.received.length}`,
    from: '<sip:peer@example.com>;tag=p',
    to: '<sip:alice@example.com>',
    callId: `refer-${peer.received.length}`,
    cseq: 1,
    contact: peer.contact(),
    fields: { 'Refer-To': '<sip:carol@192.0.2.9>' },
  });
  peer.send(refer, { host: /@([\d.]+)/.exec(alice.uri())![1]!, port: 5060 });
  await bed.clock.advance(100);
  const answer = peer.received.at(-1);
  return answer?.kind === 'response' ? `${answer.status} ${answer.reason}` : 'nothing';
}

it('is declined, with what is wrong with it, and leads to no call', async () => {
  const world = await desk();
  expect(await referred(world)).toBe('603 REFER Is Taken Inside A Call');
  expect([...world.alice.service.sessions]).toEqual([]);
  expect(await world.desk.leftOver()).toEqual({ left: {}, errors: [] });
});

it('is asked of a service that takes it, whenever that was registered', async () => {
  const world = await desk();
  const service: SipService = { name: 'click-to-dial', methods: ['REFER'], handleRequest: () => reply(202) };
  const registration = world.alice.stack.registerService(service);
  expect(await referred(world)).toMatch(/^202 /);
  registration.unregister();
  expect(await referred(world)).toMatch(/^603 /);
});

it('is 405 where transfers are not registered, or not any more', async () => {
  const bed = new Desk();
  const alice = await bed.bed.party('alice');
  const peer = await bed.bed.peer('peer');
  const registration = registerRefer(alice.service);
  expect(await referred({ desk: bed, alice, peer })).toMatch(/^603 /);
  registration.unregister();
  expect(await referred({ desk: bed, alice, peer })).toMatch(/^405 /);
});
