/** A peer that says something and then nothing more: whatever waits for it ends. */
import { expect, it } from 'vitest';
import type { SipRequest } from '@jackfield/sip';
import { responseText } from '@jackfield/sip/testing';
import { retry, type Supplement } from '../src/index.ts';
import { Testbed } from '../src/testing.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.2\r\ns=-\r\nc=IN IP4 192.0.2.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n';

it('a call that only ever rings is cancelled after ringMs', async () => {
  const bed = new Testbed();
  const alice = await bed.party('alice');
  const bob = await bed.peer('bob');
  const call = alice.service.create(`sip:bob@${bob.sentBy}`);
  await bed.clock.advance(100);
  const invite = await bob.expect('INVITE');
  bob.respond(invite, 180, { toTag: 'b', contact: bob.contact() });
  await bed.clock.advance(179_000);
  expect(bob.unread()).toEqual([]);
  await bed.clock.advance(1500);
  const cancel = await bob.expect('CANCEL');
  bob.send(responseText(cancel, 200));
  bob.respond(invite, 487, { toTag: 'b' });
  await bed.clock.advance(100);
  await expect(call.ended).resolves.toMatchObject({ by: 'core', status: 487 });
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
});

it('and given up where even the CANCEL is not answered', async () => {
  const bed = new Testbed();
  const alice = await bed.party('alice', { ringMs: 10_000 });
  const bob = await bed.peer('bob');
  const call = alice.service.create(`sip:bob@${bob.sentBy}`);
  await bed.clock.advance(100);
  bob.respond(await bob.expect('INVITE'), 180, { toTag: 'b', contact: bob.contact() });
  await bed.clock.advance(10_000 + 64 * 500 + 100);
  await expect(call.ended).resolves.toMatchObject({ by: 'core' });
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
});

async function established(bed: Testbed, options: { readonly reinviteMs?: number }, ...supplements: Supplement[]) {
  const alice = await bed.party('alice', options);
  for (const supplement of supplements) alice.service.registerSupplement(supplement);
  const bob = await bed.peer('bob');
  const session = alice.service.create(`sip:bob@${bob.sentBy}`);
  await bed.clock.advance(100);
  bob.respond(await bob.expect('INVITE'), 200, { toTag: 'b', contact: bob.contact(), body: SDP });
  await bed.clock.advance(100);
  await bob.expect('ACK');
  const refresh = session.sendReinvite({ media: [{ kind: 'audio', direction: 'sendonly' }] });
  await bed.clock.advance(100);
  const invite: SipRequest = await bob.expect('INVITE');
  bob.respond(invite, 100);
  return { bob, session, refresh, invite };
}

it('a re-INVITE that is never answered is cancelled after reinviteMs, refused, and the call goes on', async () => {
  const bed = new Testbed();
  const { bob, session, refresh, invite } = await established(bed, {});
  await bed.clock.advance(59_000);
  expect(bob.unread().map(({ kind }) => kind)).toEqual([]);
  await bed.clock.advance(1100);
  bob.send(responseText(await bob.expect('CANCEL'), 200));
  bob.respond(invite, 487);
  await bed.clock.advance(100);
  await expect(refresh).resolves.toMatchObject({ kind: 'refused', response: { status: 487 } });
  expect(session.state).toBe('established');
  expect(session.streams[0]!.local.lines).toContain('a=sendrecv');
  await bob.expect('ACK');
  await bed.close();
});

it('and so is the copy of it that a supplement has sent after a refusal', async () => {
  const bed = new Testbed();
  const { bob, session, refresh, invite } = await established(
    bed,
    { reinviteMs: 5000 },
    {
      name: 'again',
      incomingResponse: (_session, { status }) => (status === 603 ? retry({ headers: { 'X-Again': '1' } }) : undefined),
    },
  );
  bob.respond(invite, 603);
  await bed.clock.advance(100);
  await bob.expect('ACK');
  const again: SipRequest = await bob.expect('INVITE');
  bob.respond(again, 100);
  await bed.clock.advance(4900);
  expect(bob.unread().map(({ kind }) => kind)).toEqual([]);
  await bed.clock.advance(200);
  bob.send(responseText(await bob.expect('CANCEL'), 200));
  bob.respond(again, 487);
  await bed.clock.advance(100);
  await expect(refresh).resolves.toMatchObject({ kind: 'refused', response: { status: 487 } });
  expect(session.state).toBe('established');
  await bob.expect('ACK');
  await bed.close();
});

it('and where the CANCEL is not answered either, the call ends', async () => {
  const bed = new Testbed();
  const { session, refresh } = await established(bed, { reinviteMs: 5000 });
  await bed.clock.advance(5000 + 64 * 500 + 64 * 500 + 1000);
  await expect(session.ended).resolves.toMatchObject({ by: 'core', status: 408 });
  await expect(refresh).resolves.toMatchObject({ kind: 'ended' });
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
});
