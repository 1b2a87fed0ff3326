import { defineEndpoint, type Endpoint } from '@jackfield/session';
import { Testbed } from '@jackfield/session/testing';
import { describe, expect, it } from 'vitest';
import { registerIdentity, setIdentity, type LocalIdentity } from '../src/index.ts';

const TRUNK = defineEndpoint({ name: 'trunk', trusted: true });
const ALICE: LocalIdentity = { uri: 'sip:alice@example.com', name: 'Alice' };

/** What the INVITE shows of a call whose identity is set directly after `create()`. */
async function shown(identity: LocalIdentity, endpoint: Endpoint | undefined): Promise<unknown[]> {
  const bed = new Testbed();
  const [alice, bob] = [await bed.party('alice'), await bed.party('bob')];
  registerIdentity(alice.service);
  const invites: unknown[] = [];
  bob.service.onIncoming((session, { headers }) => {
    invites.push(headers.get('From')?.replace(/;tag=.*/, ''), headers.get('P-Asserted-Identity'), headers.get('Privacy'));
    return session.accept();
  });
  const session = alice.service.create(bob.uri(), { endpoint });
  setIdentity(session, identity);
  await bed.clock.advance(1000);
  void session.end();
  await bed.clock.advance(64_000);
  expect(bed.leftOver()).toEqual({});
  await bed.close();
  return invites;
}

describe('an identity set as soon as create() has given the session', () => {
  it.each([
    {
      how: 'shown',
      identity: ALICE,
      endpoint: TRUNK,
      invite: ['"Alice" <sip:alice@example.com>', '"Alice" <sip:alice@example.com>', undefined],
    },
    {
      how: 'asserted and restricted',
      identity: { ...ALICE, presentation: 'restricted' as const },
      endpoint: TRUNK,
      invite: ['<sip:anonymous@anonymous.invalid>', '"Alice" <sip:alice@example.com>', 'id'],
    },
    {
      how: 'hidden from who is not trusted',
      identity: { ...ALICE, presentation: 'restricted' as const },
      endpoint: undefined,
      invite: ['"Anonymous" <sip:anonymous@anonymous.invalid>', undefined, undefined],
    },
  ])('is $how in its first INVITE', async ({ identity, endpoint, invite }) => {
    expect(await shown(identity, endpoint)).toEqual(invite);
  });
});
